"""The Python client, sync and async: typed answers, problems as exceptions."""

from collections.abc import Sequence
from typing import Any, Self, TypeVar

import httpx

from contracts.api import (
    AnalyzeAnswer,
    DetectAnswer,
    EmbedAnswer,
    Feature,
    GenerateAnswer,
    ModelsAnswer,
    ReadyAnswer,
)
from contracts.message import Message
from hexaface.client import calls
from hexaface.client.calls import Call, Picture
from hexaface.client.errors import UnreachableError
from hexaface.client.identity_methods import AsyncIdentityMethods, IdentityMethods

DEFAULT_URL = "http://127.0.0.1:8000"
A = TypeVar("A", bound=Message)

# The server's own deadline is 25 s; a client that waits a little longer hears the server's reason.
_TIMEOUT = httpx.Timeout(30, connect=5)


def _headers(api_key: str | None) -> dict[str, str]:
    return {"X-API-Key": api_key} if api_key else {}


class Client(IdentityMethods):
    """Calls a HexaFace server; what it can do about identity is in `IdentityMethods`. Raises HexafaceError (see `hexaface.client.errors`) and OSError for unreadable files."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> None:
        self.url = url
        self._http = httpx.Client(
            base_url=url, headers=_headers(api_key), timeout=timeout, transport=transport
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def send(self, call: Call[A]) -> A:
        """Carry out a call of `hexaface.client.calls` or `hexaface.client.identity_calls`."""
        try:
            return call.parse(self._http.request(**call.arguments()))
        except httpx.TransportError as error:
            raise UnreachableError(f"no HexaFace server answers at {self.url}: {error}") from error

    def detect(self, image: Picture, **options: Any) -> DetectAnswer:
        """Find the faces of a picture. Options: min_score, min_size, max_faces, mode."""
        return self.send(calls.detect(image, **options))

    def analyze(
        self, image: Picture, *, features: Sequence[Feature] | None = None, **options: Any
    ) -> AnalyzeAnswer:
        """Find and describe faces. Options: those of `detect`, mesh, blendshapes, encoding."""
        return self.send(calls.analyze(image, features=features, **options))

    def embed(self, image: Picture, **options: Any) -> EmbedAnswer:
        """Find and embed faces. Options: those of `detect`, encoding."""
        return self.send(calls.embed(image, **options))

    def generate(self, *, count: int = 1, seed: int | None = None, layout: str = "list") -> GenerateAnswer:
        """Generate 1 to 64 synthetic faces; the same seed gives the same faces."""
        return self.send(calls.generate(count=count, seed=seed, layout=layout))

    def models(self) -> ModelsAnswer:
        """What is loaded."""
        return self.send(calls.models())

    def ready(self) -> ReadyAnswer:
        """Whether every service is ready, and why not."""
        return self.send(calls.ready())


class AsyncClient(AsyncIdentityMethods):
    """`Client` for asyncio."""

    def __init__(
        self,
        url: str = DEFAULT_URL,
        *,
        api_key: str | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        timeout: httpx.Timeout = _TIMEOUT,
    ) -> None:
        self.url = url
        self._http = httpx.AsyncClient(
            base_url=url, headers=_headers(api_key), timeout=timeout, transport=transport
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, call: Call[A]) -> A:
        """Carry out a call of `hexaface.client.calls` or `hexaface.client.identity_calls`."""
        try:
            return call.parse(await self._http.request(**call.arguments()))
        except httpx.TransportError as error:
            raise UnreachableError(f"no HexaFace server answers at {self.url}: {error}") from error

    async def detect(self, image: Picture, **options: Any) -> DetectAnswer:
        """Find the faces of a picture. Options: min_score, min_size, max_faces, mode."""
        return await self.send(calls.detect(image, **options))

    async def analyze(
        self, image: Picture, *, features: Sequence[Feature] | None = None, **options: Any
    ) -> AnalyzeAnswer:
        """Find and describe faces. Options: those of `detect`, mesh, blendshapes, encoding."""
        return await self.send(calls.analyze(image, features=features, **options))

    async def embed(self, image: Picture, **options: Any) -> EmbedAnswer:
        """Find and embed faces. Options: those of `detect`, encoding."""
        return await self.send(calls.embed(image, **options))

    async def generate(
        self, *, count: int = 1, seed: int | None = None, layout: str = "list"
    ) -> GenerateAnswer:
        """Generate 1 to 64 synthetic faces; the same seed gives the same faces."""
        return await self.send(calls.generate(count=count, seed=seed, layout=layout))

    async def models(self) -> ModelsAnswer:
        """What is loaded."""
        return await self.send(calls.models())

    async def ready(self) -> ReadyAnswer:
        """Whether every service is ready, and why not."""
        return await self.send(calls.ready())
