"""Read an MXNet checkpoint (`.params` and `-symbol.json`) without MXNet."""

import json
import struct
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_LIST_MAGIC, _ARRAY_MAGIC = (
    0x112,
    0xF993FAC9,
)  # src/ndarray/ndarray.cc: kMXAPINDArrayListMagic, NDARRAY_V2_MAGIC
_FLOAT32 = 0


@dataclass(frozen=True)
class Symbol:
    """One operator or variable (`null`) of the network."""

    operator: str
    name: str
    attributes: dict[str, str]
    inputs: tuple[int, ...]
    """Places in the list of symbols."""


def read_symbols(path: Path) -> list[Symbol]:
    """The network, every symbol after its inputs."""
    nodes = json.loads(path.read_text())["nodes"]
    return [
        Symbol(node["op"], node["name"], node.get("attrs", {}), tuple(entry[0] for entry in node["inputs"]))
        for node in nodes
    ]


def read_params(path: Path) -> dict[str, NDArray[np.float32]]:
    """The arrays by name, without the prefixes `arg:` and `aux:`. Raises ValueError for any other kind of file."""
    data = path.read_bytes()
    magic, _, count = struct.unpack_from("<QQQ", data)
    if magic != _LIST_MAGIC:
        raise ValueError(f"{path.name} is no list of MXNet arrays")
    offset, arrays = 24, []
    for _ in range(count):
        array, offset = _array(data, offset)
        arrays.append(array)
    names, offset = [], offset + 8
    for _ in range(count):
        (length,) = struct.unpack_from("<Q", data, offset)
        names.append(data[offset + 8 : offset + 8 + length].decode())
        offset += 8 + length
    return {name.partition(":")[2]: array for name, array in zip(names, arrays, strict=True)}


def _array(data: bytes, offset: int) -> tuple[NDArray[np.float32], int]:
    """A dense float32 array: magic, storage type, shape (int64 each), device, element type, values."""
    magic, storage, rank = struct.unpack_from("<IiI", data, offset)
    shape = struct.unpack_from(f"<{rank}q", data, offset + 12)
    offset += 12 + 8 * rank
    _, _, kind = struct.unpack_from("<iii", data, offset)
    if (magic, storage, kind) != (_ARRAY_MAGIC, 0, _FLOAT32):
        raise ValueError("only dense float32 arrays are read")
    count = int(np.prod(shape))
    values = np.frombuffer(data, np.float32, count, offset + 12).reshape(shape)
    return values, offset + 12 + 4 * count
