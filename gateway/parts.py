"""The gateway's parts wired together: what every router is built from."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import httpx

from gateway.analysis.cache import EmbeddingCache
from gateway.analysis.describing import Describing
from gateway.analysis.embedding import FaceEmbedding
from gateway.analysis.fetching import Fetching
from gateway.analysis.liveness import LivenessCheck
from gateway.identities.checking import Checking
from gateway.identities.collections import Collections
from gateway.identities.conflicts import Conflicts
from gateway.identities.enrolment import Enroller
from gateway.identities.erasures import Erasures
from gateway.identities.faces import Faces
from gateway.identities.identification import Identification
from gateway.identities.moves import Moves
from gateway.identities.pinned import Pinned
from gateway.identities.reembedding import Reembedding
from gateway.identities.statistics import Statistics
from gateway.identities.subjects import Subjects
from gateway.identities.upkeep import Upkeep
from gateway.identities.vault import Vault
from gateway.keys.access import Access
from gateway.keys.limits import RateLimits
from gateway.keys.store import KeyStore
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from gateway.stores.database import Database
from gateway.stores.readiness import Stores
from gateway.stores.redis import RedisCalls
from gateway.stores.replica import Reads
from gateway.upstreams.calls import Upstreams
from gateway.upstreams.embedders import Embedders
from gateway.upstreams.loaded import LoadedModels


class Parts:
    """What the routes work with; `running` opens and closes it."""

    def __init__(
        self, settings: GatewaySettings, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
    ) -> None:
        """`transports` replaces the network for some services, in the all-in-one by a call in the process."""
        stores = settings.stores
        self.settings = settings
        self.upstreams = Upstreams(settings.upstreams, transports)
        self.loaded = LoadedModels(self.upstreams)
        self.fetching = Fetching(settings.fetching, max_bytes=settings.analysis.max_upload_bytes)
        self.describing = Describing(settings.analysis, self.upstreams)
        self.database = Database(
            stores.database_url, pool_size=stores.database_pool, statement_seconds=stores.database_timeout
        )
        self._redis = RedisCalls(stores.redis_url, timeout=stores.redis_timeout)
        self.stores = Stores(self.database, self._redis)
        cache = EmbeddingCache(self._redis, seconds=settings.analysis.cache_seconds)
        self.embedding = FaceEmbedding(settings.analysis, self.upstreams, cache, self.loaded)
        self.liveness = LivenessCheck(settings.analysis, self.upstreams)
        self._erasures = Erasures(self.database, cache)
        self.collections = Collections(self.database, self._erasures)
        self.subjects = Subjects(self.database, self._erasures)
        vault = Vault(settings.identities.chip_key_file)
        self.faces = Faces(self.database, self._erasures, vault)
        self._reads = Reads(self.database, _replica(stores), self._redis)
        self.identification = Identification(self._reads)
        self.embedders = Embedders(settings.upstreams.embedders(), self.loaded)
        self.pinned = Pinned(self.collections, self.embedders)
        self.moves = Moves(self.database, self.embedders)
        self._index_memory_mb = stores.index_memory_mb
        self._reembedding = Reembedding(
            self.database, self.upstreams, self.embedders, vault, index_memory_mb=self._index_memory_mb
        )
        conflicts = Conflicts(self.database, self.embedders)
        self.enroller = Enroller(
            settings.identities, self.embedding, self.faces, conflicts, self.pinned, vault
        )
        self.statistics = Statistics(self.database)
        self.checking = Checking(self.database)
        self.keys = KeyStore(self.database, protected=settings.keys.protected)
        limits = RateLimits(
            self._redis, default=settings.keys.rate_limit, wrong_keys=settings.keys.wrong_key_limit
        )
        self.access = Access(settings.keys, self.keys if stores.database_url else None, limits)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Migrate, keep up, and close every connection at the end."""
        try:
            await self.database.open()
            async with self._upkeep():
                yield
        finally:
            await self.stores.aclose()
            await self._reads.aclose()
            await self.database.aclose()
            await self._redis.aclose()
            await self.upstreams.aclose()
            await self.fetching.aclose()

    @asynccontextmanager
    async def _upkeep(self) -> AsyncIterator[None]:
        if not self.database.url:
            yield
            return
        upkeep = Upkeep(
            self.database, self._erasures, self._reembedding, index_memory_mb=self._index_memory_mb
        )
        task = asyncio.create_task(upkeep.run())
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


def _replica(stores: StoreSettings) -> Database | None:
    if not (stores.database_url and stores.database_read_url):
        return None
    return Database(
        stores.database_read_url,
        pool_size=stores.database_pool,
        statement_seconds=stores.database_timeout,
        replica=True,
    )
