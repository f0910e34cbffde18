"""The README's commands and answers are true."""

import json
import re
import shlex
import subprocess

import httpx

from tests.paths import ROOT

README = (ROOT / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_curl_example_gives_the_answer_that_is_shown(server):
    (command,) = [block for block in blocks("sh") if block.startswith("curl")]
    arguments = shlex.split(command.strip().replace("http://127.0.0.1:8000", server))
    done = subprocess.run([*arguments, "--silent"], cwd=ROOT, capture_output=True, text=True, check=True)
    actual, (shown,) = json.loads(done.stdout), map(json.loads, blocks("json"))
    assert shown["image"] == actual["image"]
    for one, other in zip(shown["faces"], actual["faces"], strict=True):
        assert one["box"] == other["box"]
        assert one["attributes"]["gender"]["label"] == other["attributes"]["gender"]["label"]
        assert abs(one["attributes"]["age"]["years"] - other["attributes"]["age"]["years"]) <= 1
        assert one["emotion"]["label"] == other["emotion"]["label"]


def test_the_python_example_runs(server, monkeypatch, capsys):
    (example,) = blocks("python")
    monkeypatch.chdir(ROOT)
    exec(compile(example.replace("http://127.0.0.1:8000", server), "README.md", "exec"), {})  # noqa: S102  # our own text
    assert len(capsys.readouterr().out.strip().splitlines()) >= 20


def test_every_make_target_that_is_named_exists():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_every_linked_page_exists():
    for target in re.findall(r"\]\(([^)#]+)\)", README):
        if not target.startswith("http"):
            assert (ROOT / target).exists(), target


def test_the_documentation_pages_are_served(server):
    assert httpx.get(f"{server}/docs").status_code == 200
    assert httpx.get(f"{server}/openapi.json").json()["info"]["title"] == "HexaFace"
