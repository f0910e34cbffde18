"""All models of one process without a server: an encoded picture in, its faces with every feature out."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from contracts.api import Feature
from contracts.faces import ImageSize, LocatedFace
from contracts.keypoints import Keypoints, to_photo
from contracts.liveness import CONTEXT_SIDE
from contracts.message import Message
from contracts.models import ModelRef
from hexaface.bulk.about import About
from services.attributes.model import AttributesModel
from services.detector.context import cut_contexts
from services.detector.detectors import DETECTORS
from services.detector.looking import Chips
from services.detector.sight import DetectorSettings, Sight
from services.embedder.model import EmbedderModel
from services.emotion.model import EmotionModel
from services.keypoints.model import KeypointsModel
from services.liveness.model import FaceInContext, LivenessModel
from serving.errors import StartupError
from serving.machine import Machine
from serving.manifest import read_manifest
from serving.pictures.photo import Photo
from serving.service import AnyService, Model, Service
from serving.session import ModelInfo

TASKS: Mapping[Feature, tuple[str, Callable[[ModelInfo], Model[Any, Any]]]] = {
    "attributes": ("attributes", AttributesModel),
    "emotion": ("emotion", EmotionModel),
    "keypoints": ("keypoints", KeypointsModel),
    "embedding": ("embedder", EmbedderModel),
    "liveness": ("liveness", LivenessModel),
}
"""What says each feature."""

_NO_LIMIT = 1_000_000


@dataclass(frozen=True)
class Seen:
    """A picture's faces, best first, and what each feature's model says of them, in the same order."""

    image: ImageSize
    faces: Sequence[LocatedFace]
    answers: Mapping[Feature, Sequence[Message]]


class Analyst:
    """Looks at pictures while `running`; many at once share the models' batches."""

    def __init__(self, about: About, settings: DetectorSettings) -> None:
        # Nobody is turned away: whoever calls bounds the pictures under way.
        settings = settings.model_copy(update={"max_queue": _NO_LIMIT})
        self._about = about
        self._settings = settings
        self._machine = Machine(settings, patience=None)
        self._sight = Sight(settings, self._machine)
        self._features: dict[Feature, AnyService] = {
            feature: Service(task, build, settings, machine=self._machine)
            for feature, (task, build) in TASKS.items()
            if feature in about.features
        }

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Load every model. Raises StartupError when one is missing, or does not reproduce its stored answer."""
        async with AsyncExitStack() as stack:
            for service in self._services.values():
                await stack.enter_async_context(service.running())
                if reason := service.readiness().reason:
                    raise StartupError(reason)
            self._compare()
            yield

    def _compare(self) -> None:
        """A node of a cluster may have other models than the one that knows what the table is made by."""
        for task, service in self._services.items():
            if service.ref != self._about.models[task]:
                raise StartupError(
                    f"the models in {self._settings.models} are others than the table's: {task}"
                )

    @property
    def labels(self) -> dict[str, dict[str, list[str]]]:
        """Each model's labels by its task."""
        return {task: service.info.labels for task, service in self._services.items()}

    @property
    def calibration(self) -> Any:
        """What the embedder's similarities mean; None where it does not say, or is not asked."""
        embedder = self._features.get("embedding")
        return embedder and embedder.info.structured("calibration")

    @property
    def _services(self) -> dict[str, AnyService]:
        tasks = {TASKS[feature][0]: service for feature, service in self._features.items()}
        sight: Sequence[AnyService] = self._sight.services
        return dict(zip(("detector", "points"), sight, strict=False)) | tasks

    async def __call__(self, picture: bytes) -> Seen:
        """Everything about an encoded picture. Raises ProblemError."""
        return await self.look(
            await self._machine.decoding.open(picture, max_pixels=self._settings.max_pixels)
        )

    async def look(self, photo: Photo) -> Seen:
        """Everything about a photo. Raises ProblemError."""
        faces, chips = await self._sight.look(photo, self._about.detect)
        size = ImageSize(width=photo.width, height=photo.height)
        if not faces:
            return Seen(size, [], {})
        answers = await asyncio.gather(*(self._say(name, photo, faces, chips) for name in self._features))
        return Seen(size, faces, dict(zip(self._features, answers, strict=True)))

    async def _say(
        self, feature: Feature, photo: Photo, faces: list[LocatedFace], chips: Chips
    ) -> Sequence[Message]:
        service = self._features[feature]
        if feature == "liveness":
            return await service.answer(await self._contexts(photo, faces))
        answers: list[Message] = await service.answer(chips)
        return [
            _in_photo(answer, face) if isinstance(answer, Keypoints) else answer
            for answer, face in zip(answers, faces, strict=True)
        ]

    async def _contexts(self, photo: Photo, faces: list[LocatedFace]) -> list[FaceInContext]:
        pixels, placements = await cut_contexts(self._machine.decoding, photo, [face.box for face in faces])
        crops = np.frombuffer(pixels, np.uint8).reshape(-1, CONTEXT_SIDE, CONTEXT_SIDE, 3)
        return [FaceInContext(crop, place) for crop, place in zip(crops, placements, strict=True)]


def _in_photo(answer: Keypoints, face: LocatedFace) -> Keypoints:
    """In the photo's pixels, without what a table does not hold."""
    return to_photo(answer.model_copy(update={"mesh": None, "blendshapes": None}), face.chip_transform)


def models_of(features: Sequence[Feature], settings: DetectorSettings) -> dict[str, ModelRef]:
    """The models that an Analyst would load, by task. Raises StartupError."""
    manifest, own = read_manifest(settings.models), {"detector": DETECTORS[settings.detector].entry}
    tasks = ["detector", *(TASKS[feature][0] for feature in features)]
    entries = {task: manifest.entry(task, settings.profile, own.get(task)) for task in tasks}
    if settings.profile == "all":
        entries["points"] = "detector-points"
    if missing := [task for task, entry in entries.items() if entry not in manifest.models]:
        raise StartupError(
            f"no model for {', '.join(missing)} in {settings.models} (profile {settings.profile})"
        )
    return {
        task: ModelRef(name=found.name, version=found.version, digest=found.sha256)
        for task, found in ((task, manifest.models[entry]) for task, entry in entries.items() if entry)
    }
