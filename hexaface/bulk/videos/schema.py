"""The columns of the two tables of videos (docs/video.md): one row per face and frame, and one per person who was followed."""

from collections.abc import Mapping, Sequence

import pyarrow as pa

from contracts.api import Feature
from hexaface.bulk.schema import table_schema

_SPAN = pa.struct({"start": pa.float64(), "end": pa.float64()})
_BEST = pa.struct({"seconds": pa.float64(), "frame": pa.int32(), "fitness": pa.float32()})
_OF_THE_BEST_FRAME = ("image", "face", "box", "score", "landmarks", "quality")
SUMMED = ("attributes", "emotion", "liveness")
"""The features that a person's row has, from all their frames."""


def frames_schema(
    features: Sequence[Feature], labels: Mapping[str, Mapping[str, Sequence[str]]]
) -> pa.Schema:
    """The columns of a picture's faces, and where in the video the picture is, and whose face it is."""
    columns = {
        "video": pa.string(),
        "frame": pa.int32(),
        "seconds": pa.float64(),
        "track": pa.int32(),
        "fitness": pa.float32(),
    }
    return pa.schema([*table_schema(features, labels), *columns.items()])


def tracks_schema(frames: pa.Schema) -> pa.Schema:
    """The columns of the people of videos with these frames."""

    def same(*names: str) -> dict[str, pa.DataType]:
        return {name: frames.field(name).type for name in names if name in frames.names}

    columns = {
        "video": pa.string(),
        **same("picture", "problem"),
        "length": pa.float64(),
        "frames": pa.int32(),
        "track": pa.int32(),
        "start": pa.float64(),
        "end": pa.float64(),
        "seconds": pa.float64(),
        "sightings": pa.int32(),
        "spans": pa.list_(_SPAN),
        "best": pa.list_(_BEST),
        **same(*_OF_THE_BEST_FRAME, *SUMMED),
        **({"curve": pa.list_(_moment(frames))} if "emotion" in frames.names else {}),
        **same("embedding", "models", "version"),
    }
    return pa.schema(list(columns.items()))


def _moment(frames: pa.Schema) -> pa.DataType:
    emotion = frames.field("emotion").type
    return pa.struct({"seconds": pa.float64(), "scores": emotion.field("scores").type})
