"""The messages of API keys."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.identity import Identifier
from contracts.message import Message
from contracts.patterns import RATE_LIMIT
from contracts.storable import Text

Scope = Literal["analyze", "identify", "enrol", "admin"]
SCOPES: tuple[Scope, ...] = ("analyze", "identify", "enrol", "admin")

RateLimit = Annotated[str, Field(pattern=RATE_LIMIT)]
"""How many requests a key may make: `600/minute`."""


class NewKey(Message):
    """A key to create."""

    name: Text = Field(min_length=1, max_length=128, description="what it is for")
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    """What the key may do."""
    tenant: Identifier | None = Field(
        default=None,
        description="whose collections it sees; another tenant than one's own only for the operator",
    )
    rate_limit: RateLimit | None = Field(
        default=None,
        description="without one, the server's default holds; a tenant's admin gives at most its own",
    )
    without_admin: bool = Field(
        default=False,
        description="create even a first key without the scope `admin`: then no key could create the next",
    )


class Key(Message):
    """A key without its secret."""

    id: str
    """What names the key in lists and logs; not a secret."""
    name: str
    """Free text."""
    tenant: str
    """Whose data the key sees."""
    scopes: list[Scope]
    """What the key may do."""
    rate_limit: str | None = None
    """Requests per time, or absent for the server's default."""
    created_at: datetime
    """When it was created, UTC."""
    last_used_at: datetime | None = None
    """When it was last used, UTC, to about a minute."""
    revoked_at: datetime | None = None
    """When it was revoked, UTC."""


class CreatedKey(Key):
    """A new key with its secret, which is shown this once."""

    key: str
    """The secret: shown this once, stored as a hash."""
    warnings: list[str] = []
    """What else this key changes."""


class KeyPage(Message):
    """Keys by id, revoked ones included."""

    keys: list[Key]
    """By id."""
    next: str | None = None
    """Goes into `after` for the page that follows; absent on the last one."""
