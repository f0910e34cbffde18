"""The all-in-one process: gateway and services without a network between them, real stores under HEXAFACE_HOME.

The composition root: only this package imports the gateway and the services.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path

from fastapi import FastAPI

from gateway.app import create_app as create_gateway
from gateway.settings.gateway import GatewaySettings
from gateway.settings.stores import StoreSettings
from hexaface.embedded.mounted import SERVICES, MountedServices
from hexaface.embedded.stores import default_home, embedded_urls, running_stores
from hexaface.embedded.workers import WorkerServices
from serving.settings import ServiceSettings


def create_all_in_one(
    settings: GatewaySettings | None = None,
    service_settings: ServiceSettings | None = None,
    *,
    exposed: bool = False,
    workers: int = 1,
) -> FastAPI:
    """The gateway's app; its lifespan starts and stops the services too: here, or in several workers.

    The lifespan raises StartupError, and UnprotectedError when `exposed` without a key.
    """
    services = (
        MountedServices(service_settings) if workers == 1 else WorkerServices(workers, service_settings)
    )
    home, given = default_home(), settings or GatewaySettings()
    absent = {f"{task}_url": "" for task in SERVICES if task not in services.transports}
    complete = replace(
        given,
        stores=with_embedded_stores(given.stores, home),
        upstreams=given.upstreams.model_copy(update=absent),
    )
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
