"""The geometry of the chip."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.chips import CHIP_SIZE, TEMPLATE, Transform, align

coordinate = st.floats(-5000, 5000)
similarity = st.builds(
    lambda scale, angle, tx, ty: Transform(
        scale * math.cos(angle),
        -scale * math.sin(angle),
        tx,
        scale * math.sin(angle),
        scale * math.cos(angle),
        ty,
    ),
    st.floats(0.02, 50),
    st.floats(-math.pi, math.pi),
    coordinate,
    coordinate,
)


@given(similarity, st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=20))
def test_a_point_comes_back_from_the_chip_within_a_hundredth_of_a_pixel(transform, points):
    back = transform.inverse().apply(transform.apply(points))
    for (x, y), (x2, y2) in zip(points, back, strict=True):
        assert math.hypot(x - x2, y - y2) < 0.01


@given(similarity)
def test_alignment_finds_the_similarity_that_made_the_landmarks(transform):
    landmarks = transform.inverse().apply(TEMPLATE)
    found = align(landmarks)
    for (x, y), (x2, y2) in zip(found.apply(landmarks), TEMPLATE, strict=True):
        assert math.hypot(x - x2, y - y2) < 0.01
    assert found.scale == pytest.approx(transform.scale, rel=1e-6)


@given(st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=5, max_size=5, unique=True))
def test_alignment_never_mirrors_or_shears(landmarks):
    try:
        found = align(landmarks)
    except ValueError:
        return
    assert found.a == pytest.approx(found.d)
    assert found.b == pytest.approx(-found.c)


def test_the_template_is_the_112_reference_at_scale_two_with_a_margin_of_sixteen():
    assert TEMPLATE[0] == pytest.approx((2 * 38.2946 + 16, 2 * 51.6963 + 16))
    assert all(16 < x < CHIP_SIZE - 16 and 16 < y < CHIP_SIZE - 16 for x, y in TEMPLATE)


def test_coinciding_landmarks_have_no_alignment():
    with pytest.raises(ValueError, match="coincide"):
        align([(3, 4)] * 5)


def test_a_collapsed_transform_has_no_inverse():
    with pytest.raises(ValueError, match="no inverse"):
        Transform(0, 0, 1, 0, 0, 1).inverse()


def test_four_landmarks_are_refused():
    with pytest.raises(ValueError, match="5 landmarks"):
        align(TEMPLATE[:4])
