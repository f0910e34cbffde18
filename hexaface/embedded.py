"""The all-in-one process: the gateway with every service mounted under its host name, no network between them.

The composition root: the only module that imports the gateway and the services.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI

from gateway.app import create_app as create_gateway
from gateway.settings import GatewaySettings
from services.attributes.app import create_app as create_attributes
from services.detector.app import create_app as create_detector
from services.embedder.app import create_app as create_embedder
from services.emotion.app import create_app as create_emotion
from services.generator.app import create_app as create_generator
from services.keypoints.app import create_app as create_keypoints
from serving.settings import ServiceSettings

SERVICES: dict[str, Callable[[ServiceSettings | None], FastAPI]] = {
    "detector": create_detector,
    "embedder": create_embedder,
    "attributes": create_attributes,
    "emotion": create_emotion,
    "keypoints": create_keypoints,
    "generator": create_generator,
}


def create_all_in_one(
    gateway_settings: GatewaySettings | None = None, service_settings: ServiceSettings | None = None
) -> FastAPI:
    """The gateway's app; its lifespan starts and stops the services too. Raises StartupError from the lifespan."""
    apps = {name: create(service_settings or ServiceSettings()) for name, create in SERVICES.items()}
    # raise_app_exceptions=False: an error inside a service is that service's 500, as it would be over the network.
    transports = {name: httpx.ASGITransport(app, raise_app_exceptions=False) for name, app in apps.items()}
    gateway = create_gateway(gateway_settings, transports)
    own_lifespan = gateway.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as running:
            # ASGITransport never runs a lifespan: the services' are entered here.
            for service in apps.values():
                await running.enter_async_context(service.router.lifespan_context(service))
            await running.enter_async_context(own_lifespan(app))
            yield

    gateway.router.lifespan_context = lifespan
    return gateway
