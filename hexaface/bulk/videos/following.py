"""Which faces of one frame after the other are the same: by where they are expected and by how much they look alike.

Two rounds as in ByteTrack (Zhang et al., ECCV 2022): clear detections first, then faint ones, which may carry a track on but
begin none. The pairing itself is `lap`'s. Why no tracking library: docs/decisions/0080.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import lap
import numpy as np
from numpy.typing import NDArray

from contracts.faces import LocatedFace, Quality
from hexaface.bulk.videos.likeness import Likeness
from hexaface.bulk.videos.motion import Box, Motion, overlaps

Floats = NDArray[np.float64]

PATIENCE_SECONDS = 1.0
"""Whoever is out of sight for longer has left; `hexaface.bulk.videos.returning` knows them again."""
_LEAST_OVERLAP = 0.2
# In sizes of the face: how far from where it is expected a face can be that looks the same.
_NEAR = 1.5
# Beyond these a face says little of who it is (docs/identity.md).
_SMALLEST, _YAW, _PITCH = 24.0, 45.0, 40.0
_FULL_SIZE, _SIDEWAYS = 112.0, 90.0


@dataclass(frozen=True, eq=False)
class Sighting:
    """A face in a frame."""

    frame: int
    """The frame's number."""
    face: int
    """Which of its faces."""
    seconds: float
    score: float
    box: Box
    fitness: float
    """How much the face says of who it is, 0 to 1: size, direction, score."""
    telling: bool
    """Whether its looks tell who it is not."""
    embedding: NDArray[np.float32]
    """(d,), of length one."""

    @classmethod
    def of(cls, frame: int, seconds: float, face: int, located: LocatedFace, values: bytes) -> Self:
        """From what detector and embedder say of it."""
        box, quality = located.box, located.quality
        return cls(
            frame=frame,
            face=face,
            seconds=seconds,
            score=located.score,
            box=np.array([box.x, box.y, box.width, box.height]),
            fitness=located.score * (_fitness(quality) if quality else 1.0),
            telling=quality is None or _tells(quality),
            embedding=np.frombuffer(values, "<f4"),
        )


def _fitness(quality: Quality) -> float:
    turned = max(0.0, 1 - abs(quality.yaw) / _SIDEWAYS) * max(0.0, 1 - abs(quality.pitch) / _SIDEWAYS)
    return turned * min(1.0, quality.face_size / _FULL_SIZE)


def _tells(quality: Quality) -> bool:
    return quality.face_size >= _SMALLEST and abs(quality.yaw) <= _YAW and abs(quality.pitch) <= _PITCH


@dataclass
class Track:
    """One face from frame to frame."""

    sightings: list[Sighting]
    motion: Motion
    looks: NDArray[np.float64] = field(init=False)
    """The sum of its embeddings, each by its fitness."""

    def __post_init__(self) -> None:
        self.looks = sum((s.fitness * s.embedding.astype(np.float64) for s in self.sightings), np.zeros(1))

    @property
    def last(self) -> Sighting:
        """When it was seen last."""
        return self.sightings[-1]

    @property
    def embedding(self) -> NDArray[np.float64]:
        """All its looks as one, of length one."""
        return np.asarray(self.looks / max(float(np.linalg.norm(self.looks)), 1e-9))

    def saw(self, sighting: Sighting) -> None:
        """It goes on."""
        self.motion.saw(sighting.box, sighting.seconds)
        self.sightings.append(sighting)
        self.looks = self.looks + sighting.fitness * sighting.embedding

    def join(self, other: "Track") -> None:
        """The other one was the same face."""
        self.sightings = self.sightings + other.sightings
        self.looks = self.looks + other.looks


class Following:
    """Follows faces; each frame is told once, in order."""

    def __init__(self, likeness: Likeness, clear: float) -> None:
        """`clear`: the score from which on a detection is a face without having been followed."""
        self._likeness = likeness
        self._clear = clear
        self._present: list[Track] = []
        self.tracks: list[Track] = []

    def __call__(self, seconds: float, seen: Sequence[Sighting]) -> list[Sighting]:
        """The faces of the next frame; those that are faces, as they are clear or were followed."""
        self._present = [t for t in self._present if seconds - t.last.seconds <= PATIENCE_SECONDS]
        clear = [sighting for sighting in seen if sighting.score >= self._clear]
        faint = [sighting for sighting in seen if sighting.score < self._clear]
        waiting, new = self._pair(self._present, clear, seconds)
        _, noise = self._pair(waiting, faint, seconds)
        for sighting in new:
            track = Track([sighting], Motion(sighting.box, seconds))
            self._present.append(track)
            self.tracks.append(track)
        return [sighting for sighting in seen if sighting not in noise]

    def _pair(
        self, tracks: list[Track], seen: list[Sighting], seconds: float
    ) -> tuple[list[Track], list[Sighting]]:
        """Carry tracks on; those that are not, and the sightings that carry none."""
        if not tracks or not seen:
            return tracks, seen
        # What is not allowed costs more than leaving both alone.
        costs = np.where(*self._costs(tracks, seen, seconds), 10.0)
        _, partner, _ = lap.lapjv(costs, extend_cost=True, cost_limit=2.0)
        for track, place in zip(tracks, partner, strict=True):
            if place >= 0:
                track.saw(seen[place])
        paired = {int(place) for place in partner if place >= 0}
        alone = [track for track, place in zip(tracks, partner, strict=True) if place < 0]
        return alone, [sighting for place, sighting in enumerate(seen) if place not in paired]

    def _costs(self, tracks: list[Track], seen: list[Sighting], seconds: float) -> tuple[Floats, Floats]:
        """Which pairs are possible (n, m), and what each costs, 0 to 1."""
        expected = np.stack([track.motion.expected(seconds) for track in tracks])
        boxes = np.stack([sighting.box for sighting in seen])
        faces = np.stack([sighting.embedding for sighting in seen]).astype(np.float64)
        alike = np.maximum(
            np.stack([track.embedding for track in tracks]) @ faces.T,
            np.stack([track.last.embedding for track in tracks]) @ faces.T,
        )
        overlap = overlaps(expected, boxes)
        telling = np.array([sighting.telling for sighting in seen])
        in_place = (overlap >= _LEAST_OVERLAP) & ((alike >= self._likeness.maybe) | ~telling)
        by_looks = (alike >= self._likeness.sure) & (_distances(expected, boxes) <= _NEAR)
        return in_place | by_looks, 1 - (overlap + np.clip(alike, 0, 1)) / 2


def _distances(expected: Floats, boxes: Floats) -> Floats:
    """Between the centres, in sizes of the expected face: (n, m)."""
    ours, theirs = (some[:, :2] + some[:, 2:] / 2 for some in (expected, boxes))
    apart = np.linalg.norm(ours[:, None] - theirs[None], axis=-1)
    return np.asarray(apart / np.sqrt(expected[:, 2:].prod(-1))[:, None])
