"""`hexaface enrol|identify|verify|keys|database` as a person runs them, and the guide's own examples."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from hexaface import Client, ServerProblemError
from hexaface.commands.enrol import find_portraits, subject_id
from tests.paths import ROOT, SAMPLES

pytestmark = pytest.mark.timeout(300)


def hexaface(*arguments, **environment):
    command = [sys.executable, "-m", "hexaface.commands.app", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, timeout=200, env=os.environ | environment, check=False
    )


@pytest.fixture
def people(tmp_path):
    """A folder per person, a loose file, and a picture without a face that can be read."""
    for name, source in [("Eileen Collins/1.jpg", "astronaut"), ("grace/a.jpg", "grace_hopper")]:
        target = tmp_path / name
        target.parent.mkdir()
        shutil.copy(SAMPLES / f"{source}.jpg", target)
    shutil.copy(SAMPLES / "astronaut.jpg", tmp_path / "commander_02.jpg")
    (tmp_path / "grace" / "broken.jpg").write_bytes(b"no picture")
    return tmp_path


def test_a_folder_of_people_is_enrolled_once_and_they_are_recognised(server, people):
    for _ in range(2):
        done = hexaface("enrol", people, "--collection", "folder", "--url", server)
        assert done.returncode == 1
        assert "broken.jpg" in done.stderr
        assert "3 of 4 pictures of 3 people" in done.stdout
    with httpx.Client(base_url=server) as client:
        assert client.get("/v1/collections/folder").json()["faces"] == 3
        subjects = client.get("/v1/collections/folder/subjects").json()["subjects"]
    assert [s["id"] for s in subjects] == ["Eileen_Collins", "commander", "grace"]
    assert subjects[0]["name"] == "Eileen Collins"
    done = hexaface("identify", SAMPLES / "grace_hopper.jpg", "--collection", "folder", "--url", server)
    assert (done.returncode, "match  grace 1.000" in done.stdout) == (0, True)
    done = hexaface("identify", people / "grace" / "broken.jpg", "--collection", "folder", "--url", server)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)


def test_calibrate_shows_the_thresholds_beside_what_can_be_known(server, people):
    picture = (people / "grace" / "a.jpg").read_bytes() + b"bytes that no other test has sent"
    (people / "grace" / "b.jpg").write_bytes(picture)
    (people / "groups.csv").write_text("Eileen Collins,astronauts\ncommander,astronauts\n", encoding="utf-8")
    done = hexaface("calibrate", people, "--url", server, COLUMNS="120")
    assert done.returncode == 0, done.stderr
    assert "4 of 5 pictures of 3 people: 5 pairs of different people, 1 of the same" in done.stdout
    assert done.stdout.count("too few pairs") == 3
    # Her two pictures under two names: the group's one pair is a false match.
    assert re.search(r"astronauts +. 1 +. 1\.00000", done.stdout)
    assert "broken.jpg" in done.stderr
    with httpx.Client(base_url=server) as client:
        models = client.get("/v1/models").json()["models"]
        (thresholds,) = (m["calibration"]["thresholds"] for m in models if m["task"] == "embedder")
        assert all(f"{one['cosine']:.3f}" in done.stdout for one in thresholds)
        assert client.post("/v1/embed", files={"image": picture}).headers["X-Cache"] == "miss"


def test_a_key_is_created_listed_and_revoked_without_a_server(home_factory):
    home = str(home_factory())
    door = ["keys", "create", "door", "--scope", "identify", "--scope", "enrol"]
    refused = hexaface(*door, HEXAFACE_HOME=home)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "admin" in refused.stderr
    made = hexaface(*door, "--without-admin", HEXAFACE_HOME=home)
    assert (made.returncode, made.stdout[:4]) == (0, "hxf_"), made.stderr
    assert "every call needs a key" in made.stderr
    key_id = made.stdout.split("_")[1]
    assert key_id in hexaface("keys", "list", HEXAFACE_HOME=home).stdout
    assert hexaface("keys", "revoke", key_id, HEXAFACE_HOME=home).returncode == 0
    assert hexaface("keys", "revoke", key_id, HEXAFACE_HOME=home).returncode == 1
    assert hexaface("keys", "create", "x", "--scope", "root", HEXAFACE_HOME=home).returncode == 1


def test_a_backup_restores_what_was_there(home_factory, tmp_path):
    home, dump = str(home_factory()), tmp_path / "all.dump"
    kept = hexaface("keys", "create", "kept", "--scope", "admin", HEXAFACE_HOME=home).stdout.split("_")[1]
    assert hexaface("database", "backup", dump, HEXAFACE_HOME=home).returncode == 0
    assert dump.stat().st_mode & 0o077 == 0
    later = hexaface("keys", "create", "later", "--scope", "admin", HEXAFACE_HOME=home).stdout.split("_")[1]
    done = hexaface("database", "restore", dump, HEXAFACE_HOME=home)
    assert done.returncode == 0, done.stderr
    listed = hexaface("keys", "list", HEXAFACE_HOME=home).stdout
    assert (kept in listed, later in listed) == (True, False)
    dump.write_bytes(dump.read_bytes()[:2000])
    assert hexaface("database", "restore", dump, HEXAFACE_HOME=home).returncode == 1
    assert kept in hexaface("keys", "list", HEXAFACE_HOME=home).stdout


def test_beyond_loopback_a_server_without_keys_does_not_start(home_factory):
    done = hexaface("serve", "--host", "0.0.0.0", "--port", "0", HEXAFACE_HOME=str(home_factory()))  # noqa: S104  # refused
    assert done.returncode == 1
    assert "no key protects the API" in done.stderr


@pytest.mark.parametrize(
    ("name", "expected"),
    [("ann", "ann"), ("Ann Smith", "Ann_Smith"), ("\u00c4nne/..", "nne"), ("***", "unnamed")],
)
def test_a_name_becomes_an_id(name, expected):
    assert expected == subject_id(name)


def test_loose_files_are_named_by_the_pattern(tmp_path):
    for name in ("ann.jpg", "ann-02.png", "bob 3.webp", "notes.txt"):
        (tmp_path / name).touch()
    found = {(p.path.name, p.subject) for p in find_portraits(tmp_path, r"(?P<subject>.+?)(?:[ _-]?\d+)?")}
    assert found == {("ann.jpg", "ann"), ("ann-02.png", "ann"), ("bob 3.webp", "bob")}


def _blocks(language):
    guide = (ROOT / "docs" / "identity.md").read_text()
    return re.findall(rf"```{language}\n(.*?)```", guide, re.DOTALL)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_guides_examples_do_what_they_say(server):
    lines = [line for block in _blocks("sh") for line in block.splitlines() if line.startswith("curl")]
    statuses = [_curl(line, server) for line in lines[:6]]
    assert statuses == [200, 201, 201, 201, 200, 200]
    assert [_curl(line, server) for line in lines[6:]] == [200] * 6 + [204, 204]


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (0, [None, "grace enrolled", "['barack', 'grace']", *[None] * 11, "1 face of barack"]),
        (1, ["[True, False]"]),
    ],
)
def test_the_guides_python_does_what_it_says(server, number, expected):
    code = _blocks("python")[number].replace("http://127.0.0.1:8000", server)
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=SAMPLES, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [want or line for want, line in zip(expected, lines, strict=True)] == lines
    faces = lines[3:-1]
    assert all(line.split()[0] in {"match", "uncertain", "unknown"} for line in faces)
    assert not faces or sum(line.startswith("match [('barack'") for line in faces) == 1
    assert number or lines[0].startswith("False ")


def test_the_client_reads_changes_pages_and_erases(server):
    with Client(server) as client:
        client.create_collection("paging")
        for person in ("ann", "bob"):
            client.create_subject("paging", person)
            client.enrol("paging", person, SAMPLES / "astronaut.jpg", on_low_quality="flag")
        found = client.collection("paging")
        assert (found.subjects, found.faces) == (2, 2)
        assert "paging" in [c.id for c in client.collections(limit=200).collections]
        first = client.subjects("paging", limit=1)
        assert ([s.id for s in first.subjects], first.next) == (["ann"], "ann")
        assert [s.id for s in client.subjects("paging", after="ann").subjects] == ["bob"]
        client.change_subject("paging", "ann", metadata={"floor": 3})
        changed = client.change_subject("paging", "ann", name="Ann")
        assert (changed.name, changed.metadata) == ("Ann", {"floor": 3})
        assert [s.id for s in client.subjects("paging", name="AN", metadata={"floor": 3}).subjects] == ["ann"]
        assert client.subjects("paging", prefix="b", metadata={"floor": 3}).subjects == []
        assert client.change_collection("paging", description="two").description == "two"
        assert client.collection_statistics("paging").subjects == 2
        assert [d.subject for d in client.check_collection("paging").subjects] == ["ann"]
        done = hexaface("check", "paging", "--url", server)
        assert (done.returncode, done.stdout[:35]) == (1, "ann and bob look like one person: s"), done.stderr
        client.change_subject("paging", "bob", id="robert")
        assert client.subject("paging", "robert").faces == 1
        face = client.faces("paging", "ann").faces[0].face_id
        client.erase_face("paging", "ann", face)
        assert client.faces("paging", "ann").faces == []
        assert client.subject("paging", "ann").faces == 0
        client.delete_collection("paging")
        with pytest.raises(ServerProblemError) as caught:
            client.collection("paging")
    assert caught.value.problem.type == "not-found"


def _curl(line, server):
    command = line.replace("http://127.0.0.1:8000", server).replace(
        "curl -s", "curl -s -o /dev/null -w '%{http_code}'"
    )
    done = subprocess.run(
        ["/bin/sh", "-c", command], capture_output=True, text=True, cwd=Path(SAMPLES), check=True
    )
    return int(done.stdout)
