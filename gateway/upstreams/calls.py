"""The services as the gateway calls them: typed messages over MessagePack, failures as problems."""

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from typing import TypeVar

import httpx
import structlog
from prometheus_client import Counter, Histogram

from contracts.message import JSON, MSGPACK, Message
from contracts.models import Readiness
from contracts.problems import Problem
from gateway.settings.upstreams import UpstreamSettings
from gateway.upstreams.balancing import BalancingTransport
from gateway.upstreams.guard import CircuitOpenError, GuardTransport
from web.problems import BadUpstreamError, DeadlineError, NotServedError, ProblemError, UnavailableError
from web.stopwatch import Stopwatch
from web.tracing import client_span, inject

R = TypeVar("R", bound=Message)

UPSTREAM_SECONDS = Histogram(
    "hexaface_upstream_seconds",
    "Time of one call to a service",
    ["upstream"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
UPSTREAM_FAILURES = Counter(
    "hexaface_upstream_failures_total", "Calls to a service that failed", ["upstream", "type"]
)

_READY_TIMEOUT = 2.0  # readiness is asked by probes whose own timeout is a few seconds
_SERVER_ERRORS = 500


class Upstreams:
    """One pooled, guarded transport per service that there is."""

    def __init__(
        self, settings: UpstreamSettings, transports: Mapping[str, httpx.AsyncBaseTransport] | None = None
    ) -> None:
        """`transports` replaces the network for some services, in the all-in-one by a call in the process."""
        given = transports or {}
        self._settings = settings
        self._urls = settings.urls()
        self._transports = {
            name: self._guarded(name, given.get(name) or self._network(name)) for name in self._urls
        }

    def serves(self, name: str) -> bool:
        """Whether there is such a service."""
        return name in self._urls

    def needs(self, name: str) -> None:
        """Raises NotServedError when there is no such service."""
        if not self.serves(name):
            raise NotServedError(f"this server has no model for {name!r}")

    async def call(
        self, name: str, path: str, message: Message, reply: type[R], *, seconds: float | None = None
    ) -> R:
        """Send a message to a service and read its reply.

        Raises ProblemError: the service's own problem when the request is at fault, NotServedError when there is no such
        service, UnavailableError when it cannot be reached, DeadlineError when it did not answer in time, BadUpstreamError when its answer is not readable.
        """
        self.needs(name)
        watch = Stopwatch()
        try:
            response = await self._post(name, path, message, seconds or self._settings.stage_timeout)
            if response.status_code != httpx.codes.OK:
                raise _passed_on(name, response)
            return _parse(name, response, reply)
        except ProblemError as error:
            UPSTREAM_FAILURES.labels(name, error.type).inc()
            raise
        finally:
            UPSTREAM_SECONDS.labels(name).observe(watch.seconds)

    async def readiness(self) -> dict[str, Readiness]:
        """What every service says of itself; one that cannot be asked is not ready, with the reason."""
        names = list(self._transports)
        states = await asyncio.gather(*(self.readiness_of(name) for name in names))
        return dict(zip(names, states, strict=True))

    async def aclose(self) -> None:
        """Close every connection."""
        for transport in self._transports.values():
            await transport.aclose()

    def _network(self, name: str) -> httpx.AsyncBaseTransport:
        limits = httpx.Limits(max_connections=self._settings.max_connections, max_keepalive_connections=16)
        return BalancingTransport(lambda _: httpx.AsyncHTTPTransport(limits=limits), name=name)

    def _guarded(self, name: str, transport: httpx.AsyncBaseTransport) -> GuardTransport:
        settings = self._settings
        return GuardTransport(
            transport, name=name, failures=settings.breaker_failures, seconds=settings.breaker_seconds
        )

    async def _send(
        self, name: str, path: str, headers: dict[str, str], seconds: float, content: bytes | None = None
    ) -> httpx.Response:
        """One request, straight to the transport: a client's cookies, redirects and encodings take as long again."""
        timeout = httpx.Timeout(seconds, connect=self._settings.connect_timeout)
        request = httpx.Request(
            "GET" if content is None else "POST",
            _address(f"{self._urls[name].rstrip('/')}{path}"),
            headers=headers,
            content=content,
            extensions={"timeout": timeout.as_dict()},
        )
        response = await self._transports[name].handle_async_request(request)
        await response.aread()
        return response

    async def _post(self, name: str, path: str, message: Message, seconds: float) -> httpx.Response:
        headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
        request_id = structlog.contextvars.get_contextvars().get("request_id")
        if request_id:
            headers["X-Request-ID"] = str(request_id)
        try:
            with client_span(f"{name} {path}", **{"peer.service": name}):
                inject(headers)
                return await self._send(name, path, headers, seconds, message.to_msgpack())
        except CircuitOpenError as error:
            raise UnavailableError(
                f"the {name} service keeps failing and is left alone for a moment",
                retry_after=self._settings.breaker_seconds,
            ) from error
        except httpx.ConnectTimeout as error:
            raise UnavailableError(f"the {name} service cannot be reached", retry_after=5) from error
        except httpx.TimeoutException as error:
            raise DeadlineError(f"the {name} service did not answer within {seconds:g} s") from error
        except httpx.TransportError as error:
            raise UnavailableError(f"the {name} service cannot be reached", retry_after=5) from error

    async def readiness_of(self, name: str) -> Readiness:
        """What one service says of itself; not ready, with the reason, when it cannot be asked."""
        if not self.serves(name):
            return Readiness(ready=False, reason="not served")
        try:
            response = await self._send(name, "/readyz", {"Accept": JSON}, _READY_TIMEOUT)
            return Readiness.from_json(response.content)
        except httpx.TransportError:
            return Readiness(ready=False, reason="cannot be reached")
        except ValueError:
            return Readiness(ready=False, reason="its readiness cannot be read")


@lru_cache
def _address(url: str) -> httpx.URL:
    """There are few, and reading one takes as long as half of a request's other parts."""
    return httpx.URL(url)


def _parse(name: str, response: httpx.Response, reply: type[R]) -> R:
    try:
        return reply.from_msgpack(response.content)
    except ValueError as error:
        raise BadUpstreamError(
            f"the {name} service answered something else than a {reply.__name__}"
        ) from error


def _passed_on(name: str, response: httpx.Response) -> ProblemError:
    """A service's problem as the gateway's own: faults of the request keep their status, its own become 503."""
    try:
        problem = Problem.from_json(response.content)
    except ValueError:
        return BadUpstreamError(f"the {name} service failed with status {response.status_code}")
    retry_after = response.headers.get("Retry-After", "")
    seconds = float(retry_after) if retry_after.isdigit() else None
    if problem.status >= _SERVER_ERRORS:
        return UnavailableError(f"the {name} service failed: {problem.detail}", retry_after=seconds or 5)
    return PassedOnError(problem, seconds)


class PassedOnError(ProblemError):
    """A problem that a service found with the request, passed on as it is."""

    def __init__(self, problem: Problem, retry_after: float | None) -> None:
        super().__init__(problem.detail, errors=problem.errors, retry_after=retry_after)
        self.status, self.type, self.title = problem.status, problem.type, problem.title
