import io
import shutil
import threading
from collections import Counter

import psutil
import pyarrow as pa
import pytest
import typer
from PIL import Image
from pyarrow import parquet

from contracts.detection import DetectOptions
from hexaface.bulk.job import Job
from hexaface.bulk.table import FaceTable, sole_writer
from hexaface.commands.bulk import bulk as command
from tests.hexaface.bulk.killing import bulk, killed_until_done
from tests.paths import PICTURES, SAMPLES

ALL = ["attributes", "emotion", "keypoints", "embedding", "liveness"]


def finished(*arguments):
    process = bulk(*arguments)
    out, err = process.communicate(timeout=110)
    return process.returncode, out, err


def light_job(photos, out):
    return Job([str(photos)], out, features=["emotion"], detect=DetectOptions())


@pytest.fixture(scope="module")
def photos(tmp_path_factory):
    """A folder with pictures of every fate."""
    folder = tmp_path_factory.mktemp("photos")
    shutil.copy(PICTURES / "group.jpg", folder)
    shutil.copy(SAMPLES / "astronaut.jpg", folder)
    (folder / "damaged.jpg").write_bytes((SAMPLES / "astronaut.jpg").read_bytes()[:20_000])
    (folder / "empty.png").touch()
    nobody = io.BytesIO()
    Image.new("RGB", (64, 64), "grey").save(nobody, "PNG")
    (folder / "nobody.png").write_bytes(nobody.getvalue())
    (folder / "notes.txt").write_text("astronaut.jpg")
    return folder


@pytest.fixture(scope="module")
def done(photos, tmp_path_factory):
    """Their table, as the command made it, and how the command ended."""
    out = tmp_path_factory.mktemp("out")
    ended = finished(photos, "--out", out, "--workers", 1, "--features", ",".join(ALL))
    return FaceTable.open(out), ended


def rows_of(table, name):
    rows = [row for part in table.parts for row in _read(part)]
    return sorted((row for row in rows if row["picture"].endswith(name)), key=lambda row: row["face"] or 0)


def _read(part):
    return parquet.read_table(part).to_pylist()


def test_every_picture_has_its_rows_and_the_command_says_how_it_ended(done):
    table, (code, out, err) = done

    assert code == 3, err
    assert str(table.folder) in out
    assert "2 failed" in out
    assert "undecodable-image: 2" in err
    assert len(set(table.pictures())) == 5
    assert [row["faces"] for row in rows_of(table, "nobody.png")] == [0]
    assert rows_of(table, "damaged.jpg")[0]["problem"]["type"] == "undecodable-image"
    assert "empty" in rows_of(table, "empty.png")[0]["problem"]["detail"]


async def test_the_rows_say_what_the_api_answers(done, api):
    table, _ = done
    data = {"features": ",".join(ALL)}
    for name in ("group.jpg", "astronaut.jpg"):
        picture = next(f / name for f in (PICTURES, SAMPLES) if (f / name).exists()).read_bytes()
        answer = (await api.post("/v1/analyze", files={"image": picture}, data=data)).json()
        rows = rows_of(table, name)

        assert len(rows) == len(answer["faces"])
        for row, face in zip(rows, answer["faces"], strict=True):
            values = face.pop("embedding")["values"]
            assert row["embedding"] == pytest.approx(values, abs=2e-3)
            assert_alike({key: row[key] for key in face}, face)


def assert_alike(row, face):
    """Whatever the answer has, the row has; numbers to single precision."""
    if isinstance(face, dict):
        for key, value in face.items():
            assert_alike(row[key], value)
    elif isinstance(face, float):
        assert row == pytest.approx(face, rel=1e-3, abs=2e-2)
    else:
        assert row == face


def test_a_second_run_finds_nothing_to_do_and_retry_tries_the_failed_again(done, photos, capsys):
    table, _ = done
    command([str(photos)], table.folder.parent, features=",".join(ALL), dry_run=True)
    assert capsys.readouterr().out.startswith("0 pictures to do")

    shutil.copy(SAMPLES / "astronaut.jpg", photos / "damaged.jpg")
    code, out, err = finished(
        photos, "--out", table.folder.parent, "--retry", "--workers", 1, "--features", ",".join(ALL)
    )
    assert code == 3, err
    assert out.startswith("2 pictures, 1 faces, 1 failed")
    assert len(rows_of(table, "damaged.jpg")) == 1


def test_a_changed_option_is_another_table_and_a_dry_run_makes_none(done, photos, capsys):
    table, _ = done
    out = table.folder.parent

    command([str(photos)], out, min_size=40, features="emotion", dry_run=True)

    said, err = (" ".join(text.split()) for text in capsys.readouterr())
    assert "5 pictures to do" in said
    assert f"{table.folder.name} in the same folder has other features and options and models" in err
    assert len(list(out.glob("faces-*"))) == 1


@pytest.mark.parametrize("wrong", [{"features": "emotion,beauty"}, {"mode": "slow"}, {"column": "away"}])
def test_what_cannot_be_done_is_said_before_anything_is_made(photos, tmp_path, wrong):
    table = tmp_path / "photos.parquet"
    parquet.write_table(pa.table({"image": [b""]}), table)

    with pytest.raises(typer.Exit) as ended:
        command([str(photos), str(table)], tmp_path / "out", **wrong)

    assert ended.value.exit_code in (1, 2)
    assert not (tmp_path / "out").exists()


def test_a_busy_folder_is_refused(photos, tmp_path, capsys):
    with sole_writer(tmp_path), pytest.raises(typer.Exit) as ended:
        command([str(photos)], tmp_path, features="emotion")

    assert ended.value.exit_code == 1
    assert "another `hexaface bulk` writes into" in " ".join(capsys.readouterr().err.split())


@pytest.mark.timeout(600)
def test_killed_at_any_moment_it_goes_on_without_a_row_twice_or_missing(folder, tmp_path):
    photos, out = folder(64), tmp_path / "out"

    kills = killed_until_done(photos, "--workers", 2, "--features", "emotion", out=out)

    assert kills > 0
    table = FaceTable.open(out)
    counts = Counter(table.faces(["score"])["picture"].to_pylist())
    expected = {str(path): 1 if index % 2 == 0 else 6 for index, path in enumerate(sorted(photos.iterdir()))}
    assert set(table.pictures()) == set(expected)
    rows = [row["picture"] for part in table.parts for row in _read(part) if row["face"] in (None, 0)]
    assert len(rows) == len(set(rows)) == 64
    assert counts[min(expected)] == 1
    assert not list(table.folder.glob(".*partial"))


@pytest.mark.timeout(300)
def test_a_worker_that_dies_costs_no_picture(folder, tmp_path):
    job = light_job(folder(40), tmp_path / "out")
    killed, others = threading.Event(), set(psutil.Process().children())

    def kill_one(_):
        if not killed.is_set():
            killed.set()
            workers = set(psutil.Process().children()) - others
            max(workers, key=lambda child: child.memory_info().rss).kill()

    with job.writing(retry=False) as todo:
        outcome = job.run(todo, job.workers(1), kill_one)

    assert killed.is_set()
    assert (outcome.pictures, outcome.problems) == (40, Counter())
    assert not job.todo()
