"""Pictures by URL: from allowed hosts alone, never from an address inside the network that nobody meant to open."""

import asyncio
import ipaddress
import socket

import httpx

from contracts.problems import FieldError
from gateway.settings.fetching import FetchingSettings
from web.bodies import too_large
from web.problems import ForbiddenError, InvalidRequestError

_PORTS = {"http": 80, "https": 443}
_MOST_REDIRECTS = 3
# Maps IPv4 addresses into IPv6 (RFC 6052): a private one looks public there.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class UrlNotAllowedError(ForbiddenError):
    """A picture's URL leads to where the operator did not allow to go."""

    type, title = "url-not-allowed", "Pictures may not be fetched from there"
    remedy = "Send the picture itself, or ask the operator to name the host in `HEXAFACE_URL_HOSTS`."


class NotFetchedError(InvalidRequestError):
    """A picture's URL gave no picture."""

    type, title = "not-fetched", "The picture could not be fetched"
    remedy = "Check that the URL answers 200 with the picture, within the limits of size and time."


class Fetching:
    """Fetches pictures. Each name is resolved once, and the connection goes to the address that was checked."""

    def __init__(self, settings: FetchingSettings, *, max_bytes: int) -> None:
        self._settings = settings
        self._max_bytes = max_bytes
        # No connection is kept: one that was opened for a host must not serve another at the same address.
        limits = httpx.Limits(max_keepalive_connections=0)
        trusted = httpx.create_ssl_context(trust_env=False)
        if settings.url_ca_file is not None:
            trusted.load_verify_locations(settings.url_ca_file)
        self._client = httpx.AsyncClient(
            verify=trusted, trust_env=False, limits=limits, timeout=settings.url_timeout
        )

    @property
    def timeout(self) -> float:
        """Seconds that the pictures of one request may take."""
        return self._settings.url_timeout

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def fetch(self, text: str) -> bytes:
        """The bytes behind a URL. Raises UrlNotAllowedError, NotFetchedError, TooLargeError."""
        try:
            url = httpx.URL(text)
            for _ in range(_MOST_REDIRECTS + 1):
                found = await self._get(url)
                if isinstance(found, bytes):
                    return found
                url = url.join(found)
        except (httpx.InvalidURL, httpx.HTTPError, UnicodeError) as error:
            raise not_fetched("cannot be reached, or is no URL") from error
        raise not_fetched(f"leads on more than {_MOST_REDIRECTS} times")

    async def _get(self, url: httpx.URL) -> bytes | str:
        """The picture, or where it is instead."""
        self._check(url)
        host, port = url.host, url.port or _PORTS[url.scheme]
        address = await self._address(host, port)
        response = await self._client.send(self._request(url, address), stream=True)
        try:
            if response.has_redirect_location:
                return str(response.headers["location"])
            if response.status_code != httpx.codes.OK:
                raise not_fetched(f"answered with status {response.status_code}")
            return await self._read(response)
        finally:
            await response.aclose()

    def _request(self, url: httpx.URL, address: str) -> httpx.Request:
        """To an address, for the URL's host: the certificate must be the host's own."""
        headers = {"Host": url.netloc.decode(), "Accept": "image/*", "Accept-Encoding": "identity"}
        extensions = {"sni_hostname": url.host}
        return self._client.build_request(
            "GET", url.copy_with(host=address), headers=headers, extensions=extensions
        )

    async def _read(self, response: httpx.Response) -> bytes:
        chunks, size = [], 0
        async for chunk in response.aiter_raw():
            size += len(chunk)
            if size > self._max_bytes:
                raise too_large(self._max_bytes)
            chunks.append(chunk)
        return b"".join(chunks)

    def _check(self, url: httpx.URL) -> None:
        """Raises UrlNotAllowedError unless the operator named the host, and the port if it is not the usual one."""
        usual = url.port is None or url.port == _PORTS.get(url.scheme)
        name = url.host.lower() if usual else f"{url.host.lower()}:{url.port}"
        if url.scheme not in _PORTS or url.userinfo or name not in self._settings.url_hosts:
            raise not_allowed("names a host that is not allowed")

    async def _address(self, host: str, port: int) -> str:
        """The address of a host, checked. Raises UrlNotAllowedError when any of its addresses is not public."""
        try:
            found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise not_fetched("names a host that cannot be found") from error
        addresses = [str(entry[4][0]) for entry in found]
        if host.lower() not in self._settings.url_internal_hosts and not all(map(is_public, addresses)):
            raise not_allowed("leads to an address that is not public")
        # IPv4 first: a container without IPv6 still resolves names to it.
        return min(addresses, key=lambda address: ":" in address)


def is_public(text: str) -> bool:
    """Whether an address is one of the open Internet; those that wrap another address are not taken for it."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address) and (
        address.ipv4_mapped or address.sixtofour or address.teredo or address in _NAT64
    ):
        return False
    return address.is_global and not address.is_multicast


def not_allowed(reason: str) -> UrlNotAllowedError:
    """A URL that is not followed."""
    return UrlNotAllowedError(f"the picture's URL {reason}", errors=[FieldError(field="url", reason=reason)])


def not_fetched(reason: str) -> NotFetchedError:
    """A URL that gave nothing."""
    return NotFetchedError(f"the picture's URL {reason}", errors=[FieldError(field="url", reason=reason)])
