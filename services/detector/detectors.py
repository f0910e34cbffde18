"""The detectors there are, and how each is best asked: sides, scores, close-ups. The tables behind it are in README.md."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from contracts.detection import Mode
from services.detector.candidates import Support

DetectorName = Literal["yunet", "centerface", "mtcnn", "blazeface"]


@dataclass(frozen=True)
class Detector:
    """One graph in the manifest and what suits it."""

    entry: str
    sides: Mapping[Mode, tuple[int, ...]]
    """The longer side of the canvas, pixels, of each pass over the whole photo."""
    close_ups: tuple[tuple[int, float], ...]
    """Passes for faces that fill the picture: side, and a border around the picture as a share of its longer side."""
    min_score: float
    """Lowest score to report, where nobody says."""
    sure: float
    """A first pass whose best face scores less is followed by the close-ups."""
    largest: int
    """Longest face, pixels of the canvas, that the network sees whole."""
    max_overlap: float
    """Intersection over union above which the weaker of two candidates goes."""
    support: Support | None = None
    """How candidates that agree raise a face's score, where the graph gives all of them and not peaks only."""


_OLDER_SIDES: Mapping[Mode, tuple[int, ...]] = {"fast": (320,), "balanced": (640,), "thorough": (1280,)}
_OLDER_CLOSE_UPS = ((128, 0.0), (160, 0.25))

DETECTORS: Mapping[DetectorName, Detector] = {
    "yunet": Detector(
        entry="detector",
        sides={"fast": (384,), "balanced": (832,), "thorough": (1280, 640)},
        close_ups=((112, 0.0), (160, 0.0), (192, 0.0), (128, 0.25), (224, 0.5)),
        min_score=0.62,
        sure=0.8,
        largest=320,
        max_overlap=0.4,
        support=Support(weight=0.3, full=6.0),
    ),
    "centerface": Detector(
        "detector-centerface", _OLDER_SIDES, _OLDER_CLOSE_UPS, 0.4, 0.7, largest=320, max_overlap=0.3
    ),
    "mtcnn": Detector(
        "detector-mtcnn", _OLDER_SIDES, _OLDER_CLOSE_UPS, 0.4, 0.7, largest=320, max_overlap=0.3
    ),
    "blazeface": Detector(
        "detector-blazeface",
        # It sees faces of 20 to 128 pixels: a second pass at less than half the side finds the larger ones.
        sides={"fast": (384,), "balanced": (832, 384), "thorough": (1280, 640, 320)},
        close_ups=((128, 0.0), (160, 0.25), (192, 0.0)),
        min_score=0.6,
        sure=0.8,
        largest=128,
        max_overlap=0.3,
    ),
}
