"""Render a photographed face on the canonical mesh at any pose: pictures whose pose is known."""

import cv2
import numpy as np
from numpy.typing import NDArray

_SUBPIXEL_BITS = 4
_SUBPIXELS = 1 << _SUBPIXEL_BITS


def project(
    vertices: NDArray[np.float64], rotation: NDArray[np.float64], distance: float, focal: float, size: int
) -> NDArray[np.float64]:
    """Vertices (n, 3) in centimetres -> (n, 3): x, y in pixels and depth, for a head `distance` before the camera."""
    camera = vertices @ rotation.T + (0.0, 0.0, distance)
    centre = (size - 1) / 2
    return np.column_stack([focal * camera[:, :2] / camera[:, 2:] + centre, camera[:, 2]])


def render(
    photo: NDArray[np.uint8],
    texture: NDArray[np.float64],
    projected: NDArray[np.float64],
    triangles: NDArray[np.int64],
    background: NDArray[np.uint8],
) -> NDArray[np.uint8]:
    """Paint the mesh over `background`, uint8 (size, size, 3).

    `texture` (n, 2) are the vertices' places in `photo`, `projected` (n, 3) in the picture, with depth.
    """
    size = background.shape[0]
    owner = _owners(projected, triangles, size)
    ys, xs = np.nonzero(owner >= 0)
    corners = projected[triangles[owner[ys, xs]]][..., :2]
    weights = _barycentric(corners, np.column_stack([xs, ys]))
    places = np.einsum("nk,nkd->nd", weights, texture[triangles[owner[ys, xs]]])
    source = np.zeros((size, size, 2), np.float32)
    source[ys, xs] = places
    painted = cv2.remap(
        photo, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.where((owner >= 0)[..., None], painted, background).astype(np.uint8)


def _owners(projected: NDArray[np.float64], triangles: NDArray[np.int64], size: int) -> NDArray[np.int32]:
    """For each pixel the triangle that is seen there, or -1: painted from the farthest to the nearest."""
    owner = np.full((size, size), -1, np.int32)
    corners = np.round(projected[triangles][..., :2] * _SUBPIXELS).astype(np.int32)
    for index in np.argsort(-projected[triangles][..., 2].mean(axis=1)):
        cv2.fillConvexPoly(owner, corners[index], int(index), shift=_SUBPIXEL_BITS)
    return owner


def _barycentric(corners: NDArray[np.float64], places: NDArray[np.int64]) -> NDArray[np.float64]:
    """The weights (n, 3) of triangles' corners (n, 3, 2) at places (n, 2)."""
    (ax, ay), (bx, by), (cx, cy) = np.moveaxis(corners, 0, -1)
    x, y = places.T
    area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
    area = np.where(np.abs(area) < 1e-9, 1e-9, area)  # noqa: PLR2004  # seen edge-on
    a = ((by - cy) * (x - cx) + (cx - bx) * (y - cy)) / area
    b = ((cy - ay) * (x - cx) + (ax - cx) * (y - cy)) / area
    # a pixel on a triangle's edge may have its centre just outside
    weights = np.clip(np.stack([a, b, 1 - a - b], axis=-1), 0, 1)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float64)
