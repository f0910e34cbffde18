"""Who is asking, and may they: the check in front of every /v1 route."""

import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer
from prometheus_client import Counter

from contracts.keys import SCOPES, Scope
from gateway.keys.limits import RateLimits
from gateway.keys.principal import ANONYMOUS, OPERATOR, Principal
from gateway.keys.secret import Secret, parse_secret
from gateway.keys.store import KeyStore
from gateway.settings.keys import KeySettings
from gateway.stores.tables import KeyRow
from web.problems import ForbiddenError, RateLimitedError, UnauthenticatedError, UnavailableError

# How long a revoked key may still work on another gateway, and how often a key costs a query.
_REMEMBERED_SECONDS = 3.0
_REMEMBERED_KEYS = 4096

REFUSALS = Counter(
    "hexaface_access_refusals_total", "Requests refused for their key, its scopes or its limit", ["type"]
)

_HEADER = APIKeyHeader(name="X-API-Key", auto_error=False, description="an API key of `hexaface keys create`")
_BEARER = HTTPBearer(auto_error=False, description="the same key as a bearer token")


class Access:
    """Finds the principal of a request and enforces scopes and rate limits.

    Keys are needed when the settings say so, when there is an admin key, or as soon as one key was ever created.
    """

    def __init__(
        self,
        settings: KeySettings,
        keys: KeyStore | None,
        limits: RateLimits,
    ) -> None:
        self._keys = keys
        self._limits = limits
        self._admin_digest = _digest(settings.admin_key.get_secret_value()) if settings.admin_key else None
        self._required = settings.protected
        self._known: OrderedDict[bytes, tuple[float, Principal | None]] = OrderedDict()
        self._asked_at = float("-inf")
        self._keys_exist: bool | None = None

    def needs(self, *scopes: Scope) -> Callable[..., Awaitable[Principal]]:
        """A dependency: the request's principal, which has one of the scopes (any principal when none is named)."""

        async def principal(
            request: Request,
            header: Annotated[str | None, Security(_HEADER)],
            bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
        ) -> Principal:
            key = header or (bearer.credentials if bearer else None)
            try:
                found = request.state.principal = await self._admitted(key, scopes, _address_of(request))
            except (UnauthenticatedError, ForbiddenError, RateLimitedError) as error:
                REFUSALS.labels(error.type).inc()
                raise
            return found

        return principal

    async def charge(self, who: Principal, requests: int, *, paid: int = 0) -> None:
        """Count a call that stands for so many requests, `paid` of which are counted already.

        Raises RateLimitedError; InvalidRequestError when the key may never make so many.
        """
        if who.limited:
            await self._limits.charge(who.key_id, who.rate_limit, requests, paid=paid)

    async def _admitted(self, key: str | None, scopes: tuple[Scope, ...], address: str) -> Principal:
        found = await self._principal(key, address)
        # Before the scopes: what a key may not do costs it as much as what it may.
        await self.charge(found, 1)
        if scopes and not any(found.may(scope) for scope in scopes):
            raise ForbiddenError(f"this key lacks the scope {' or '.join(scopes)}")
        return found

    async def _principal(self, key: str | None, address: str) -> Principal:
        """Who holds a key. Raises UnauthenticatedError, TooManyWrongKeysError, UnavailableError."""
        if key is None and not await self.needed():
            return ANONYMOUS
        if key is None:
            raise UnauthenticatedError("send an API key as `X-API-Key` or `Authorization: Bearer`")
        digest = _digest(key)
        if self._admin_digest is not None and hmac.compare_digest(digest, self._admin_digest):
            return OPERATOR
        found = await self._remembered(key, digest)
        if found is None:
            # Only now: a right key is let in whatever else comes from its address.
            await self._limits.note_wrong_key(address)
            raise UnauthenticatedError("the API key is not valid")
        return found

    def forget(self) -> None:
        """Look every key up again: one was revoked or created here."""
        self._known.clear()
        self._asked_at = float("-inf")

    async def needed(self) -> bool:
        """Whether nobody gets in without a key. Raises UnavailableError when that cannot be told."""
        if self._required or self._keys_exist:
            return True
        if self._keys is None:
            return False
        now = time.monotonic()
        if now - self._asked_at > _REMEMBERED_SECONDS:
            if self._keys_exist is not None:
                self._asked_at = now  # others need not wait: the last answer stands until this one is there
            try:
                self._keys_exist = await self._keys.any_exist()
            except UnavailableError:
                # Without an earlier answer the door stays closed.
                if self._keys_exist is None:
                    raise
            self._asked_at = now
        return bool(self._keys_exist)

    async def _remembered(self, key: str, digest: bytes) -> Principal | None:
        now = time.monotonic()
        known = self._known.get(digest)
        if known is not None and now - known[0] < _REMEMBERED_SECONDS:
            return known[1]
        found = await self._look_up(key)
        self._known[digest] = (now, found)
        self._known.move_to_end(digest)
        while len(self._known) > _REMEMBERED_KEYS:
            self._known.popitem(last=False)
        return found

    async def _look_up(self, key: str) -> Principal | None:
        secret = parse_secret(key)
        row = await self._keys.find(secret) if secret and self._keys else None
        if row is None or secret is None or not _matches(secret, row):
            return None
        scopes = frozenset(scope for scope in SCOPES if scope in row.scopes)
        return Principal(row.id, row.tenant, scopes, rate_limit=row.rate_limit)


def _address_of(request: Request) -> str:
    """Where a request comes from, as far as the server can tell."""
    return request.client.host if request.client else ""


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _matches(secret: Secret, row: KeyRow) -> bool:
    return hmac.compare_digest(secret.digest(), row.secret_sha256)
