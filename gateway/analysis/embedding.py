"""From a picture to embedded faces, by the cache or by the detector and the embedder."""

from dataclasses import dataclass, replace
from typing import Literal

from contracts.analysis import CHIP_BYTES, Embedding, EmbedReply
from contracts.api import EmbedAnswer, EmbeddedFace
from contracts.detection import DetectOptions, DetectReply
from contracts.faces import Face
from contracts.identity import FaceChoice
from contracts.options import AnalyzeOptions, Encoding
from contracts.problems import FieldError
from gateway.analysis.cache import EmbeddingCache, FoundFace, FoundFaces, picture_digest
from gateway.analysis.pipeline import Outcome, run
from gateway.analysis.stages import DETECT, public_embedding, reply_of, stages
from gateway.settings.analysis import AnalysisSettings
from gateway.upstreams.calls import Upstreams
from gateway.upstreams.embedders import DEFAULT
from gateway.upstreams.loaded import LoadedModels
from web.problems import NoFaceError, SeveralFacesError
from web.stopwatch import Stopwatch

CacheUse = Literal["hit", "miss", "off"]


@dataclass(frozen=True)
class EmbeddedPicture:
    """The embedded faces of a picture, and how they were found."""

    found: FoundFaces
    digest: bytes
    cache: CacheUse
    timings_ms: dict[str, float]
    models: tuple[str, str] | None = None
    """The digests of detector and embedder under which the cache may keep it; None when it may not, or has it."""
    chips: tuple[bytes, ...] = ()
    """The faces' chips, where they were asked for."""


class FaceEmbedding:
    """Finds and embeds the faces of pictures."""

    def __init__(
        self, settings: AnalysisSettings, upstreams: Upstreams, cache: EmbeddingCache, loaded: LoadedModels
    ) -> None:
        self._settings = settings
        self._upstreams = upstreams
        self._cache = cache
        self._loaded = loaded

    async def of(
        self,
        tenant: str,
        picture: bytes,
        options: DetectOptions,
        *,
        store: bool,
        keep: bool = True,
        embedder: str = DEFAULT,
        chips: bool = False,
    ) -> EmbeddedPicture:
        """The faces of a picture; with `store` false the cache is neither asked nor filled. Raises ProblemError.

        With `keep` false it is asked, and filled only when the caller comes back with `keep`. Chips are never cached.
        """
        wanted = options.narrowed(DetectOptions)
        digest = picture_digest(picture)
        models = await self._digests(embedder) if store and self._cache.enabled and not chips else None
        if models is None:
            return await self._compute(picture, wanted, digest, "off", embedder)
        watch = Stopwatch()
        found = await self._cache.find(tenant, digest, models, wanted)
        timings = {"cache": watch.ms}
        if found is not None:
            return EmbeddedPicture(found, digest, "hit", timings)
        computed = await self._compute(picture, wanted, digest, "miss", embedder)
        used = (computed.found.detector, computed.found.embedder)
        # While a service is being replaced the answer may come from another model than the one that was asked for.
        same = all(m is None or m.digest == known for m, known in zip(used, models, strict=True))
        new = replace(computed, timings_ms=timings | computed.timings_ms, models=models if same else None)
        if keep:
            await self.keep(tenant, new, options)
        return new

    async def keep(self, tenant: str, picture: EmbeddedPicture, options: DetectOptions) -> None:
        """Put into the cache what `of` found, unless the picture was erased meanwhile."""
        if picture.models is not None:
            wanted = options.narrowed(DetectOptions)
            await self._cache.store(tenant, picture.digest, picture.models, wanted, picture.found)

    async def _digests(self, embedder: str) -> tuple[str, str] | None:
        detector, embedding = await self._loaded.of("detector"), await self._loaded.of(embedder)
        return (detector.digest, embedding.digest) if detector and embedding else None

    async def _compute(
        self, picture: bytes, options: DetectOptions, digest: bytes, cache: CacheUse, embedder: str
    ) -> EmbeddedPicture:
        wanted = AnalyzeOptions(**options.model_dump(), features=["embedding"])
        pipeline = stages(picture, wanted, required=("embedding",), embedder=embedder)
        outcome = await run(pipeline, self._upstreams, deadline=self._settings.deadline)
        found = _embedded(outcome)
        await self._loaded.note("detector", found.detector)
        if found.embedder is not None:
            await self._loaded.note(embedder, found.embedder)
        return EmbeddedPicture(found, digest, cache, outcome.timings_ms, chips=_chips(outcome))


def choose_face(found: FoundFaces, choice: FaceChoice, field: str) -> FoundFace:
    """The one face that is meant. Raises NoFaceError, SeveralFacesError (which says how many there are, and where)."""
    if not found.faces:
        raise NoFaceError(f"no face was found in {field}", errors=[FieldError(field=field, reason="no face")])
    if len(found.faces) > 1 and choice == "only":
        errors = [FieldError(field=field, index=i, reason=_place(f.face)) for i, f in enumerate(found.faces)]
        raise SeveralFacesError(
            f"{len(found.faces)} faces were found in {field} where one is needed; cut the picture, or send face=largest",
            errors=errors,
        )
    return max(found.faces, key=lambda face: face.face.box.width * face.face.box.height)


def embed_answer(found: FoundFaces, timings_ms: dict[str, float], encoding: Encoding) -> EmbedAnswer:
    """The public answer of `/v1/embed`."""
    faces = [
        EmbeddedFace(
            **entry.face.model_dump(),
            embedding=public_embedding(Embedding(values=entry.embedding), found.embedder, encoding),
        )
        for entry in found.faces
        if found.embedder is not None
    ]
    return EmbedAnswer(image=found.image, faces=faces, timings_ms=timings_ms)


def _chips(outcome: Outcome) -> tuple[bytes, ...]:
    detected = reply_of(outcome, DETECT, DetectReply)
    chips = (detected and detected.chips) or b""
    return tuple(chips[start : start + CHIP_BYTES] for start in range(0, len(chips), CHIP_BYTES))


def _embedded(outcome: Outcome) -> FoundFaces:
    detected = reply_of(outcome, DETECT, DetectReply)
    if detected is None:
        raise TypeError("detection is a required stage")
    embedded = reply_of(outcome, "embedding", EmbedReply)
    faces = [
        FoundFace(face=face.narrowed(Face), embedding=entry.values, mask=entry.mask)
        for face, entry in zip(detected.faces, embedded.embeddings if embedded else [], strict=True)
    ]
    return FoundFaces(
        image=detected.image,
        faces=faces,
        detector=detected.model,
        embedder=embedded.model if embedded else None,
    )


def _place(face: Face) -> str:
    box = face.box
    return f"{box.width:.0f}x{box.height:.0f} pixels at x {box.x:.0f}, y {box.y:.0f}, score {face.score:.2f}"
