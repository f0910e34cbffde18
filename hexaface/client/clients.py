"""The Python client, sync and async: typed answers, problems as exceptions. Its methods are stated in `calls`."""

from typing import Self, TypeVar

import httpx

from hexaface.client import calls, collection_calls, comparing, identity_calls
from hexaface.client.call import Call
from hexaface.client.errors import UnreachableError
from hexaface.client.stating import async_method, method

DEFAULT_URL = "http://127.0.0.1:8000"
A = TypeVar("A")

# The server's own deadline is 25 s; a client that waits a little longer hears the server's reason.
_TIMEOUT = httpx.Timeout(30, connect=5)


def _headers(api_key: str | None) -> dict[str, str]:
    return {"X-API-Key": api_key} if api_key else {}


class Client:
    """Calls a HexaFace server. Raises HexafaceError (see `hexaface.client.errors`) and OSError for unreadable files."""

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

    detect = method(calls.detect)
    analyze = method(calls.analyze)
    analyze_batch = method(calls.analyze_batch)
    embed = method(calls.embed)
    redact = method(calls.redact)
    generate = method(calls.generate)
    models = method(calls.models)
    ready = method(calls.ready)

    verify = method(comparing.verify)
    compare = method(comparing.compare)
    identify = method(comparing.identify)
    create_collection = method(identity_calls.create_collection)
    collections = method(identity_calls.collections)
    collection = method(identity_calls.collection)
    delete_collection = method(identity_calls.delete_collection)
    change_collection = method(collection_calls.change_collection)
    collection_statistics = method(collection_calls.collection_statistics)
    check_collection = method(collection_calls.check_collection)
    move_collection = method(identity_calls.move_collection)
    move = method(identity_calls.move)
    turn_back = method(identity_calls.turn_back)
    end_move = method(identity_calls.end_move)
    create_subject = method(identity_calls.create_subject)
    subjects = method(identity_calls.subjects)
    subject = method(identity_calls.subject)
    change_subject = method(identity_calls.change_subject)
    merge_subjects = method(identity_calls.merge_subjects)
    erase_subject = method(identity_calls.erase_subject)
    export_subject = method(identity_calls.export_subject)
    enrol = method(identity_calls.enrol)
    enrol_many = method(identity_calls.enrol_many)
    faces = method(identity_calls.faces)
    erase_face = method(identity_calls.erase_face)
    create_key = method(identity_calls.create_key)
    keys = method(identity_calls.keys)
    revoke_key = method(identity_calls.revoke_key)


class AsyncClient:
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

    detect = async_method(calls.detect)
    analyze = async_method(calls.analyze)
    analyze_batch = async_method(calls.analyze_batch)
    embed = async_method(calls.embed)
    redact = async_method(calls.redact)
    generate = async_method(calls.generate)
    models = async_method(calls.models)
    ready = async_method(calls.ready)

    verify = async_method(comparing.verify)
    compare = async_method(comparing.compare)
    identify = async_method(comparing.identify)
    create_collection = async_method(identity_calls.create_collection)
    collections = async_method(identity_calls.collections)
    collection = async_method(identity_calls.collection)
    delete_collection = async_method(identity_calls.delete_collection)
    change_collection = async_method(collection_calls.change_collection)
    collection_statistics = async_method(collection_calls.collection_statistics)
    check_collection = async_method(collection_calls.check_collection)
    move_collection = async_method(identity_calls.move_collection)
    move = async_method(identity_calls.move)
    turn_back = async_method(identity_calls.turn_back)
    end_move = async_method(identity_calls.end_move)
    create_subject = async_method(identity_calls.create_subject)
    subjects = async_method(identity_calls.subjects)
    subject = async_method(identity_calls.subject)
    change_subject = async_method(identity_calls.change_subject)
    merge_subjects = async_method(identity_calls.merge_subjects)
    erase_subject = async_method(identity_calls.erase_subject)
    export_subject = async_method(identity_calls.export_subject)
    enrol = async_method(identity_calls.enrol)
    enrol_many = async_method(identity_calls.enrol_many)
    faces = async_method(identity_calls.faces)
    erase_face = async_method(identity_calls.erase_face)
    create_key = async_method(identity_calls.create_key)
    keys = async_method(identity_calls.keys)
    revoke_key = async_method(identity_calls.revoke_key)
