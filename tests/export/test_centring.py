"""Centring takes out what all share and leaves what tells people apart."""

import numpy as np
import onnx
import pytest

from export.embedder.centred import DIRECTIONS, KEPT, MEAN_SHARE, centring, with_centre
from export.onnx_tools.sessions import Session
from export.publish import MODELS

RNG = np.random.default_rng(0)
DIMENSIONS = 16


def unit(values):
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def test_two_groups_that_differ_along_one_direction_come_closer_by_half():
    apart = np.zeros(DIMENSIONS)
    apart[3] = 1.0
    groups = np.array(["a", "b"] * 200)
    faces = RNG.normal(size=(400, DIMENSIONS)) * 0.01 + np.where(groups[:, None] == "a", apart, -apart)
    matrix, _ = centring(faces, [groups])
    moved = faces @ matrix
    distance = np.linalg.norm(moved[groups == "a"].mean(0) - moved[groups == "b"].mean(0))
    assert distance == pytest.approx(2 * KEPT, abs=0.05)


def test_the_stated_share_of_the_mean_goes():
    faces = RNG.normal(size=(300, DIMENSIONS)) + 3.0
    matrix, shift = centring(faces, [np.array(["a", "b", "c"] * 100)])
    left = (faces @ matrix + shift).mean(0)
    np.testing.assert_allclose(left, (1 - MEAN_SHARE) * faces.mean(0) @ matrix, atol=1e-9)


def test_other_directions_are_left_alone():
    faces = RNG.normal(size=(300, DIMENSIONS))
    matrix, _ = centring(faces, [np.array(["a", "b", "c"] * 100)])
    assert np.sort(np.linalg.eigvalsh(matrix)).tolist() == pytest.approx(
        [KEPT] * DIRECTIONS + [1.0] * (DIMENSIONS - DIRECTIONS)
    )


def test_the_published_embedder_is_centred_and_not_twice():
    model = onnx.load(MODELS / "embedder.onnx")
    assert "centring_matrix" in {tensor.name for tensor in model.graph.initializer}
    assert with_centre(model) is model
    picture = RNG.integers(0, 256, (2, 112, 112, 3), dtype=np.uint8)
    lengths = np.linalg.norm(Session(model)({"image": picture})["embedding"], axis=1)
    np.testing.assert_allclose(lengths, 1, atol=1e-5)
