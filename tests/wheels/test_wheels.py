"""What people install works outside the checkout: the client's wheel against an address, the server's by itself."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
import zipfile

import httpx
import pytest

from contracts.version import __version__
from tests.paths import ROOT, SAMPLES

sys.path.insert(0, str(ROOT / "deploy" / "wheels"))
from renaming import CannotRenameError, Renaming

PROGRAM = """
import sys
from hexaface import Client
from hexaface.messages import AnalyzeAnswer

with Client(sys.argv[1]) as client:
    answer = client.analyze(sys.argv[2], features=["emotion"])
    assert isinstance(answer, AnalyzeAnswer)
    print(answer.faces[0].emotion.label)
"""


def run(folder, *command, **environment):
    """A program of an environment, outside the checkout."""
    return subprocess.run(
        [folder / command[0], *map(str, command[1:])],
        cwd=folder.parent, capture_output=True, text=True, check=False, timeout=200,
        env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment,
    )  # fmt: skip


@contextlib.contextmanager
def serving(folder, home):
    """`hexaface serve` of an environment; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [folder / "hexaface", "serve", "--port", str(port), "--log-level", "ERROR"],
        cwd=folder.parent, env=os.environ | {"HEXAFACE_HOME": str(home)},
    )  # fmt: skip
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(600):
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{url}/readyz", timeout=5).status_code == 200:
                    break
            assert process.poll() is None, "the server ended"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(60)


def test_each_wheel_puts_one_name_into_site_packages(wheels):
    for wheel, name in zip(wheels, ("hexaface", "hexaface_server"), strict=True):
        roots = {member.split("/")[0] for member in zipfile.ZipFile(wheel).namelist()}
        assert {name, f"{name}-{__version__}.dist-info"} == roots


def test_the_command_says_its_version(client_only):
    assert f"hexaface {__version__}\n" == run(client_only, "hexaface", "--version").stdout


def test_the_client_alone_asks_a_server(client_only, server):
    photo = SAMPLES / "astronaut.jpg"
    done = run(client_only, "python", "-c", PROGRAM, server, photo)
    assert (done.stdout, done.stderr) == ("happy\n", "")
    done = run(client_only, "hexaface", "analyze", photo, "--url", server, "--json")
    assert done.returncode == 0, done.stderr
    assert len(json.loads(done.stdout)["answer"]["faces"]) == 1


def test_the_client_alone_says_what_brings_the_server(client_only):
    for command in (("serve",), ("doctor",), ("database", "backup", "a.dump")):
        done = run(client_only, "hexaface", *command)
        assert done.returncode == 1
        assert "pip install hexaface-server" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_server_examines_the_machine_and_shows_its_samples(both, home_factory, tmp_path):
    home = str(home_factory())
    done = run(both, "hexaface", "doctor", "--port", "0", HEXAFACE_HOME=home)
    assert done.returncode == 0, done.stdout + done.stderr
    done = run(both, "hexaface", "demo", "--output", tmp_path / "demo", HEXAFACE_HOME=home)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "demo").glob("*.png"))


def test_the_server_serves_the_api_and_the_portal(both, home_factory):
    with serving(both, home_factory()) as url:
        assert {model["task"] for model in httpx.get(f"{url}/v1/models").json()["models"]} >= {
            "detector",
            "liveness",
        }
        assert httpx.post(f"{url}/v1/collections", json={"id": "staff"}).status_code == 201
        page = httpx.get(f"{url}/").text
        loaded = re.findall(r'(?:src|href)="(/[^"#]+)"', page)
        assert loaded
        assert {200} == {httpx.get(f"{url}{address}").status_code for address in loaded}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("from web.logs import x", "from server.web.logs import x"),
        ("    from web.logs import (\n    x,\n)", "    from server.web.logs import (\n    x,\n)"),
        ("import web.logs as logs", "import server.web.logs as logs"),
        ('HOMES = {"x": "web.logs", "y": "web.logs:main"}', 'HOMES = {"x": "server.web.logs", "y": "server.web.logs:main"}'),
        ('load(f"web.{name}")', 'load(f"server.web.{name}")'),
        ('log.info("web.started", on="web")', 'log.info("web.started", on="web")'),
        ("webs = web_logs.of(web.logs)", "webs = web_logs.of(web.logs)"),
    ],
)  # fmt: skip
def test_names_of_modules_are_renamed_and_nothing_else(before, after):
    renaming = Renaming({"web": "server.web"}, {"web", "web.logs"})
    wrapped = f"if True:\n{before}\n" if before.startswith(" ") else before
    assert wrapped.replace(before, after) == renaming.source(wrapped, "x.py")


def test_an_import_that_would_mean_something_else_stops_the_build():
    renaming = Renaming({"web": "server.web", "hexaface.embedded": "server.embedded"}, {"hexaface.embedded"})
    for text in ("import web.logs", "from hexaface import embedded"):
        with pytest.raises(CannotRenameError, match=r"x\.py:1"):
            renaming.source(text, "x.py")
