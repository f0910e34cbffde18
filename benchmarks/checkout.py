"""Another version of the product beside this one: its files of a git reference, in a folder of their own."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def checkout(reference: str) -> Iterator[Path]:
    """The tree of a commit, tag or branch; gone at the end. It runs in this environment, with these packages."""
    found = subprocess.run(["git", "archive", reference], cwd=ROOT, check=True, capture_output=True)
    with tempfile.TemporaryDirectory(prefix="hexaface-base-") as folder:
        subprocess.run(["tar", "--extract", "--directory", folder], input=found.stdout, check=True)
        yield Path(folder)
