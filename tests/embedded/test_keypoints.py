"""Keypoints through the public API: in the photo's frame, whatever the photo's roll, side or size."""

import json
from io import BytesIO

import httpx
import numpy as np
import pytest
from PIL import Image, ImageOps

from contracts.api import AnalyzeAnswer
from contracts.chips import Transform
from contracts.keypoints import FacialPoints, Keypoints, to_photo
from export.keypoints.consistency import mirror_answer


async def analyse(api: httpx.AsyncClient, picture: Image.Image, **options: str) -> Keypoints:
    png = BytesIO()
    picture.save(png, "PNG")
    answer = await api.post(
        "/v1/analyze",
        files={"image": png.getvalue()},
        data={"features": "keypoints", "max_faces": "1", **options},
    )
    assert answer.status_code == 200, answer.text
    (face,) = AnalyzeAnswer.from_json(answer.content).faces
    assert face.keypoints is not None
    return face.keypoints


@pytest.fixture(scope="module")
def portrait(photo) -> Image.Image:
    return Image.open(BytesIO(photo("astronaut"))).convert("RGB")


def points(answer: Keypoints) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return np.array(
        [(p.x, p.y) for p in (getattr(answer.points, name) for name in FacialPoints.model_fields)]
    )


def assert_alike(expected: Keypoints, actual: Keypoints, *, degrees: float) -> None:
    width = float(np.ptp(points(expected), axis=0).max())
    assert np.abs(points(expected) - points(actual)).max() < 0.06 * width
    assert expected.pose.yaw == pytest.approx(actual.pose.yaw, abs=degrees)
    assert expected.pose.pitch == pytest.approx(actual.pose.pitch, abs=degrees)
    assert expected.pose.roll == pytest.approx(actual.pose.roll, abs=degrees)
    assert expected.gaze.yaw == pytest.approx(actual.gaze.yaw, abs=3 * degrees)
    assert expected.gaze.pitch == pytest.approx(actual.gaze.pitch, abs=3 * degrees)
    for name, unit in expected.action_units.items():
        assert unit.intensity == pytest.approx(actual.action_units[name].intensity, abs=0.3), name


async def test_a_smiling_astronaut_raises_her_lip_corners(
    api: httpx.AsyncClient, portrait: Image.Image
) -> None:
    answer = await analyse(api, portrait)

    assert answer.action_units["AU12"].intensity > 0.6
    assert answer.action_units["AU25"].present
    assert not answer.action_units["AU43"].present
    assert answer.gaze.confidence > 0.8


@pytest.mark.parametrize("roll", [-30, 30])
async def test_a_rolled_photo_turns_points_roll_and_gaze(
    api: httpx.AsyncClient, portrait: Image.Image, roll: int
) -> None:
    straight = await analyse(api, portrait)
    middle = (portrait.width - 1) / 2, (portrait.height - 1) / 2
    c, s = np.cos(np.radians(roll)), np.sin(np.radians(roll))
    turn = Transform(
        c, -s, middle[0] - c * middle[0] + s * middle[1], s, c, middle[1] - s * middle[0] - c * middle[1]
    )

    turned = await analyse(api, portrait.rotate(-roll, Image.Resampling.BICUBIC, fillcolor=(120, 120, 120)))

    assert straight.pose.roll + roll == pytest.approx(turned.pose.roll, abs=3)
    assert_alike(to_photo(straight, turn.inverse()), turned, degrees=4)


async def test_a_mirrored_photo_swaps_sides_and_turns_signs(
    api: httpx.AsyncClient, portrait: Image.Image
) -> None:
    straight = await analyse(api, portrait)

    mirrored = await analyse(api, ImageOps.mirror(portrait))

    assert_alike(mirror_answer(straight, portrait.width), mirrored, degrees=4)


async def test_a_larger_photo_has_larger_coordinates_and_the_same_angles(
    api: httpx.AsyncClient, portrait: Image.Image
) -> None:
    straight = await analyse(api, portrait)
    double = Transform(2, 0, 0.5, 0, 2, 0.5)

    large = await analyse(api, portrait.resize((2 * portrait.width, 2 * portrait.height)))

    assert_alike(to_photo(straight, double.inverse()), large, degrees=4)


async def test_a_face_without_its_own_resting_face_shows_nothing(
    api: httpx.AsyncClient, portrait: Image.Image
) -> None:
    units = (await analyse(api, portrait)).action_units
    neutral = json.dumps({name: unit.model_dump(exclude_none=True) for name, unit in units.items()})

    rested = await analyse(api, portrait, neutral=neutral)

    assert all(unit.intensity < 0.01 for unit in rested.action_units.values())
