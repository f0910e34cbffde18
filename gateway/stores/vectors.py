"""Embeddings as bytes: PostgreSQL's `vector` type without going through text, and cosine similarity without numpy."""

import math
from array import array
from typing import Any

from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import UserDefinedType

_SCHEMA = (
    "SELECT n.nspname FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'vector'"
)


class Vector(UserDefinedType[bytes]):
    """pgvector's `vector`; in Python the bytes of float32 little-endian numbers.

    Without pgvector's own adapter: it goes through lists of Python floats and text.
    """

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in SQL; the length differs from collection to collection."""
        return "vector"


def encode(values: bytes) -> bytes:
    """float32 little-endian -> the binary format of pgvector (`vector_send`): two int16, then float32, big-endian."""
    numbers = array("f", values)
    numbers.byteswap()
    return len(numbers).to_bytes(2, "big") + b"\0\0" + numbers.tobytes()


def decode(wire: bytes) -> bytes:
    """Read the binary format of pgvector: float32 little-endian."""
    numbers = array("f", wire[4:])
    numbers.byteswap()
    return numbers.tobytes()


def teach(connection: Any, _: ConnectionPoolEntry) -> None:
    """Make a new asyncpg connection of SQLAlchemy read and write vectors as bytes."""

    async def set_codec(raw: Any) -> None:
        schema = await raw.fetchval(_SCHEMA)
        await raw.set_type_codec("vector", schema=schema, encoder=encode, decoder=decode, format="binary")

    connection.run_async(set_codec)


def cosine(a: bytes, b: bytes) -> float:
    """Cosine similarity of two embeddings (float32 little-endian), -1 to 1. Raises ValueError for unequal lengths."""
    x, y = array("f", a), array("f", b)
    dot = math.fsum(p * q for p, q in zip(x, y, strict=True))
    length = math.sqrt(math.fsum(p * p for p in x) * math.fsum(q * q for q in y))
    return max(-1.0, min(1.0, dot / length)) if length else 0.0
