"""A person's row, from the rows of all frames that they are on: when, the best frames, the middle of what each frame says."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from hexaface.bulk.rows import Row
from hexaface.bulk.videos.following import PATIENCE_SECONDS
from hexaface.bulk.videos.schema import SUMMED, tracks_schema

_BEST = 5
# Of more frames than these the middle hardly moves; poor ones would only pull it.
_JUDGED = 25


def tracks_of(frames: pa.Table, name: str) -> pa.Table:
    """A row per person of a video's frames, or one that says that there is nobody."""
    schema = tracks_schema(frames.schema)
    watched = {
        "video": name,
        "picture": name,
        "length": pc.max(frames["seconds"]).as_py(),
        "frames": pc.count_distinct(frames["frame"]).as_py(),
        "models": frames["models"][0].as_py(),
        "version": frames["version"][0].as_py(),
    }
    numbers = sorted(pc.unique(frames["track"].drop_null()).to_pylist())
    rows = [watched | _track(frames.filter(pc.field("track") == number), schema) for number in numbers]
    return pa.Table.from_pylist(rows or [watched], schema=schema)


def combined(values: Sequence[Any]) -> Any:
    """One answer of many: the median of each number; of scores the medians, made to add up to one, and their first label."""
    there = [value for value in values if value is not None]
    if not there:
        return None
    if not isinstance(there[0], dict):
        return median(there) if isinstance(there[0], int | float) else there[0]
    whole = {key: combined([value[key] for value in there]) for key in there[0]}
    if isinstance(whole.get("scores"), dict):
        total = sum(whole["scores"].values()) or 1.0
        whole["scores"] = {label: score / total for label, score in whole["scores"].items()}
        whole["label"] = max(whole["scores"], key=whole["scores"].__getitem__)
    elif {"label", "score"} <= whole.keys():  # of two: the label of the frame in the middle
        whole["label"] = min(there, key=lambda value: abs(value["score"] - whole["score"]))["label"]
    return whole


def _track(sightings: pa.Table, schema: pa.Schema) -> Row:
    seconds: list[float] = sightings["seconds"].to_pylist()
    fitness = sightings["fitness"].to_numpy()
    order = np.argsort(-fitness, kind="stable")
    best, judged = sightings.slice(int(order[0]), 1), sightings.take(pa.array(order[:_JUDGED]))
    spans = list(_spans(seconds))
    row: Row = {
        "track": sightings["track"][0].as_py(),
        "start": seconds[0],
        "end": seconds[-1],
        "seconds": sum(span["end"] - span["start"] for span in spans),
        "sightings": len(sightings),
        "spans": spans,
        "best": [
            {name: sightings[name][int(place)].as_py() for name in ("seconds", "frame", "fitness")}
            for place in order[:_BEST]
        ],
        "embedding": _pooled(judged),
    }
    same = ("picture", "image", "face", "box", "score", "landmarks", "quality")
    row |= {name: best[name][0].as_py() for name in same}
    row |= {name: combined(judged[name].to_pylist()) for name in SUMMED if name in schema.names}
    if "curve" in schema.names:
        row |= {"emotion": combined(sightings["emotion"].to_pylist()), "curve": list(_curve(sightings))}
    return row


def _spans(seconds: Sequence[float]) -> Iterator[Mapping[str, float]]:
    """When they are there, without the times when they are out of sight."""
    start = last = seconds[0]
    for moment in seconds:
        if moment - last > PATIENCE_SECONDS:
            yield {"start": start, "end": last}
            start = moment
        last = moment
    yield {"start": start, "end": last}


def _curve(sightings: pa.Table) -> Iterator[Mapping[str, Any]]:
    """The expression of each second that they are there."""
    moments = zip(sightings["seconds"].to_pylist(), sightings["emotion"].to_pylist(), strict=True)
    for second, some in groupby(moments, key=lambda moment: int(moment[0])):
        yield {"seconds": float(second), "scores": combined([emotion for _, emotion in some])["scores"]}


def _pooled(judged: pa.Table) -> NDArray[np.float16]:
    """Their embeddings as one of length one, each by its fitness."""
    values = pc.list_flatten(judged["embedding"]).to_numpy().astype(np.float32).reshape(len(judged), -1)
    pooled = (values * judged["fitness"].to_numpy()[:, None]).sum(0)
    return np.asarray(pooled / max(float(np.linalg.norm(pooled)), 1e-9), np.float16)
