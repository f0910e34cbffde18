"""Subjects by name: listed, added, renamed, erased."""

from typing import Annotated

from fastapi import APIRouter, Path, Request

from gateway.dialects.compreface.answers import Json
from gateway.dialects.compreface.desk import MAX_BODY, CompreFaceDesk
from gateway.dialects.compreface.errors import CompreFaceRoute
from gateway.dialects.compreface.options import NamedSubject
from gateway.dialects.compreface.people import COLLECTION
from gateway.keys import audit
from gateway.routes.requests import principal_of
from web.messages import read_message

Name = Annotated[str, Path(min_length=1, max_length=256)]


def create_router(desk: CompreFaceDesk) -> APIRouter:
    """The routes."""
    router = APIRouter(route_class=CompreFaceRoute)

    @router.get("/recognition/subjects", dependencies=[desk.reads])
    @router.get("/recognition/subjects/", dependencies=[desk.reads])
    async def subjects(request: Request) -> Json:
        await desk.people(request).ensure()
        return {"subjects": await desk.people(request).names()}

    @router.post("/recognition/subjects", dependencies=[desk.writes], status_code=201)
    async def add_subject(request: Request) -> Json:
        name = (await read_message(request, NamedSubject, max_bytes=MAX_BODY)).subject
        await desk.people(request).add(name)
        audit.record(principal_of(request), "subject.create", collection=COLLECTION)
        return {"subject": name}

    @router.put("/recognition/subjects/{subject}", dependencies=[desk.writes])
    async def rename_subject(request: Request, subject: Name) -> Json:
        new_name = NamedSubject.ignoring(await request.json()).subject
        faces = await desk.people(request).rename(subject, new_name)
        if faces is None:
            audit.record(principal_of(request), "subject.change", collection=COLLECTION)
        else:
            audit.record(principal_of(request), "subject.merge", collection=COLLECTION, faces=faces)
        return {"updated": True}

    @router.delete("/recognition/subjects/{subject}", dependencies=[desk.writes])
    async def delete_subject(request: Request, subject: Name) -> Json:
        faces = await desk.people(request).remove(subject)
        audit.record(principal_of(request), "subject.erase", collection=COLLECTION, faces=faces)
        return {"subject": subject}

    @router.delete("/recognition/subjects", dependencies=[desk.writes])
    async def delete_subjects(request: Request) -> Json:
        await desk.people(request).ensure()
        deleted = await desk.people(request).remove_all()
        audit.record(principal_of(request), "subject.erase_all", collection=COLLECTION, subjects=deleted)
        return {"deleted": deleted}

    return router
