"""Pictures as people send them."""

import io
import struct
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from serving.imaging import decode
from web.problems import TooManyPixelsError, UndecodableImageError, UnsupportedImageError

LIMIT = 40_000_000
RED = (200, 30, 30)


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def photo(mode="RGB", size=(40, 24)):
    gradient = np.linspace(0, 255, size[0] * size[1] * 3).reshape(size[1], size[0], 3).astype(np.uint8)
    return Image.fromarray(gradient).convert(mode)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF"])
def test_every_format_is_read(kind):
    pixels = decode(encoded(photo(), kind), max_pixels=LIMIT)
    assert pixels.shape == (24, 40, 3)
    assert pixels.dtype == np.uint8


@pytest.mark.parametrize(
    ("mode", "kind"),
    [
        ("L", "PNG"), ("L", "JPEG"), ("LA", "PNG"), ("RGBA", "PNG"), ("RGBA", "WEBP"), ("P", "PNG"), ("P", "GIF"),
        ("1", "PNG"), ("CMYK", "JPEG"), ("CMYK", "TIFF"), ("I;16", "PNG"), ("I;16", "TIFF"), ("F", "TIFF"),
    ],
)  # fmt: skip
def test_every_mode_becomes_rgb(mode, kind):
    if mode in ("I;16", "F"):
        values = np.linspace(0, 65535 if mode == "I;16" else 1, 24 * 40).reshape(24, 40)
        image = Image.fromarray(values.astype(np.uint16 if mode == "I;16" else np.float32))
    else:
        image = photo(mode)
    pixels = decode(encoded(image, kind), max_pixels=LIMIT)
    assert pixels.shape == (24, 40, 3)
    assert int(pixels.max()) > 200
    assert int(pixels.min()) < 60


def test_sixteen_bits_keep_their_brightness():
    grey = Image.fromarray(np.full((10, 10), 32768, np.uint16))
    pixels = decode(encoded(grey, "PNG"), max_pixels=LIMIT)
    assert abs(int(pixels[0, 0, 0]) - 128) <= 1


def test_alpha_is_laid_over_white():
    clear = Image.new("RGBA", (10, 10), (0, 0, 0, 0))
    assert decode(encoded(clear, "PNG"), max_pixels=LIMIT).min() == 255


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_makes_the_picture_upright(orientation):
    upright = np.zeros((20, 30, 3), np.uint8)
    upright[:10, :10] = RED
    undo = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_270,
    }[orientation]  # fmt: skip
    stored = Image.fromarray(upright) if undo is None else Image.fromarray(upright).transpose(undo)
    exif = Image.Exif()
    exif[0x0112] = orientation
    pixels = decode(encoded(stored, "PNG", exif=exif), max_pixels=LIMIT)
    assert pixels.shape == upright.shape
    np.testing.assert_array_equal(pixels, upright)


def test_the_first_frame_of_an_animation_counts():
    frames = [Image.new("RGB", (10, 10), colour) for colour in (RED, (0, 0, 255))]
    pixels = decode(
        encoded(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True), max_pixels=LIMIT
    )
    np.testing.assert_array_equal(pixels[0, 0], RED)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF"])
def test_a_picture_truncated_anywhere_is_refused_or_read_but_never_an_error(kind):
    whole = encoded(photo(size=(160, 120)), kind)
    refused = 0
    for i in range(50):
        cut = whole[: len(whole) * i // 50]
        try:
            decode(cut, max_pixels=LIMIT)
        except UndecodableImageError:
            refused += 1
    assert refused >= 45


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes_are_no_picture(data):
    with pytest.raises((UnsupportedImageError, UndecodableImageError)):
        decode(data, max_pixels=LIMIT)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_picture_is_refused_or_read_but_never_an_error(data):
    kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "AVIF"]))
    damaged = bytearray(encoded(photo(), kind))
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = decode(bytes(damaged), max_pixels=LIMIT)
    except (UndecodableImageError, UnsupportedImageError, TooManyPixelsError):
        return
    assert pixels.ndim == 3


def test_a_picture_bomb_is_refused_before_it_is_decoded():
    def chunk(name, body):
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    rows = zlib.compress(b"\0" * 90_001 * 10)
    bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    tracemalloc.start()
    started = time.perf_counter()
    with pytest.raises(TooManyPixelsError, match="megapixels"):
        decode(bomb, max_pixels=LIMIT)
    elapsed, (_, peak) = time.perf_counter() - started, tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert elapsed < 0.1
    assert peak < 50e6


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b"%PDF-1.7 ...", "PDF"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"\0\0\0\x18ftypisom....", "video"),
        (b'{"a": 1}', "text"),
        (b"RIFF\0\0\0\0WAVEfmt ", "a sound"),
    ],
)
def test_what_is_no_supported_picture_is_named(data, named):
    with pytest.raises(UnsupportedImageError, match=named):
        decode(data, max_pixels=LIMIT)


def test_an_empty_file_is_undecodable():
    with pytest.raises(UndecodableImageError, match="empty"):
        decode(b"", max_pixels=LIMIT)
