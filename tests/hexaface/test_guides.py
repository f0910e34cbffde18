"""The commands and examples of the guides run against a real server, in the order in which they stand."""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from urllib.parse import urlsplit

import httpx
import pytest

from tests.paths import ROOT, SAMPLES

pytestmark = pytest.mark.timeout(400)
_RUN = (
    "curl ",
    "hexaface analyze ",
    "hexaface verify ",
    "hexaface enrol ",
    "hexaface check ",
    "hexaface identify ",
)
_FILE = 'import { openAsBlob } from "node:fs";\nconst file = await openAsBlob("obama_portrait_2012.jpg");\n'


@pytest.fixture
def folder(tmp_path):
    """What the guides suppose to be there: the samples, and folders of one's own."""
    for photo in SAMPLES.glob("*.jpg"):
        shutil.copy(photo, tmp_path)
    (tmp_path / "samples").symlink_to(SAMPLES)
    own = {
        "photo.jpg": "astronaut",
        "a.jpg": "obama_2009",
        "b.jpg": "obama_portrait_2012",
        "photos/2024/1.jpg": "grace_hopper",
        "photos/meeting.jpg": "obama_2009",
        "people/Barack Obama/1.jpg": "obama_portrait_2012",
        "people/grace/1.jpg": "grace_hopper",
    }
    for name, source in own.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(SAMPLES / f"{source}.jpg", tmp_path / name)
    return tmp_path


def blocks(page):
    """Language and text of each example of a guide, in their order."""
    text = (ROOT / "docs" / f"{page}.md").read_text()
    return re.findall(r"^```(sh|python|js)\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def commands(page, server):
    """What is typed for each example; a line of shell each, and a whole program."""
    port = str(urlsplit(server).port)
    for language, text in blocks(page):
        here = text.replace("http://127.0.0.1:8000", server).replace('"8000"', f'"{port}"')
        if language == "python":
            yield [sys.executable, "-c", here.replace(', api_key="..."', "")]
        elif language == "js" and shutil.which("node"):
            yield ["node", "--input-type=module", "--eval", _FILE + here]
        elif language == "sh":
            lines = here.replace("curl -s", "curl -sS --fail-with-body").splitlines()
            yield from (["/bin/sh", "-c", line] for line in lines if line.startswith(_RUN))


def run(command, folder, server):
    """Run it as somebody who installed HexaFace; what it printed."""
    paths = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"  # noqa: PTH120  # the link's folder, not its target's
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | {"PATH": paths, "HEXAFACE_URL": server, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    return done.stdout


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("page", "least"), [("rest", 14), ("rekognition", 1), ("compreface", 1), ("install", 2), ("command", 9)]
)
def test_every_command_of_a_guide_works(server, folder, page, least):
    ran = [(command, run(command, folder, server)) for command in commands(page, server)]

    assert len(ran) >= least
    for command, printed in ran:
        assert printed or re.search(r" -o | > |--output|hexaface check", command[-1]), command
    if page == "rest":
        assert (folder / "redacted.jpg").read_bytes().startswith(b"\xff\xd8")
    if page == "command":
        assert {"faces.jsonl", "faces.csv", "faces.parquet"} <= {file.name for file in folder.iterdir()}
        assert (folder / "drawn/2024/1.jpg.annotated.png").exists()


def test_tritons_client_works_as_its_guide_says(folder):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    ((_, program),) = blocks("inference")
    service = subprocess.Popen(
        [sys.executable, "-m", "serving", "embedder"],
        cwd=ROOT, env=os.environ | {"HEXAFACE_PORT": port, "HEXAFACE_LOG_LEVEL": "ERROR"},
    )  # fmt: skip
    try:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{port}/readyz").is_success:
                    break
            except httpx.TransportError:
                assert service.poll() is None, "the service ended"
            time.sleep(0.2)
        command = [sys.executable, "-c", program.replace(":8001", f":{port}")]
        assert run(command, folder, "") == "(2, 192)\n"
    finally:
        service.terminate()
        service.wait(60)


def test_no_page_names_a_page_a_file_or_a_module_that_does_not_exist():
    folders = ("docs", "models", "services", "studies")
    for page in [*ROOT.glob("*.md"), *(found for f in folders for found in (ROOT / f).rglob("*.md"))]:
        text = re.sub(r"^```.*?^```", "", page.read_text(), flags=re.DOTALL | re.MULTILINE)
        for target in re.findall(r"\]\(([^)#\s]+)", text):
            assert re.match(r"(https?|mailto):", target) or (page.parent / target).exists(), (page, target)
        if page.parent.name == "decisions":
            continue  # a decision speaks of the files of its day
        for named in re.findall(r"`([a-z]+/[\w./-]+\.(?:py|md|yml|yaml|json|toml|sh|js))`", text):
            assert (ROOT / named).exists() or (page.parent / named).exists(), (page, named)
        for module in re.findall(r"`python -m ([a-z]+(?:\.\w+)*)", text):
            place = ROOT / module.replace(".", "/")
            assert place.with_suffix(".py").exists() or (place / "__main__.py").exists(), (page, module)
