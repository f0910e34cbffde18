"""Where a server listens, for whom, and how patient it is with them."""

import errno
import ipaddress
import socket
from typing import Annotated, Any

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

Names = Annotated[tuple[str, ...], NoDecode]


class ListenError(Exception):
    """The address cannot be listened on; the text says why."""


class ListenSettings(BaseSettings):
    """Every setting is `HEXAFACE_<NAME>` in the environment; names and origins are separated by commas."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    host: str = Field(default="127.0.0.1", description="address to listen on; images set 0.0.0.0")
    port: int = Field(default=8000, ge=0, le=65535, description="port to listen on; 0 for any that is free")
    insecure: bool = Field(
        default=False, description="the gateway may listen beyond loopback although no key protects it"
    )
    allowed_hosts: Names = Field(
        default=(), description="host names this server answers to besides loopback's and its own address"
    )
    allowed_origins: Names = Field(
        default=(), description="web pages (https://name) that may call the API from a browser"
    )
    # Go's client keeps idle connections for 90 s, longer than other common ones (httpx 5, aiohttp 15, .NET 60). Were
    # the server first to close, a request could meet a closing door.
    keep_alive: float = Field(default=120, gt=0, description="seconds an idle connection stays open")
    head_timeout: float = Field(
        default=15, gt=0, description="seconds a client has to send a request's first line and headers"
    )
    body_timeout: float = Field(default=20, gt=0, description="seconds of silence within a request's body")
    max_clients: int = Field(
        default=1000,
        ge=1,
        description="client connections at once; fewer where the process may open fewer files",
    )
    upload_budget_mib: int = Field(
        default=256,
        ge=1,
        description="memory for the bodies of all requests under way; beyond it they get 429",
    )

    @field_validator("allowed_hosts", "allowed_origins", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        """`a.example, b.example` from the environment are two names."""
        if isinstance(value, str):
            return tuple(name.strip().lower().rstrip("/") for name in value.split(",") if name.strip())
        return value

    @property
    def exposed(self) -> bool:
        """Whether others than this machine reach the server, and nobody said that all of them may."""
        return not self.insecure and not is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host name or address can only mean this machine."""
    name = host.lower().rstrip(".")
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def open_sockets(listen: ListenSettings) -> list[socket.socket]:
    """Sockets bound to the address, not yet listening. Raises ListenError.

    Bound before anything else starts: a port that is taken is known at once, and nobody connects before all is ready.
    """
    where = f"{listen.host}:{listen.port}"
    try:
        found = socket.getaddrinfo(listen.host, listen.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as error:
        raise ListenError(f"{where} is no address of this machine: {error.strerror}") from error
    opened: list[socket.socket] = []
    for family, kind, protocol, _, address in dict.fromkeys(found):
        try:
            opened.append(_bound(family, kind, protocol, address))
        except OSError as error:
            # `localhost` is two addresses, and many containers have but one of them.
            if error.errno == errno.EADDRNOTAVAIL and len(found) > 1:
                continue
            for other in opened:
                other.close()
            raise ListenError(why_not(where, error)) from error
    if not opened:
        raise ListenError(f"{where} is no address of this machine")
    return opened


def why_not(where: str, error: OSError) -> str:
    """Why an address cannot be listened on, and what to do."""
    if error.errno == errno.EADDRINUSE:
        return f"{where} is in use by another program; choose another port (--port, HEXAFACE_PORT)"
    if error.errno == errno.EACCES:
        return f"{where} needs the rights of root; choose a port from 1024 on (--port, HEXAFACE_PORT)"
    return f"{where} cannot be listened on: {error.strerror}"


def _bound(family: int, kind: int, protocol: int, address: Any) -> socket.socket:
    # asyncio turns Nagle's algorithm off only where the protocol is named: else each answer but a connection's first
    # waits up to 40 ms for the client's acknowledgement of its headers.
    opened = socket.socket(family, kind, protocol)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened
