"""Faces into people: average linkage, which joins two groups when all pairs between them are alike on average.

A lucky pair cannot chain two people together as it does where one pair is enough (single linkage, DBSCAN, chinese
whispers). Two groups that are joined have at least one pair above the threshold, so the graph of those pairs can be cut
into its components first and each be clustered by itself: the result is the same, the memory is not.

Faces on one picture are different people: such a pair counts as if it were as unlike as can be. In a large group a few of
them do not matter, as mirrors and collages are known to happen.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import squareform

from hexaface.grouping.neighbours import EXACT, Embeddings, neighbours

Labels = NDArray[np.int64]
"""(n,), equal for faces of one group."""

# All pairs of so many take 128 MB.
_MOST = 4_000
# The distance of opposite embeddings: two faces on one picture.
_APART = 2.0


def clusters(
    embeddings: Embeddings,
    threshold: float,
    pictures: NDArray[np.int64] | None = None,
    *,
    exact: int = EXACT,
    most: int = _MOST,
) -> Labels:
    """Which faces show one person: groups whose mean cosine between any two of the parts that made them reaches `threshold`.

    `pictures`, (n,), says which faces share a picture; without it none do. In a component of more than `most` faces, parts
    of that size are clustered first and their groups then joined, by their cosines alone.
    """
    if pictures is None:
        pictures = np.arange(len(embeddings))
    count, component = connected_components(neighbours(embeddings, threshold, exact=exact), directed=False)
    order = np.argsort(component, kind="stable")
    labels, used = np.zeros(len(embeddings), np.int64), 0
    for members in np.split(order, np.cumsum(np.bincount(component, minlength=count))[:-1]):
        found = _component(embeddings[members], pictures[members], threshold, most)
        labels[members] = found + used
        used += int(found.max(initial=-1)) + 1
    return labels


def _component(means: Embeddings, pictures: NDArray[np.int64], threshold: float, most: int) -> Labels:
    """Cluster what one component holds. The mean of two groups' cosines is the product of their means."""
    if len(means) <= most:
        return _linked(means, pictures, threshold)
    labels, used = np.zeros(len(means), np.int64), 0
    for start in range(0, len(means), most):
        part = _linked(means[start : start + most], pictures[start : start + most], threshold)
        labels[start : start + most] = part + used
        used += int(part.max()) + 1
    if used == len(means):  # nothing is alike on average: no fewer next time
        return labels
    sums = np.zeros((used, means.shape[1]), np.float32)
    np.add.at(sums, labels, means)
    means_of_groups = (sums / np.bincount(labels)[:, None]).astype(np.float32)
    joined = _component(means_of_groups, np.arange(used), threshold, most)
    return joined[labels]


def _linked(means: Embeddings, pictures: NDArray[np.int64], threshold: float) -> Labels:
    if len(means) < 2:  # noqa: PLR2004  # a pair
        return np.zeros(len(means), np.int64)
    distances = np.maximum(1 - (means @ means.T).astype(np.float64), 0)
    distances[pictures[:, None] == pictures] = _APART
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), method="average")
    return np.asarray(fcluster(tree, 1 - threshold, criterion="distance"), np.int64) - 1
