"""Folders of pictures: all are answered once, none is lost at a limit, nothing is overwritten or skipped in silence."""

import csv
import json
import shutil
import subprocess
import sys

import pyarrow.parquet
import pytest
from PIL import Image

from hexaface import Client
from hexaface.commands.own_server import OwnServer
from hexaface.commands.pictures import annotated_path, common_folder, find_pictures
from tests.paths import ROOT, SAMPLES

FACE = SAMPLES / "astronaut.jpg"


@pytest.fixture
def photos(tmp_path):
    """Pictures of equal names in two folders, one without a face, one broken, and files that are none."""
    folder = tmp_path / "photos"
    for place in ("a/1.jpg", "b/1.jpg", "b/1.png", "c.HEIC"):
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(FACE, target)
    (folder / "broken.jpg").write_bytes(FACE.read_bytes()[:5000])
    (folder / "notes.txt").write_text("no picture")
    return folder


def test_annotated_pictures_lie_as_their_pictures_do_and_none_is_overwritten(
    hexaface, server, photos, tmp_path
):
    target = tmp_path / "out"
    command = (
        "analyze",
        photos / "a",
        photos / "b",
        "--features",
        "emotion",
        "--annotate",
        target,
        "--url",
        server,
    )
    assert hexaface(*command).returncode == 0
    written = sorted(str(path.relative_to(target)) for path in target.rglob("*.png"))
    assert written == ["a/1.jpg.annotated.png", "b/1.jpg.annotated.png", "b/1.png.annotated.png"]
    (target / "a/1.jpg.annotated.png").write_text("mine")
    again = hexaface(*command)
    assert (target / "a/1.jpg.annotated.png").read_text() == "mine"
    assert "3 annotated pictures were there already" in again.stderr


def test_a_picture_of_a_phone_is_drawn_too(hexaface, server, tmp_path):
    phone = ROOT / "tests/serving/files/turned.heic"
    done = hexaface("analyze", phone, "--features", "emotion", "--annotate", tmp_path, "--url", server)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "turned.heic.annotated.png").read_bytes().startswith(b"\x89PNG")


def test_a_picture_that_cannot_be_drawn_is_analysed_all_the_same(server, tmp_path):
    """As where the client is installed alone, and Pillow reads no HEIC."""
    phone = ROOT / "tests/serving/files/turned.heic"
    program = "import sys; sys.modules['pi_heif'] = None; from hexaface.commands.app import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", program, "analyze", phone, "--annotate", tmp_path, "--url", server],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, "happy" in done.stdout or "neutral" in done.stdout) == (0, True), done.stderr
    assert "turned.heic: analysed, not drawn" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_out_and_what_failed_is_said(hexaface, server, photos):
    done = hexaface("analyze", photos, "--features", "emotion", "--url", server)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 4  # a HEIC by its name is sent: what it is, its content tells
    assert "skipped 1 file, .txt is no picture: " in done.stderr
    assert "broken.jpg: " in done.stderr
    assert "1 of 5 pictures failed" in done.stderr


def test_a_run_that_was_stopped_goes_on_where_it_was(hexaface, server, photos, tmp_path):
    output = tmp_path / "faces.jsonl"
    command = (
        "analyze",
        photos / "a",
        photos / "b",
        "--features",
        "emotion",
        "--output",
        output,
        "--url",
        server,
    )
    assert hexaface(*command).returncode == 0
    first, second, third = output.read_bytes().splitlines(keepends=True)
    output.write_bytes(first + second + third[:40])
    again = hexaface(*command)
    assert (again.returncode, "2 of 3 pictures are in" in again.stderr) == (0, True)
    lines = [json.loads(line) for line in output.read_text().splitlines()]
    assert [str(photos / name) for name in ("a/1.jpg", "b/1.jpg", "b/1.png")] == [
        line["file"] for line in lines
    ]
    assert all(len(line["answer"]["faces"]) == 1 for line in lines)
    other = hexaface(*command[:4], "attributes", *command[5:])
    assert (other.returncode, "other features" in other.stderr) == (1, True)


