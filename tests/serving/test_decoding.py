"""The budget of decoding: bounded, fair, given back whatever happens."""

import asyncio
import io

import numpy as np
import pytest
from PIL import Image

from serving.pictures.decoding import Decoding
from web.problems import OverloadedError, TooManyPixelsError, UndecodableImageError

LIMIT = 40_000_000
MIB = 2**20


def png(megapixels):
    side = int((megapixels * 1e6) ** 0.5)
    file = io.BytesIO()
    Image.new("RGB", (side, side), (10, 20, 30)).save(file, "PNG", compress_level=1)
    return file.getvalue()


@pytest.fixture
def decoding():
    # A picture of four megapixels takes 36 MiB, 12 once it is decoded.
    return Decoding(budget_mib=60, threads=2, patience=60)


async def hold(decoding, data, until):
    photo = await decoding.open(data, max_pixels=LIMIT)
    async with decoding.pixels(photo) as pixels:
        await until.wait()
        return pixels.shape


async def test_a_picture_that_alone_takes_more_than_the_budget_is_refused(decoding):
    photo = await decoding.open(png(12), max_pixels=LIMIT)
    with pytest.raises(TooManyPixelsError, match="MiB"):
        async with decoding.pixels(photo):
            pass
    assert decoding._used == 0


async def test_pictures_wait_for_one_another_and_all_are_decoded(decoding):
    data, done = png(4), asyncio.Event()
    done.set()
    shapes = await asyncio.gather(*(hold(decoding, data, done) for _ in range(6)))
    assert shapes == [(2000, 2000, 3)] * 6
    assert decoding._used == 0


async def test_the_budget_is_never_exceeded(decoding):
    used = []
    plain = decoding._use
    decoding._use = lambda *more: (plain(*more), used.append(decoding._used))
    done = asyncio.Event()
    done.set()
    await asyncio.gather(*(hold(decoding, png(size), done) for size in (4, 1, 3, 2, 4, 1)))
    assert 0 < max(used) <= 60 * MIB


async def test_who_waits_too_long_for_others_pictures_is_told_to_come_again():
    decoding = Decoding(budget_mib=60, threads=2, patience=0.2)
    decoding._use(50 * MIB, True)
    with pytest.raises(OverloadedError) as refused:
        await hold(decoding, png(4), asyncio.Event())
    assert refused.value.retry_after == 2
    assert decoding._used == 50 * MIB


async def test_a_small_picture_passes_large_ones_that_wait_for_room():
    decoding, done = Decoding(budget_mib=60, threads=2, patience=60), asyncio.Event()
    decoding._use(50 * MIB, True)
    large = [asyncio.create_task(hold(decoding, png(4), done)) for _ in range(2)]
    await asyncio.sleep(0.1)
    done.set()
    assert await asyncio.wait_for(hold(decoding, png(0.04), done), 30) == (200, 200, 3)
    assert not any(task.done() for task in large)
    decoding._release(50 * MIB, True)
    assert await asyncio.gather(*large) == [(2000, 2000, 3)] * 2
    assert decoding._used == decoding._large == 0


async def test_a_small_picture_has_a_thread_when_large_ones_have_all_of_theirs():
    decoding, order = Decoding(budget_mib=512, threads=1), []
    done = asyncio.Event()
    done.set()

    async def decoded(megapixels):
        await hold(decoding, png(megapixels), done)
        order.append(megapixels)

    large = asyncio.create_task(decoded(25))
    while not decoding._large:  # noqa: ASYNC110  # nobody tells
        await asyncio.sleep(0.01)
    await decoded(0.04)
    await large
    assert order == [0.04, 25]


async def test_a_caller_that_leaves_gives_its_share_back(decoding):
    done, data = asyncio.Event(), png(4)
    holders = [asyncio.create_task(hold(decoding, data, done)) for _ in range(5)]
    await asyncio.sleep(0.02)
    for task in holders:
        task.cancel()
    await asyncio.gather(*holders, return_exceptions=True)
    for _ in range(100):
        if decoding._used == 0:
            break
        await asyncio.sleep(0.05)
    assert decoding._used == 0
    assert not decoding._waiting


async def test_a_damaged_picture_gives_its_share_back(decoding):
    photo = await decoding.open(png(1)[:2000], max_pixels=LIMIT)
    with pytest.raises(UndecodableImageError):
        async with decoding.pixels(photo):
            pass
    assert decoding._used == 0


async def test_what_is_decoded_is_the_picture(decoding):
    photo = await decoding.open(png(1), max_pixels=LIMIT)
    async with decoding.pixels(photo) as pixels:
        np.testing.assert_array_equal(pixels[500, 500], (10, 20, 30))
