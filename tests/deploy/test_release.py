import datetime as dt
import importlib.util
import shutil
import subprocess

import pytest

from tests.paths import ROOT

DAY = dt.date(2026, 11, 26)


def load():
    spec = importlib.util.spec_from_file_location("release", ROOT / "deploy/release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


release = load()


def git(folder, *arguments):
    done = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def checkout(tmp_path):
    for name in ("contracts/version.py", "deploy/helm/hexaface/Chart.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    (tmp_path / "CHANGELOG.md").write_text("# Changelog\n\n## [Unreleased]\n\n### Added\n\n- A thing.\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "config", "user.name", "t")
    git(tmp_path, "config", "user.email", "t@example.org")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message", "start")
    return tmp_path


def test_a_release_names_its_version_in_every_place_and_is_tagged(checkout):
    release.cut(checkout, "7.1.0", DAY)

    assert '__version__ = "7.1.0"' in (checkout / "contracts/version.py").read_text()
    chart = (checkout / "deploy/helm/hexaface/Chart.yaml").read_text()
    assert "\nversion: 7.1.0\n" in chart
    assert 'appVersion: "7.1.0"' in chart
    changelog = (checkout / "CHANGELOG.md").read_text()
    assert "## [Unreleased]\n\n## [7.1.0] - 2026-11-26\n\n### Added\n\n- A thing." in changelog
    assert git(checkout, "tag") == "v7.1.0"
    assert git(checkout, "status", "--porcelain") == ""


@pytest.mark.parametrize("version", ["0.0.1", "1.2", "v9.0.0", "9.0.0-rc1", "01.0.0"])
def test_a_version_that_is_not_greater_or_not_plain_is_refused(checkout, version):
    with pytest.raises(release.ReleaseError, match="greater than"):
        release.cut(checkout, version, DAY)


def test_nothing_is_released_from_a_dirty_checkout(checkout):
    (checkout / "CHANGELOG.md").write_text("changed")

    with pytest.raises(release.ReleaseError, match="commit or put away"):
        release.cut(checkout, "7.1.0", DAY)


def test_nothing_is_released_without_a_line_in_the_changelog(checkout):
    release.cut(checkout, "7.1.0", DAY)

    with pytest.raises(release.ReleaseError, match="nothing under"):
        release.cut(checkout, "7.2.0", DAY)


def test_the_chart_has_the_version_of_the_code():
    chart = (ROOT / "deploy/helm/hexaface/Chart.yaml").read_text()

    assert f"\nversion: {release.version_of(ROOT)}\n" in chart
    assert f'appVersion: "{release.version_of(ROOT)}"' in chart
