"""Who calls by another vendor's API: its SDKs always send a key, so one word stands for none."""

from fastapi import Request

from contracts.keys import Scope
from gateway.keys.principal import Principal
from gateway.parts import Parts

_ANONYMOUS = "anonymous"
"""Stands for no key, on a server that needs none."""


async def admitted(parts: Parts, request: Request, key: str | None, scope: Scope) -> Principal:
    """The principal who holds the key that the SDK sent. Raises UnauthenticatedError, ForbiddenError, RateLimitedError."""
    return await parts.access.needs(scope)(request, None if key == _ANONYMOUS else key, None)
