"""Which models the services have loaded, remembered so that a cached answer needs no call."""

import asyncio
import time

from contracts.models import ModelDescription, ModelRef
from gateway.upstreams.calls import Upstreams
from web.problems import UnavailableError

# A service that restarts with another model is noticed this late at most; every reply names its model, so that a
# mismatch is found at once whenever the service is called.
_FRESH_SECONDS = 15.0
# A service that does not answer is not asked again at once: each question may take seconds.
_PAUSE_SECONDS = 2.0


class LoadedModels:
    """The model descriptions of services with one model each."""

    def __init__(self, upstreams: Upstreams) -> None:
        self._upstreams = upstreams
        self._known: dict[str, tuple[float, ModelDescription]] = {}
        self._failed_at: dict[str, float] = {}
        self._refreshing: dict[str, asyncio.Task[ModelDescription | None]] = {}

    async def of(self, service: str) -> ModelDescription | None:
        """What a service has loaded; None when it was never reached. An old answer is used while a new one is fetched."""
        known = self._known.get(service)
        if known is None:
            recently = time.monotonic() - self._failed_at.get(service, float("-inf")) < _PAUSE_SECONDS
            return None if recently else await self._refresh(service)
        if time.monotonic() - known[0] > _FRESH_SECONDS and service not in self._refreshing:
            task = asyncio.create_task(self._refresh(service))
            self._refreshing[service] = task
            task.add_done_callback(lambda _: self._refreshing.pop(service, None))
        return known[1]

    async def needed(self, service: str) -> ModelDescription:
        """What a service has loaded. Raises NotServedError, UnavailableError."""
        self._upstreams.needs(service)
        found = await self.of(service)
        if found is None:
            raise UnavailableError(f"the {service} service is not ready", retry_after=5)
        return found

    async def note(self, service: str, model: ModelRef) -> None:
        """A reply came from this model: when it is another than the remembered one, ask again."""
        known = self._known.get(service)
        if known is not None and known[1].digest != model.digest:
            await self._refresh(service)

    async def _refresh(self, service: str) -> ModelDescription | None:
        readiness = await self._upstreams.readiness_of(service)
        if not readiness.models:
            self._failed_at[service] = time.monotonic()
            return None
        self._known[service] = (time.monotonic(), readiness.models[0])
        return readiness.models[0]
