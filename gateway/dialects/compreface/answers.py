"""Faces as CompreFace describes them: corners of boxes, five landmarks from the picture's left, plugins by name."""

from collections.abc import Collection, Mapping
from typing import Any

from contracts.analysis import Choice
from contracts.api import AnalyzeAnswer, AnalyzedFace, Feature
from contracts.options import AnalyzeOptions
from gateway.analysis.pipeline import run
from gateway.analysis.stages import merge, stages
from gateway.dialects.compreface.options import Options
from gateway.parts import Parts
from gateway.upstreams.embedders import DEFAULT

Json = dict[str, Any]

_FEATURES: Mapping[str, Feature] = {
    "age": "attributes",
    "gender": "attributes",
    "mask": "attributes",
    "pose": "keypoints",
}
# What each of CompreFace's timings is called here.
_TIMES = {
    "detector": "detect",
    "calculator": "embedding",
    "age": "attributes",
    "gender": "attributes",
    "mask": "attributes",
    "pose": "keypoints",
}
_LANDMARKS = ("right_eye", "left_eye", "nose", "mouth_right", "mouth_left")
# The interval of `attributes.age` holds the age of four people in five.
_AGE_PROBABILITY = 0.8


async def analyzed(
    parts: Parts, picture: bytes, options: Options, *, embedded: bool, embedder: str = DEFAULT
) -> AnalyzeAnswer:
    """The faces of a picture, the largest first, with what the plugins need; `embedded` always with embeddings.

    `embedder` is the name of the one that they are asked of.
    """
    features = {_FEATURES[name] for name in options.face_plugins if name in _FEATURES}
    required: list[Feature] = []
    if embedded or "calculator" in options.face_plugins:
        features.add("embedding")
        required.append("embedding")
    wanted = AnalyzeOptions(min_score=options.det_prob_threshold, features=sorted(features))
    deadline = parts.settings.analysis.deadline
    pipeline = stages(picture, wanted, required, embedder=embedder)
    answer = merge(await run(pipeline, parts.upstreams, deadline=deadline), "float")
    largest_first = sorted(answer.faces, key=lambda face: -face.box.width * face.box.height)
    return answer.model_copy(update={"faces": largest_first[: options.limit or None]})


def described(face: AnalyzedFace, answer: AnalyzeAnswer, options: Options) -> Json:
    """One face with what was asked for."""
    box, plugins = face.box, options.face_plugins
    found: Json = {
        "box": {
            "probability": round(face.score, 5),
            "x_min": round(box.x),
            "y_min": round(box.y),
            "x_max": round(box.x + box.width),
            "y_max": round(box.y + box.height),
        }
    }
    if "landmarks" in plugins:
        points = [getattr(face.landmarks, name) for name in _LANDMARKS]
        found["landmarks"] = [[round(point.x), round(point.y)] for point in points]
    if "calculator" in plugins and face.embedding:
        found["embedding"] = face.embedding.values
    if face.attributes:
        found |= _of_attributes(face.attributes.age.low, face.attributes.age.high, face, plugins)
    if "pose" in plugins and face.keypoints:
        found["pose"] = face.keypoints.pose.model_dump()
    if options.status:
        found["execution_time"] = _times(answer.timings_ms, plugins)
    return found


def versions(options: Options, models: Mapping[str, str]) -> Json:
    """`plugins_versions`, when the status was asked for: the model behind each plugin."""
    if not options.status:
        return {}
    tasks = {"detector": "detector", "calculator": "embedder", "age": "attributes", "gender": "attributes"}
    tasks |= {"mask": "attributes", "pose": "keypoints"}
    shown = ["detector", *(name for name in options.face_plugins if name in tasks)]
    return {"plugins_versions": {name: models.get(tasks[name], "unavailable") for name in shown}}


def _of_attributes(low: float, high: float, face: AnalyzedFace, plugins: Collection[str]) -> Json:
    found: Json = {}
    if face.attributes is None:
        return found
    if "age" in plugins:
        found["age"] = {"probability": _AGE_PROBABILITY, "low": round(low), "high": round(high)}
    if "gender" in plugins:
        gender = face.attributes.gender
        found["gender"] = {"probability": gender.scores[gender.label], "value": gender.label}
    mask: Choice | None = getattr(face.attributes, "mask", None)
    if "mask" in plugins and mask is not None:
        value = "with_mask" if mask.label == "mask" else "without_mask"
        found["mask"] = {"probability": mask.scores[mask.label], "value": value}
    return found


def _times(timings_ms: Mapping[str, float], plugins: Collection[str]) -> Json:
    named = {
        name: timings_ms.get(stage) for name, stage in _TIMES.items() if name == "detector" or name in plugins
    }
    return {name: ms for name, ms in named.items() if ms is not None}
