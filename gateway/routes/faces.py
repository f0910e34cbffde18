"""`/v1/collections/{c}/subjects/{s}/faces` and `/v1/collections/{c}/faces`: enrolment, one by one and in bulk."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from contracts.identity import EnrolAnswer, EnrolledFace, EnrolResult, FacePage
from contracts.options import BulkEnrolOptions, EnrolOptions
from contracts.problems import FieldError
from gateway.identities.enrolment import Enrolment
from gateway.keys import audit
from gateway.parts import Parts
from gateway.routes.pictures import fetch_pictures, read_pictures, read_sent
from gateway.routes.requests import IdempotencyKey, Limit, PathId, may_store, principal_of
from gateway.routes.several import a_few_at_once, several
from web.disconnect import while_connected
from web.negotiation import reply
from web.openapi import picture_body, replies
from web.problems import InvalidRequestError, ProblemError
from web.uploads import Form, Upload

_PROBLEMS = (400, 401, 403, 404, 409, 413, 415, 422, 429, 503, 504)
_FIRST = uuid.UUID(int=0)


def create_router(parts: Parts) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1/collections/{collection}", tags=["faces"])
    reads = [Depends(parts.access.needs("identify", "enrol"))]
    writes = [Depends(parts.access.needs("enrol"))]

    @router.post(
        "/subjects/{subject}/faces",
        summary="Enrol a face of a subject",
        dependencies=writes,
        status_code=201,
        responses=replies(EnrolledFace, *_PROBLEMS, ok=201),
        openapi_extra=picture_body({"image": False}, EnrolOptions, by_url=True),
    )
    async def enrol(
        request: Request, collection: PathId, subject: PathId, idempotency_key: IdempotencyKey = None
    ) -> Response:
        who = principal_of(request)
        await parts.subjects.read(who.tenant, collection, subject)
        form = await read_pictures(parts, request, max_files=1)
        options = form.options(request, EnrolOptions)
        wanted = Enrolment(
            who,
            collection,
            subject,
            form.one("image"),
            options,
            idempotency_key=idempotency_key,
            store=may_store(request),
        )
        enrolled, replayed = await while_connected(request, parts.enroller.enrol(wanted))
        headers = {"Idempotency-Replayed": "true"} if replayed else None
        return reply(request, enrolled, status=201, headers=headers)

    @router.post(
        "/faces",
        summary="Enrol many pictures at once, with a result for each",
        dependencies=writes,
        responses=replies(EnrolAnswer, *_PROBLEMS),
        openapi_extra=picture_body({"image": True}, BulkEnrolOptions, by_url=True),
    )
    async def enrol_many(
        request: Request, collection: PathId, idempotency_key: IdempotencyKey = None
    ) -> Response:
        who = principal_of(request)
        await parts.collections.row(who.tenant, collection)
        limit = parts.settings.identities.bulk_pictures
        form = await read_sent(parts, request, limit)
        options = form.options(request, BulkEnrolOptions)
        subjects = _assigned(form, options, limit)
        await parts.access.charge(who, len(subjects), paid=1)
        pictures = (await fetch_pictures(parts, form)).images["image"]
        single = EnrolOptions.model_validate(options.model_dump(exclude={"subjects", "create_subjects"}))

        async def one(index: int, picture: Upload) -> EnrolResult:
            key = f"{idempotency_key}\x1f{index}" if idempotency_key else None
            try:
                wanted = Enrolment(
                    who,
                    collection,
                    subjects[index],
                    picture.content(),
                    single,
                    idempotency_key=key,
                    create_subject=options.create_subjects,
                    store=may_store(request),
                )
                enrolled, _ = await parts.enroller.enrol(wanted)
            except ProblemError as error:
                return EnrolResult(index=index, subject=subjects[index], problem=error.problem(request))
            return EnrolResult(index=index, subject=subjects[index], enrolled=enrolled)

        results = await while_connected(request, a_few_at_once(one, pictures))
        enrolled = sum(result.enrolled is not None for result in results)
        answer = EnrolAnswer(results=results, enrolled=enrolled, failed=len(results) - enrolled)
        return reply(request, answer)

    @router.get(
        "/subjects/{subject}/faces",
        summary="List the faces of a subject",
        dependencies=reads,
        responses=replies(FacePage, *_PROBLEMS),
    )
    async def list_faces(
        request: Request,
        collection: PathId,
        subject: PathId,
        after: Annotated[uuid.UUID, Query(description="`next` of the page before")] = _FIRST,
        limit: Limit = 50,
    ) -> Response:
        tenant = principal_of(request).tenant
        return reply(request, await parts.faces.page(tenant, collection, subject, after=after, limit=limit))

    @router.delete(
        "/subjects/{subject}/faces/{face}",
        summary="Erase a face",
        dependencies=writes,
        status_code=204,
        responses=replies(None, *_PROBLEMS),
    )
    async def erase_face(request: Request, collection: PathId, subject: PathId, face: uuid.UUID) -> Response:
        who = principal_of(request)
        await parts.faces.delete(who.tenant, collection, subject, face)
        audit.record(who, "face.erase", collection=collection, face=str(face))
        return Response(status_code=204)

    return router


def _assigned(form: Form, options: BulkEnrolOptions, limit: int) -> list[str]:
    """The subject of each picture. Raises InvalidRequestError when they do not fit together."""
    pictures = several(form, "image", limit)
    subjects = options.subjects * len(pictures) if len(options.subjects) == 1 else options.subjects
    if len(subjects) != len(pictures):
        reason = f"{len(subjects)} subjects for {len(pictures)} pictures; name one for each, or one for all"
        raise InvalidRequestError(reason, errors=[FieldError(field="subjects", reason=reason)])
    return subjects
