"""A file that is no picture is told what it is."""

import gzip

import pytest

from serving.contents import kind_of
from serving.imaging import decode
from tests.paths import ROOT
from web.problems import UnsupportedImageError


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (gzip.compress(b"x"), "gzip"),
        (b"<!doctype html><html>", "HTML"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "SVG"),
        (b'{"image": 1}', "JSON"),
        ("Grüße, nur Text".encode(), "text"),
        (("ä" * 4000).encode()[:4097], "text"),
        (b"\0\0\0\x18ftypisom", "video"),
        (bytes(range(256)), "not a supported picture"),
    ],
)
def test_a_file_is_told_by_how_it_begins(data, kind):
    assert kind in kind_of(data)


def test_the_readme_sent_as_a_picture_is_told_what_it_is():
    with pytest.raises(UnsupportedImageError, match="the file is a text document"):
        decode((ROOT / "README.md").read_bytes(), max_pixels=1000)
