"""A photo goes to the canvas and comes back."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.detector.canvas import draw

LENGTH = st.integers(1, 700)
SIDE = st.sampled_from([128, 160, 320, 640])
BORDER = st.sampled_from([0.0, 0.25, 0.5])


@settings(deadline=None)  # a loaded machine is no failure
@given(LENGTH, LENGTH, SIDE, BORDER)
def test_the_photos_corners_come_back_to_themselves(width, height, side, border):
    canvas = draw(np.full((height, width, 3), 200, np.uint8), side, border=border)
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float64)
    drawn = corners * [canvas.scale_x, canvas.scale_y] + canvas.offset
    np.testing.assert_allclose(canvas.to_photo(drawn), corners, atol=1e-6)
    assert (drawn <= np.array(canvas.pixels.shape[1::-1]) + 1e-6).all()


@settings(deadline=None)  # a loaded machine is no failure
@given(LENGTH, LENGTH, SIDE, BORDER)
def test_the_canvas_has_a_bucketed_size(width, height, side, border):
    canvas = draw(np.zeros((height, width, 3), np.uint8), side, border=border)
    assert canvas.pixels.shape[0] % 32 == canvas.pixels.shape[1] % 32 == 0
    assert max(canvas.pixels.shape) <= side + 64
    assert canvas.pixels.dtype == np.uint8


def test_photos_of_nearly_one_shape_share_a_canvas_size():
    shapes = {draw(np.zeros((height, 1024, 3), np.uint8), 640).pixels.shape for height in (683, 685, 700)}
    assert shapes == {(448, 640, 3)}


def test_a_pixel_is_drawn_where_the_canvas_says_it_is():
    photo = np.zeros((90, 120, 3), np.uint8)
    photo[30:40, 60:70] = 255
    canvas = draw(photo, 640, border=0.25)
    rows, columns = np.nonzero(canvas.pixels[:, :, 0] > 150)
    low = canvas.to_photo(np.array([columns.min(), rows.min()], np.float64))
    high = canvas.to_photo(np.array([columns.max() + 1, rows.max() + 1], np.float64))
    np.testing.assert_allclose(low, [60, 30], atol=0.5)
    np.testing.assert_allclose(high, [70, 40], atol=0.5)
