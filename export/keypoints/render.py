"""Render a photographed face on the canonical mesh at any pose: pictures whose pose is known."""

import cv2
import numpy as np
from numpy.typing import NDArray


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

    `texture` (n, 2) are the vertices' places in `photo`, `projected` (n, 3) in the picture, with depth: a z-buffer.
    """
    size = background.shape[0]
    depth = np.full((size, size), np.inf)
    source = np.full((size, size, 2), -1.0, np.float32)
    for triangle in triangles:
        _fill(projected[triangle], texture[triangle], depth, source)
    painted = cv2.remap(
        photo, source[..., 0], source[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.where(np.isfinite(depth)[..., None], painted, background).astype(np.uint8)


def _fill(
    corners: NDArray[np.float64],
    texture: NDArray[np.float64],
    depth: NDArray[np.float64],
    source: NDArray[np.float32],
) -> None:
    size = depth.shape[0]
    x0, y0 = np.clip(np.floor(corners[:, :2].min(axis=0)), 0, size - 1).astype(int)
    x1, y1 = np.clip(np.ceil(corners[:, :2].max(axis=0)), 0, size - 1).astype(int)
    xs, ys = np.meshgrid(np.arange(x0, x1 + 1), np.arange(y0, y1 + 1))
    (ax, ay), (bx, by), (cx, cy) = corners[:, :2]
    area = (by - cy) * (ax - cx) + (cx - bx) * (ay - cy)
    if abs(area) < 1e-9:  # noqa: PLR2004  # seen edge-on
        return
    a = ((by - cy) * (xs - cx) + (cx - bx) * (ys - cy)) / area
    b = ((cy - ay) * (xs - cx) + (ax - cx) * (ys - cy)) / area
    weights = np.stack([a, b, 1 - a - b], axis=-1)
    z = weights @ corners[:, 2]
    block = (slice(y0, y1 + 1), slice(x0, x1 + 1))
    # a point on the edge between two triangles belongs to both
    seen = (weights >= -1e-6).all(axis=-1) & (z < depth[block])  # noqa: PLR2004  # rounding at a triangle's edge
    depth[block][seen] = z[seen]
    source[block][seen] = (weights @ texture)[seen]
