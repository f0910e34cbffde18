import numpy as np
import pytest

from contracts.faces import Box
from contracts.liveness import CONTEXT_SIDE
from services.detector.context import cut_context


def gradient(width=900, height=700):
    """Red says x, green says y, in units that fit a byte."""
    xs, ys = np.meshgrid(np.arange(width) / 4, np.arange(height) / 4)
    return np.stack([xs, ys, np.zeros_like(xs)], -1).astype(np.uint8)


@pytest.mark.parametrize(
    "box",
    [
        Box(x=400, y=300, width=80, height=100),
        Box(x=5, y=8, width=60, height=90),
        Box(x=820, y=600, width=80, height=100),
        Box(x=100, y=50, width=500, height=600),
    ],
    ids=["in the middle", "in the first corner", "in the last corner", "nearly all there is"],
)
def test_the_placement_says_where_the_box_is_in_the_crop(box):
    crop, placement = cut_context(gradient(), box)

    inside = placement.box
    assert crop.shape == (CONTEXT_SIDE, CONTEXT_SIDE, 3)
    cx, cy = round(inside.x + inside.width / 2), round(inside.y + inside.height / 2)
    expected = (box.x + box.width / 2) / 4, (box.y + box.height / 2) / 4
    assert pytest.approx(expected, abs=2.5) == tuple(float(v) for v in crop[cy, cx, :2])
    assert pytest.approx(box.width / box.height, rel=0.05) == inside.width / inside.height / placement.stretch


def test_a_free_face_takes_a_quarter_of_the_crop():
    _, placement = cut_context(gradient(), Box(x=400, y=300, width=80, height=100))

    assert pytest.approx((80, 80), abs=1) == (placement.box.width, placement.box.height)


def test_a_face_that_fills_the_picture_gets_the_whole_picture():
    crop, placement = cut_context(gradient(300, 300), Box(x=0, y=0, width=300, height=300))

    assert pytest.approx((0, 0, 320, 320)) == tuple(placement.box.model_dump().values())
    assert crop[0, -1, 0] > 70
