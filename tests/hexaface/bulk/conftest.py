import io

import pytest
from PIL import Image

from tests.paths import PICTURES, SAMPLES

_SIDE = 160


@pytest.fixture(scope="session")
def faces():
    """Small JPEGs of the samples' portraits, all different: they are quick to look at."""
    portraits = [Image.open(SAMPLES / "astronaut.jpg"), Image.open(PICTURES / "group.jpg")]

    def make(count):
        for i in range(count):
            picture = portraits[i % 2].convert("RGB").resize((_SIDE + i, _SIDE + i))
            file = io.BytesIO()
            picture.save(file, "JPEG")
            yield file.getvalue()

    return make


@pytest.fixture
def folder(tmp_path, faces):
    """Makes a folder of so many of them."""

    def make(count):
        target = tmp_path / "photos"
        target.mkdir()
        for i, picture in enumerate(faces(count)):
            (target / f"{i:03}.jpg").write_bytes(picture)
        return target

    return make
