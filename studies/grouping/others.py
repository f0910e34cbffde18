"""How others group faces, as they publish it, on embeddings of any network.

face_recognition has no grouping of its own: its users take dlib's, on the same distances. Immich groups as faces come in.
"""

from random import Random

import numpy as np
from numpy.typing import NDArray

from hexaface.grouping.clustering import Labels
from hexaface.grouping.neighbours import Embeddings

DLIB_DISTANCE = 0.5
"""Euclidean, under which dlib's face_clustering.py links two faces (dlib.net/face_clustering.py.html)."""
TOLERANCE = 0.6
"""Euclidean, under which face_recognition's compare_faces says "same" by default (its api.py)."""
IMMICH_DISTANCE, IMMICH_FACES = 0.5, 3
"""Cosine distance and number of faces that make a person: Immich's defaults (docs.immich.app, facial recognition)."""

_ROUNDS = 100

Links = NDArray[np.bool_]
"""(n, n): which pairs of faces are taken for one person."""


def cosine_of(distance: float) -> float:
    """The cosine of two unit vectors at a Euclidean distance."""
    return 1 - distance**2 / 2


def alike(embeddings: Embeddings, threshold: float) -> Links:
    """The pairs whose cosine reaches `threshold`."""
    return np.asarray(embeddings @ embeddings.T >= threshold)


def near(descriptors: NDArray[np.float32], distance: float) -> Links:
    """The pairs that are less than a Euclidean distance apart."""
    squares = (descriptors**2).sum(1)
    return np.asarray(squares[:, None] + squares - 2 * (descriptors @ descriptors.T) < distance**2)


def chinese_whispers(linked: Links, *, seed: int = 0) -> Labels:
    """Each face takes, over and over, the label that most of the faces have that it is linked to.

    Biemann, "Chinese Whispers", TextGraphs 2006; dlib's version: links of weight 1, 100 rounds of as many random picks as
    there are faces.
    """
    links = [np.setdiff1d(np.flatnonzero(row), place) for place, row in enumerate(linked)]
    labels, random = np.arange(len(links)), Random(seed)
    busy = [place for place, found in enumerate(links) if len(found)]
    for _ in range(_ROUNDS):
        changed = False
        for place in random.choices(busy, k=len(busy)) if busy else ():
            names, counts = np.unique(labels[links[place]], return_counts=True)
            best = int(names[counts.argmax()])
            changed |= best != labels[place]
            labels[place] = best
        if not changed:
            break
    return labels


def immich(embeddings: Embeddings, threshold: float, *, faces: int = IMMICH_FACES, seed: int = 0) -> Labels:
    """Face by face: one with `faces` alike (itself counts) joins the nearest person among them, or makes a new one; the
    others wait, and then join the nearest person that is alike enough, or nobody (server/src/services/person.service.ts).
    """
    cosines = embeddings @ embeddings.T
    count = len(cosines)
    person = np.full(count, -1, np.int64)
    order = list(range(count))
    Random(seed).shuffle(order)
    core = (cosines >= threshold).sum(1) >= faces
    for place in (*(p for p in order if core[p]), *(p for p in order if not core[p])):
        known = np.flatnonzero((person >= 0) & (cosines[place] >= threshold))
        if len(known):
            person[place] = person[known[cosines[place, known].argmax()]]
        elif core[place]:
            person[place] = place
    return _alone_apart(person)


def _alone_apart(person: NDArray[np.int64]) -> Labels:
    """Whoever is nobody's gets a label of their own."""
    return np.where(person >= 0, person, np.arange(len(person)) + len(person))
