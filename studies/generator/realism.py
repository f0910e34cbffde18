"""How real drawn faces look to the product: the share it finds, Frechet distances, and the nearest training faces."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.chips import CHIP_SIZE
from contracts.detection import DetectReply
from export.faces import subject_chip

Pictures = NDArray[np.uint8]
Floats = NDArray[np.float64]
Detect = Callable[[Iterable[bytes]], list[DetectReply]]
"""Encoded pictures -> the detector service's answers; `export.faces.detect_all`."""

_CELLS, _DIRECTIONS = 4, 9


@dataclass(frozen=True)
class Seen:
    """What the product saw of a set of pictures."""

    found: NDArray[np.bool_]
    """(n,): whether a face was found in the picture."""
    chips: Pictures
    """uint8 (found, 256, 256, 3)."""


def look(pictures: Iterable[Pictures], detect: Detect) -> Seen:
    """Detect and align pictures uint8 (64, 64, 3) as a client's PNGs; real faces must go the same way."""
    chips = [subject_chip(reply) for reply in detect(png(picture) for picture in pictures)]
    found = np.array([chip is not None for chip in chips], np.bool_)
    kept = [chip for chip in chips if chip is not None]
    return Seen(found, np.stack(kept) if kept else np.zeros((0, CHIP_SIZE, CHIP_SIZE, 3), np.uint8))


def png(picture: Pictures) -> bytes:
    """An RGB picture as a PNG file."""
    return cv2.imencode(".png", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))[1].tobytes()


def fixed_features(chips: Pictures) -> Floats:
    """Hand-made features, float64 (n, 192): no training data can favour one generator.

    144 are histograms of gradient directions (after Dalal & Triggs, CVPR 2005: 4x4 cells of the 64-pixel face, 9
    unsigned directions, each cell at norm 1), 48 the 4x4 colour layout in 0..1.
    """
    rows = []
    for chip in chips:
        small = np.asarray(cv2.resize(chip[16:240, 16:240], (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
        colours = cv2.resize(small, (_CELLS, _CELLS), interpolation=cv2.INTER_AREA).reshape(-1) / 255.0
        rows.append(np.concatenate([_directions(small), colours]))
    return np.array(rows, np.float64).reshape(len(chips), 3 * _CELLS**2 + _DIRECTIONS * _CELLS**2)


def _directions(face: Pictures) -> Floats:
    """Histograms of gradient directions, float64 (144,), of a face uint8 (64, 64, 3)."""
    down, right = np.gradient(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY).astype(np.float64))
    turn = np.arctan2(down, right) % np.pi / np.pi
    direction = np.minimum((turn * _DIRECTIONS).astype(int), _DIRECTIONS - 1)
    row, column = np.indices(direction.shape) * _CELLS // face.shape[0]
    place = (row * _CELLS + column) * _DIRECTIONS + direction
    total = np.bincount(place.ravel(), np.hypot(down, right).ravel(), _CELLS**2 * _DIRECTIONS)
    cells = total.reshape(_CELLS**2, _DIRECTIONS)
    return np.asarray(cells / (np.linalg.norm(cells, axis=1, keepdims=True) + 1.0), np.float64).ravel()


def frechet(a: Floats, b: Floats) -> float:
    """Frechet distance between normal distributions fitted to two sets of features (n, d) and (m, d).

    |mean a - mean b|^2 + tr(A + B - 2 (A B)^1/2), Heusel et al., arXiv:1706.08500. The trace of the root is the sum of
    the roots of the eigenvalues of A^1/2 B A^1/2, which is symmetric. It grows with fewer samples: compare equal counts.
    """
    covariance_a, covariance_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    values, vectors = np.linalg.eigh(covariance_a)
    root = (vectors * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    mixed = np.linalg.eigvalsh(root @ covariance_b @ root)
    cross = np.sqrt(np.clip(mixed, 0, None)).sum()
    shift = float(((a.mean(0) - b.mean(0)) ** 2).sum())
    return float(shift + np.trace(covariance_a) + np.trace(covariance_b) - 2 * cross)


def nearest(picture: Pictures, training: Pictures, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """The `count` training faces nearest to a picture uint8 (64, 64, 3), or to its mirror image, the nearest first.

    Distances are root mean squares in grey levels, float64 (count,); the places (count,) are those in `training`.
    """
    flat = training.reshape(len(training), -1).astype(np.float32)
    norms = (flat**2).sum(1)
    squares = np.minimum(*(_squares(flat, norms, view) for view in (picture, picture[:, ::-1])))
    places = np.argsort(squares, kind="stable")[:count]
    return np.sqrt(np.maximum(squares[places], 0).astype(np.float64) / flat.shape[1]), places


def _squares(flat: NDArray[np.float32], norms: NDArray[np.float32], picture: Pictures) -> NDArray[np.float32]:
    query = picture.reshape(-1).astype(np.float32)
    distances: NDArray[np.float32] = norms - 2 * flat @ query + (query**2).sum()
    return distances
