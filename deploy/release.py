"""Cut a release: one version in `contracts/version.py`, the changelog and the chart, one commit, one tag.

`make release VERSION=1.2.0` runs it; what the tag then sets off stands in `.github/workflows/release.yml`.
"""

import argparse
import datetime as dt
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")
HEADING = "## [Unreleased]"


class ReleaseError(Exception):
    """The release cannot be cut; says what to do first."""


def main(arguments: list[str] | None = None) -> int:
    """Cut the release in the checkout that is the working folder; gives the exit status."""
    parser = argparse.ArgumentParser(prog="release", description=__doc__)
    parser.add_argument("version", help="as MAJOR.MINOR.PATCH, greater than the last one")
    version = parser.parse_args(arguments).version
    try:
        cut(Path.cwd(), version, dt.datetime.now(dt.UTC).date())
    except ReleaseError as error:
        sys.stderr.write(f"release: {error}\n")
        return 1
    sys.stdout.write(f"tagged v{version}; publish it with: git push --follow-tags\n")
    return 0


def cut(root: Path, version: str, day: dt.date) -> None:
    """Write the version everywhere, commit and tag. Raises ReleaseError before anything is written."""
    current = version_of(root)
    if not VERSION.fullmatch(version) or _numbers(version) <= _numbers(current):
        raise ReleaseError(f"{version} is no version MAJOR.MINOR.PATCH greater than {current}")
    if _git(root, "status", "--porcelain"):
        raise ReleaseError("commit or put away your changes first")
    if _git(root, "tag", "--list", f"v{version}"):
        raise ReleaseError(f"there is a tag v{version} already")
    if not unreleased(root):
        raise ReleaseError("CHANGELOG.md has nothing under [Unreleased]")
    _edit(root / "contracts/version.py", lambda text: text.replace(f'"{current}"', f'"{version}"'))
    _edit(
        root / "CHANGELOG.md", lambda text: text.replace(HEADING, f"{HEADING}\n\n## [{version}] - {day}", 1)
    )
    _edit(root / "deploy/helm/hexaface/Chart.yaml", lambda text: text.replace(current, version))
    _git(root, "commit", "--all", "--quiet", "--message", f"Release {version}")
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"HexaFace {version}")


def version_of(root: Path) -> str:
    """The version that the checkout has now."""
    text = (root / "contracts/version.py").read_text(encoding="utf-8")
    found = re.search(r'__version__ = "([^"]+)"', text)
    if found is None:
        raise ReleaseError("contracts/version.py has no __version__")
    return found[1]


def unreleased(root: Path) -> str:
    """What the changelog says since the last release."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    _, _, rest = text.partition(HEADING)
    return rest.partition("\n## [")[0].strip()


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def _edit(path: Path, change: Callable[[str], str]) -> None:
    before = path.read_text(encoding="utf-8")
    after = change(before)
    if after == before:
        raise ReleaseError(f"{path.name} does not name the version")
    path.write_text(after, encoding="utf-8")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=False, capture_output=True, text=True)  # noqa: S603, S607  # our own arguments; git from the PATH
    if done.returncode:
        raise ReleaseError(f"git {arguments[0]}: {done.stderr.strip()}")
    return done.stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
