"""A run over videos that is killed goes on as if nothing had been."""

import pyarrow.dataset as ds
import pytest

from tests.hexaface.bulk.killing import bulk, killed_until_done
from tests.hexaface.bulk.videos.conftest import CAST
from tests.hexaface.bulk.videos.rendering import film

CLIPS = 4
OPTIONS = ("--features", "emotion")


def rows(out, kind, *columns):
    (folder,) = out.glob(f"{kind}-*")
    parts = ds.dataset(sorted(folder.glob("part-*.parquet")), format="parquet")
    return sorted(tuple(row.values()) for row in parts.to_table(columns=list(columns)).to_pylist())


@pytest.mark.timeout(600)
def test_killed_at_any_moment_no_frame_and_nobody_is_there_twice_or_missing(tmp_path):
    clips, whole, killed = tmp_path / "clips", tmp_path / "whole", tmp_path / "killed"
    clips.mkdir()
    for number in range(CLIPS):
        film(clips / f"{number}.mp4", CAST[: 1 + number % 2], 0.8, rate=10)
    with bulk(clips, "--out", whole, *OPTIONS) as process:
        assert process.wait() == 0, process.stderr.read()

    kills = killed_until_done(clips, *OPTIONS, "--annotate", out=killed)

    assert kills > 0
    for kind, columns in (
        ("frames", ("video", "frame", "face", "track")),
        ("tracks", ("video", "track", "start", "end", "frames")),
    ):
        found = rows(killed, kind, *columns)
        assert found == rows(whole, kind, *columns)
        assert len(found) == len(set(found)) >= CLIPS
    assert len(list((killed / "annotated").glob("*.mp4"))) == CLIPS
