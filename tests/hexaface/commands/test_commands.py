"""The `hexaface` command as a person runs it: real processes, real models."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading

import httpx
import pytest
from PIL import Image

from benchmarks.servers import free_port
from hexaface import AsyncClient, Client, ServerProblemError, UnreachableError
from hexaface.commands.own_server import OwnServer
from tests.paths import PICTURES, SAMPLES


def hexaface(*arguments, **environment):
    command = [sys.executable, "-m", "hexaface.commands.app", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=110, env=os.environ | environment, check=False
    )


@pytest.fixture
def folder(tmp_path):
    """Two photos, a broken one and a text file."""
    for path in (SAMPLES / "astronaut.jpg", PICTURES / "group.jpg"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "broken.jpg").write_bytes((SAMPLES / "astronaut.jpg").read_bytes()[:5000])
    (tmp_path / "notes.txt").write_text("no picture")
    return tmp_path


def test_a_folder_is_analysed_one_line_per_face_and_a_broken_file_is_named(server, folder):
    done = hexaface("analyze", folder, "--url", server)
    assert done.returncode == 1
    lines = done.stdout.strip().splitlines()
    assert len(lines) == 7
    assert sum("astronaut.jpg #0" in line and "female" in line and "happy" in line for line in lines) == 1
    assert "broken.jpg" in done.stderr
    assert "1 of 3 pictures failed" in done.stderr
    assert "Traceback" not in done.stderr


def test_json_is_one_object_per_picture(server, folder):
    done = hexaface("analyze", folder / "astronaut.jpg", folder / "group.jpg", "--url", server, "--json")
    assert done.returncode == 0
    answers = [json.loads(line) for line in done.stdout.strip().splitlines()]
    assert [len(answer["answer"]["faces"]) for answer in answers] == [1, 6]


def test_annotated_pictures_are_written(server, folder, tmp_path):
    target = tmp_path / "out" / "deep"
    assert hexaface("analyze", folder / "group.jpg", "--url", server, "--annotate", target).returncode == 0
    with (
        Image.open(target / "group.jpg.annotated.png") as image,
        Image.open(folder / "group.jpg") as original,
    ):
        assert image.size == original.size


def test_an_unknown_feature_and_an_empty_folder_are_clear_errors(server, tmp_path):
    done = hexaface("analyze", tmp_path, "--url", server)
    assert (done.returncode, "no pictures found" in done.stderr) == (1, True)
    done = hexaface("analyze", SAMPLES, "--url", server, "--features", "beauty")
    assert (done.returncode, "unknown feature 'beauty'" in done.stderr) == (1, True)


def test_a_server_that_is_not_there_is_one_clear_line(folder):
    done = hexaface("analyze", folder / "astronaut.jpg", "--url", f"http://127.0.0.1:{free_port()}")
    assert done.returncode == 1
    assert done.stderr.startswith("error: no HexaFace server answers at")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_profiles_models_are_listed_without_a_server():
    done = hexaface("models", "--profile", "permissive")

    assert "blazeface" in done.stdout
    assert "not served" in done.stdout


def test_models_are_listed_with_their_licences(server):
    done = hexaface("models", "--url", server, "--json")
    assert done.returncode == 0
    assert {model["task"] for model in json.loads(done.stdout)["models"]} >= {"detector", "generator"}


def test_the_demo_writes_pictures_and_answers(server, tmp_path):
    done = hexaface("demo", "--url", server, "--output", tmp_path / "demo")
    assert done.returncode == 0, done.stderr
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {
        f"{name}.{kind}"
        for name in ("solvay_1927", "obama_portrait_2012", "cabinet_meeting_2013")
        for kind in ("json", "png")
    }
    assert "solvay_1927.jpg: 29 faces" in done.stdout
    matches = [line for line in done.stdout.splitlines() if "│ match" in line]
    assert len(matches) == 1
    assert "Barack Obama" in matches[0]
    with Client(server) as client:
        assert not [c.id for c in client.collections(limit=200).collections if c.id.startswith("demo-")]
    assert str(tmp_path / "demo") in done.stdout.replace("\n", "")


def test_the_doctor_finds_nothing_wrong_here_and_names_what_is_elsewhere(tmp_path):
    done = hexaface("doctor", "--port", free_port())
    assert done.returncode == 0, done.stdout
    assert "all is well" in done.stdout
    done = hexaface("doctor", HEXAFACE_MODELS=str(tmp_path))
    assert done.returncode == 1
    assert "manifest.json cannot be read" in done.stdout


def test_serving_beyond_loopback_without_a_key_is_refused(home_factory):
    home = str(home_factory())
    done = hexaface("serve", "--host", "0.0.0.0", "--port", free_port(), HEXAFACE_HOME=home)  # noqa: S104  # the very thing refused
    assert done.returncode == 1
    assert "--insecure" in done.stderr


def test_serving_on_a_taken_port_is_one_clear_line(home_factory):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = hexaface("serve", "--port", port, HEXAFACE_HOME=str(home_factory()))
    assert done.returncode == 1
    assert done.stderr == (
        f"cannot start: 127.0.0.1:{port} is in use by another program; choose another port (--port, HEXAFACE_PORT)\n"
    )


def test_asking_for_cuda_where_there_is_none_refuses_to_start_in_one_line(home_factory):
    done = hexaface(
        "serve", "--port", free_port(), HEXAFACE_PROVIDER="cuda", HEXAFACE_HOME=str(home_factory())
    )
    assert done.returncode != 0
    assert "HEXAFACE_PROVIDER=cuda" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_sync_client_gives_typed_answers_and_problems(server):
    with Client(server) as client:
        assert client.ready().ready
        answer = client.analyze(SAMPLES / "astronaut.jpg", features=["emotion"])
        assert answer.faces[0].emotion.label == "happy"
        assert len(client.detect(PICTURES / "group.jpg", max_faces=3).faces) == 3
        assert client.generate(count=2, seed=1).seed == 1
        with pytest.raises(ServerProblemError) as refused:
            client.detect(b"nonsense")
    assert refused.value.problem.type == "unsupported-image"


async def test_the_async_client_does_the_same(server):
    async with AsyncClient(server) as client:
        assert len((await client.embed(PICTURES / "group.jpg")).faces) == 6
        assert {model.task for model in (await client.models()).models} >= {
            "detector",
            "embedder",
            "liveness",
        }
    async with AsyncClient("http://127.0.0.1:1") as client:
        with pytest.raises(UnreachableError):
            await client.ready()


def test_a_stop_during_requests_answers_them_first(home_factory):
    picture = (PICTURES / "group.jpg").read_bytes()
    with (
        OwnServer(HEXAFACE_HOME=str(home_factory())) as own,
        httpx.Client(base_url=own.url, timeout=30) as client,
    ):
        request = client.build_request("POST", "/v1/analyze", files={"image": picture})
        answers = []
        worker = threading.Thread(target=lambda: answers.append(client.send(request)))
        worker.start()
        threading.Event().wait(0.05)
        own.process.send_signal(signal.SIGTERM)
        worker.join(30)
        assert [answer.status_code for answer in answers] == [200]
        assert own.process.wait(30) == 0
