"""Environments outside the checkout with one wheel or both in them.

By default the wheels are built here and what they depend on is borrowed from the tests' own environment (a path file, which
does not bring the checkout along). `make test-wheels` installs them with all their dependencies from the package index.
"""

import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.paths import ROOT

_BUILT = os.environ.get("HEXAFACE_TEST_WHEELS")


@pytest.fixture(scope="session")
def wheels(tmp_path_factory):
    """The two wheels: the client's and the server's."""
    folder = ROOT / _BUILT if _BUILT else tmp_path_factory.mktemp("wheels")
    if not _BUILT:
        subprocess.run([sys.executable, ROOT / "deploy" / "wheels", folder], check=True)
    return [next(folder.glob(f"{name}-*.whl")) for name in ("hexaface", "hexaface_server")]


@pytest.fixture(scope="session")
def client_only(wheels, tmp_path_factory):
    """An environment with the client's wheel; its programs' folder."""
    return _environment(tmp_path_factory.mktemp("client"), wheels[:1])


@pytest.fixture(scope="session")
def both(wheels, tmp_path_factory):
    """An environment with both."""
    return _environment(tmp_path_factory.mktemp("server"), wheels)


def _environment(folder: Path, wheels: list[Path]) -> Path:
    # At its own path and not behind a link: a link into the tests' environment would bring its packages, ours too.
    venv.create(folder, with_pip=bool(_BUILT), symlinks=True)
    python = folder / "bin" / "python"
    if _BUILT:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *wheels], check=True)
        return folder / "bin"
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps", *wheels],
        check=True,
    )
    packages = next(folder.glob("lib/python*/site-packages"))
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder / "bin"
