"""Crops to learn from: HELEN's faces as a detector that errs would cut them, in worse light and resolution."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import align
from export.datasets import Archive, Row
from services.detector.points import CROP_SIZE, to_crop

Picture = NDArray[np.uint8]
Points = NDArray[np.float64]

ERROR = 0.085
"""The detectors' error that is simulated, in distances of the eyes: YuNet's is .08 on HELEN."""
_EYES_PER_SPREAD = 1.55
"""The distance of the eyes over the points' mean distance from their middle, frontally; holds on profiles too."""
# A crop pixel is four to five of HELEN's: blurred so much that sampling one of them is sampling their mean.
_BLUR = 1.2


@dataclass(frozen=True)
class Marked:
    """A picture, uint8 (h, w, 3) RGB, and the five landmarks in it (5, 2), pixel centres."""

    picture: Picture
    landmarks: Points


def marked_faces(split: str) -> list[Marked]:
    """HELEN's faces of a split."""
    archive = Archive("keypoints")
    return [Marked(archive.picture(row["file"]), five(row)) for row in archive.rows(split)]


def five(row: Row) -> Points:
    """The chip's five landmarks from the 68 points: the eyes' middles, the nose tip, the mouth's corners."""
    points = np.array([(float(row[f"x{i}"]), float(row[f"y{i}"])) for i in range(68)])
    eyes = points[36:42].mean(axis=0), points[42:48].mean(axis=0)
    return np.stack([*eyes, points[30], points[48], points[54]])


def crops(faces: list[Marked], each: int, rng: np.random.Generator) -> tuple[Picture, Points]:
    """`each` crops of every face, uint8 (n, 48, 48, 3), and where its landmarks truly lie (n, 5, 2), 0 at the edge."""
    made = [_crop(face, rng) for face in map(_softened, faces) for _ in range(each)]
    return np.stack([crop for crop, _ in made]), np.stack([points for _, points in made])


def _softened(face: Marked) -> Marked:
    return Marked(np.asarray(cv2.GaussianBlur(face.picture, (0, 0), _BLUR), np.uint8), face.landmarks)


def _crop(face: Marked, rng: np.random.Generator) -> tuple[Picture, Points]:
    if rng.random() < 0.5:  # noqa: PLR2004  # heads or tails
        face = _mirrored(face)
    matrix = _disturbed(np.array(_seen(face.landmarks, rng)).reshape(2, 3), rng)
    crop = cv2.warpAffine(face.picture, matrix, (CROP_SIZE, CROP_SIZE), borderMode=cv2.BORDER_REPLICATE)
    return _worse(np.asarray(crop, np.uint8), rng), face.landmarks @ matrix[:, :2].T + matrix[:, 2] + 0.5


def _mirrored(face: Marked) -> Marked:
    swapped = face.landmarks[[1, 0, 2, 4, 3]]
    swapped = np.column_stack([face.picture.shape[1] - 1 - swapped[:, 0], swapped[:, 1]])
    return Marked(np.ascontiguousarray(face.picture[:, ::-1]), swapped)


def _seen(landmarks: Points, rng: np.random.Generator) -> tuple[float, ...]:
    """The transform to the crop from landmarks that are off, each for itself."""
    eyes = np.linalg.norm(landmarks - landmarks.mean(axis=0), axis=1).mean() * _EYES_PER_SPREAD
    error = eyes * ERROR * rng.uniform(0.3, 1.5)
    return tuple(to_crop(align((landmarks + rng.normal(size=(5, 2)) * error).tolist())))


def _disturbed(matrix: Points, rng: np.random.Generator) -> Points:
    """Turned, scaled and shifted a little: what all five landmarks get wrong together."""
    angle, scale = rng.normal() * ERROR * 1.2, np.exp(rng.normal() * ERROR * 0.9)
    shift = rng.normal(size=2) * ERROR * 0.3 * CROP_SIZE
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    middle = CROP_SIZE / 2 - 0.5
    return np.column_stack([turn @ matrix[:, :2], turn @ (matrix[:, 2] - middle) + middle + shift])


def _worse(crop: Picture, rng: np.random.Generator) -> Picture:
    """Coarser or blurred, with other light, noise, and now and then something before the face."""
    chance = rng.random()
    if chance < 0.4:  # noqa: PLR2004  # a number of the recipe, named by its line
        side = int(rng.uniform(0.3, 0.9) * CROP_SIZE)
        small = cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA)
        crop = np.asarray(cv2.resize(small, (CROP_SIZE, CROP_SIZE)), np.uint8)
    elif chance < 0.5:  # noqa: PLR2004  # a number of the recipe, named by its line
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), rng.uniform(0.4, 1.2)), np.uint8)
    ramp = np.linspace(-1, 1, CROP_SIZE)
    light = 1 + rng.normal() * 0.15 * ramp[None, :, None] + rng.normal() * 0.1 * ramp[:, None, None]
    pixels = crop * light
    pixels = (pixels - pixels.mean()) * np.exp(rng.normal() * 0.3) + pixels.mean() + rng.normal() * 25
    pixels += rng.normal(size=pixels.shape) * abs(rng.normal()) * 4
    if rng.random() < 0.15:  # noqa: PLR2004  # a number of the recipe, named by its line
        width, height = rng.integers(CROP_SIZE // 8, CROP_SIZE // 2, 2)
        x, y = rng.integers(0, CROP_SIZE - width), rng.integers(0, CROP_SIZE - height)
        pixels[y : y + height, x : x + width] = rng.uniform(0, 255, 3)
    return np.asarray(pixels.clip(0, 255), np.uint8)
