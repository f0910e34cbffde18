"""Read the tensors of a torch checkpoint without torch, and without running any code that a pickle may carry."""

import pickle
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_STORAGES = {"FloatStorage": np.float32, "HalfStorage": np.float16, "LongStorage": np.int64}


def read_checkpoint(path: Path) -> Any:
    """The object that `torch.save` wrote (zip format), tensors as numpy arrays.

    Raises pickle.UnpicklingError when it holds anything but containers, numbers, text and dense tensors.
    """
    with zipfile.ZipFile(path) as archive:
        (index,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        root = index.removesuffix("data.pkl")
        with archive.open(index) as file:
            return TensorUnpickler(file, lambda key: archive.read(f"{root}data/{key}")).load()


class TensorUnpickler(pickle.Unpickler):
    """Builds tensors from storages that `read` brings by key; refuses all else that a pickle can name."""

    def __init__(self, file: Any, read: Callable[[str], bytes]) -> None:
        super().__init__(file)
        self._read = read

    def find_class(self, module: str, name: str) -> Any:
        """Only what a dense tensor needs; everything else is refused."""
        if (module, name) == ("torch._utils", "_rebuild_tensor_v2"):
            return _rebuild
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch" and name in _STORAGES:
            return _STORAGES[name]
        raise pickle.UnpicklingError(f"the checkpoint holds {module}.{name}, which is not a tensor")

    def persistent_load(self, pid: Any) -> NDArray[np.generic]:
        """A storage: ("storage", dtype, key, device, count)."""
        _, dtype, key, _, count = pid
        return np.frombuffer(self._read(key), dtype, count)


def _rebuild(
    storage: NDArray[np.generic], offset: int, shape: Sequence[int], strides: Sequence[int], *_: object
) -> NDArray[np.generic]:
    """A tensor's view of its storage; strides count elements."""
    steps = [stride * storage.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(storage[offset:], shape, steps).copy()
