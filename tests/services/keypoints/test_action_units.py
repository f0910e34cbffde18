"""The formulas of the action units: complete, symmetric, and on a scale that only goes up."""

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.action_units import DESCRIPTIONS, PRESENT
from services.keypoints.action_units import FORMULAS, SIDE, Scale, action_units, intensity
from services.keypoints.canonical import CanonicalFace
from services.keypoints.frontal import MEASURES, SIDES, frontalise
from services.keypoints.pose import FOCAL, HeadPose, from_angles
from serving.session import ModelInfo

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "keypoints.md"
scale: Scale = (0.1, 0.3, 0.9)


def test_every_action_unit_has_a_formula_a_scale_and_a_row_in_the_documentation(info: ModelInfo) -> None:
    documented = re.findall(r"^\| (AU\d+) \|", DOCUMENT.read_text(), re.MULTILINE)

    assert list(DESCRIPTIONS) == list(FORMULAS)
    assert set(DESCRIPTIONS) == set(info.structured("calibration")["action_units"])
    assert set(DESCRIPTIONS) <= set(documented)


def test_formulas_name_only_blendshapes_and_measures_that_exist(info: ModelInfo) -> None:
    known = set(info.labels["blendshapes"])
    for formula in FORMULAS.values():
        named = {name.replace(SIDE, side) for name in formula.blendshapes for side in SIDES}
        assert named <= known
        assert set(formula.measures) <= set(MEASURES)


def test_every_scale_rises_from_rest_over_presence_to_the_strongest(info: ModelInfo) -> None:
    for rest, present, strongest in info.structured("calibration")["action_units"].values():
        assert rest < present < strongest


@given(st.floats(-1, 2), st.floats(-1, 2))
def test_intensity_never_falls_with_strength(a: float, b: float) -> None:
    low, high = sorted((a, b))

    assert 0 <= intensity(low, scale) <= intensity(high, scale) <= 1


@pytest.mark.parametrize(
    ("strength", "expected"), [(0.0, 0.0), (0.1, 0.0), (0.3, PRESENT), (0.9, 1.0), (5.0, 1.0)]
)
def test_the_scales_anchors_are_rest_presence_and_the_strongest(strength: float, expected: float) -> None:
    assert expected == pytest.approx(float(intensity(strength, scale)))


def test_a_mirrored_face_has_exactly_swapped_sides(info: ModelInfo, canonical: CanonicalFace) -> None:
    scales: dict[str, Scale] = {
        name: tuple(values) for name, values in info.structured("calibration")["action_units"].items()
    }
    generator = np.random.default_rng(3)
    mesh = np.zeros((478, 3))
    mesh[:468] = canonical.points + generator.normal(0, 0.2, canonical.points.shape)
    swapped = mesh[_mirror_permutation(canonical)] * (-1, 1, 1)
    scores = dict(zip(info.labels["blendshapes"], generator.random(52).tolist(), strict=True))
    mirrored_scores = {name: scores[_other_side(name)] for name in scores}

    face = action_units(scores, mesh, scales)
    mirrored = action_units(mirrored_scores, swapped, scales)

    for name, unit in face.items():
        assert unit.intensity == pytest.approx(mirrored[name].intensity, abs=1e-9)
        if unit.left is not None:
            assert (unit.left, unit.right) == pytest.approx(
                (mirrored[name].right, mirrored[name].left), abs=1e-9
            )


def test_a_turned_face_has_the_measures_of_the_straight_one(canonical: CanonicalFace) -> None:
    points = np.zeros((478, 3))
    points[:468] = canonical.points
    turned = from_angles(35, -20, 15)
    distance = 100.0
    mesh = points @ turned.T * (FOCAL / distance) + 128.0

    straight = frontalise(mesh, HeadPose(turned, np.array([0.0, 0.0, distance])))

    for measure in MEASURES.values():
        for side in SIDES:
            assert measure(straight, side) == pytest.approx(
                measure(points - points[[263, 362, 33, 133]].mean(axis=0), side)
            )


def _mirror_permutation(canonical: CanonicalFace) -> list[int]:
    distances = np.linalg.norm(canonical.points[:, None] * (-1, 1, 1) - canonical.points[None], axis=2)
    return [*distances.argmin(axis=1).tolist(), 473, 476, 475, 474, 477, 468, 471, 470, 469, 472]


def _other_side(name: str) -> str:
    if name.endswith("Left"):
        return name.removesuffix("Left") + "Right"
    return name.removesuffix("Right") + "Left" if name.endswith("Right") else name
