"""What may never be in the repository."""

import re
import subprocess

import pytest

from tests.paths import ROOT

TEXT = {".py", ".md", ".txt", ".toml", ".yml", ".yaml", ".json", ".sh", ".in", ".css", ".js", ""}


@pytest.fixture(scope="module")
def tracked():
    """Every tracked text file with its content."""
    listing = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    paths = [
        ROOT / name for name in listing.stdout.splitlines() if not name.startswith("tests/test_repository")
    ]
    return {p: p.read_text(errors="replace") for p in paths if p.suffix in TEXT and p.is_file()}


def test_lock_files_hold_hashes_and_no_addresses(tracked):
    for path, text in tracked.items():
        if (path.parent.name == "requirements" and path.suffix == ".txt") or path.name == "package-lock.json":
            assert not re.search(r"https?://", text), path


def test_no_path_of_a_developers_machine_is_committed(tracked):
    for path, text in tracked.items():
        found = re.search(r"(?<![\w.])/(work|root)/[a-z]\w*", text)
        assert found is None, f"{path}: {found and found.group()}"


def test_no_python_module_is_over_300_lines(tracked):
    for path, text in tracked.items():
        if path.suffix == ".py":
            assert len(text.splitlines()) <= 300, path


def test_every_decision_is_listed():
    index = (ROOT / "docs" / "decisions" / "README.md").read_text()
    for page in (ROOT / "docs" / "decisions").glob("[0-9]*.md"):
        assert page.name in index, page.name
