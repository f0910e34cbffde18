"""Where addresses lead: local files, object stores by Arrow's own clients, everything else by fsspec."""

import os
from functools import cache

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


@cache
def _object_store(scheme: str, bucket: str) -> ArrowFSWrapper:
    """Signed in as the environment says (AWS_PROFILE, AWS_ENDPOINT_URL, GOOGLE_APPLICATION_CREDENTIALS...)."""
    endpoint = os.environ.get("AWS_ENDPOINT_URL")
    if scheme == "s3" and endpoint:  # Arrow's client does not look for it
        return ArrowFSWrapper(arrow.S3FileSystem(endpoint_override=endpoint))
    return ArrowFSWrapper(arrow.FileSystem.from_uri(f"{scheme}://{bucket}")[0])
