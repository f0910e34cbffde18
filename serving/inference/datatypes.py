"""The protocol's names of tensor types, numpy's, and onnxruntime's."""

from typing import Any

import numpy as np

# Open Inference Protocol v2, "Tensor Data Types"; text is not among them: no model of ours takes or gives any.
DATATYPES: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("?"),
    "UINT8": np.dtype("u1"),
    "UINT16": np.dtype("<u2"),
    "UINT32": np.dtype("<u4"),
    "UINT64": np.dtype("<u8"),
    "INT8": np.dtype("i1"),
    "INT16": np.dtype("<i2"),
    "INT32": np.dtype("<i4"),
    "INT64": np.dtype("<i8"),
    "FP16": np.dtype("<f2"),
    "FP32": np.dtype("<f4"),
    "FP64": np.dtype("<f8"),
}
_SPELLED = {"bool": "BOOL", "float16": "FP16", "float": "FP32", "double": "FP64"}


def datatype_of(onnx_type: str) -> str:
    """The protocol's name of a graph's tensor type: tensor(uint8) -> UINT8."""
    inner = onnx_type.removeprefix("tensor(").removesuffix(")")
    return _SPELLED.get(inner, inner.upper())


def datatype_of_array(dtype: np.dtype[Any]) -> str:
    """The protocol's name of an array's type."""
    return next(name for name, known in DATATYPES.items() if known == dtype.newbyteorder("<"))
