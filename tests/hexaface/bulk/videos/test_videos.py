"""`hexaface bulk` on videos, as a person runs it: who was when where, and what the tables say of them."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import av
import numpy as np
import pyarrow.compute as pc
import pyarrow.dataset as ds
import pytest

from tests.hexaface.bulk.videos.camera import H264_BY_TCP, camera
from tests.hexaface.bulk.videos.conftest import CAST, SECONDS
from tests.hexaface.bulk.videos.rendering import scene
from tests.paths import ROOT

pytestmark = pytest.mark.timeout(600)
STEP = 0.2


def bulk(*arguments, **environment):
    command = [sys.executable, "-m", "hexaface.commands.app", "bulk", *map(str, arguments)]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | environment | {"COLUMNS": "300"},
    )


def table(out, kind):
    """All rows of the only table of a kind."""
    (folder,) = Path(out).glob(f"{kind}-*")
    return ds.dataset(sorted(folder.glob("part-*.parquet"))).to_table()


@pytest.fixture(scope="module")
def watched(street, tmp_path_factory):
    """What the command made of the film, and of a file that is none."""
    folder, out = tmp_path_factory.mktemp("videos"), tmp_path_factory.mktemp("out")
    (folder / "broken.mp4").write_bytes(street.read_bytes()[:3000])
    (folder / "street.mp4").write_bytes(street.read_bytes())
    arguments = (folder, "--out", out, "--features", "attributes,emotion,embedding", "--annotate")
    return folder, out, arguments, bulk(*arguments)


@pytest.fixture(scope="module")
def people(watched):
    """The rows of the people, in the order of their tracks: who is in front, who crosses, who returns."""
    rows = table(watched[1], "tracks").to_pylist()
    found = sorted((row for row in rows if row["track"]), key=lambda row: row["track"])
    assert [row["track"] for row in found] == [1, 2, 3], "one track for each of them"
    return found


def actor_at(row):
    """Whose picture a row's face is in, by where everybody is at that moment; in front first."""
    x, y = (row["box"][a] + row["box"][b] / 2 for a, b in (("x", "width"), ("y", "height")))
    for actor in sorted(CAST, key=lambda actor: actor.name != "obama_2009"):
        place = actor.where(row["seconds"])
        if place and abs(x - place[0]) < 60 and abs(y - place[1]) < actor.side / 2:
            return actor.name
    return None


def test_the_command_says_what_it_found_and_what_failed(watched):
    folder, _, _, run = watched

    assert run.returncode == 3, run.stderr
    assert f"{folder}/street.mp4: 5.8 s, 30 frames, 3 people" in run.stdout
    assert f"{folder}/broken.mp4: it is not a video, or damaged" in run.stdout


def test_everybody_keeps_a_track_through_crossing_and_returning(watched):
    rows = table(watched[1], "frames").to_pylist()
    followed = [row for row in rows if row["track"]]

    assert len({row["frame"] for row in rows}) == 30
    assert len(followed) >= 70
    pairs = {(row["track"], actor_at(row)) for row in followed}
    assert len(pairs) == 3
    assert {actor for _, actor in pairs} == {actor.name for actor in CAST}


def test_times_are_when_they_were_there(people):
    by_actor = {actor_at(row | {"seconds": row["best"][0]["seconds"]}): row for row in people}
    walks, crosses, returns = (by_actor[name] for name in ("obama_2009", "grace_hopper", "astronaut"))

    for row in (walks, crosses):
        assert (row["start"], row["end"]) == (0, pytest.approx(SECONDS - STEP))
    assert walks["sightings"] == 30
    assert [(round(s["start"], 2), round(s["end"], 2)) for s in returns["spans"]] == [(0, 1.4), (4, 5.8)]
    assert returns["seconds"] == pytest.approx(3.2)


