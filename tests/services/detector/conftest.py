"""The shipped graphs, run without a server."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.detection import DetectOptions
from services.detector.candidates import Candidates
from services.detector.detectors import DETECTORS, DetectorName
from services.detector.finder import FinderSettings, find_faces
from services.detector.model import DetectorModel, PointsModel
from services.detector.points import refine
from serving.alone import alone
from serving.session import Session, open_session
from serving.settings import ServiceSettings

_SETTINGS = ServiceSettings(provider="cpu", threads=1)


@pytest.fixture(scope="session")
def session() -> Session:
    return open_session("detector", _SETTINGS)[0]


@pytest.fixture(scope="session")
def points() -> Session:
    return open_session("detector-points", _SETTINGS)[0]


@pytest.fixture(scope="session")
def finds(points: Session):
    """By a detector's name: photo, options -> faces, as the service finds them."""
    again = alone(points.run, PointsModel(points.info))

    def by(name: DetectorName):
        detector = DETECTORS[name]
        opened = open_session("detector", _SETTINGS, detector.entry)[0]
        look = alone(opened.run, DetectorModel(opened.info))

        async def run(photo: NDArray[np.uint8], **options: object) -> Candidates:
            asked = DetectOptions.model_validate(options)
            return await refine(photo, await find_faces(photo, look, asked, FinderSettings(detector)), again)

        return run

    return by


@pytest.fixture(scope="session")
def find(finds):
    """The same by the shipped detector."""
    return finds("yunet")


@pytest.fixture(scope="session")
def pixels():
    """An encoded picture as pixels, uint8 (height, width, 3) RGB."""
    return lambda data: np.ascontiguousarray(
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)[:, :, ::-1]
    )


@pytest.fixture(scope="session")
def decoded(photo, pixels):
    """A sample photo as pixels by its name."""
    return lambda name: pixels(photo(name))
