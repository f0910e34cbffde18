"""`python deploy/wheels OUTPUT`: the two wheels that people install (docs/decisions/0040-two-wheels.md).

The repository is flat; in `site-packages` stand `hexaface` and `hexaface_server` alone. What each wheel holds is the two
tables below; versions and dependencies come from pyproject.toml.
"""

import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from renaming import Renaming

ROOT = Path(__file__).resolve().parents[2]
CLIENT, SERVER = "hexaface", "hexaface-server"

# Module prefix in the repository -> in its wheel. The longest prefix counts.
PACKAGES = {
    CLIENT: {"hexaface": "hexaface", "contracts": "hexaface.contracts"},
    SERVER: {
        name: f"hexaface_server.{name.rpartition('.')[2]}"
        for name in (
            "hexaface.embedded",
            "hexaface.bulk",
            "hexaface.grouping",
            "web",
            "serving",
            "services",
            "gateway",
            "portal",
        )
    },
}
DATA = {
    CLIENT: {"samples": "hexaface/sample_pictures"},
    SERVER: {"models": "hexaface_server/models", "samples": "hexaface_server/samples"},
}
EXTRAS = {CLIENT: ["command"], SERVER: ["all", "portal", "tracing"]}
OPTIONAL = {CLIENT: ["parquet"], SERVER: ["bulk", "bulk-ray", "group", "video"]}
SUMMARY = {
    CLIENT: "Python client and command of HexaFace, the self-hosted face analysis server",
    SERVER: "The HexaFace server: face detection, identity, attributes, emotion, keypoints and synthetic faces over REST",
}


def main(output: Path) -> None:
    """Build both wheels into `output`."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    version = re.findall(r'__version__ = "(.+)"', (ROOT / "contracts" / "version.py").read_text())[0]
    renaming = Renaming(PACKAGES[CLIENT] | PACKAGES[SERVER], set(_modules()))
    for wheel in PACKAGES:
        with tempfile.TemporaryDirectory() as folder:
            stage = Path(folder)
            _stage(wheel, renaming, stage)
            (stage / "pyproject.toml").write_text(_pyproject(wheel, project, version))
            for name in ("README.md", "LICENSE", "NOTICE"):
                shutil.copy(ROOT / name, stage)
            command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
            subprocess.run([*command, "--wheel-dir", output, stage], check=True)  # noqa: S603  # our own command


def _files(package: str) -> Iterator[Path]:
    """The files of a package and of those below, relative to the repository."""
    for path in sorted((ROOT / package.replace(".", "/")).rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(ROOT)


def _module(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


def _modules() -> Iterator[str]:
    for packages in PACKAGES.values():
        for package in packages:
            for path in _files(package):
                if path.suffix == ".py":
                    yield _module(path)


def _stage(wheel: str, renaming: Renaming, stage: Path) -> None:
    """Lay out the files of a wheel as they stand in site-packages."""
    own = set(PACKAGES[wheel].values())
    for package in PACKAGES[wheel]:
        for path in _files(package):
            folder = renaming.name(".".join(path.parent.parts))
            if not any(folder == name or folder.startswith(f"{name}.") for name in own):
                continue  # a package inside this one that the other wheel holds
            target = stage / folder.replace(".", "/") / path.name
            target.parent.mkdir(parents=True, exist_ok=True)
            if path.suffix == ".py":
                target.write_text(renaming.source((ROOT / path).read_text(), str(path)))
            else:
                shutil.copy(ROOT / path, target)
    for source, folder in DATA[wheel].items():
        shutil.copytree(ROOT / source, stage / folder)
    root = stage / wheel.replace("-", "_")
    (root / "py.typed").touch()
    if not (root / "__init__.py").exists():
        (root / "__init__.py").write_text(f'"""{SUMMARY[wheel]}."""\n')


def _pyproject(wheel: str, project: dict[str, Any], version: str) -> str:
    """The project file of a wheel, in TOML."""
    extras = project["optional-dependencies"]
    needed = set(project["dependencies"])
    for extra in EXTRAS[wheel]:
        needed |= _expanded(extras, extra)
    if wheel == SERVER:
        needed = {f"{CLIENT}=={version}"} | needed
    lines = [
        '[build-system]\nrequires = ["setuptools>=77"]\nbuild-backend = "setuptools.build_meta"\n',
        f'[project]\nname = "{wheel}"\nversion = "{version}"\ndescription = "{SUMMARY[wheel]}"\nreadme = "README.md"',
        f'requires-python = "{project["requires-python"]}"\nlicense = "{project["license"]}"',
        f'license-files = ["LICENSE", "NOTICE"]\ndependencies = {sorted(needed)}',
        "\n[project.optional-dependencies]",
        *(f"{extra} = {sorted(_expanded(extras, extra))}" for extra in OPTIONAL[wheel]),
        '\n[project.scripts]\nhexaface = "hexaface.commands.app:app"' if wheel == CLIENT else "",
        f'\n[tool.setuptools.packages.find]\ninclude = ["{wheel.replace("-", "_")}*"]\nnamespaces = true',
        '\n[tool.setuptools.package-data]\n"*" = ["*"]',
    ]
    return "\n".join(lines) + "\n"


def _expanded(extras: dict[str, list[str]], extra: str) -> set[str]:
    """The requirements of an extra, with those of the extras that it names."""
    found: set[str] = set()
    for requirement in extras[extra]:
        own = re.fullmatch(rf"{CLIENT}\[(.+)\]", requirement)
        if own is None:
            found.add(requirement)
        else:
            found = found.union(*(_expanded(extras, name) for name in own[1].split(",")))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "dist").resolve())
