"""The copied requests run as they stand, and give the answer that the page shows."""

import json
import os
import shutil
import subprocess
import sys

import pytest

from tests.browser.test_applications import ASTRONAUT, HOPPER, process, verify
from tests.paths import ROOT, SAMPLES


def answers(page, folder) -> list[dict[str, object]]:
    """What the page shows, what its curl command and what its Python program answer."""
    page.get_by_text("The request, to copy").click()
    page.get_by_text("The answer as JSON").click()
    shown, curl, program = (
        page.get_by_role("region", name=name, exact=True).inner_text() for name in ("JSON", "curl", "Python")
    )
    for picture in SAMPLES.glob("*.jpg"):
        shutil.copy(picture, folder)
    shell = ["bash", "-c", curl.replace("curl", "curl --silent --show-error", 1)]
    python = [sys.executable, "-c", program]
    made = [_output(command, folder) for command in (shell, python)]
    return [_timeless(answer) for answer in (shown, *made)]


def _output(command: list[str], folder) -> str:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _timeless(answer: str) -> dict[str, object]:
    return {name: value for name, value in json.loads(answer).items() if name != "timings_ms"}


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("path", "verb"),
    [
        ("/detection", "Find the faces"),
        ("/attributes", "Estimate age, gender and race"),
        ("/emotion", "Read the emotions"),
        ("/keypoints", "Find the keypoints"),
    ],
)
def test_the_request_of_a_picture_gives_the_same_answer_from_a_shell_and_from_python(
    portal, tmp_path, path, verb
):
    page = portal(path)
    process(page, ASTRONAUT, verb)
    shown, curl, python = answers(page, tmp_path)
    assert shown == curl == python
    assert shown["faces"]


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_request_of_a_verification_gives_the_same_answer(portal, tmp_path):
    page = portal("/verification")
    verify(page, ASTRONAUT, HOPPER)
    shown, curl, python = answers(page, tmp_path)
    assert shown == curl == python


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
def test_the_request_of_generated_faces_gives_the_same_faces(portal, tmp_path):
    page = portal("/generation")
    page.get_by_role("slider", name="Faces").fill("2")
    page.get_by_role("button", name="Generate", exact=True).click()
    page.get_by_text("2 faces from seed").wait_for()
    shown, curl, python = answers(page, tmp_path)
    assert shown == curl == python
    assert len(shown["images"]) == 2
