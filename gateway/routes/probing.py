"""What a request wants compared: the faces of a picture, or an embedding that was sent in its place."""

from fastapi import Request

from contracts.api import PublicEmbedding
from contracts.detection import DetectOptions
from contracts.identity import FaceChoice
from gateway.analysis.embedding import choose_face
from gateway.analysis.probes import Probes, probe_given, probes_of
from gateway.parts import Parts
from gateway.routes.requests import may_store, principal_of
from gateway.upstreams.embedders import DEFAULT
from web.problems import InvalidRequestError
from web.uploads import Form


class Probing:
    """Finds what is to be compared."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def find(
        self,
        request: Request,
        form: Form,
        field: str,
        given: PublicEmbedding | None,
        options: DetectOptions,
        *,
        face: FaceChoice | None = None,
        embedder: str = DEFAULT,
    ) -> Probes:
        """Every face of the picture in `field`, the one that is meant by `face`, or the embedding. Raises ProblemError."""
        if given is not None:
            name = field.replace("image", "embedding")
            if form.images.get(field):
                raise InvalidRequestError(f"send {field} or {name}, not both")
            return probe_given(given, await self._parts.embedders.model(embedder), name)
        tenant, store = principal_of(request).tenant, may_store(request)
        picture = await self._parts.embedding.of(
            tenant, form.one(field), options, store=store, embedder=embedder
        )
        return probes_of(picture, choose_face(picture.found, face, field) if face else None)
