"""Tensors of a request and an answer: as JSON, or as bytes behind the JSON (the binary tensor data extension)."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from serving.batching import Item
from serving.inference.datatypes import DATATYPES, datatype_of, datatype_of_array
from serving.inference.messages import InferRequest, InputTensor
from serving.session import ModelInfo, TensorSpec
from web.problems import InvalidRequestError, MalformedRequestError

MAX_ITEMS = 256


def read_tensors(request: InferRequest, binary: bytes, info: ModelInfo) -> list[Item]:
    """The items of a request, one per row of the batch. Raises InvalidRequestError, MalformedRequestError."""
    given, offset = {}, 0
    for tensor in request.inputs:
        size = tensor.parameters.binary_data_size
        if size is not None and offset + size > len(binary):
            raise MalformedRequestError(
                f"{tensor.name}: fewer bytes follow the JSON than binary_data_size says"
            )
        given[tensor.name] = _array(tensor, None if size is None else binary[offset : offset + size])
        offset += size or 0
    if offset != len(binary):
        raise MalformedRequestError(f"{len(binary) - offset} bytes follow the JSON that belong to no input")
    expected = {spec.name: spec for spec in info.inputs}
    if set(given) != set(expected) or len(given) != len(request.inputs):
        raise InvalidRequestError(
            f"the inputs are {', '.join(expected)}, each once, not {', '.join(given) or 'none'}"
        )
    for name, spec in expected.items():
        _check(given[name], spec)
    return _items(given)


def write_tensors(
    outputs: Sequence[Item], request: InferRequest, info: ModelInfo
) -> tuple[list[dict[str, Any]], list[bytes]]:
    """The answer's output entries, and the bytes that follow the JSON. Raises InvalidRequestError."""
    binary = {o.name: o.parameters.binary_data for o in request.outputs} or dict.fromkeys(outputs[0])
    unknown = [name for name in binary if name not in outputs[0]]
    if unknown:
        names = ", ".join(spec.name for spec in info.outputs)
        raise InvalidRequestError(f"there is no output {unknown[0]!r}; there are {names}")
    entries: list[dict[str, Any]] = []
    blobs: list[bytes] = []
    for name, wanted in binary.items():
        array = np.stack([output[name] for output in outputs])
        entry: dict[str, Any] = {
            "name": name,
            "datatype": datatype_of_array(array.dtype),
            "shape": list(array.shape),
        }
        if request.parameters.binary_data_output if wanted is None else wanted:
            blobs.append(array.astype(DATATYPES[entry["datatype"]]).tobytes())
            entry["parameters"] = {"binary_data_size": len(blobs[-1])}
        else:
            entry["data"] = array.ravel().tolist()
        entries.append(entry)
    return entries, blobs


def split_body(body: bytes, json_length: str | None) -> tuple[bytes, bytes]:
    """The JSON and what follows it; `json_length` is the header Inference-Header-Content-Length."""
    if json_length is None:
        return body, b""
    if not json_length.isdigit() or int(json_length) > len(body):
        raise MalformedRequestError("Inference-Header-Content-Length is not a length within the body")
    return body[: int(json_length)], body[int(json_length) :]


def as_json(message: Mapping[str, Any]) -> bytes:
    """Compact JSON. Raises ValueError for numbers that JSON has no word for."""
    return json.dumps(message, allow_nan=False, separators=(",", ":")).encode()


def _array(tensor: InputTensor, binary: bytes | None) -> NDArray[Any]:
    dtype = DATATYPES.get(tensor.datatype)
    if dtype is None:
        raise InvalidRequestError(
            f"{tensor.name}: datatype {tensor.datatype!r} is none of {', '.join(DATATYPES)}"
        )
    if (binary is None) == (tensor.data is None):
        raise InvalidRequestError(f"{tensor.name}: send either data or binary_data_size")
    try:
        flat = np.array(tensor.data).ravel() if binary is None else np.frombuffer(binary, dtype)
        if binary is None and flat.size:
            flat = _as_type(flat, dtype)
        return flat.astype(dtype, copy=False).reshape(tensor.shape)
    except (ValueError, TypeError, OverflowError) as error:
        raise InvalidRequestError(
            f"{tensor.name}: the data is not {tensor.datatype} of shape {tensor.shape}"
        ) from error


def _as_type(flat: NDArray[Any], dtype: np.dtype[Any]) -> NDArray[Any]:
    """Numbers of JSON as a type that holds them: 300 is no UINT8, 0.5 no integer."""
    typed = flat.astype(dtype)
    if dtype.kind != "f" and not (typed == flat).all():
        raise ValueError("a value does not fit")
    return typed


def _check(array: NDArray[Any], spec: TensorSpec) -> None:
    datatype = datatype_of(spec.type)
    expected = [length if isinstance(length, int) else -1 for length in spec.shape]
    fits = array.ndim == len(expected) and all(
        e in (-1, n) for e, n in zip(expected[1:], array.shape[1:], strict=True)
    )
    if not fits or datatype_of_array(array.dtype) != datatype:
        raise InvalidRequestError(
            f"{spec.name} is {datatype} of shape {expected}, not {datatype_of_array(array.dtype)} of {list(array.shape)}"
        )


def _items(given: Mapping[str, NDArray[Any]]) -> list[Item]:
    counts = {array.shape[0] for array in given.values()}
    if len(counts) != 1 or not 1 <= min(counts) <= MAX_ITEMS:
        raise InvalidRequestError(f"all inputs have the same first dimension, 1 to {MAX_ITEMS}")
    return [{name: array[i] for name, array in given.items()} for i in range(counts.pop())]
