"""What grouping found, as a table of its own: `groups.parquet`, a row per face."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import parquet

from hexaface.bulk.table import TableError
from hexaface.grouping.clustering import Labels
from hexaface.grouping.faces import Faces, Key
from hexaface.grouping.identifiers import ALONE

FILE = "groups.parquet"
_ABOUT = b"hexaface.groups"


@dataclass(frozen=True)
class Groups:
    """The group of each face of a table."""

    faces: Faces
    numbers: Labels
    """(n,); 0 for a face that is in no group."""
    centrality: NDArray[np.float32]
    """(n,): the cosine to the mean of its group; 0 in none."""
    first_free: int
    """The number that the next new group gets."""
    threshold: float
    """The mean similarity from which on groups were joined."""

    def members(self) -> dict[int, NDArray[np.int64]]:
        """The places of each group's faces, the most typical first; the largest group first."""
        order = np.lexsort((-self.centrality, self.numbers))
        numbers, starts = np.unique(self.numbers[order], return_index=True)
        found = dict(zip(numbers.tolist(), np.split(order, starts[1:]), strict=True))
        found.pop(ALONE, None)
        return dict(sorted(found.items(), key=lambda item: (-len(item[1]), item[0])))


def centrality(embeddings: NDArray[np.float32], numbers: Labels) -> NDArray[np.float32]:
    """The cosine of each face to the mean of its group; 0 in none."""
    _, group = np.unique(numbers, return_inverse=True)
    sums = np.zeros((group.max() + 1, embeddings.shape[1]), np.float32)
    np.add.at(sums, group, embeddings)
    means = sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-12)
    return np.where(numbers == ALONE, 0, (embeddings * means[group]).sum(1)).astype(np.float32)


def write(path: Path, groups: Groups, names: Mapping[int, str]) -> None:
    """Write the table, whole or not at all: picture, face, group, name, similarity to the group, and why it has none."""
    numbers = groups.numbers.tolist()
    reasons = [
        None if number != ALONE else "alone" if fit else "poor"
        for number, fit in zip(numbers, groups.faces.fit.tolist(), strict=True)
    ]
    columns = {
        "picture": groups.faces.rows["picture"],
        "face": groups.faces.rows["face"],
        "group": pa.array([number or None for number in numbers], pa.int32()),
        "name": pa.array([names.get(number) for number in numbers], pa.string()),
        "similarity": pa.array(groups.centrality, pa.float32(), mask=groups.numbers == ALONE),
        "reason": pa.array(reasons, pa.string()),
    }
    about = {
        "first_free": groups.first_free,
        "threshold": groups.threshold,
        "model": groups.faces.model.model_dump(),
    }
    table = pa.table(columns).replace_schema_metadata({_ABOUT: json.dumps(about)})
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    parquet.write_table(table, partial, compression="zstd")
    partial.replace(path)


def earlier(path: Path) -> tuple[dict[Key, int], int]:
    """Each face's group number of the last run, and the first number that is free. Raises TableError."""
    if not path.exists():
        return {}, 1
    try:
        table = parquet.read_table(path)
        about = json.loads(table.schema.metadata[_ABOUT])
        rows = table.filter(pa.compute.field("group").is_valid())
        keys = zip(rows["picture"].to_pylist(), rows["face"].to_pylist(), strict=True)
        return dict(zip(keys, rows["group"].to_pylist(), strict=True)), int(about["first_free"])
    except (OSError, pa.ArrowException, KeyError, TypeError, ValueError) as error:
        raise TableError(f"{path} is not a table of groups; name another folder by --out") from error
