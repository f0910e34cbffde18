import numpy as np
import pytest

from contracts.faces import Box
from contracts.liveness import CONTEXT_SIDE, Placement
from services.detector.context import cut_context
from services.liveness.model import FaceInContext, LivenessModel, scaled_box, square_around
from serving.session import ModelInfo


def face(box, photo=None):
    xs, ys = np.meshgrid(np.arange(1000) / 4, np.arange(1000) / 4)
    photo = np.stack([xs, ys, np.zeros_like(xs)], -1).astype(np.uint8) if photo is None else photo
    crop, placement = cut_context(photo, box)
    return FaceInContext(crop, placement)


def reach(picture):
    """What part of the photo a picture of the gradient shows: width and height in photo pixels."""
    inner = picture.astype(float)
    return 4 * (inner[40, -1, 0] - inner[40, 0, 0]), 4 * (inner[-1, 40, 1] - inner[0, 40, 1])


def test_near_and_wide_show_the_box_scaled_as_the_networks_were_trained():
    seen = face(Box(x=450, y=450, width=80, height=120))

    assert pytest.approx((2.7 * 80, 2.7 * 120), rel=0.05) == reach(scaled_box(seen, 2.7, 80))
    assert pytest.approx((4 * 80, 4 * 120), rel=0.05) == reach(scaled_box(seen, 4.0, 80))


def test_the_square_is_a_square_of_the_photo():
    seen = face(Box(x=450, y=450, width=80, height=120))

    assert pytest.approx((180, 180), rel=0.06) == reach(square_around(seen, 1.5, 128))


def test_beyond_the_crop_the_square_is_mirrored():
    crop = np.zeros((CONTEXT_SIDE, CONTEXT_SIDE, 3), np.uint8)
    crop[:, :20] = 200
    seen = FaceInContext(crop, Placement(box=Box(x=0, y=100, width=100, height=100)))

    square = square_around(seen, 1.5, 128)

    assert square[64, 0].mean() < 20
    assert square[64, 21].mean() > 150


def test_the_three_inputs_have_the_networks_sizes_and_the_score_a_label():
    model = LivenessModel(ModelInfo("liveness", "x", "1", ""))

    inputs = model.preprocess(face(Box(x=450, y=450, width=80, height=120)))

    assert {name: value.shape for name, value in inputs.items()} == {
        "near": (80, 80, 3),
        "wide": (80, 80, 3),
        "square": (128, 128, 3),
    }
    assert model.postprocess({"real": np.float32(0.7)}).label == "real"
    assert model.postprocess({"real": np.float32(0.2)}).label == "presented"
