"""The messages of API keys."""

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from contracts.identity import Identifier, Text
from contracts.message import Message
from contracts.patterns import RATE_LIMIT

Scope = Literal["analyze", "identify", "enrol", "admin"]
SCOPES: tuple[Scope, ...] = ("analyze", "identify", "enrol", "admin")

RateLimit = Annotated[str, Field(pattern=RATE_LIMIT)]
"""How many requests a key may make: `600/minute`."""


class NewKey(Message):
    """A key to create."""

    name: Text = Field(min_length=1, max_length=128, description="what it is for")
    scopes: list[Scope] = Field(min_length=1, max_length=len(SCOPES))
    tenant: Identifier | None = Field(
        default=None,
        description="whose collections it sees; another tenant than one's own only for the operator",
    )
    rate_limit: RateLimit | None = Field(default=None, description="without one, the server's default holds")


class Key(Message):
    """A key without its secret."""

    id: str
    name: str
    tenant: str
    scopes: list[Scope]
    rate_limit: str | None = None
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None


class CreatedKey(Key):
    """A new key with its secret, which is shown this once."""

    key: str


class KeyPage(Message):
    """Keys by id, revoked ones included."""

    keys: list[Key]
    next: str | None = None
