"""Photos of phones: decoded no further than needed, with the same answers as from every pixel."""

import io

import numpy as np
import pytest
from PIL import Image

from contracts.detection import DetectOptions
from contracts.faces import Landmarks
from services.detector.finder import FinderSettings
from services.detector.looking import Looking
from services.detector.model import DetectorModel, PointsModel
from services.detector.scaled import Scaled
from services.embedder.model import EmbedderModel
from serving.machine import Machine
from serving.pictures.photo import Photo
from serving.service import Service
from serving.settings import ServiceSettings

LIMIT = 40_000_000


class Noting(Photo):
    """Notes at which reductions it was decoded; `whole` never reduces."""

    def __init__(self, data, *, whole=False):
        super().__init__(data, max_pixels=LIMIT)
        self.decoded = []
        if whole:
            self.scalable = False

    def decode(self, reduction=1):
        self.decoded.append(reduction)
        return super().decode(reduction)


@pytest.fixture(scope="module")
async def services():
    settings = ServiceSettings(provider="cpu")
    machine = Machine(settings)
    detector = Service("detector", DetectorModel, settings, machine=machine)
    points = Service("detector-points", PointsModel, settings, machine=machine)
    embedder = Service("embedder", EmbedderModel, settings, machine=machine)
    async with detector.running(), points.running(), embedder.running():
        yield Looking(machine.decoding, detector.answer, points.answer, FinderSettings()), embedder


@pytest.fixture
def answers(services, monkeypatch):
    look, embedder = services

    async def find(photo, *, whole=False):
        with monkeypatch.context() as patch:
            if whole:
                patch.setattr(Scaled, "reduced_for", lambda self, _: self)
            faces, chips = await look(photo, DetectOptions())
        embeddings = await embedder.answer(chips) if chips else []
        return faces, [np.frombuffer(one.values, "<f4") for one in embeddings]

    return find


def encoded(picture, kind="JPEG", **options):
    file = io.BytesIO()
    picture.save(file, kind, **options)
    return file.getvalue()


def in_a_large_photo(picture, side):
    """A face picture enlarged to `side` within 12 megapixels of something without faces."""
    colours = np.random.default_rng(0).integers(60, 180, (30, 40, 3), np.uint8)
    photo = Image.fromarray(colours).resize((4000, 3000), Image.Resampling.BICUBIC)
    photo.paste(picture.resize((side, side), Image.Resampling.BICUBIC), (900, 700))
    return photo


async def compare(answers, data, longer):
    """The same faces, boxes within a pixel of the canvas, embeddings alike."""
    faces, embeddings = await answers(Noting(data))
    expected, originals = await answers(Noting(data, whole=True), whole=True)
    assert len(faces) == len(expected) > 0
    for face, other, one, two in zip(faces, expected, embeddings, originals, strict=True):
        moved = [
            abs(getattr(face.box, edge) - getattr(other.box, edge)) for edge in ("x", "y", "width", "height")
        ]
        assert max(moved) * 832 / longer < 1
        assert float(one @ two) > 0.999


@pytest.mark.parametrize("side", [None, 750, 500])
async def test_a_phones_photo_gets_the_answers_of_all_its_pixels(side, answers, data_set):
    lfw = data_set("lfw")
    for row in lfw.rows()[:300:100]:
        picture = Image.open(io.BytesIO(lfw.read(row["file"]))).convert("RGB")
        large = (
            picture.resize((3464, 3464), Image.Resampling.BICUBIC)
            if side is None
            else in_a_large_photo(picture, side)
        )
        await compare(answers, encoded(large, quality=90), max(large.size))


async def test_a_large_face_needs_no_full_decode(answers, photo):
    large = (
        Image.open(io.BytesIO(photo("astronaut")))
        .convert("RGB")
        .resize((4000, 4000), Image.Resampling.BICUBIC)
    )
    data = Noting(encoded(large, quality=90))
    faces, _ = await answers(data)
    assert len(faces) == 1
    assert data.decoded == [2]


async def test_a_small_face_is_decoded_as_far_as_its_chip_needs(answers, photo):
    face = Image.open(io.BytesIO(photo("astronaut"))).convert("RGB")
    data = Noting(encoded(in_a_large_photo(face, 600), quality=90))
    faces, _ = await answers(data)
    assert len(faces) == 1
    assert data.decoded == [2, 1]


async def test_a_picture_without_scales_is_decoded_once(answers, photo):
    face = Image.open(io.BytesIO(photo("astronaut"))).convert("RGB").resize((2000, 2000))
    data = Noting(encoded(face, "PNG", compress_level=1))
    faces, _ = await answers(data)
    assert len(faces) == 1
    assert data.decoded == [1]


async def test_points_of_a_turned_photo_lie_in_its_upright_pixels(answers, photo):
    upright = Image.open(io.BytesIO(photo("astronaut"))).convert("RGB").resize((2600, 2600))
    exif = Image.Exif()
    exif[0x0112] = 6
    turned = Noting(encoded(upright.rotate(90, expand=True), quality=95, exif=exif))
    (face,), _ = await answers(turned)
    (expected,), _ = await answers(Noting(encoded(upright, quality=95)))
    for name in Landmarks.model_fields:
        one, two = getattr(face.landmarks, name), getattr(expected.landmarks, name)
        assert abs(one.x - two.x) < 4
        assert abs(one.y - two.y) < 4
