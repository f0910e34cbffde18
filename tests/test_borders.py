"""Every border of pyproject.toml's import-linter configuration stops what it is there to stop."""

import shutil
import subprocess
import sys
import tomllib

import pytest

from tests.paths import ROOT

CONFIGURATION = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
# Contract -> a module that must not be written, and what it imports.
BREACHES = {
    "layers": ("web/rogue.py", "import serving.session"),
    "services": ("services/emotion/rogue.py", "import services.embedder.model"),
    "gateway": ("gateway/stores/rogue.py", "import numpy"),
    "client": ("hexaface/client/rogue.py", "import web.problems"),
    "portal": ("portal/rogue.py", "import hexaface.embedded.process"),
    "root": ("hexaface/commands/rogue.py", "import gateway.app"),
    "grouping": ("hexaface/grouping/rogue.py", "import services.embedder.model"),
    "bulk": ("hexaface/bulk/rogue.py", "import services.embedder.app"),
    "torch": ("serving/rogue.py", "import torch"),
    "studies": ("benchmarks/rogue.py", "import studies.arcface.loss"),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The packages and their configuration in a folder that may be spoiled."""
    folder = tmp_path_factory.mktemp("borders")
    shutil.copy(ROOT / "pyproject.toml", folder)
    for package in CONFIGURATION["root_packages"]:
        ignored = shutil.ignore_patterns("__pycache__", "static", "*.png", "*.js")
        shutil.copytree(ROOT / package, folder / package, ignore=ignored)
    return folder


def lint(folder, contract):
    command = [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()"]
    command += ["--no-cache", "--contract", contract]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_every_contract_is_broken_on_purpose():
    assert {contract["id"] for contract in CONFIGURATION["contracts"]} == set(BREACHES)


@pytest.mark.parametrize("contract", BREACHES)
def test_a_contract_fails_when_its_border_is_crossed(copy, contract):
    path, line = BREACHES[contract]
    module = copy / path
    assert not module.exists()
    module.write_text(line + "\n")
    try:
        found = lint(copy, contract)
    finally:
        module.unlink()

    assert found.returncode == 1, found.stdout + found.stderr
    assert f"{path.removesuffix('.py').replace('/', '.')} -> " in found.stdout


def test_an_unspoiled_copy_keeps_every_contract(copy):
    assert lint(copy, "gateway").returncode == 0
