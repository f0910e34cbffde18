"""From a photo to the public answer: the stages of an analysis and the merge of their replies."""

import array
import base64
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from contracts.analysis import AttributesReply, ChipsRequest, Embedding, EmbedReply, EmotionReply
from contracts.api import AnalyzeAnswer, AnalyzedFace, Feature, PublicEmbedding
from contracts.detection import DetectOptions, DetectReply, DetectRequest
from contracts.faces import LocatedFace
from contracts.keypoints import KeypointsReply, KeypointsRequest, to_photo
from contracts.liveness import LivenessReply, LivenessRequest
from contracts.message import Message
from contracts.models import ModelRef
from contracts.options import AnalyzeOptions, Encoding
from gateway.analysis.pipeline import Outcome, Replies, Stage
from gateway.upstreams.embedders import DEFAULT

M = TypeVar("M", bound=Message)

DETECT = "detect"
LIVENESS: Feature = "liveness"
UPSTREAMS: Mapping[Feature, str] = MappingProxyType(
    {
        "attributes": "attributes",
        "emotion": "emotion",
        "keypoints": "keypoints",
        "embedding": "embedder",
        LIVENESS: "liveness",
    }
)
"""Which service a feature comes from."""


def stages(
    photo: bytes, options: AnalyzeOptions, required: Sequence[Feature] = (), *, embedder: str = DEFAULT
) -> list[Stage]:
    """Detection, then every feature that was asked for, all at once; those in `required` must not fail."""
    features = [
        replace(stage, required=stage.name in required) for stage in feature_stages(options, embedder)
    ]
    names = {stage.name for stage in features}
    chips, contexts = bool(names - {LIVENESS}), LIVENESS in names
    return [detect_stage(photo, options, chips=chips, crops=options.crops, contexts=contexts), *features]


def detect_stage(
    photo: bytes, options: DetectOptions, *, chips: bool, crops: bool = False, contexts: bool = False
) -> Stage:
    """The stage that all others need."""
    wanted = options.narrowed(DetectOptions)
    request = DetectRequest(image=photo, options=wanted, chips=chips, crops=crops, contexts=contexts)
    return Stage(DETECT, "detector", "/v1/detect", lambda _: request, DetectReply, required=True)


def feature_stages(options: AnalyzeOptions, embedder: str = DEFAULT) -> list[Stage]:
    """One optional stage per feature, over all faces of the photo; `embedder` is the name of the one to ask."""

    def keypoints(replies: Replies) -> Message | None:
        chips = _chips(replies)
        if chips is None:
            return None
        return KeypointsRequest(
            chips=chips.chips, mesh=options.mesh, blendshapes=options.blendshapes, neutral=options.neutral
        )

    table = {
        "attributes": Stage("attributes", "attributes", "/v1/attributes", _chips, AttributesReply, (DETECT,)),
        "emotion": Stage("emotion", "emotion", "/v1/emotion", _chips, EmotionReply, (DETECT,)),
        "keypoints": Stage("keypoints", "keypoints", "/v1/keypoints", keypoints, KeypointsReply, (DETECT,)),
        LIVENESS: Stage(LIVENESS, "liveness", "/v1/liveness", _contexts, LivenessReply, (DETECT,)),
        "embedding": Stage("embedding", embedder, "/v1/embed", _chips, EmbedReply, (DETECT,)),
    }
    return [table[name] for name in dict.fromkeys(options.features)]


def merge(outcome: Outcome, encoding: Encoding) -> AnalyzeAnswer:
    """One answer from the replies: faces by index, points mapped back to the photo."""
    detected = reply_of(outcome, DETECT, DetectReply)
    if detected is None:
        raise TypeError("detection is a required stage")
    faces = [_merged(outcome, i, face, encoding) for i, face in enumerate(detected.faces)]
    return AnalyzeAnswer(
        image=detected.image, faces=faces, problems=outcome.problems, timings_ms=outcome.timings_ms
    )


def reply_of(outcome: Outcome, stage: str, kind: type[M]) -> M | None:
    """The reply of a stage, or None when it failed or was not run."""
    reply = outcome.replies.get(stage)
    return reply if isinstance(reply, kind) else None


def public_embedding(embedding: Embedding, model: ModelRef, encoding: Encoding) -> PublicEmbedding:
    """An embedding as the public API shows it."""
    numbers = array.array("f", embedding.values)
    values: list[float] | str = numbers.tolist()
    if encoding == "base64":
        values = base64.b64encode(embedding.values).decode()
    return PublicEmbedding(values=values, model=model, dimensions=len(numbers))


def _chips(replies: Replies) -> ChipsRequest | None:
    detected = replies[DETECT]
    if not isinstance(detected, DetectReply) or not detected.chips:
        return None
    return ChipsRequest(chips=detected.chips)


def _contexts(replies: Replies) -> LivenessRequest | None:
    detected = replies[DETECT]
    if not isinstance(detected, DetectReply) or not detected.contexts or not detected.placements:
        return None
    return LivenessRequest(contexts=detected.contexts, placements=detected.placements)


def _merged(outcome: Outcome, i: int, face: LocatedFace, encoding: Encoding) -> AnalyzedFace:
    attributes = reply_of(outcome, "attributes", AttributesReply)
    emotion = reply_of(outcome, "emotion", EmotionReply)
    keypoints = reply_of(outcome, "keypoints", KeypointsReply)
    embedded = reply_of(outcome, "embedding", EmbedReply)
    detected = reply_of(outcome, DETECT, DetectReply)
    crops = detected.crops if detected else None
    live = reply_of(outcome, LIVENESS, LivenessReply)
    return AnalyzedFace(
        box=face.box,
        score=face.score,
        landmarks=face.landmarks,
        quality=face.quality,
        crop=base64.b64encode(crops[i]).decode() if crops else None,
        attributes=attributes.faces[i] if attributes else None,
        emotion=emotion.faces[i] if emotion else None,
        keypoints=to_photo(keypoints.faces[i], face.chip_transform) if keypoints else None,
        embedding=(public_embedding(embedded.embeddings[i], embedded.model, encoding) if embedded else None),
        liveness=live.faces[i] if live else None,
    )
