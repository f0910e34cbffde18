"""What every operation works with: the parts, who asks, and the few things that many operations do alike."""

import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from contracts.api import AnalyzeAnswer
from contracts.detection import DetectOptions
from contracts.options import AnalyzeOptions
from gateway.analysis.cache import FoundFace
from gateway.analysis.embedding import EmbeddedPicture
from gateway.analysis.pipeline import run
from gateway.analysis.stages import merge, stages
from gateway.dialects.pinned import KnownEmbedder, in_collection
from gateway.dialects.rekognition.errors import RekognitionError
from gateway.dialects.rekognition.gallery import Stored, StoredFaces
from gateway.dialects.rekognition.requests import Image
from gateway.identities.quality import shortcomings
from gateway.keys.principal import Principal
from gateway.parts import Parts
from gateway.stores.tables import CollectionRow
from web.problems import NotFoundError

Json = dict[str, Any]

_MOST_FACES = 100


@dataclass(frozen=True)
class RekognitionDesk:
    """The parts and the principal of one request."""

    parts: Parts
    who: Principal

    def gallery(self, collection: str) -> StoredFaces:
        """A collection of the principal's."""
        return StoredFaces(self.parts, self.who, collection)

    async def analyzed(self, image: Image, features: set[str]) -> AnalyzeAnswer:
        """The faces of a picture, the largest first, with the named features."""
        options = AnalyzeOptions.model_validate({"features": sorted(features), "max_faces": _MOST_FACES})
        settings = self.parts.settings.analysis
        outcome = await run(stages(picture(image), options), self.parts.upstreams, deadline=settings.deadline)
        answer = merge(outcome, "float")
        largest_first = sorted(answer.faces, key=lambda face: -face.box.width * face.box.height)
        return answer.model_copy(update={"faces": largest_first})

    async def embedded(
        self, image: Image, embedder: KnownEmbedder, *, chips: bool = False
    ) -> EmbeddedPicture:
        """The embedded faces of a picture."""
        options = DetectOptions(max_faces=_MOST_FACES)
        return await self.parts.embedding.of(
            self.who.tenant, picture(image), options, store=True, embedder=embedder.name, chips=chips
        )

    async def largest(
        self, image: Image, embedder: KnownEmbedder, *, filtered: bool
    ) -> tuple[FoundFace, EmbeddedPicture]:
        """The largest face of a picture; `filtered` takes only one that is fit for recognition."""
        found = await self.embedded(image, embedder)
        faces = [face for face in found.found.faces if not (filtered and self.lacks(face))]
        if not faces:
            raise RekognitionError(
                "InvalidParameterException",
                "There are no faces in the image. Should be at least 1.",
            )
        return max(faces, key=lambda face: face.face.box.width * face.face.box.height), found

    def lacks(self, face: FoundFace) -> list[str]:
        """What a face lacks for recognition, as Rekognition's reasons."""
        lacking = shortcomings(face, self.parts.settings.identities)
        return [_REASONS.get(name, "LOW_FACE_QUALITY") for name in lacking]

    async def within(
        self, collection: str, work: Callable[[CollectionRow, KnownEmbedder], Awaitable[Json]]
    ) -> Json:
        """Do `work` with a collection and its embedder. Raises NotFoundError, UnavailableError, ModelMismatchError."""
        return await in_collection(self.parts, self.who.tenant, collection, work)

    async def stored(self, collection: str, face_ids: list[str]) -> dict[str, Stored]:
        """Stored faces by id; those that are not there are left out."""
        found, _ = await self.gallery(collection).faces(limit=len(face_ids) + 1, ids=face_ids)
        return {face.face_id: face for face in found}

    async def one_stored(self, collection: str, face_id: str) -> Stored:
        """A stored face. Raises NotFoundError, as InvalidParameterException would hide it."""
        found = (await self.stored(collection, [face_id])).get(face_id)
        if found is None:
            raise NotFoundError(f"there is no face {face_id!r} in collection {collection!r}")
        return found


_REASONS = {
    "too-small": "SMALL_BOUNDING_BOX",
    "blurred": "LOW_SHARPNESS",
    "extreme-pose": "EXTREME_POSE",
    "low-score": "LOW_CONFIDENCE",
}


def picture(image: Image) -> bytes:
    """The picture's bytes."""
    if image.s3_object is not None:
        raise RekognitionError(
            "InvalidS3ObjectException", "This server takes pictures as Bytes, not from S3."
        )
    if not image.content:
        raise RekognitionError("InvalidParameterException", "Image has no Bytes.")
    return image.content


def percentage(embedder: KnownEmbedder, cosine: float) -> float:
    """Rekognition's similarity: 100 times the calibrated probability of the same person."""
    return round(100 * embedder.probability(cosine), 4)


def token_of(after: str | None) -> dict[str, Any]:
    """`NextToken`, when a page follows."""
    return {} if after is None else {"NextToken": base64.urlsafe_b64encode(after.encode()).decode()}


def after_of(token: str | None) -> str:
    """The id that a page goes on after. Raises RekognitionError for a token that is none of ours."""
    try:
        return base64.b64decode((token or "").encode(), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise RekognitionError("InvalidPaginationTokenException", "NextToken is not valid.") from error
