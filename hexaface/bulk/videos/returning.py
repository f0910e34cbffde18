"""Whoever left and came back is one person: tracks that never share a frame and look alike become one."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hexaface.bulk.videos.following import Sighting, Track
from hexaface.bulk.videos.likeness import Likeness

_MISTAKES = 1e-2
"""How many wrong reunions are accepted in a video, as far as the calibration can be trusted."""
_STRANGERS = 1e-4
"""Of pairs of strangers no more may look as much alike, however few tracks there are."""
_TWICE = 2
_CERTAIN = 0.9
"""A face that was seen only once is one if it scores as much: half a face behind a shoulder hardly does."""


def people(tracks: Sequence[Track], likeness: Likeness) -> list[list[Sighting]]:
    """The sightings of each person, by time; people in the order of their first appearance.

    What was seen only once, not clearly, and resembles nobody is no face and left out.
    """
    found = _reunited(list(tracks), likeness)
    sightings = [sorted(track.sightings, key=lambda s: s.frame) for track in found if _is_certain(track)]
    return sorted(sightings, key=lambda some: (some[0].frame, some[0].face))


def _is_certain(track: Track) -> bool:
    return len(track.sightings) >= _TWICE or (track.last.telling and track.last.score >= _CERTAIN)


def _reunited(tracks: list[Track], likeness: Likeness) -> list[Track]:
    """Join the two most alike, again and again, until none are alike enough."""
    if not tracks:
        return []
    count = len(tracks)
    enough = likeness.cosine(min(_STRANGERS, _MISTAKES / max(count * (count - 1) / 2, 1)))
    possible = _possible(tracks)
    alike = _alike(tracks, tracks)
    left = set(range(count))
    while True:
        pairs = np.where(possible, alike, -1.0)
        kept, gone = (int(place) for place in np.unravel_index(int(pairs.argmax()), pairs.shape))
        if pairs[kept, gone] < enough:
            return [tracks[place] for place in sorted(left)]
        tracks[kept].join(tracks[gone])
        left.remove(gone)
        both = possible[kept] & possible[gone]
        possible[kept], possible[:, kept] = both, both
        possible[gone], possible[:, gone] = False, False
        alike[kept] = alike[:, kept] = _alike([tracks[kept]], tracks)[0]


def _alike(some: Sequence[Track], others: Sequence[Track]) -> NDArray[np.float64]:
    ours, theirs = (np.stack([track.embedding for track in tracks]) for tracks in (some, others))
    return np.asarray(ours @ theirs.T)


def _possible(tracks: list[Track]) -> NDArray[np.bool_]:
    """(n, n): which two tracks can be one person: they share no frame, and both have a telling face."""
    places = {frame: n for n, frame in enumerate(sorted({s.frame for t in tracks for s in t.sightings}))}
    there = np.zeros((len(tracks), len(places)), np.float32)
    for row, track in enumerate(tracks):
        there[row, [places[sighting.frame] for sighting in track.sightings]] = 1
    telling = np.array([any(sighting.telling for sighting in track.sightings) for track in tracks])
    return np.asarray((there @ there.T == 0) & telling & telling[:, None])
