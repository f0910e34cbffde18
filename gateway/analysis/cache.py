"""The embedding cache: the faces of a picture that was seen before, without touching a model."""

import hashlib
from collections.abc import Awaitable, Sequence
from typing import cast

from prometheus_client import Counter
from redis.asyncio import Redis

from contracts.detection import DetectOptions
from contracts.faces import Face, ImageSize
from contracts.message import Message
from contracts.models import ModelRef
from gateway.stores.redis import RedisCalls, RedisUnavailableError

LOOKUPS = Counter("hexaface_cache_lookups_total", "Lookups in the embedding cache", ["result"])

# Raised when the value's layout changes: entries of an older version are then not found.
_LAYOUT = 2
# Longer than any request may take: whoever looked at a picture before it was erased has ended by then.
_FENCE_SECONDS = 60
# Keys: the picture, its fence. Arguments: field, value, seconds to live, which count from the first entry.
_STORE = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3], 'NX')
return 1
"""


class FoundFace(Message):
    """A face with its embedding: float32 little-endian, L2-normalised."""

    face: Face
    embedding: bytes
    mask: float | None = None
    """Probability that a mask covers the face, where the embedder judges that."""


class FoundFaces(Message):
    """What detection and embedding found on a picture, and by which models."""

    image: ImageSize
    faces: list[FoundFace]
    detector: ModelRef
    embedder: ModelRef | None = None


def picture_digest(picture: bytes) -> bytes:
    """What a picture is known by: the SHA-256 of its uploaded bytes."""
    return hashlib.sha256(picture).digest()


class EmbeddingCache:
    """One Redis hash per tenant and picture, one field per combination of models and options.

    So erasing a picture is one DEL, and its time to live counts from its first entry: no embedding is kept longer.
    """

    def __init__(self, calls: RedisCalls, *, seconds: int) -> None:
        self._calls = calls
        self._seconds = seconds

    @property
    def enabled(self) -> bool:
        """Whether there is a Redis at all."""
        return self._calls.pool is not None

    async def find(
        self, tenant: str, digest: bytes, models: Sequence[str], options: DetectOptions
    ) -> FoundFaces | None:
        """What is known of a picture; None for a miss, and when Redis does not answer."""
        key, field = _key(tenant, digest), _field(models, options)
        try:
            value = await self._calls.run(
                lambda redis: cast("Awaitable[bytes | None]", redis.hget(key, field))
            )
        except RedisUnavailableError:
            LOOKUPS.labels("error").inc()
            return None
        if value is None:
            LOOKUPS.labels("miss").inc()
            return None
        try:
            found = FoundFaces.from_msgpack(value)
        except ValueError:
            LOOKUPS.labels("error").inc()
            return None
        LOOKUPS.labels("hit").inc()
        return found

    async def store(
        self, tenant: str, digest: bytes, models: Sequence[str], options: DetectOptions, found: FoundFaces
    ) -> None:
        """Keep what was found; a Redis that is down or full is no reason to fail."""
        key, field, value = _key(tenant, digest), _field(models, options), found.to_msgpack()
        fence, seconds = _fence(tenant, digest), self._seconds
        try:
            await self._calls.run(
                lambda redis: cast(
                    "Awaitable[object]", redis.eval(_STORE, 2, key, fence, field, value, seconds)
                )
            )
        except RedisUnavailableError:
            LOOKUPS.labels("store-error").inc()

    async def erase(self, pictures: Sequence[tuple[str, bytes]]) -> None:
        """Forget pictures (tenant, digest), also those that are being analysed now: a fence keeps their embeddings out.

        Raises RedisUnavailableError: then they may still be there.
        """
        if not pictures:
            return

        async def write(redis: Redis) -> None:
            async with redis.pipeline(transaction=True) as pipeline:
                for tenant, digest in pictures:
                    pipeline.set(_fence(tenant, digest), b"", ex=_FENCE_SECONDS)
                    pipeline.delete(_key(tenant, digest))
                await pipeline.execute()

        await self._calls.run(write)


def _key(tenant: str, digest: bytes) -> str:
    return f"hexaface:faces:{tenant}:{digest.hex()}"


def _fence(tenant: str, digest: bytes) -> str:
    return f"hexaface:erased:{tenant}:{digest.hex()}"


def _field(models: Sequence[str], options: DetectOptions) -> bytes:
    parts = [str(_LAYOUT), *models, options.model_dump_json()]
    return hashlib.sha256("\0".join(parts).encode()).digest()
