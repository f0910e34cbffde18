"""Prints and screens made from pictures: what a camera would see of them, roughly. No recording, but something that must fall."""

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

_PAPER = np.array([236.0, 232.0, 224.0])
_BEZEL = (18, 18, 20)


def printed(photo: Picture, seed: int) -> Picture:
    """The photo, uint8 (h, w, 3) RGB, on a bent sheet with a white border: less contrast, a halftone, paper's grain."""
    rng = np.random.default_rng(seed)
    height, width = photo.shape[:2]
    ink = photo.astype(np.float64) * 0.72 + 46
    ys, xs = np.mgrid[:height, :width]
    dots = np.sin(xs * 2.1) * np.sin(ys * 2.1) * 9
    sheet = ink + dots[..., None] + rng.normal(0, 4, (height, width, 1))
    margin = max(4, height // 12)
    sheet[:margin] = sheet[-margin:] = _PAPER
    sheet[:, :margin] = sheet[:, -margin:] = _PAPER
    bend = height * 0.03 * np.sin(np.pi * xs / width)
    light = 1 - 0.22 * xs / width
    bent = cv2.remap(
        np.clip(sheet, 0, 255).astype(np.uint8),
        xs.astype(np.float32),
        (ys + bend).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(np.clip(bent * light[..., None], 0, 255), np.uint8)


def on_screen(photo: Picture, seed: int) -> Picture:
    """The photo on a screen with a dark frame: pixel rows, a moire where they meet the camera's, a blue cast, a reflection."""
    rng = np.random.default_rng(seed)
    height, width = photo.shape[:2]
    ys, xs = np.mgrid[:height, :width]
    rows = 1 + 0.10 * np.sin(ys * np.pi * 0.97) + 0.07 * np.sin((xs + ys * 0.1) * np.pi * 0.93)
    moire = 1 + 0.08 * np.sin((xs * 0.06 + ys * 0.11) + rng.uniform(0, 6))
    glow = photo.astype(np.float64) * np.array([0.92, 0.98, 1.10]) * (rows * moire)[..., None] + 14
    glare = 60 * np.exp(
        -(((xs - width * 0.75) / (width * 0.18)) ** 2 + ((ys - height * 0.2) / (height * 0.12)) ** 2)
    )
    screen = np.clip(glow + glare[..., None], 0, 255).astype(np.uint8)
    margin = max(4, height // 10)
    framed = cv2.copyMakeBorder(screen, margin, margin, margin, margin, cv2.BORDER_CONSTANT, value=_BEZEL)
    return np.asarray(cv2.resize(framed, (width, height), interpolation=cv2.INTER_AREA), np.uint8)


def webcam(photo: Picture, seed: int) -> Picture:
    """The photo as a cheap camera in a room would take it: 480 rows, noise, a soft lens, strong compression."""
    rng = np.random.default_rng(seed)
    scale = 480 / photo.shape[0]
    grown = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_LINEAR)
    noisy = cv2.GaussianBlur(grown, (0, 0), 0.8) * 0.9 + rng.normal(0, 5, grown.shape)
    _, data = cv2.imencode(".jpg", np.clip(noisy, 0, 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, 60])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
