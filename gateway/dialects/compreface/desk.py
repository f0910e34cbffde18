"""What every route of this dialect works with: the parts, who may ask, and what many routes do alike."""

import array
import math
from typing import Any

from fastapi import Depends, Request

from contracts.api import AnalyzeAnswer, AnalyzedFace
from contracts.keys import Scope
from contracts.models import ModelRef
from gateway.dialects.callers import admitted
from gateway.dialects.compreface.answers import Json, versions
from gateway.dialects.compreface.options import Options, Vector
from gateway.dialects.compreface.people import People
from gateway.dialects.pinned import KnownEmbedder
from gateway.identities.search import Hit
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.routes.requests import principal_of
from web.problems import InvalidRequestError, NoFaceError
from web.uploads import Form, read_form

MAX_BODY = 4 * 1024 * 1024


class CompreFaceDesk:
    """The parts, and dependencies that let callers in by scope."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.reads, self.writes, self.looks = (
            self._needs("identify"),
            self._needs("enrol"),
            self._needs("analyze"),
        )

    def people(self, request: Request) -> People:
        """The caller's face collection."""
        return People(self.parts, principal_of(request).tenant)

    async def picture(self, request: Request, *names: str) -> Form:
        """The pictures of these fields."""
        limit = self.parts.settings.analysis.max_upload_bytes
        return await read_form(request, max_bytes=limit, max_files=len(names), pictures=names)

    async def status(self, options: Options) -> Json:
        """The plugins' versions, when they were asked for."""
        if not options.status:
            return {}
        states = await self.parts.upstreams.readiness()
        return versions(options, {m.task: f"{m.name} {m.version}" for s in states.values() for m in s.models})

    def _needs(self, scope: Scope) -> Any:
        async def principal(request: Request) -> Principal:
            return await admitted(self.parts, request, request.headers.get("x-api-key"), scope)

        return Depends(principal)


def similarity(embedder: KnownEmbedder, cosine: float) -> float:
    """CompreFace's similarity: the calibrated probability of the same person, both answers being equally likely."""
    return round(embedder.probability(cosine), 5)


def named(embedder: KnownEmbedder, hits: list[Hit]) -> list[Json]:
    """Subjects by name, with their similarity."""
    return [
        {"subject": hit.name or hit.subject, "similarity": similarity(embedder, hit.similarity)}
        for hit in hits
    ]


def found_faces(answer: AnalyzeAnswer, field: str) -> list[AnalyzedFace]:
    """The faces of a picture. Raises NoFaceError."""
    if not answer.faces:
        raise NoFaceError(f"No face is found in the given image ({field})")
    return answer.faces


def embeddings_of(faces: list[AnalyzedFace]) -> tuple[list[bytes], ModelRef]:
    """The embeddings of analysed faces and their model."""
    found = [face.embedding for face in faces if face.embedding is not None]
    return [packed(e.values) for e in found if not isinstance(e.values, str)], found[0].model


def packed(values: Vector) -> bytes:
    """Numbers as float32 little-endian, of length one. Raises InvalidRequestError for nothing at all."""
    length = math.sqrt(sum(value * value for value in values))
    if length == 0:
        raise InvalidRequestError("an embedding needs numbers other than 0")
    return array.array("f", [value / length for value in values]).tobytes()
