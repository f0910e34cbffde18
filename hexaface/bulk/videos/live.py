"""Frames of a stream are read as they come, whoever takes them: a camera waits for nobody."""

import threading
from collections import deque
from collections.abc import Generator, Iterator
from typing import TypeVar

T = TypeVar("T")


def as_they_come(frames: Iterator[T], room: int) -> Generator[T, None, None]:
    """The frames, read in a thread of their own; of more than `room` that wait the oldest are left out.

    Raises what reading raises, after the frames that came before it.
    """
    waiting: deque[T] = deque(maxlen=room)
    more, over = threading.Condition(), threading.Event()
    faults: list[Exception] = []

    def read() -> None:
        try:
            for frame in frames:
                with more:
                    waiting.append(frame)
                    more.notify()
                if over.is_set():
                    return
        except Exception as error:  # noqa: BLE001  # raised again where the frames are taken
            faults.append(error)
        finally:
            over.set()
            with more:
                more.notify()

    reader = threading.Thread(target=read, name="stream")
    reader.start()
    try:
        while True:
            with more:
                more.wait_for(lambda: waiting or over.is_set())
                if not waiting:
                    break
                frame = waiting.popleft()
            yield frame
        if faults:
            raise faults[0]
    finally:
        over.set()
        reader.join()
