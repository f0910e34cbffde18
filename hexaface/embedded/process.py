"""The all-in-one process: gateway and services without a network between them, real stores under HEXAFACE_HOME.

The composition root: the only module that imports the gateway and the services.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
from fastapi import FastAPI

from gateway.app import create_app as create_gateway
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from hexaface.embedded.stores import default_home, embedded_urls, running_stores
from services.attributes.app import create_app as create_attributes
from services.detector.app import create_app as create_detector
from services.embedder.app import create_app as create_embedder
from services.emotion.app import create_app as create_emotion
from services.generator.app import create_app as create_generator
from services.keypoints.app import create_app as create_keypoints
from serving.cores import Cores
from serving.loading import cores_of
from serving.settings import ServiceSettings

SERVICES: dict[str, Callable[[ServiceSettings | None, Cores | None], FastAPI]] = {
    "detector": create_detector,
    "embedder": create_embedder,
    "attributes": create_attributes,
    "emotion": create_emotion,
    "keypoints": create_keypoints,
    "generator": create_generator,
}


class MountedServices:
    """Every service as a transport for the gateway's client; they serve while `running` is entered."""

    def __init__(self, settings: ServiceSettings | None = None) -> None:
        settings = settings or ServiceSettings()
        cores = Cores(cores_of(settings))
        self._apps = {name: create(settings, cores) for name, create in SERVICES.items()}
        # raise_app_exceptions=False: an error inside a service is that service's 500, as it would be over the network.
        self.transports: dict[str, httpx.AsyncBaseTransport] = {
            name: httpx.ASGITransport(app, raise_app_exceptions=False) for name, app in self._apps.items()
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Enter the lifespan of every service, which ASGITransport never does, side by side. Raises StartupError."""
        async with AsyncExitStack() as stack:
            lifespans = [app.router.lifespan_context(app) for app in self._apps.values()]
            entered = [stack.enter_async_context(lifespan) for lifespan in lifespans]
            # Each is waited for, also behind one that failed: what was entered must be left again.
            for outcome in await asyncio.gather(*entered, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
            yield


def create_all_in_one(
    settings: GatewaySettings | None = None,
    service_settings: ServiceSettings | None = None,
    *,
    exposed: bool = False,
) -> FastAPI:
    """The gateway's app; its lifespan starts and stops the services too.

    The lifespan raises StartupError, and UnprotectedError when `exposed` without a key.
    """
    services = MountedServices(service_settings)
    home, given = default_home(), settings or GatewaySettings()
    complete = replace(given, stores=with_embedded_stores(given.stores, home))
    gateway = create_gateway(complete, services.transports, exposed=exposed)
    own_lifespan = gateway.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            # The models are read while the stores start.
            loading = asyncio.ensure_future(stack.enter_async_context(services.running()))
            try:
                await stack.enter_async_context(_stores(home, given.stores))
                await stack.enter_async_context(own_lifespan(app))
            finally:
                await loading
            yield

    gateway.router.lifespan_context = lifespan
    return gateway


def with_embedded_stores(settings: StoreSettings, home: Path) -> StoreSettings:
    """The settings with the embedded stores where no URL points to others."""
    if settings.database_url and settings.redis_url:
        return settings
    urls = embedded_urls(home)
    found = {
        "database_url": settings.database_url or urls.database,
        "redis_url": settings.redis_url or urls.redis,
    }
    return settings.model_copy(update=found)


@asynccontextmanager
async def _stores(home: Path, settings: StoreSettings) -> AsyncIterator[None]:
    """Start and stop the embedded stores without holding up the event loop."""
    stores = running_stores(home, database=settings.database_url, redis=settings.redis_url)
    await asyncio.to_thread(stores.__enter__)
    try:
        yield
    finally:
        await asyncio.to_thread(stores.__exit__, None, None, None)
