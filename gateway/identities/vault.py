"""Kept chips as they are stored: packed, and sealed with a key of the operator's where there is one."""

import base64
import secrets
import zlib
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from web.problems import UnavailableError

_PLAIN, _SEALED = b"\0", b"\1"
_NONCE_BYTES = 12
# Higher levels take longer and hardly pack a photo any smaller: some 70 % of 192 KiB either way.
_LEVEL = 1


class LockedError(UnavailableError):
    """A chip cannot be read: it was sealed with a key that is not at hand, or changed since."""

    remedy = "Give the gateway the key that the chips were sealed with, in `HEXAFACE_CHIP_KEY_FILE`."


class Vault:
    """Packs and unpacks chips. AES-256-GCM with a random nonce; the first key seals, every key opens."""

    def __init__(self, key_file: Path | None) -> None:
        """`key_file` holds one key per line, base64 of 32 random bytes. Raises OSError, ValueError."""
        lines = key_file.read_text(encoding="ascii").split() if key_file else []
        self._keys = [AESGCM(base64.b64decode(line, validate=True)) for line in lines]
        if key_file and not self._keys:
            raise ValueError(f"{key_file} holds no key; `openssl rand -base64 32` makes one")

    def pack(self, chip: bytes) -> bytes:
        """What is stored of a chip."""
        packed = zlib.compress(chip, _LEVEL)
        if not self._keys:
            return _PLAIN + packed
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _SEALED + nonce + self._keys[0].encrypt(nonce, packed, None)

    def unpack(self, stored: bytes) -> bytes:
        """The chip. Raises LockedError."""
        return zlib.decompress(self.opened(stored))

    def opened(self, stored: bytes) -> bytes:
        """The chip packed by zlib. Raises LockedError."""
        if stored[:1] == _PLAIN:
            return stored[1:]
        nonce, sealed = stored[1 : 1 + _NONCE_BYTES], stored[1 + _NONCE_BYTES :]
        for key in self._keys:
            try:
                return key.decrypt(nonce, sealed, None)
            except InvalidTag:
                continue
        raise LockedError("no key of HEXAFACE_CHIP_KEY_FILE opens a kept chip")
