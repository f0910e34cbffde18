import functools
import http.server
import subprocess
import sys
import threading
import time
from contextlib import suppress

import fsspec
import httpx
import pyarrow as pa
import pytest
from pyarrow import parquet

from hexaface.bulk.pictures import Picture, cut, sampled
from hexaface.bulk.reading import Reader
from hexaface.bulk.sources import SourceError, find
from tests.gateway.together.processes import free_port


def names(*sources, **options):
    return [picture.name for picture in find([str(source) for source in sources], **options).pictures]


def contents(*sources, **options):
    read = Reader()
    return [read(picture) for picture in find([str(source) for source in sources], **options).pictures]


@pytest.fixture
def tree(tmp_path):
    """Two pictures, one of them in a folder with an odd name, and a file that is none."""
    (tmp_path / "a::b #1").mkdir()
    for name in ("x.jpg", "a::b #1/Y.PNG", "notes.md"):
        (tmp_path / name).write_bytes(name.encode())
    return tmp_path


def test_folders_are_searched_to_the_bottom_and_what_is_no_picture_is_counted(tree):
    assert names(tree) == [str(tree / "a::b #1" / "Y.PNG"), str(tree / "x.jpg")]
    assert find([str(tree)]).skipped == 1


def test_a_table_in_a_folder_is_what_a_run_wrote_and_only_read_when_it_is_named(tree):
    parquet.write_table(pa.table({"path": ["other.jpg"]}), tree / "faces.parquet")

    assert str(tree / "other.jpg") not in names(tree)
    assert find([str(tree)]).skipped == 2
    assert names(tree / "faces.parquet") == names(tree / "*.parquet") == [str(tree / "other.jpg")]


def test_what_the_run_itself_writes_below_its_sources_is_none(tree):
    (tree / "out" / "annotated").mkdir(parents=True)
    (tree / "out" / "annotated" / "clip.mp4").touch()
    (tree / "out" / "groups" / "crops").mkdir(parents=True)
    (tree / "out" / "groups" / "crops" / "1.jpg").touch()

    found = find([str(tree)], out=tree / "out")

    assert (len(found.pictures), found.videos, found.skipped) == (2, [], 1)
    assert len(find([str(tree / "out")], out=tree).pictures) == 1
    assert len(find([str(tree)], out=tree).pictures) == 3  # `out` may be the folder of the pictures itself


def test_a_picture_that_is_named_twice_counts_once_and_a_named_file_whatever_its_ending(tree):
    assert names(tree / "x.jpg", tree / "*.jpg", tree / "notes.md") == [
        str(tree / "x.jpg"),
        str(tree / "notes.md"),
    ]


def test_addresses_in_a_list_start_where_the_list_lies(tree):
    (tree / "list.txt").write_text(f"x.jpg\n\nhttps://example.org/z.jpg\n{tree}/x.jpg\n")

    assert names(tree / "list.txt") == [str(tree / "x.jpg"), "https://example.org/z.jpg"]


def test_a_table_holds_paths_or_pictures(tree):
    parquet.write_table(pa.table({"id": [1, 2], "path": ["x.jpg", None]}), tree / "paths.parquet")
    cells = pa.table({"image": [b"1", b"2", b"3"]})
    parquet.write_table(cells, tree / "bytes.parquet", row_group_size=2)
    structs = pa.table({"image": [{"bytes": b"4", "path": None}], "label": ["a"]})
    parquet.write_table(structs, tree / "hub.parquet")

    assert contents(tree / "paths.parquet") == [b"x.jpg"]
    assert names(tree / "bytes.parquet")[2] == f"{tree}/bytes.parquet#2"
    assert contents(tree / "bytes.parquet", tree / "hub.parquet") == [b"1", b"2", b"3", b"4"]


def test_a_table_that_may_hold_pictures_in_several_columns_wants_one_named(tree):
    parquet.write_table(pa.table({"front": ["x.jpg"], "side": ["y.jpg"]}), tree / "two.parquet")

    with pytest.raises(SourceError, match="--column front or side"):
        names(tree / "two.parquet")
    assert names(tree / "two.parquet", column="side") == [str(tree / "y.jpg")]


