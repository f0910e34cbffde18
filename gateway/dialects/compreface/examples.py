"""Examples: the stored faces of subjects."""

import math
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Query, Request

from contracts.identity import EnrolledFace
from contracts.options import EnrolOptions
from gateway.dialects.compreface.answers import Json
from gateway.dialects.compreface.desk import CompreFaceDesk
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import AddOptions
from gateway.dialects.compreface.people import COLLECTION, id_of
from gateway.identities.enrolment import Enrolment
from gateway.keys import audit
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.routes.requests import principal_of
from web.disconnect import while_connected
from web.problems import ConflictError, MalformedRequestError, NotFoundError

_MOST_FACES_AT_ONCE = 1000


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    @router.post("/recognition/faces", dependencies=[desk.writes], status_code=201)
    async def add_example(request: Request) -> Json:
        form = await desk.picture(request, "file")
        options = form.options(request, AddOptions)
        await desk.people(request).ensure()
        with suppress(ConflictError):
            await desk.people(request).add(options.subject)
        who = principal_of(request)
        made = await while_connected(request, _enrol(desk.parts, who, options, form.one("file")))
        return {"image_id": made.face_id, "subject": options.subject}

    @router.get("/recognition/faces", dependencies=[desk.reads])
    async def examples(
        request: Request,
        page: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
        size: Annotated[int, Query(ge=1, le=_MOST_FACES_AT_ONCE)] = 20,
        subject: Annotated[str | None, Query(max_length=256)] = None,
    ) -> Json:
        await desk.people(request).ensure()
        found, total = await desk.people(request).examples(offset=page * size, limit=size, subject=subject)
        return {
            "faces": [{"image_id": face.image_id, "subject": face.subject} for face in found],
            "page_number": page,
            "page_size": size,
            "total_pages": math.ceil(total / size),
            "total_elements": total,
        }

    @router.delete("/recognition/faces", dependencies=[desk.writes])
    async def delete_examples(
        request: Request, subject: Annotated[str | None, Query(max_length=256)] = None
    ) -> Json:
        await desk.people(request).ensure()
        deleted = await desk.people(request).remove_examples(subject)
        audit.record(principal_of(request), "face.erase_all", collection=COLLECTION, faces=deleted)
        return {"deleted": deleted}

    @router.post("/recognition/faces/delete", dependencies=[desk.writes])
    async def delete_chosen(request: Request) -> list[Json]:
        ids = await request.json()
        if not isinstance(ids, list) or len(ids) > _MOST_FACES_AT_ONCE:
            raise MalformedRequestError(f"send a list of at most {_MOST_FACES_AT_ONCE} ids of examples")
        gone = await desk.people(request).remove_chosen([str(image_id) for image_id in ids])
        for found in gone:
            audit.record(principal_of(request), "face.erase", collection=COLLECTION, face=found.image_id)
        return [{"image_id": found.image_id, "subject": found.subject} for found in gone]

    @router.delete("/recognition/faces/{image_id}", dependencies=[desk.writes])
    async def delete_example(request: Request, image_id: str) -> Json:
        found = await desk.people(request).remove_example(image_id)
        audit.record(principal_of(request), "face.erase", collection=COLLECTION, face=found.image_id)
        return {"image_id": found.image_id, "subject": found.subject}

    @router.get("/recognition/faces/{image_id}/img", dependencies=[desk.reads])
    async def download(request: Request, image_id: str) -> Json:
        await desk.people(request).example(image_id)
        raise NotFoundError("this server keeps no pictures, only embeddings")

    return router


async def _enrol(parts: Parts, who: Principal, options: AddOptions, picture: bytes) -> EnrolledFace:
    # CompreFace has no quality gate: what a picture lacks is noted with the face.
    wanted = EnrolOptions(min_score=options.det_prob_threshold, on_low_quality="flag", on_conflict="allow")
    enrolment = Enrolment(who, COLLECTION, id_of(options.subject), picture, wanted)
    return (await parts.enroller.enrol(enrolment))[0]
