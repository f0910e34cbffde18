"""A marked face as cameras and detectors may also give it: mirrored, moved, badly lit, covered, turned about its axis."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE, Transform, align
from export.keypoints.faces import Face, Picture
from export.keypoints.readout import MIRRORED, NAMES
from export.keypoints.render import render
from services.detector.chipping import cut_chip
from services.keypoints.confidence import FIVE
from services.keypoints.pose import MIDDLE, from_angles

Points = NDArray[np.float64]

_FIVE = [NAMES.index(name) for name in FIVE]
"""The named points next to the detector's five, in its order."""
_HARD = 4  # kinds of hard variants
PER_FACE = 5
"""A face and its variants."""


@dataclass(frozen=True)
class Marked:
    """A chip, uint8 (256, 256, 3), and its marks (15, 2) in chip pixels."""

    chip: Picture
    marks: Points


@dataclass(frozen=True)
class Surface:
    """A face's mesh as a surface: points (468, 3) in chip pixels, triangles (898, 3) of their indices."""

    points: Points
    triangles: NDArray[np.int64]


def variants(
    number: int, face: Face, marks: Points, surface: Surface, generator: np.random.Generator
) -> list[Marked]:
    """The chip and four more of a face: mirrored, moved, badly lit, and by its `number` one that is hard.

    `marks` (15, 2) are in chip pixels.
    """
    plain = Marked(face.chip, marks)
    lit = Marked(spoiled(face.chip, generator, 1.0), marks)
    near = moved(face, marks, generator, 4.0)
    near = Marked(spoiled(near.chip, generator, 0.35), near.marks)
    either = [mirrored(one) if generator.random() < 0.5 else one for one in (near, lit)]  # noqa: PLR2004  # a coin
    return [plain, mirrored(plain), *either, _hard(number % _HARD, face, plain, surface, generator)]


def _hard(kind: int, face: Face, plain: Marked, surface: Surface, generator: np.random.Generator) -> Marked:
    """Moved far and badly lit, covered, turned, or turned far."""
    if kind == 0:
        far = moved(face, plain.marks, generator, 10.0)
        return Marked(spoiled(far.chip, generator, generator.random()), far.marks)
    if kind == 1:
        return Marked(covered(face.chip, generator), plain.marks)
    yaw = generator.choice((-1, 1)) * generator.uniform(*((10, 30) if kind == 2 else (25, 50)))  # noqa: PLR2004  # the third kind
    return turned(plain, surface, yaw, generator.normal(0, 8))


def mirrored(face: Marked) -> Marked:
    """Left and right swapped."""
    marks = face.marks[list(MIRRORED)] * (-1, 1) + (CHIP_SIZE - 1, 0)
    return Marked(np.ascontiguousarray(face.chip[:, ::-1]), marks)


def moved(face: Face, marks: Points, generator: np.random.Generator, much: float) -> Marked:
    """The chip that another detector might have cut: `much` is the spread of roll in degrees, the rest goes with it.

    `marks` (15, 2) are in chip pixels.
    """
    roll = np.radians(generator.normal(0, much))
    scale = np.exp(generator.normal(0, much / 100))
    shift = generator.normal(0, 0.8 * much, 2)
    turn = scale * np.array([[np.cos(roll), -np.sin(roll)], [np.sin(roll), np.cos(roll)]])
    further = np.column_stack([turn, MIDDLE + shift - turn @ (MIDDLE, MIDDLE)])
    first = np.vstack([np.reshape(face.transform, (2, 3)), (0, 0, 1)])
    whole = Transform(*(further @ first).ravel().tolist())
    return Marked(cut_chip(face.picture, whole), marks @ turn.T + further[:, 2])


def spoiled(chip: Picture, generator: np.random.Generator, much: float) -> Picture:
    """The same chip darker or brighter, coarser, grey, noisy or compressed; `much` from 0 to 1."""
    small = round(CHIP_SIZE / float(np.exp(generator.uniform(0, 2.8 * much))))
    coarse = cv2.resize(chip, (small, small), interpolation=cv2.INTER_AREA)
    spoilt = cv2.resize(coarse, (CHIP_SIZE, CHIP_SIZE), interpolation=cv2.INTER_LINEAR).astype(np.float64)
    gamma = np.exp(generator.normal(0, 0.7 * much))
    contrast, light = np.exp(generator.normal(-0.3, 0.5) * much), generator.normal(-15, 30) * much
    spoilt = 255 * (spoilt / 255) ** gamma * contrast + light
    if generator.random() < 0.3:  # noqa: PLR2004  # about a third of the pictures are grey
        spoilt = np.repeat(spoilt.mean(axis=2, keepdims=True), 3, axis=2)
    slope = generator.normal(0, 0.35 * much)
    spoilt *= 1 + slope * np.linspace(-1, 1, CHIP_SIZE)[None, :, None]  # light from one side
    spoilt += generator.normal(0, generator.uniform(0, 18 * much), spoilt.shape)
    quality = int(generator.uniform(100 - 75 * much, 100))
    _, packed = cv2.imencode(
        ".jpg", np.clip(spoilt, 0, 255).astype(np.uint8), (cv2.IMWRITE_JPEG_QUALITY, quality)
    )
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)


def covered(chip: Picture, generator: np.random.Generator) -> Picture:
    """The chip with a hand, a mask or a stranger's head before it: one plain or patterned patch, at most half of it."""
    result = chip.copy()
    width, height = generator.uniform(40, 190, 2)
    x, y = generator.uniform(10, 245, 2)
    patch = np.zeros(chip.shape[:2], np.uint8)
    axes = (int(width / 2), int(height / 2))
    cv2.ellipse(patch, (int(x), int(y)), axes, generator.uniform(0, 180), 0, 360, 1, -1)
    colour = generator.uniform(0, 255, 3) + generator.normal(0, generator.uniform(0, 40), chip.shape)
    result[patch > 0] = np.clip(colour, 0, 255).astype(np.uint8)[patch > 0]
    return result


def turned(face: Marked, surface: Surface, yaw: float, pitch: float) -> Marked:
    """The face as its own mesh shows it turned further by `yaw` and `pitch` degrees, aligned anew.

    What the head hid before stays unseen: before the blurred chip stands a mask.
    """
    points = surface.points
    depth = _depth_at(points, face.marks)
    rotation = from_angles(yaw, pitch, 0.0)
    # The axis goes through the head's middle, behind the face by about half its width.
    axis = np.array([*points[:, :2].mean(axis=0), points[:, 2].mean() + np.ptp(points[:, 0]) / 4])
    vertices = (points - axis) @ rotation.T + axis
    marks = ((np.column_stack([face.marks, depth]) - axis) @ rotation.T + axis)[:, :2]
    background = np.asarray(cv2.GaussianBlur(face.chip, (0, 0), 25), np.uint8)
    drawn = render(face.chip, points[:, :2], vertices, surface.triangles, background)
    transform = align(marks[_FIVE].tolist())
    return Marked(cut_chip(drawn, transform), np.array(transform.apply(marks.tolist())))


def _depth_at(surface: Points, places: Points) -> Points:
    """The surface's depth (n,) at places (n, 2) of the picture: of the three nearest vertices, by nearness."""
    distances = np.linalg.norm(surface[None, :, :2] - places[:, None], axis=2)
    nearest = np.argsort(distances, axis=1)[:, :3]
    weights = 1.0 / (np.take_along_axis(distances, nearest, axis=1) + 1e-3)
    return np.asarray((weights * surface[nearest, 2]).sum(axis=1) / weights.sum(axis=1), np.float64)
