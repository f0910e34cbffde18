"""The shipped detector graph, run without a server."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.detection import DetectOptions
from services.detector.centerface import Candidates
from services.detector.finder import FinderSettings, find_faces
from serving.batching import Item
from serving.session import Session, open_session
from serving.settings import ServiceSettings


@pytest.fixture(scope="session")
def session() -> Session:
    return open_session("detector", ServiceSettings(provider="cpu", threads=1))[0]


@pytest.fixture(scope="session")
def find(session: Session):
    """Photo, options -> faces, through the service's finder."""

    async def forward(items: list[Item]) -> list[Item]:
        answers = [session.run({name: value[None] for name, value in item.items()}) for item in items]
        return [{name: value[0] for name, value in answer.items()} for answer in answers]

    async def run(photo: NDArray[np.uint8], **options: object) -> Candidates:
        return await find_faces(photo, forward, DetectOptions.model_validate(options), FinderSettings())

    return run


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
