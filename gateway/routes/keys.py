"""`/v1/keys`: create, list and revoke API keys."""

from fastapi import APIRouter, Depends, Request, Response

from contracts.keys import CreatedKey, KeyPage, NewKey
from gateway.keys import audit
from gateway.keys.limits import exceeds
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.routes.requests import After, Limit, PathId, principal_of, read_change
from web.negotiation import reply
from web.openapi import json_body, replies
from web.problems import ForbiddenError, NotFoundError

_PROBLEMS = (400, 401, 403, 422, 429, 503)


def create_router(parts: Parts) -> APIRouter:
    """The routes; a tenant's admin manages that tenant's keys, the operator everybody's."""
    router = APIRouter(prefix="/v1/keys", tags=["keys"], dependencies=[Depends(parts.access.needs("admin"))])

    @router.post(
        "",
        summary="Create a key; its secret is shown this once",
        status_code=201,
        responses=replies(CreatedKey, *_PROBLEMS, 409, ok=201),
        openapi_extra=json_body(NewKey),
    )
    async def create_key(request: Request) -> Response:
        new = await read_change(request, NewKey)
        who = principal_of(request)
        tenant = new.tenant or who.tenant
        if tenant != who.tenant and not who.operator:
            raise ForbiddenError("only the operator creates keys for other tenants")
        limit = _granted(who, new.rate_limit, parts.settings.keys.rate_limit)
        made = await parts.keys.create(new.model_copy(update={"tenant": tenant, "rate_limit": limit}))
        parts.access.forget()
        audit.record(who, "key.create", created=made.id, for_tenant=tenant)
        return reply(request, made, status=201, headers={"Cache-Control": "no-store"})

    @router.get("", summary="List keys", responses=replies(KeyPage, *_PROBLEMS))
    async def list_keys(request: Request, after: After = "", limit: Limit = 50) -> Response:
        found = await parts.keys.page(_visible(principal_of(request)), after=after, limit=limit)
        return reply(request, found)

    @router.delete(
        "/{key}", summary="Revoke a key for good", status_code=204, responses=replies(None, *_PROBLEMS, 404)
    )
    async def revoke_key(request: Request, key: PathId) -> Response:
        who = principal_of(request)
        if not await parts.keys.revoke(key, _visible(who)):
            raise NotFoundError(f"there is no key {key!r} that is not revoked")
        parts.access.forget()
        audit.record(who, "key.revoke", revoked=key)
        return Response(status_code=204)

    return router


def _granted(who: Principal, wanted: str | None, default: str) -> str | None:
    """The limit of a new key: a tenant's admin passes on at most its own. Raises ForbiddenError."""
    if who.operator:
        return wanted
    if wanted is not None and exceeds(wanted, who.rate_limit or default):
        raise ForbiddenError(f"only the operator gives keys more than {who.rate_limit or default}")
    return wanted or who.rate_limit


def _visible(who: Principal) -> str | None:
    """The tenant whose keys one sees; None for all."""
    return None if who.operator else who.tenant