def test_what_is_not_there_is_an_error(tree):
    with pytest.raises(SourceError, match="no such file"):
        names(tree / "away")
    with pytest.raises(SourceError, match="unheard"):
        names("unheard://of")


def test_any_file_system_of_fsspec_is_a_source():
    memory = fsspec.filesystem("memory")
    memory.pipe({"/album/one.jpg": b"1", "/album/deep/two.jpg": b"2"})

    assert names("memory://album") == ["memory:///album/deep/two.jpg", "memory:///album/one.jpg"]
    assert contents("memory://album") == [b"2", b"1"]


def test_pictures_come_over_http(tree):
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=tree)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            assert contents(f"{address}/x.jpg") == [b"x.jpg"]
            with pytest.raises(OSError, match="away"):
                contents(f"{address}/away.jpg")
        finally:
            server.shutdown()


def test_an_object_store_is_a_source(monkeypatch):
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server", reason="moto and flask stand in for S3")
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        given = {"AWS_ENDPOINT_URL": f"http://{host}:{port}", "AWS_ACCESS_KEY_ID": "a"}
        given |= {"AWS_SECRET_ACCESS_KEY": "b", "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in given.items():
            monkeypatch.setenv(name, value)
        client = boto3.client("s3")
        client.create_bucket(Bucket="photos")
        for key in ("2026/one.jpg", "2026/deep/two 2.jpg", "2026/notes.md"):
            client.put_object(Bucket="photos", Key=key, Body=key.encode())

        assert names("s3://photos/2026") == [
            "s3://photos/2026/deep/two 2.jpg",
            "s3://photos/2026/one.jpg",
        ]
        assert contents("s3://photos/2026/*.jpg") == [b"2026/one.jpg"]
        assert names("s3://photos/*/deep") == ["s3://photos/2026/deep/two 2.jpg"]
    finally:
        server.stop()


def test_googles_store_is_a_source(monkeypatch):
    port = free_port()
    # A process of its own: Arrow's client holds the interpreter's lock while it opens some files.
    line = [sys.executable, "-m", "gcp_storage_emulator", "start", "--host", "127.0.0.1", "--port", str(port)]
    address = f"http://127.0.0.1:{port}"
    with subprocess.Popen([*line, "--quiet", "--in-memory", "--default-bucket", "photos"]) as process:
        try:
            await_answer(address)
            for key in ("2026/one.jpg", "2026/deep/two 2.jpg", "2026/notes.md"):
                upload = f"{address}/upload/storage/v1/b/photos/o"
                query, kind = {"uploadType": "media", "name": key}, {"Content-Type": "image/jpeg"}
                httpx.post(upload, params=query, headers=kind, content=key.encode())
            monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)

            assert names("gs://photos/2026") == [
                "gs://photos/2026/deep/two 2.jpg",
                "gs://photos/2026/one.jpg",
            ]
            assert contents("gs://photos/2026/*.jpg") == [b"2026/one.jpg"]
            assert names("gs://photos/20*/deep") == ["gs://photos/2026/deep/two 2.jpg"]
        finally:
            process.terminate()


def await_answer(address):
    for _ in range(200):
        with suppress(httpx.HTTPError):
            return httpx.get(address)
        time.sleep(0.05)
    raise TimeoutError(address)


def test_a_sample_is_the_same_each_time_and_part_of_a_larger_one():
    pictures = [Picture(str(i)) for i in range(1000)]

    few, more = sampled(pictures, 10), sampled(pictures, 20)

    assert few == sampled(list(pictures), 10)
    assert set(few) < set(more)
    assert 200 < sum(int(picture.name) for picture in sampled(pictures, 100)) / 100 < 800


def test_a_part_is_named_after_its_pictures():
    pictures = [Picture(str(i)) for i in range(5)]

    parts = cut(pictures, 2)

    assert [len(part.pictures) for part in parts] == [2, 2, 1]
    assert len({part.name for part in parts}) == 3
    assert parts[0].name == cut(pictures[:2], 2)[0].name
