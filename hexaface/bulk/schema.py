"""The columns of a table of faces (docs/bulk.md): one row per face, and one per picture without any or that failed."""

from collections.abc import Iterator, Mapping, Sequence
from types import UnionType
from typing import Any, Union, get_args, get_origin

import pyarrow as pa
from pydantic import BaseModel

from contracts.action_units import DESCRIPTIONS
from contracts.analysis import Attributes, Choice
from contracts.api import Feature
from contracts.faces import Box, ImageSize, Landmarks, Quality
from contracts.keypoints import Keypoints
from contracts.liveness import Liveness

Labels = Mapping[str, Sequence[str]]
"""The keys of what is a mapping in an answer, by its path: `emotion.scores` -> angry, disgust..."""

_PLAIN = {int: pa.int32(), float: pa.float32(), bool: pa.bool_(), str: pa.string()}
_EMBEDDING = pa.list_(pa.float16())
_ANSWERS: Mapping[Feature, type[BaseModel]] = {
    "attributes": Attributes,
    "emotion": Choice,
    "keypoints": Keypoints,
    "liveness": Liveness,
}
_TOO_LARGE = {"keypoints.mesh", "keypoints.blendshapes"}


def table_schema(features: Sequence[Feature], labels: Mapping[str, Mapping[str, Sequence[str]]]) -> pa.Schema:
    """The columns of a table with these features; `labels` are each model's, by task and output."""
    names = _mappings(labels)
    asked: dict[str, pa.DataType] = {
        feature: _EMBEDDING if feature == "embedding" else _struct(_ANSWERS[feature], names, feature)
        for feature in features
    }
    columns = {
        "picture": pa.string(),
        "problem": pa.struct({"type": pa.string(), "detail": pa.string()}),
        "image": _struct(ImageSize, names, "image"),
        "faces": pa.int32(),
        "face": pa.int32(),
        "box": _struct(Box, names, "box"),
        "score": pa.float32(),
        "landmarks": _struct(Landmarks, names, "landmarks"),
        "quality": _struct(Quality, names, "quality"),
        **asked,
        "models": pa.struct(dict.fromkeys(labels, pa.string())),
        "version": pa.string(),
    }
    return pa.schema(list(columns.items()))


def _mappings(labels: Mapping[str, Mapping[str, Sequence[str]]]) -> Labels:
    attributes = {f"attributes.{name}.scores": found for name, found in labels.get("attributes", {}).items()}
    emotion = labels.get("emotion", {}).get("emotion", [])
    return {"keypoints.action_units": list(DESCRIPTIONS), "emotion.scores": emotion, **attributes}


def _struct(message: type[BaseModel], names: Labels, path: str) -> pa.DataType:
    """A message as a struct; a mapping whose keys nobody knows is left out."""
    fields = {
        name: _type(field.annotation, names, f"{path}.{name}")
        for name, field in message.model_fields.items()
        if f"{path}.{name}" not in _TOO_LARGE
    }
    return pa.struct({name: kind for name, kind in fields.items() if kind is not None})


def _type(annotation: Any, names: Labels, path: str) -> pa.DataType | None:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, UnionType):  # X | None
        return _type(arguments[0], names, path)
    if origin is dict:
        kind = _type(arguments[1], names, path)
        return pa.struct(dict.fromkeys(names[path], kind)) if path in names else None
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return _struct(annotation, names, path)
    return _PLAIN.get(annotation, pa.string())  # the rest are texts of a fixed choice


def paths(schema: pa.Schema) -> Iterator[tuple[str, str]]:
    """Every value of a row with its type, as queries name it: `box.x` -> float."""
    for field in schema:
        yield from _leaves(field.name, field.type)


def _leaves(path: str, kind: pa.DataType) -> Iterator[tuple[str, str]]:
    if not pa.types.is_struct(kind):
        yield path, str(kind)
        return
    for field in kind:
        yield from _leaves(f"{path}.{field.name}", field.type)
