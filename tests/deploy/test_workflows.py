import re

import yaml

from tests.paths import ROOT

WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text()) for path in (ROOT / ".github/workflows").glob("*.yml")
}


def commands(workflow):
    return [step.get("run", "") for job in workflow["jobs"].values() for step in job.get("steps", [])]


def test_a_release_builds_an_image_of_everything_that_compose_builds():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    built = {s["build"]["args"]["PACKAGE"] for s in compose["services"].values() if "build" in s}

    assert built == set(WORKFLOWS["release"]["jobs"]["images"]["strategy"]["matrix"]["package"])


def test_workflows_call_only_make_targets_that_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    matrix = set(WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["target"])
    lines = [
        line for workflow in WORKFLOWS.values() for line in commands(workflow) if line.startswith("make ")
    ]
    called = {word for line in lines for word in line.split()[1:] if re.fullmatch(r"[a-z-]+", word)}

    assert matrix | called <= targets


def test_what_is_published_are_the_two_wheels_that_are_tested():
    steps = WORKFLOWS["release"]["jobs"]["wheels"]["steps"]
    lines = [step.get("run", "") for step in steps]
    (published,) = (step["with"]["packages-dir"] for step in steps if "pypi-publish" in step.get("uses", ""))

    assert "test-wheels" in WORKFLOWS["ci"]["jobs"]["test"]["strategy"]["matrix"]["target"]
    assert any(re.fullmatch(r"make .*\bwheels\b.*", line) for line in lines)
    assert not any("pip wheel" in line for line in lines)
    assert f"mv dist/*.whl {published}" in "\n".join(lines)


def test_every_job_may_do_no_more_than_it_says_and_ends_by_itself():
    for workflow in WORKFLOWS.values():
        assert workflow["permissions"] == {"contents": "read"}
        assert all("timeout-minutes" in job for job in workflow["jobs"].values() if "steps" in job)