@pytest.mark.parametrize("name", ["faces.csv", "faces.parquet"])
def test_a_table_has_a_row_per_face_and_one_for_a_picture_without(hexaface, server, photos, tmp_path, name):
    Image.new("RGB", (64, 64), "teal").save(photos / "a" / "empty.png")
    output = tmp_path / name
    command = (
        "analyze",
        photos / "a",
        "--features",
        "emotion,embedding",
        "--output",
        output,
        "--url",
        server,
    )
    assert hexaface(*command).returncode == 0
    if name.endswith(".csv"):
        with output.open(newline="") as file:
            rows = [
                {
                    key: json.loads(value) if key == "embedding.values" and value else value
                    for key, value in row.items()
                }
                for row in csv.DictReader(file)
            ]
    else:
        rows = pyarrow.parquet.read_table(output).to_pylist()
    assert [row["file"].rpartition("/")[2] for row in rows] == ["1.jpg", "empty.png"]
    assert [int(row["faces"]) for row in rows] == [1, 0]
    assert rows[0]["emotion.label"] == "happy"
    assert float(rows[0]["emotion.scores.happy"]) > 0.5
    assert len(rows[0]["embedding.values"]) == int(rows[0]["embedding.dimensions"])
    assert not rows[1]["face"]
    assert hexaface(*command).returncode == 0  # all there already


def test_no_picture_is_lost_at_a_rate_limit(hexaface, home_factory, tmp_path):
    for number in range(9):
        shutil.copy(FACE, tmp_path / f"{number}.jpg")
    admin = "hxf_admin_key_of_a_test_server_000000000"
    with OwnServer(HEXAFACE_HOME=str(home_factory()), HEXAFACE_ADMIN_KEY=admin) as own:
        with Client(own.url, api_key=admin) as client:
            key = client.create_key("slow", ["analyze"], rate_limit="3/second").key
        options = ("--features", "emotion", "--url", own.url, "--api-key", key, "--at-once", 8)
        done = hexaface("analyze", tmp_path, *options)
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 9


def test_a_folder_is_identified(hexaface, server, photos):
    with Client(server) as client:
        client.create_collection("folders")
        client.create_subject("folders", "eileen")
        client.enrol("folders", "eileen", FACE, on_low_quality="flag")
    done = hexaface("identify", photos / "b", "--collection", "folders", "--url", server)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("match  eileen 1.000") == 2
    assert "skipped" not in done.stderr


def test_a_picture_that_is_named_and_in_a_folder_counts_once(photos):
    found = find_pictures([photos / "notes.txt", photos / "b", photos / "b" / "1.jpg"])
    assert [photos / "notes.txt", photos / "b/1.jpg", photos / "b/1.png"] == list(found.files)
    assert list(found.skipped) == []


def test_no_two_pictures_share_an_annotated_one(photos, tmp_path):
    named = [photos / "a", photos / "b" / "1.jpg", photos / "b" / "1.png"]
    targets = {annotated_path(file, common_folder(named), tmp_path) for file in find_pictures(named).files}
    assert len(targets) == 3


def test_verify_tells_by_its_exit_code(hexaface, server):
    def code(*arguments):
        return hexaface("verify", *arguments).returncode

    assert code(FACE, FACE, "--url", server) == 0
    assert code(FACE, SAMPLES / "grace_hopper.jpg", "--url", server) == 1
    assert code(FACE) == 2
    assert code(FACE, SAMPLES / "LICENSES.md", "--url", server) == 3
    assert code(FACE, FACE, "--url", "http://127.0.0.1:1") == 3
    assert "1: different people" in hexaface("verify", "--help").stdout


def test_a_file_that_is_not_there_is_one_line(hexaface, server):
    told = "error: nowhere.jpg: No such file or directory\n"
    assert hexaface("verify", FACE, "nowhere.jpg", "--url", server).stderr == told
    assert hexaface("database", "restore", "nowhere.jpg").stderr == told


def test_a_dump_that_is_not_there_is_one_clear_line(hexaface, home_factory, tmp_path):
    done = hexaface("database", "restore", tmp_path / "none.dump", HEXAFACE_HOME=str(home_factory()))
    assert (done.returncode, 1) == (1, len(done.stderr.strip().splitlines()))
    assert "none.dump" in done.stderr
