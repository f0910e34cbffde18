"""Variants of a marked face: the marks stay on what they mark."""

import numpy as np
import pytest
from numpy.typing import NDArray

from contracts.chips import Transform
from export.keypoints.faces import Face
from export.keypoints.readout import MIRRORED, NAMES
from export.keypoints.variants import (
    PER_FACE,
    Marked,
    Surface,
    covered,
    mirrored,
    moved,
    spoiled,
    turned,
    variants,
)

_SIDE = 256
_SPOT = NAMES.index("nose_tip")
_EYES = ((165, 118), (91, 118), (150, 119), (180, 117), (106, 119), (76, 117))
_BROWS = ((145, 98), (185, 97), (111, 98), (71, 97))
_REST = ((128, 160), (155, 200), (101, 200), (128, 190), (128, 212))
_MARKS = np.array((*_EYES, *_BROWS, *_REST), np.float64)


def face() -> Face:
    """A grey picture with a white spot under the nose's mark."""
    picture = np.full((_SIDE, _SIDE, 3), 90, np.uint8)
    picture[158:163, 126:131] = 255
    return Face(picture, picture, Transform(1, 0, 0, 0, 1, 0))


def surface() -> Surface:
    """A dome over the face, nearest at the nose."""
    xs, ys = np.meshgrid(np.linspace(28, 228, 21), np.linspace(48, 248, 21))
    depth = -60 * np.exp(-(((xs - 128) / 60) ** 2) - ((ys - 160) / 60) ** 2)
    points = np.column_stack([xs.ravel(), ys.ravel(), depth.ravel()])
    at = np.arange(441).reshape(21, 21)
    corners = [at[:-1, :-1], at[:-1, 1:], at[1:, :-1], at[1:, 1:]]
    a, b, c, d = (corner.ravel() for corner in corners)
    return Surface(points, np.concatenate([np.column_stack([a, b, c]), np.column_stack([b, d, c])]))


def spot(chip: NDArray[np.uint8]) -> NDArray[np.float64]:
    """The middle of the bright spot, x and y."""
    bright = np.argwhere(chip[..., 0] > 180)
    return np.asarray(bright.mean(axis=0)[::-1], np.float64)


def test_a_moved_and_a_mirrored_faces_marks_move_with_it() -> None:
    plain = Marked(face().chip, _MARKS)
    further = moved(face(), _MARKS, np.random.default_rng(3), 8.0)

    assert spot(further.chip) == pytest.approx(further.marks[_SPOT], abs=1)
    assert spot(mirrored(further).chip) == pytest.approx(mirrored(further).marks[_SPOT], abs=1)
    assert np.abs(further.marks - _MARKS).max() > 3
    assert np.array_equal(mirrored(mirrored(plain)).marks, _MARKS)
    assert mirrored(plain).marks[0] == pytest.approx((255 - _MARKS[MIRRORED[0]][0], _MARKS[MIRRORED[0]][1]))


@pytest.mark.parametrize("yaw", [-35, 35])
def test_a_turned_faces_nose_moves_against_its_eyes_and_its_mark_stays_on_it(yaw: float) -> None:
    away = turned(Marked(face().chip, _MARKS), surface(), yaw, 0.0)

    beside_the_eyes = away.marks[_SPOT][0] - away.marks[:2, 0].mean()
    assert beside_the_eyes * np.sign(yaw) > 15
    assert spot(away.chip) == pytest.approx(away.marks[_SPOT], abs=3)


def test_light_and_covers_change_the_picture_and_leave_its_shape() -> None:
    generator = np.random.default_rng(1)
    for changed in (spoiled(face().chip, generator, 1.0), covered(face().chip, generator)):
        assert changed.shape == (_SIDE, _SIDE, 3)
        assert np.abs(changed.astype(int) - face().chip).mean() > 1


def test_every_face_has_as_many_variants_of_four_hard_kinds() -> None:
    made = [variants(i, face(), _MARKS, surface(), np.random.default_rng(i)) for i in range(4)]

    assert {len(one) for one in made} == {PER_FACE}
    assert len({one[-1].chip.tobytes() for one in made}) == len(made)
