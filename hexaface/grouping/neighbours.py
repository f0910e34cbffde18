"""Which faces are alike enough to be looked at together: exactly in small tables, by an index in large ones."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Embeddings = NDArray[np.float32]
"""(n, d), each of length one."""

EXACT = 50_000
"""Up to so many faces every two are compared: a matter of seconds; the index takes over beyond."""

# A face of somebody with thousands of pictures needs only some of the others to belong with all of them.
_MOST = 64
_BLOCK = 2_048
# Twice usearch's default: finds .999 of the pairs of 5,758 faces of LFW and ORL (docs/decisions/0082).
_WIDTH = 128


def neighbours(embeddings: Embeddings, threshold: float, *, exact: int = EXACT) -> csr_array:
    """The graph of the pairs whose cosine reaches `threshold`, at most 64 of each face, the nearest: bool (n, n)."""
    count = len(embeddings)
    found = _compared(embeddings, threshold) if count <= exact else _looked_up(embeddings, threshold)
    rows, columns = (np.concatenate(side) for side in zip((_NONE, _NONE), *found, strict=True))
    return csr_array((np.ones(len(rows), np.bool_), (rows, columns)), shape=(count, count))


_NONE = np.zeros(0, np.int64)
Edges = tuple[NDArray[np.int64], NDArray[np.int64]]


def _compared(embeddings: Embeddings, threshold: float) -> Iterator[Edges]:
    for start in range(0, len(embeddings), _BLOCK):
        cosines = embeddings[start : start + _BLOCK] @ embeddings.T
        cosines[np.arange(len(cosines)), start + np.arange(len(cosines))] = -1  # itself
        if cosines.shape[1] > _MOST:
            nth = np.partition(cosines, -_MOST, axis=1)[:, -_MOST, None]
            rows, columns = np.nonzero((cosines >= threshold) & (cosines >= nth))
        else:
            rows, columns = np.nonzero(cosines >= threshold)
        yield rows + start, columns


def _looked_up(embeddings: Embeddings, threshold: float) -> Iterator[Edges]:
    from usearch.index import Index  # noqa: PLC0415  # only large tables need it

    index = Index(ndim=embeddings.shape[1], metric="ip", dtype="f16", expansion_search=_WIDTH)
    index.add(np.arange(len(embeddings)), embeddings)
    for start in range(0, len(embeddings), _BLOCK):
        hits = index.search(embeddings[start : start + _BLOCK], _MOST + 1)
        keys, distances = np.asarray(hits.keys, np.int64), np.asarray(hits.distances)
        rows = np.broadcast_to(start + np.arange(len(keys))[:, None], keys.shape)
        near = (1 - distances >= threshold) & (keys != rows)
        yield rows[near], keys[near]
