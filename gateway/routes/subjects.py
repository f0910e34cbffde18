"""`/v1/collections/{c}/subjects`: the people of a collection; export and erasure of each."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import ValidationError

from contracts.collections import SubjectFilter
from contracts.identity import NewMerge, NewSubject, Subject, SubjectChange, SubjectExport, SubjectPage
from contracts.problems import FieldError
from gateway.keys import audit
from gateway.parts import Parts
from gateway.routes.requests import After, Limit, PathId, principal_of, read_change
from web.negotiation import reply
from web.openapi import json_body, replies
from web.problems import InvalidRequestError, misfit

_PROBLEMS = (400, 401, 403, 404, 422, 429, 503)


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/collections/{collection}/subjects", tags=["subjects"])
    reads = [Depends(parts.access.needs("identify", "enrol"))]
    writes = [Depends(parts.access.needs("enrol"))]

    @router.post(
        "",
        summary="Create a subject",
        dependencies=writes,
        status_code=201,
        responses=replies(Subject, *_PROBLEMS, 409, 413, ok=201),
        openapi_extra=json_body(NewSubject),
    )
    async def create_subject(request: Request, collection: PathId) -> Response:
        new = await read_change(request, NewSubject)
        who = principal_of(request)
        made = await parts.subjects.create(who.tenant, collection, new)
        audit.record(who, "subject.create", collection=collection)
        return reply(request, made, status=201)

    @router.get(
        "",
        summary="List subjects, or search them",
        dependencies=reads,
        responses=replies(SubjectPage, *_PROBLEMS),
    )
    async def list_subjects(
        request: Request,
        collection: PathId,
        after: After = "",
        limit: Limit = 50,
        prefix: Annotated[str, Query(description="only ids that begin so")] = "",
        name: Annotated[str, Query(description="only names that contain this, in any case")] = "",
        metadata: Annotated[str, Query(description="only metadata that contains this JSON object")] = "",
    ) -> Response:
        tenant = principal_of(request).tenant
        only = _filter(prefix, name, metadata)
        found = await parts.subjects.page(tenant, collection, after=after, limit=limit, only=only)
        return reply(request, found)

    @router.get(
        "/{subject}",
        summary="Read a subject",
        dependencies=reads,
        responses=replies(Subject, *_PROBLEMS),
    )
    async def read_subject(request: Request, collection: PathId, subject: PathId) -> Response:
        tenant = principal_of(request).tenant
        return reply(request, await parts.subjects.read(tenant, collection, subject))

    @router.patch(
        "/{subject}",
        summary="Change a subject's id, name or metadata",
        dependencies=writes,
        responses=replies(Subject, *_PROBLEMS, 409, 413),
        openapi_extra=json_body(SubjectChange),
    )
    async def change_subject(request: Request, collection: PathId, subject: PathId) -> Response:
        wanted = await read_change(request, SubjectChange)
        who = principal_of(request)
        changed = await parts.subjects.change(who.tenant, collection, subject, wanted)
        audit.record(who, "subject.change", collection=collection)
        return reply(request, changed)

    @router.post(
        "/{subject}/merge",
        summary="Merge another subject into this one",
        dependencies=writes,
        responses=replies(Subject, *_PROBLEMS, 409, 413),
        openapi_extra=json_body(NewMerge),
    )
    async def merge_subjects(request: Request, collection: PathId, subject: PathId) -> Response:
        wanted = await read_change(request, NewMerge)
        who = principal_of(request)
        merged, faces = await parts.subjects.merge(who.tenant, collection, subject, wanted.duplicate)
        audit.record(who, "subject.merge", collection=collection, faces=faces)
        return reply(request, merged)

    @router.delete(
        "/{subject}",
        summary="Erase a subject with all its embeddings",
        dependencies=writes,
        status_code=204,
        responses=replies(None, *_PROBLEMS),
    )
    async def erase_subject(request: Request, collection: PathId, subject: PathId) -> Response:
        who = principal_of(request)
        faces = await parts.subjects.delete(who.tenant, collection, subject)
        audit.record(who, "subject.erase", collection=collection, faces=faces)
        return Response(status_code=204)

    @router.get(
        "/{subject}/export",
        summary="Everything that is stored of a subject",
        dependencies=writes,
        responses=replies(SubjectExport, *_PROBLEMS),
    )
    async def export_subject(request: Request, collection: PathId, subject: PathId) -> Response:
        who = principal_of(request)
        exported = await parts.faces.export(who.tenant, collection, subject)
        audit.record(who, "subject.export", collection=collection, faces=len(exported.faces))
        return reply(request, exported)

    return router


def _filter(prefix: str, name: str, metadata: str) -> SubjectFilter:
    """What the query string asks for. Raises InvalidRequestError."""
    try:
        contained = json.loads(metadata) if metadata else {}
        return SubjectFilter.model_validate({"prefix": prefix, "name": name, "metadata": contained})
    except ValidationError as error:
        raise misfit(error) from error
    except (ValueError, RecursionError) as error:
        reason = "must be a JSON object"
        raise InvalidRequestError(
            f"metadata {reason}", errors=[FieldError(field="metadata", reason=reason)]
        ) from error
