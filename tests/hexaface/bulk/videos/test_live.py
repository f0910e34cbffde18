"""A stream waits for nobody, and ends with whoever looks."""

import threading
import time

import pytest

from hexaface.bulk.videos.live import as_they_come


def numbers(count, pause=0.0):
    for number in range(count):
        time.sleep(pause)
        yield number


def test_who_keeps_up_sees_everything():
    assert list(as_they_come(numbers(50, 0.002), room=50)) == list(range(50))


def test_who_is_slow_misses_what_is_old_and_sees_the_latest_in_order():
    seen = []
    for number in as_they_come(numbers(100, 0.001), room=3):
        seen.append(number)
        time.sleep(0.01)

    assert seen == sorted(seen)
    assert len(seen) < 60
    assert seen[-3:] == [97, 98, 99]


def test_a_fault_comes_after_what_was_read():
    def broken():
        yield 1
        raise OSError("gone")

    frames = as_they_come(broken(), room=3)
    assert next(frames) == 1
    with pytest.raises(OSError, match="gone"):
        next(frames)


def test_reading_ends_when_nobody_looks_any_more():
    frames = as_they_come(numbers(10_000, 0.001), room=3)
    next(frames)
    frames.close()
    assert "stream" not in {thread.name for thread in threading.enumerate()}
