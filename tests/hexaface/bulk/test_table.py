import subprocess
import sys

import pyarrow as pa
import pytest

from contracts.detection import DetectOptions
from contracts.models import ModelRef
from hexaface.bulk.about import About
from hexaface.bulk.schema import paths, table_schema
from hexaface.bulk.table import BusyError, FaceTable, NoTableError, embeddings, sole_writer
from tests.paths import ROOT

LABELS = {"detector": {}, "points": {}, "emotion": {"emotion": ["happy", "sad"]}, "embedder": {}}
SCHEMA = table_schema(["emotion", "embedding"], LABELS)
MODELS = {task: ModelRef(name=task, version="1", digest="d" * 64) for task in LABELS}


def about(**changes):
    given = {"features": ("emotion", "embedding"), "detect": DetectOptions(), "models": MODELS} | changes
    return About(**given)


def rows(*pictures, problem=None):
    one = {"faces": 1, "face": 0, "embedding": [0.6, 0.8]} if problem is None else {"problem": problem}
    return pa.Table.from_pylist([{"picture": name, **one} for name in pictures], schema=SCHEMA)


def test_a_table_has_the_labels_of_the_models_as_columns():
    columns = dict(paths(SCHEMA))

    assert columns["emotion.scores.sad"] == "float"
    assert columns["box.width"] == "float"
    assert columns["embedding"].replace("item", "element") == "list<element: halffloat>"
    assert not [name for name in columns if name.startswith("keypoints")]


def test_another_option_or_another_model_is_another_table():
    other = MODELS | {"embedder": ModelRef(name="embedder", version="2", digest="e" * 64)}

    names = {about().name, about(detect=DetectOptions(min_size=40)).name, about(models=other).name}

    assert len(names) == 3
    assert about().name == about().name


def test_what_was_added_is_read_in_the_order_of_pictures(tmp_path):
    table = FaceTable.create(tmp_path, about())
    table.add("1", rows("b", "c"))
    table.add("2", rows("a"))
    table.add("3", rows("broken", problem={"type": "undecodable-image", "detail": "damaged"}))

    again = FaceTable.open(tmp_path)

    assert about() == again.about
    assert again.faces(["score"])["picture"].to_pylist() == ["a", "b", "c"]
    assert embeddings(again.faces(["embedding"])).shape == (3, 2)
    assert {"a", "b", "c", "broken"} == set(again.pictures())


def test_failed_pictures_are_forgotten_to_be_tried_again(tmp_path):
    table = FaceTable.create(tmp_path, about())
    bad = rows("bad", problem={"type": "unreadable", "detail": "away"})
    table.add("1", pa.concat_tables([rows("good"), bad]))
    table.add("2", bad.slice(0, 1))

    table.forget_failed()

    assert list(table.pictures()) == ["good"]
    assert len(table.parts) == 1


def test_one_of_several_tables_must_be_named(tmp_path):
    with pytest.raises(NoTableError, match="no table"):
        FaceTable.open(tmp_path)
    one = FaceTable.create(tmp_path, about())
    FaceTable.create(tmp_path, about(features=("embedding",)))

    with pytest.raises(NoTableError, match="name one"):
        FaceTable.open(tmp_path)
    assert one.about == FaceTable.open(one.folder).about


def test_a_second_run_on_the_same_folder_is_refused_until_the_first_is_gone(tmp_path):
    code = "import sys; from pathlib import Path; from hexaface.bulk.table import sole_writer\n"
    code += "with sole_writer(Path(sys.argv[1])): print(flush=True); sys.stdin.read()"
    command = [sys.executable, "-c", code, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as first:
        first.stdout.readline()
        with pytest.raises(BusyError, match="another"), sole_writer(tmp_path):
            pass
        first.kill()
    with sole_writer(tmp_path):
        pass


def test_the_page_about_the_table_has_every_column():
    page = (ROOT / "docs" / "bulk.md").read_text()
    features = ["attributes", "emotion", "keypoints", "embedding", "liveness"]

    for column in table_schema(features, LABELS).names:
        assert f"\n| `{column}` |" in page
