"""Read a checkpoint of torch before 1.6 (one stream of pickles, then the raw storages) without torch."""

from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from export.onnx_tools.torch_file import TensorUnpickler

_HEADERS = 3  # magic number, protocol, system


def read_legacy_checkpoint(path: Path) -> Any:
    """The object that `torch.save` wrote, tensors as numpy arrays; refuses anything but tensors and containers."""
    with path.open("rb") as file:
        for _ in range(_HEADERS):
            _Unpickler(file, {}).load()
        start = file.tell()
        first = _Unpickler(file, {})
        first.load()
        keys = _Unpickler(file, {}).load()
        storages = {key: _read_storage(file, first.dtypes[key]) for key in keys}
        file.seek(start)
        return _Unpickler(file, storages).load()


def _read_storage(file: BinaryIO, dtype: type[np.generic]) -> NDArray[np.generic]:
    count = int(np.frombuffer(file.read(8), "<i8")[0])
    return np.frombuffer(file.read(count * np.dtype(dtype).itemsize), dtype)


class _Unpickler(TensorUnpickler):
    """On the first pass storages are blank and only their types are noted; on the second they are given."""

    def __init__(self, file: BinaryIO, storages: dict[str, NDArray[np.generic]]) -> None:
        super().__init__(file, lambda key: storages[key].tobytes())
        self._storages = storages
        self.dtypes: dict[str, type[np.generic]] = {}

    def persistent_load(self, pid: Any) -> NDArray[np.generic]:
        """("storage", dtype, key, device, count, view)."""
        _, dtype, key, _, count, *_ = pid
        self.dtypes[key] = dtype
        return self._storages.get(key, np.zeros(count, dtype))
