"""Faces of data sets as the product sees them: found by the served detector, cut to chips, analysed by the service's model."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import Transform, align
from contracts.detection import DetectOptions
from contracts.keypoints import Keypoints
from export.datasets import Archive, Row
from export.detector.finder import Finder as PlainFinder
from export.detector.finder import second_look
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from services.detector.chipping import cut_chip
from services.keypoints.model import KeypointsModel
from serving.batching import Item
from serving.session import ModelInfo

Picture = NDArray[np.uint8]
_BATCH = 8


@dataclass(frozen=True)
class Face:
    """One face: its picture, uint8 (h, w, 3), its chip, and the transform from the one to the other."""

    picture: Picture
    chip: Picture
    transform: Transform

    def to_chip(self, points: NDArray[np.floating]) -> NDArray[np.float64]:
        """Points (n, 2) of the picture in the chip."""
        return np.array(self.transform.apply(points.tolist()))


class Finder:
    """The published detector and its second look, asked for the face that lies nearest to a picture's middle."""

    def __init__(self, models: Path = MODELS) -> None:
        self._finder = PlainFinder(Session(models / "detector.onnx"))
        self._points = Session(models / "detector-points.onnx")

    def __call__(self, picture: Picture) -> Face | None:
        """The face, or None when there is none."""
        found = self._finder.find(picture, DetectOptions(mode="fast"))
        if not len(found):
            return None
        middle = np.array([picture.shape[1], picture.shape[0]]) / 2
        distances = np.linalg.norm(found.landmarks.mean(axis=1) - middle, axis=1)
        subject = second_look(self._points, picture, found.take([int(distances.argmin())]))
        transform = align(subject.landmarks[0].tolist())
        return Face(picture, cut_chip(picture, transform), transform)


class Analyser:
    """The keypoints service's own model around a graph that is not published yet."""

    def __init__(self, session: Session) -> None:
        self._session = session
        labels = json.loads(session.metadata["hexaface.labels"])
        info = ModelInfo("keypoints", "", "", "", labels=labels, metadata=dict(session.metadata))
        self.model = KeypointsModel(info)

    def __call__(self, chips: Iterable[Picture]) -> list[Keypoints]:
        """One answer per chip, in chip pixels."""
        return [self.model.postprocess(output) for output in run(self._session, chips)]


def run(session: Session, chips: Iterable[Picture]) -> Iterator[Item]:
    """The graph's outputs of each chip, without the batch axis."""
    waiting = list(chips)
    for start in range(0, len(waiting), _BATCH):
        outputs = session({"image": np.stack(waiting[start : start + _BATCH])})
        for i in range(len(outputs["mesh"])):
            yield {name: value[i] for name, value in outputs.items()}


def read_faces(
    archive: Archive, rows: Sequence[Row], finder: Finder, prepare: Callable[[Picture], Picture] | None = None
) -> list[tuple[Row, Face]]:
    """The rows whose face was found, with it; `prepare` makes the picture ready for the detector."""
    found = []
    for row in rows:
        picture = archive.picture(row["file"])
        face = finder(picture if prepare is None else prepare(picture))
        if face is not None:
            found.append((row, face))
    return found


def enlarge_fer(picture: Picture) -> Picture:
    """A 48-pixel FER-2013 face at four times its size, with a border of its edge pixels: the detector needs a margin."""
    large = cv2.resize(picture, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)
    margin = large.shape[0] // 4
    return np.asarray(
        cv2.copyMakeBorder(large, margin, margin, margin, margin, cv2.BORDER_REPLICATE), np.uint8
    )


def marked_points(row: Row, names: Sequence[str]) -> NDArray[np.float64]:
    """The named points (n, 2) of a row of keypoints.zip, in pixels of its picture."""
    return np.array([(float(row[f"{name}_x"]), float(row[f"{name}_y"])) for name in names])
