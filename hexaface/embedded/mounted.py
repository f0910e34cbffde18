"""The six services in one process, without a network between them and whoever calls them."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
from fastapi import FastAPI

from hexaface.embedded.direct import DirectTransport
from services.attributes.app import create_app as create_attributes
from services.detector.app import create_app as create_detector
from services.embedder.app import create_app as create_embedder
from services.emotion.app import create_app as create_emotion
from services.generator.app import create_app as create_generator
from services.keypoints.app import create_app as create_keypoints
from services.liveness.app import create_app as create_liveness
from serving.machine import Machine
from serving.manifest import read_manifest
from serving.settings import ServiceSettings

SERVICES: dict[str, Callable[[ServiceSettings | None, Machine | None], FastAPI]] = {
    "detector": create_detector,
    "embedder": create_embedder,
    "attributes": create_attributes,
    "emotion": create_emotion,
    "keypoints": create_keypoints,
    "generator": create_generator,
    "liveness": create_liveness,
}


def served(settings: ServiceSettings) -> list[str]:
    """The tasks that the settings' profile has a model for. Raises ModelFileError."""
    manifest = read_manifest(settings.models)
    return [task for task in SERVICES if manifest.entry(task, settings.profile)]


class MountedServices:
    """Every service as a transport for the gateway's client; they serve while `running` is entered."""

    def __init__(self, settings: ServiceSettings | None = None) -> None:
        settings = settings or ServiceSettings()
        machine = Machine(settings)
        self.apps = {name: SERVICES[name](settings, machine) for name in served(settings)}
        self.transports: dict[str, httpx.AsyncBaseTransport] = {
            name: DirectTransport(app) for name, app in self.apps.items()
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Enter the lifespan of every service, which their transports never do, side by side. Raises StartupError."""
        async with AsyncExitStack() as stack:
            lifespans = [app.router.lifespan_context(app) for app in self.apps.values()]
            entered = [stack.enter_async_context(lifespan) for lifespan in lifespans]
            # Each is waited for, also behind one that failed: what was entered must be left again.
            for outcome in await asyncio.gather(*entered, return_exceptions=True):
                if isinstance(outcome, BaseException):
                    raise outcome
            yield
