"""The service's finder and second look on plain sessions."""

import asyncio
from typing import cast

import numpy as np
from numpy.typing import NDArray

from contracts.detection import DetectOptions
from export.onnx_tools.sessions import Session
from services.detector.candidates import Candidates
from services.detector.detectors import DETECTORS, DetectorName
from services.detector.finder import FinderSettings, find_faces
from services.detector.model import DetectorModel, PointsModel
from services.detector.points import refine
from serving.alone import alone
from serving.session import ModelInfo

Photo = NDArray[np.uint8]


class Finder:
    """Finds faces as suits the session's detector."""

    def __init__(self, session: Session, max_side: int | None = None) -> None:
        self.detector = DETECTORS[cast(DetectorName, session.metadata["hexaface.name"])]
        self._look = alone(session, DetectorModel(ModelInfo("detector", "", "", "")))
        self._settings = FinderSettings(self.detector, max_side=max_side)

    def find(self, photo: Photo, options: DetectOptions) -> Candidates:
        """The faces of a photo, uint8 (height, width, 3) RGB."""
        return asyncio.run(find_faces(photo, self._look, options, self._settings))


def second_look(session: Session, photo: Photo, found: Candidates) -> Candidates:
    """The same faces with exact landmarks, by the graph of the second look."""
    again = alone(session, PointsModel(ModelInfo("detector-points", "", "", "")))
    return asyncio.run(refine(photo, found, again))
