"""Photos: known from their headers, decoded at the scale that is asked for, within what their headers announce."""

import io
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from serving.pictures.photo import AbandonedError, Photo
from tests.paths import ROOT

LIMIT = 40_000_000
FILES = ROOT / "tests" / "serving" / "files"

# Each picture is decoded in a process of its own making, whose peak is set back before.
_MEASURE = """
import io, sys
import numpy as np
from PIL import Image
from serving.pictures.photo import Photo

def resident(field):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(field)) * 1024

size = (3000, 2000)
ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
rgb = Image.fromarray(ramp)
cases = [
    (rgb, "JPEG", {}, 1), (rgb, "JPEG", {}, 4), (rgb, "JPEG", {"progressive": True}, 1),
    (rgb, "JPEG", {"progressive": True, "subsampling": 0}, 8), (rgb.convert("CMYK"), "JPEG", {}, 1),
    (rgb, "PNG", {"compress_level": 1}, 1), (rgb.convert("RGBA"), "PNG", {"compress_level": 1}, 1),
    (rgb.convert("P"), "PNG", {"compress_level": 1}, 1), (rgb.convert("P"), "GIF", {}, 1), (rgb, "BMP", {}, 1),
    (Image.fromarray(ramp[:, :, 0].astype(np.uint16) * 200), "PNG", {"compress_level": 1}, 1),
    (Image.fromarray((ramp[:, :, 0] / 255).astype(np.float32)), "TIFF", {}, 1),
    (rgb, "TIFF", {"compression": "tiff_lzw"}, 1), (rgb, "WEBP", {"method": 0}, 1),
    (rgb, "AVIF", {"speed": 10, "subsampling": "4:4:4"}, 1),
]
for picture, kind, options, reduction in cases:
    for shape in (picture.resize((64, 64)), picture):
        file = io.BytesIO()
        shape.save(file, kind, **options)
        data = file.getvalue()
        del file
        open("/proc/self/clear_refs", "w").write("5")
        before = resident("VmRSS")
        photo = Photo(data, max_pixels=40_000_000)
        pixels = photo.decode(reduction)
    print(kind, picture.mode, reduction, photo.cost(reduction), resident("VmHWM") - before)
    del pixels
"""


def jpeg(size, **options):
    ramp = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(ramp).save(file, "JPEG", **options)
    return file.getvalue()


def test_no_picture_takes_more_than_its_header_announces():
    found = subprocess.run(
        [sys.executable, "-c", _MEASURE], capture_output=True, text=True, cwd=ROOT, check=True
    )
    rows = [line.rsplit(" ", 2) for line in found.stdout.splitlines()]
    assert len(rows) == 15
    assert [case for case, announced, taken in rows if int(taken) > int(announced)] == []


def test_a_jpeg_is_decoded_at_a_fraction_of_its_size_for_a_fraction_of_the_memory():
    photo = Photo(jpeg((1601, 1203)), max_pixels=LIMIT)
    assert (photo.width, photo.height) == (1601, 1203)
    assert [photo.reduction_for(side) for side in (200, 201, 400, 401, 1601, 5000)] == [8, 4, 4, 2, 1, 1]
    assert photo.decode(4).shape == (301, 401, 3)
    assert photo.cost(4) < photo.cost(1) / 1.4


def test_scales_agree_on_what_they_show():
    photo = Photo(jpeg((1600, 1200), quality=95), max_pixels=LIMIT)
    whole, quarter = photo.decode(), photo.decode(4)
    means = whole.reshape(300, 4, 400, 4, 3).mean(axis=(1, 3))
    assert float(np.abs(means - quarter).mean()) < 1.5


def test_a_progressive_jpeg_announces_the_coefficients_it_keeps():
    plain, progressive = (
        Photo(jpeg((2000, 1000), progressive=p, subsampling=0), max_pixels=LIMIT) for p in (False, True)
    )
    assert progressive.cost(8) - plain.cost(8) > 2000 * 1000 * 5.5


@pytest.mark.parametrize("name", ["upright", "turned"])
def test_heic_is_read_and_upright_whichever_way_the_phone_was_held(name, photo):
    expected = (
        Image.open(io.BytesIO(photo("astronaut"))).convert("RGB").resize((320, 320)).crop((0, 0, 320, 240))
    )
    pixels = Photo((FILES / f"{name}.heic").read_bytes(), max_pixels=LIMIT).decode()
    assert pixels.shape == (240, 320, 3)
    assert float(np.abs(pixels.astype(int) - np.asarray(expected).astype(int)).mean()) < 6


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_avif_is_read_and_upright(orientation):
    upright = Image.fromarray(np.pad(np.full((40, 60, 3), 220, np.uint8), ((0, 40), (0, 60), (0, 0))))
    turns = {1: 0, 3: 180, 6: 90, 8: 270}
    exif, file = Image.Exif(), io.BytesIO()
    exif[0x0112] = orientation
    upright.rotate(turns[orientation], expand=True).save(file, "AVIF", exif=exif)
    pixels = Photo(file.getvalue(), max_pixels=LIMIT).decode()
    assert pixels.shape == (80, 120, 3)
    assert float(np.abs(pixels.astype(int) - np.asarray(upright).astype(int)).mean()) < 4


def test_a_decoder_stops_when_nobody_waits():
    photo = Photo(jpeg((400, 300)), max_pixels=LIMIT)
    photo.abandon()
    with pytest.raises(AbandonedError):
        photo.decode()
