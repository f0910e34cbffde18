"""Weights of public repositories that no package registry has: files in a folder, checked by their SHA-256."""

import os
from dataclasses import dataclass
from pathlib import Path

from export.packages import FetchError, digest


@dataclass(frozen=True)
class RepositoryFile:
    """`path` of the GitHub repository `name` at `commit`; `sha256` is the file's own digest, in hex."""

    name: str
    commit: str
    path: str
    sha256: str
    kept: str = ""
    """Its name in the folder, where that is another than in the repository."""

    @property
    def source(self) -> str:
        """For people and metadata."""
        return f"github {self.name} @ {self.commit} : {self.path}"

    def find(self) -> Path:
        """The file in the folder of `HEXAFACE_WEIGHTS` (default: ../shared/weights beside the checkout). Raises FetchError."""
        default = Path(__file__).resolve().parents[2] / "shared" / "weights"
        path = Path(os.environ.get("HEXAFACE_WEIGHTS", default)) / (self.kept or Path(self.path).name)
        if not path.exists():
            raise FetchError(f"{path} is missing: fetch {self.source} and set HEXAFACE_WEIGHTS to its folder")
        found = digest(path)
        if found != self.sha256:
            raise FetchError(f"{path} has SHA-256 {found}, not the pinned {self.sha256}")
        return path
