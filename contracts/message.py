"""The base of every message: frozen, closed, and readable as JSON and as MessagePack from one definition."""

from typing import Self, TypeVar

import ormsgpack
from pydantic import BaseModel, ConfigDict

JSON = "application/json"
MSGPACK = "application/msgpack"

M = TypeVar("M", bound="Message")


class Message(BaseModel):
    """A message on the wire.

    `bytes` fields travel raw in MessagePack and as base64 text in JSON.
    """

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        ser_json_bytes="base64",
        val_json_bytes="base64",
        allow_inf_nan=False,
        protected_namespaces=(),
        use_attribute_docstrings=True,
    )

    def narrowed(self, kind: type[M]) -> M:
        """A message of `kind` from the fields that it shares with this one."""
        return kind.model_validate({name: getattr(self, name) for name in kind.model_fields})

    def to_msgpack(self) -> bytes:
        """This message as MessagePack, without the fields that are None."""
        return ormsgpack.packb(self.model_dump(exclude_none=True))

    @classmethod
    def from_msgpack(cls, body: bytes) -> Self:
        """Read a message. Raises ValueError (pydantic's ValidationError is one) when the body is not it."""
        try:
            fields = ormsgpack.unpackb(body)
        except ormsgpack.MsgpackDecodeError as error:
            raise ValueError(f"the body is not MessagePack: {error}") from error
        return cls.model_validate(fields)

    def to_json(self) -> bytes:
        """This message as JSON, without the fields that are None."""
        return self.model_dump_json(exclude_none=True).encode()

    @classmethod
    def from_json(cls, body: bytes) -> Self:
        """Read a message. Raises ValueError when the body is not it."""
        return cls.model_validate_json(body)
