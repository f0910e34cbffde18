"""Chips show the face, whole and unaliased."""

import cv2
import numpy as np
import pytest

from contracts.chips import TEMPLATE, Transform, align
from services.detector.chipping import cut_chip


def disc_photo(side, centre, radius):
    rows, columns = np.mgrid[:side, :side]
    inside = (rows - centre[1]) ** 2 + (columns - centre[0]) ** 2 <= radius**2
    return np.repeat((inside * 255).astype(np.uint8)[:, :, None], 3, axis=2)


@pytest.mark.parametrize("scale", [0.1, 0.3, 0.6, 0.9, 2.0])
def test_a_spot_lands_where_the_transform_says_at_every_scale(scale):
    photo = disc_photo(1200, (500.0, 600.0), 8 / min(scale, 1))
    transform = Transform(scale, 0.0, 100 - 500 * scale, 0.0, scale, 140 - 600 * scale)
    chip = cut_chip(photo, transform)[:, :, 0].astype(float)
    rows, columns = np.mgrid[:256, :256]
    spot = (columns * chip).sum() / chip.sum(), (rows * chip).sum() / chip.sum()
    assert spot == pytest.approx((100, 140), abs=0.3)


def test_the_template_itself_is_cut_unchanged():
    photo = np.random.default_rng(0).integers(0, 256, (256, 256, 3), np.uint8)
    assert np.abs(cut_chip(photo, align(TEMPLATE)).astype(int) - photo).max() <= 1


def test_a_fine_pattern_becomes_grey_instead_of_moire():
    photo = np.zeros((2048, 2048, 3), np.uint8)
    photo[::2, ::2] = photo[1::2, 1::2] = 255
    chip = cut_chip(photo, Transform(0.13, 0.02, 0.0, -0.02, 0.13, 30.0))
    assert chip[60:200, 20:200].std() < 12


def test_beyond_the_photo_its_border_is_repeated():
    photo = cv2.copyMakeBorder(
        np.zeros((40, 40, 3), np.uint8), 5, 5, 5, 5, cv2.BORDER_CONSTANT, value=(9, 99, 199)
    )
    chip = cut_chip(photo, Transform(2.0, 0.0, 80.0, 0.0, 2.0, 80.0))
    assert chip[0, 0].tolist() == chip[255, 255].tolist() == [9, 99, 199]
