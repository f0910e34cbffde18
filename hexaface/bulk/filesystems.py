"""Where addresses lead: local files, object stores by Arrow's own clients, everything else by fsspec."""

import os
from functools import cache
from pathlib import PurePosixPath
from typing import Any

import fsspec
from fsspec.implementations.arrow import ArrowFSWrapper
from fsspec.implementations.local import LocalFileSystem
from pyarrow import fs as arrow

_OBJECT_STORES = ("s3", "gs", "gcs")


def locate(address: str) -> tuple[fsspec.AbstractFileSystem, str]:
    """The file system of an address, and the path in it. Raises ValueError, ImportError for a scheme that nobody knows."""
    scheme, separator, rest = address.partition("://")
    if not separator:
        return LocalFileSystem(), os.path.abspath(address)  # noqa: PTH100  # a link stays a link
    if scheme in _OBJECT_STORES:
        return _object_store(scheme, rest.partition("/")[0]), rest
    system, path = fsspec.url_to_fs(address)
    return system, str(path)


def address_of(system: fsspec.AbstractFileSystem, path: str) -> str:
    """The address that leads to a path; a local one is the path itself."""
    return path if isinstance(system, LocalFileSystem) else str(system.unstrip_protocol(path))


class _ObjectStore(ArrowFSWrapper):  # type: ignore[misc]  # fsspec has no types
    """An object store, which knows objects by their whole names and need not know of folders."""

    @property
    def protocol(self) -> str:
        name = str(self.fs.type_name)
        return {"gcs": "gs"}.get(name, name)

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return path.rstrip("/")  # `locate` took the protocol away, and a name may look like an address

    def find(
        self, path: str, maxdepth: int | None = None, withdirs: bool = False, detail: bool = False, **_: Any
    ) -> Any:
        """All objects below a path, by one listing: walking from folder to folder misses those that are nowhere listed."""
        path = path.strip("/")
        listing = self.fs.get_file_info(arrow.FileSelector(path, recursive=True, allow_not_found=True))
        found = {info.path: "file" for info in listing if info.is_file}
        if withdirs:
            found |= {str(folder): "directory" for name in found for folder in PurePosixPath(name).parents}
        start = path.count("/") + 1 if path else 0
        kept = {
            name: {"name": name, "type": kind}
            for name, kind in sorted(found.items())
            if name.startswith(f"{path}/") and (maxdepth is None or name.count("/") - start < maxdepth)
        }
        return kept if detail else list(kept)


@cache
def _object_store(scheme: str, bucket: str) -> ArrowFSWrapper:
    """Signed in as the environment says (AWS_PROFILE, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS...)."""
    # Arrow's clients do not look for these two.
    if scheme == "s3" and (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        return _ObjectStore(arrow.S3FileSystem(endpoint_override=endpoint))
    if scheme != "s3" and (emulator := os.environ.get("STORAGE_EMULATOR_HOST")):
        protocol, _, host = emulator.rstrip("/").rpartition("://")
        store = arrow.GcsFileSystem(anonymous=True, scheme=protocol or "http", endpoint_override=host)
        return _ObjectStore(store)
    return _ObjectStore(arrow.FileSystem.from_uri(f"{scheme}://{bucket}")[0])
