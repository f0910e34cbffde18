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


class MountedServices:
    """Every service as a transport for the gateway's client; they serve while `running` is entered."""

    def __init__(self, settings: ServiceSettings | None = None) -> None:
        self._apps = {name: create(settings or ServiceSettings()) for name, create in SERVICES.items()}
        # raise_app_exceptions=False: an error inside a service is that service's 500, as it would be over the network.
        self.transports: dict[str, httpx.AsyncBaseTransport] = {
            name: httpx.ASGITransport(app, raise_app_exceptions=False) for name, app in self._apps.items()
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Enter the lifespan of every service, which ASGITransport never does. Raises StartupError."""
        async with AsyncExitStack() as stack:
            for app in self._apps.values():
                await stack.enter_async_context(app.router.lifespan_context(app))
            yield


def create_all_in_one(
    gateway_settings: GatewaySettings | None = None, service_settings: ServiceSettings | None = None
) -> FastAPI:
    """The gateway's app; its lifespan starts and stops the services too. Raises StartupError from the lifespan."""
    services = MountedServices(service_settings)
    gateway = create_gateway(gateway_settings, services.transports)
    own_lifespan = gateway.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with services.running(), own_lifespan(app):
            yield

    gateway.router.lifespan_context = lifespan
    return gateway
