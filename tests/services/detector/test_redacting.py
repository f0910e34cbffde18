"""A redacted face is beyond recognition, and nothing else of the picture changes."""

import io

import httpx
import numpy as np
import pytest
from PIL import Image

from contracts.chips import align
from contracts.faces import Box
from contracts.message import MSGPACK
from contracts.redaction import RedactReply, RedactRequest
from gateway.identities.calibration import Calibration
from services.detector.app import create_app
from services.detector.chipping import cut_chip
from services.detector.redacting import redact
from services.embedder.model import EmbedderModel
from serving.alone import alone
from serving.session import open_session
from serving.settings import ServiceSettings

METHODS = ("blur", "pixelate", "cover")
BOX = Box(x=20, y=30, width=40, height=60)


@pytest.fixture(scope="module")
def embedder():
    return open_session("embedder", ServiceSettings(provider="cpu", threads=1))[0]


@pytest.fixture
def noise():
    return np.random.default_rng(7).integers(0, 256, (200, 150, 3), np.uint8)


@pytest.fixture
def similarities(find, decoded, embedder):
    """Of each redacted face (rows) to each face of the same photo as it was, for one who knows where landmarks were."""
    embed = alone(embedder.run, EmbedderModel(embedder.info))

    async def of(name, method):
        photo = decoded(name)
        faces = await find(photo)
        boxes = [Box(x=b[0], y=b[1], width=b[2] - b[0], height=b[3] - b[1]) for b in faces.boxes.tolist()]
        transforms = [align(landmarks.tolist()) for landmarks in faces.landmarks]
        before, after = [
            np.array([np.frombuffer(answer.values, np.float32) for answer in answers])
            for picture in (photo, redact(photo, boxes, method))
            for answers in [await embed([cut_chip(picture, transform) for transform in transforms])]
        ]
        return after @ before.T

    return of


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["obama_portrait_2012", "obama_2009", "astronaut", "grace_hopper"])
async def test_the_own_embedder_no_longer_matches_a_redacted_face(similarities, embedder, name, method):
    """At the loose threshold that one pair of strangers in a hundred reaches."""
    calibration = Calibration.from_metadata(embedder.info.structured("calibration"))
    assert (await similarities(name, method)).max() < calibration.threshold(0.01)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["solvay_1911", "solvay_1927"])
async def test_a_redacted_face_in_a_crowd_is_no_more_like_itself_than_like_the_others(
    similarities, name, method
):
    """Poor faces resemble even black squares, so here only the difference tells."""
    found = await similarities(name, method)
    own = found.diagonal()
    others = (found.sum() - own.sum()) / (found.size - own.size)
    assert own.mean() - others < 0.05


@pytest.mark.parametrize("method", METHODS)
def test_only_the_face_and_its_margin_change(noise, method):
    changed = (redact(noise, [BOX], method) != noise).any(axis=2)
    inside = np.zeros_like(changed)
    inside[15:105, 5:75] = True  # a quarter of the longer side more on each side
    assert not (changed & ~inside).any()
    assert changed[30:90, 20:60].mean() > 0.95


@pytest.mark.parametrize("method", METHODS)
def test_few_numbers_are_left_of_a_face(noise, method):
    region = redact(noise, [BOX], method)[15:105, 5:75].astype(float).mean(axis=2)
    assert np.linalg.matrix_rank(region, tol=60) <= 8


def test_a_face_at_the_edge_or_outside_of_the_picture_is_no_error(noise):
    boxes = [Box(x=-30, y=-30, width=60, height=60), Box(x=500, y=500, width=10, height=10)]
    assert (redact(noise, boxes, "cover")[:30, :30] == 0).all()


@pytest.mark.parametrize(("kind", "shown"), [("jpeg", "JPEG"), ("png", "PNG")])
async def test_the_answer_is_upright_and_without_metadata(photo, kind, shown):
    with Image.open(io.BytesIO(photo("astronaut"))) as opened:
        exif, sideways = opened.getexif(), io.BytesIO()
        exif[0x0112], exif[0x013B] = 6, "somebody"  # orientation: a quarter turn; the artist
        opened.crop((0, 0, 300, 200)).save(sideways, "JPEG", exif=exif)
    app = create_app(ServiceSettings(provider="cpu", threads=1))
    wanted = RedactRequest(image=sideways.getvalue(), boxes=[BOX], method="cover", format=kind)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        headers = {"Content-Type": MSGPACK, "Accept": MSGPACK}
        answer = await client.post("/v1/redact", content=wanted.to_msgpack(), headers=headers)
    with Image.open(io.BytesIO(RedactReply.from_msgpack(answer.content).image)) as made:
        assert (shown, (200, 300)) == (made.format, made.size)
        assert not made.getexif()
        assert made.getpixel((40, 60)) == (0, 0, 0)
