"""Pictures made worse on purpose: smaller, blurred, tilted."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

# Shorter side of the face, pixels; standard deviation of the blur, pixels of a face of 90; degrees in the picture's plane.
SIDES = (80, 60, 48, 40, 32, 24, 16)
BLURS = (1, 2, 3, 4, 6)
TILTS = (15, 30, 45, 60, 90)
_BLURRED_SIDE = 90


@dataclass(frozen=True)
class Worsening:
    """One way to spoil a picture, given the face's shorter side in it."""

    name: str
    apply: Callable[[Picture, float], Picture]


def worsenings() -> list[Worsening]:
    """Every way and degree."""
    return [
        *(Worsening(f"{side} pixels", partial(_shrunk, side)) for side in SIDES),
        *(Worsening(f"blur {sigma}", partial(_blurred, sigma)) for sigma in BLURS),
        *(Worsening(f"tilt {degrees}", partial(_tilted, degrees)) for degrees in TILTS),
    ]


def _shrunk(side: float, photo: Picture, face: float) -> Picture:
    return shrink(photo, side / face)


def _blurred(sigma: float, photo: Picture, face: float) -> Picture:
    return blur(photo, sigma * face / _BLURRED_SIDE)


def _tilted(degrees: float, photo: Picture, _: float) -> Picture:
    return tilt(photo, degrees)


def shrink(photo: Picture, factor: float) -> Picture:
    """Area averaging to `factor` of the size; nothing is enlarged."""
    if factor >= 1:
        return photo
    return np.asarray(cv2.resize(photo, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA), np.uint8)


def blur(photo: Picture, sigma: float) -> Picture:
    """Gaussian blur, `sigma` in pixels."""
    return np.asarray(cv2.GaussianBlur(photo, (0, 0), sigma), np.uint8)


def tilt(photo: Picture, degrees: float) -> Picture:
    """Rotation about the middle; what comes in from outside repeats the edge."""
    height, width = photo.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1)
    return np.asarray(cv2.warpAffine(photo, turn, (width, height), borderMode=cv2.BORDER_REPLICATE), np.uint8)


def encoded(photo: Picture) -> bytes:
    """A JPEG of high quality, as cameras write them. `photo` is RGB."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(photo, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 95])
    return data.tobytes()
