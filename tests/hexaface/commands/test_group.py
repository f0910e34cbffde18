"""`hexaface group` as a person runs it, and the guide's own commands."""

import re
import shutil

import pyarrow.parquet
import pytest

from contracts.detection import DetectOptions
from contracts.models import ModelRef
from hexaface.bulk.about import About
from hexaface.bulk.table import FaceTable
from hexaface.client.clients import Client
from tests.paths import ROOT, SAMPLES

pytestmark = pytest.mark.timeout(400)

OBAMA = ("obama_2009.jpg", "obama_portrait_2012.jpg")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Somebody's photos, and one enrolled portrait."""
    (tmp_path / "photos").mkdir()
    for name in (*OBAMA, "astronaut.jpg", "grace_hopper.jpg"):
        shutil.copy(SAMPLES / name, tmp_path / "photos" / name)
    (tmp_path / "people" / "barack").mkdir(parents=True)
    shutil.copy(SAMPLES / OBAMA[1], tmp_path / "people" / "barack")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def staff(server):
    """No collection of this name before and after: the examples of other pages have one too."""

    def forget():
        with Client(server) as client:
            if "staff" in [one.id for one in client.collections().collections]:
                client.delete_collection("staff")

    forget()
    yield
    forget()


def groups_in(folder):
    rows = pyarrow.parquet.read_table(folder / "faces/groups/groups.parquet").to_pylist()
    return {row["picture"].rsplit("/", 1)[-1]: row for row in rows}


@pytest.mark.usefixtures("staff")
def test_the_guides_commands_group_and_name_and_numbers_stay(hexaface, server, folder):
    guide = (ROOT / "docs" / "group.md").read_text()
    commands = "".join(re.findall(r"```sh\n(.*?)```", guide, re.DOTALL)).splitlines()
    assert len(commands) == 4
    for command in commands[:2]:
        done = hexaface(*command.split()[1:], HEXAFACE_URL=server)
        assert done.returncode == 0, done.stderr
    assert "4 faces: 1 person with several, 2 alone, 0 too poor" in done.stdout
    first = groups_in(folder)
    assert [first[name]["group"] for name in OBAMA] == [1, 1]
    assert first["astronaut.jpg"]["reason"] == "alone"

    shutil.copy(SAMPLES / "cabinet_meeting_2013.jpg", folder / "photos")
    for command in (commands[0], *commands[2:]):
        done = hexaface(*command.split()[1:], HEXAFACE_URL=server)
        assert done.returncode == 0, done.stderr
    again = groups_in(folder)
    assert [again[name]["group"] for name in OBAMA] == [1, 1]
    assert [again[name]["name"] for name in OBAMA] == ["barack", "barack"]
    assert again["astronaut.jpg"]["name"] is None

    page = (folder / "faces/groups/sheet.html").read_text()
    assert "barack" in page
    assert [
        path for path in re.findall(r'src="([^"]+)"', page) if not (folder / "faces/groups" / path).is_file()
    ] == []
    assert OBAMA[0] in page


def _table(folder, *, features):
    models = {task: ModelRef(name=task, version="1", digest="d" * 64) for task in ("detector", *features)}
    about = About(features=features and ("embedding",), detect=DetectOptions(), models=models)
    table = FaceTable.create(folder, about)
    row = {"picture": "gone.jpg", "face": 0, "score": 0.9, "embedding": [0.6, 0.8], "problem": None}
    schema = pyarrow.schema(
        {
            "picture": pyarrow.string(),
            "face": pyarrow.int32(),
            "score": pyarrow.float32(),
            "box": pyarrow.struct(dict.fromkeys(("x", "y", "width", "height"), pyarrow.float32())),
            "quality": pyarrow.struct(
                dict.fromkeys(("face_size", "sharpness", "yaw", "pitch", "roll"), pyarrow.float32())
            ),
            "embedding": pyarrow.list_(pyarrow.float16()),
        }
    )
    rows = [
        row | {"picture": name, "box": dict.fromkeys(("x", "y", "width", "height"), 1)}
        for name in ("gone.jpg", "<b>.jpg")
    ]
    table.add("1", pyarrow.Table.from_pylist(rows, schema=schema))
    return folder


def test_what_cannot_be_grouped_is_said_in_one_line(hexaface, tmp_path):
    bare, foreign = (
        _table(tmp_path / "bare", features=()),
        _table(tmp_path / "foreign", features=("embedder",)),
    )
    cases = {
        (str(tmp_path),): "holds no table of faces",
        (str(bare),): "holds no embeddings",
        (str(foreign),): "name a similarity by --threshold",
        (str(foreign), "--threshold", "0.5", "--false-match-rate", "0.01"): "name one",
    }
    for arguments, said in cases.items():
        done = hexaface("group", *arguments)
        assert (done.returncode > 0, said in done.stderr, "Traceback" in done.stderr) == (
            True,
            True,
            False,
        ), done

    done = hexaface("group", foreign, "--threshold", "0.5")
    assert done.returncode == 0, done.stderr
    page = (foreign / "groups" / "sheet.html").read_text()
    assert page.count("picture not at hand") == 2
    assert "<b>" not in page