def test_what_is_said_of_a_person_is_the_middle_of_their_frames(watched, people):
    frames = table(watched[1], "frames")
    for person in people:
        own = frames.filter(pc.field("track") == person["track"])
        emotion = person["emotion"]
        assert sum(emotion["scores"].values()) == pytest.approx(1, abs=1e-3)
        assert emotion["label"] == max(emotion["scores"], key=emotion["scores"].get)
        assert [moment["seconds"] for moment in person["curve"]] == sorted(
            {float(int(second)) for second in own["seconds"].to_pylist()}
        )
        fitness = own["fitness"].to_pylist()
        assert [best["fitness"] for best in person["best"]] == sorted(fitness, reverse=True)[:5]
        ages = [row["age"]["years"] for row in own["attributes"].to_pylist()]
        assert min(ages) <= person["attributes"]["age"]["years"] <= max(ages)
        assert person["attributes"]["gender"]["label"] in {"male", "female"}
    happy = {person["emotion"]["label"] for person in people}
    assert "happy" in happy  # Obama and Collins laugh


def test_the_pooled_embedding_is_of_one_person(people):
    looks = np.array([person["embedding"] for person in people], np.float32)

    alike = looks @ looks.T
    assert np.diag(alike) == pytest.approx(1, abs=1e-2)
    assert alike[~np.eye(3, dtype=bool)].max() < 0.45


def test_the_annotated_video_has_every_frame_and_boxes_in_it(watched, street):
    (path,) = (watched[1] / "annotated").glob("*.mp4")
    with av.open(str(path)) as annotated, av.open(str(street)) as original:
        drawn = [frame.to_ndarray(format="rgb24") for frame in annotated.decode(video=0)]
        plain = [frame.to_ndarray(format="rgb24") for frame in original.decode(video=0)]

    assert len(drawn) == len(plain) == 60
    assert drawn[0].shape == plain[0].shape
    # A frame between two that were looked at has its boxes too.
    changed = np.abs(drawn[5].astype(int) - plain[5]).max(-1) > 40
    assert 0.002 < changed.mean() < 0.2


def test_what_was_watched_without_is_annotated_later(watched):
    _, out, arguments, _ = watched
    (path,) = (out / "annotated").glob("*.mp4")
    path.unlink()

    assert f"annotated: {path}" in bulk(*arguments).stdout
    assert path.stat().st_size > 10_000


def test_the_same_command_has_nothing_more_to_do_and_tries_again_what_failed(watched):
    folder, out, arguments, _ = watched
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}

    again = bulk(*arguments, "--dry-run")
    assert "0 videos to do" in again.stdout, again.stderr
    assert "1 videos to do" in bulk(*arguments, "--dry-run", "--retry").stdout
    assert before == {path: path.stat().st_mtime_ns for path in out.rglob("*.parquet")}
    assert table(out, "tracks").filter(pc.field("problem").is_valid())["video"].to_pylist() == [
        f"{folder}/broken.mp4"
    ]


def test_a_camera_is_watched_and_its_password_kept_out_of_the_table(tmp_path):
    with camera(lambda _: scene(CAST[1:2], 2.0), H264_BY_TCP) as address:
        named = address.replace("rtsp://", "rtsp://me:secret@")
        run = bulk(named, "--seconds", 3, "--fps", 2, "--features", "emotion", "--out", tmp_path / "out")
    assert run.returncode == 0, run.stderr
    rows = table(tmp_path / "out", "tracks").to_pylist()
    assert [row["track"] for row in rows] == [1]
    assert rows[0]["video"].startswith(f"{address}@20")
    assert "secret" not in str(rows) + run.stdout + run.stderr


def test_a_stream_without_an_end_is_refused(tmp_path):
    run = bulk("rtsp://127.0.0.1:1/street", "--out", tmp_path)
    assert run.returncode == 1
    assert "has no end: say for how long, --seconds 60" in run.stderr


def test_the_commands_of_the_page_do_what_it_says(street, tmp_path, monkeypatch):
    page = (ROOT / "docs" / "video.md").read_text()
    lines = [line for line in re.findall(r"^hexaface bulk (.*)$", page, re.MULTILINE) if "clip" not in line]
    assert len(lines) == 2
    (tmp_path / "videos").mkdir()
    shutil.copy(street, tmp_path / "videos" / "clip.mp4")
    monkeypatch.chdir(tmp_path)
    with camera(lambda _: scene(CAST[1:2], 2.0)) as address:
        for line in lines:
            run = bulk(*line.replace("rtsp://camera.example/street", address).split())
            assert run.returncode == 0, run.stderr
    (snippet,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    shown = subprocess.run([sys.executable, "-c", snippet], capture_output=True, text=True, check=True).stdout
    assert len(shown.splitlines()) == 4  # three people on the film, one before the camera
    assert "happy" in shown
