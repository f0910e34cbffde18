"""The parts of identity wired together: database, Redis, cache, keys, limits and the background upkeep."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from gateway.analysis.cache import EmbeddingCache
from gateway.analysis.embedding import Recognition
from gateway.identities.collections import Collections
from gateway.identities.enrolment import Enroller
from gateway.identities.erasures import Erasures
from gateway.identities.faces import Faces
from gateway.identities.identification import Identification
from gateway.identities.subjects import Subjects
from gateway.identities.upkeep import Upkeep
from gateway.keys.access import Access
from gateway.keys.limits import RateLimits
from gateway.keys.store import KeyStore
from gateway.settings.gateway import GatewaySettings
from gateway.settings.identities import IdentitySettings
from gateway.stores.database import Database
from gateway.stores.readiness import Stores
from gateway.stores.redis import RedisCalls
from gateway.upstreams.calls import Upstreams
from gateway.upstreams.loaded import LoadedModels


class IdentityParts:
    """What the identity routes work with; `running` opens and closes it."""

    def __init__(self, settings: IdentitySettings, gateway: GatewaySettings, upstreams: Upstreams) -> None:
        self.settings = settings
        self.database = Database(
            settings.database_url,
            pool_size=settings.database_pool,
            statement_seconds=settings.database_timeout,
        )
        self._redis = RedisCalls(settings.redis_url, timeout=settings.redis_timeout)
        self.stores = Stores(self.database, self._redis)
        cache = EmbeddingCache(self._redis, seconds=settings.cache_seconds)
        self.loaded = LoadedModels(upstreams)
        self.recognition = Recognition(gateway, upstreams, cache, self.loaded)
        self.collections = Collections(self.database)
        self.subjects = Subjects(self.database)
        self.faces = Faces(self.database)
        self.identification = Identification(self.database)
        self.enroller = Enroller(settings, self.recognition, self.faces)
        self.erasures = Erasures(self.database, cache)
        self.keys = KeyStore(self.database)
        self.access = Access(
            self.keys if settings.database_url else None,
            RateLimits(self._redis, default=settings.rate_limit),
            admin_key=settings.admin_key.get_secret_value() if settings.admin_key else None,
            required=settings.require_keys,
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Migrate, keep up, and close every connection at the end."""
        await self.database.open()
        upkeep = (
            asyncio.create_task(Upkeep(self.database, self.erasures).run()) if self.database.url else None
        )
        try:
            yield
        finally:
            if upkeep is not None:
                upkeep.cancel()
                with suppress(asyncio.CancelledError):
                    await upkeep
            await self.stores.aclose()
            await self.database.aclose()
            await self._redis.aclose()
