"""The secret of a key: how it is made, recognised and compared."""

import hashlib
import secrets
from dataclasses import dataclass

_PREFIX = "hxf"
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"
_ID_LENGTH = 12


@dataclass(frozen=True)
class Secret:
    """A key as its owner holds it: `hxf_<id>_<secret>`; the id is public and finds the row."""

    id: str
    text: str

    def digest(self) -> bytes:
        """What is stored. A plain SHA-256 is enough: 256 random bits cannot be guessed, so slow hashing gains nothing."""
        return hashlib.sha256(self.text.encode()).digest()


def new_secret() -> Secret:
    """A random key of 256 bits."""
    key_id = "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
    return Secret(key_id, f"{_PREFIX}_{key_id}_{secrets.token_urlsafe(32)}")


def parse_secret(text: str) -> Secret | None:
    """A key that looks like one of ours."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    well_formed = (
        prefix == _PREFIX and len(key_id) == _ID_LENGTH and secret and key_id.isascii() and key_id.isalnum()
    )
    return Secret(key_id, text) if well_formed else None
