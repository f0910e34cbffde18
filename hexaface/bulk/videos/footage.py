"""The frames of a video file or stream: upright, with their times, sampled by rate or by change.

VideoError   the video cannot be read; the text says why
"""

import errno
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from hexaface.bulk.filesystems import locate
from hexaface.bulk.videos.sampling import STREAMS, Sampling

_BY_FFMPEG = (*STREAMS, "http://", "https://")
_FAULTS = (OSError, ValueError, av.error.FFmpegError)
_OPEN_SECONDS, _READ_SECONDS = 15.0, 15.0
_THUMBNAIL = (64, 36)
_BLOCK = 4
_STILL_SECONDS = 1.0
"""A picture that does not change is looked at this often all the same: whoever stays in it is still there."""
_QUARTER = 90
_USUAL_RATE = 25


class VideoError(Exception):
    """The video cannot be read; the text says why."""


@dataclass(frozen=True)
class Frame:
    """A frame as it is seen."""

    number: int
    """Among all frames, from 0."""
    seconds: float
    """After the first frame."""
    pixels: NDArray[np.uint8]
    """(height, width, 3), RGB, upright, square pixels."""


class Footage:
    """An opened video. Raises VideoError when it cannot be opened, or holds no moving picture."""

    def __init__(self, address: str) -> None:
        self.damaged = 0
        """Frames and packets that could not be decoded whole, and were left out."""
        self._file: Any = None
        self._live = address.startswith(STREAMS)
        try:
            self._container = self._opened(address)
        except (*_FAULTS, ImportError) as error:
            raise VideoError(_reason(error)) from error
        try:
            self._stream = _moving(self._container)
        except VideoError:
            self.close()
            raise
        self._stream.thread_type = "AUTO"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file or the connection."""
        self._container.close()
        if self._file is not None:
            self._file.close()

    @property
    def live(self) -> bool:
        """Whether it goes on whether somebody looks or not."""
        return self._live

    @property
    def rate(self) -> float:
        """Frames a second, as far as the file knows."""
        return float(self._stream.average_rate or _USUAL_RATE)

    @property
    def seconds(self) -> float | None:
        """How long it is, as far as the file knows; None for what is live."""
        return None if self._container.duration is None else self._container.duration / av.time_base

    def frames(self, sampling: Sampling) -> Generator[Frame, None, None]:
        """The sampled frames, in order. Raises VideoError when none can be decoded."""
        chosen = _Chosen(sampling)
        number = -1
        for number, (seconds, frame) in enumerate(self._timed()):
            if sampling.seconds is not None and seconds > sampling.seconds:
                break
            if chosen(seconds, frame):
                yield Frame(number, seconds, _seen(frame, self._stream))
        if number < 0:
            raise VideoError("no frame of it can be decoded")

    def _opened(self, address: str) -> InputContainer:
        if address.startswith(_BY_FFMPEG):
            options = {"rtsp_flags": "prefer_tcp"} if address.startswith("rtsp") else {}
            return av.open(address, options=options, timeout=(_OPEN_SECONDS, _READ_SECONDS))
        system, path = locate(address)
        self._file = system.open(path, "rb")
        container: InputContainer = av.open(self._file)
        return container

    def _timed(self) -> Iterator[tuple[float, VideoFrame]]:
        """Every frame with the seconds since the first one; a clock that jumps back goes on where it was."""
        start, last, step = None, None, 1 / self.rate
        for frame in self._decoded():
            expected = 0.0 if last is None else last + step
            time = frame.time  # a stream's first frame may have none
            if start is None and time is not None:
                start = time - expected
            seconds = expected if time is None or start is None else time - start
            if start is not None and last is not None and seconds < last:
                start -= expected - seconds
                seconds = expected
            last = seconds
            yield seconds, frame

    def _decoded(self) -> Iterator[VideoFrame]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except _FAULTS:  # cut off: what came before it counts
                self.damaged += 1
                return
            try:
                frames = packet.decode()
            except _FAULTS:
                self.damaged += 1
                continue
            whole = [frame for frame in frames if not frame.is_corrupt]
            self.damaged += len(frames) - len(whole)
            yield from whole


class _Chosen:
    """Whether a frame is one of the sample; asked about each in turn."""

    def __init__(self, sampling: Sampling) -> None:
        self._sampling = sampling
        self._due = 0.0
        self._taken = -_STILL_SECONDS
        self._before: NDArray[np.float32] | None = None

    def __call__(self, seconds: float, frame: VideoFrame) -> bool:
        step = 1 / self._sampling.rate
        # Times are rounded to the file's own clock, by up to a millisecond.
        if seconds < self._due - 1e-3:
            return False
        if not self._differs(seconds, frame):
            return False
        self._due = max(self._due + step, seconds - step / 2 + 1e-3)
        self._taken = seconds
        return True

    def _differs(self, seconds: float, frame: VideoFrame) -> bool:
        if self._sampling.change is None:
            return True
        small = frame.reformat(*_THUMBNAIL, format="gray").to_ndarray().astype(np.float32) / 255
        blocks = small.reshape(_THUMBNAIL[1] // _BLOCK, _BLOCK, _THUMBNAIL[0] // _BLOCK, _BLOCK).mean((1, 3))
        differs = self._before is None or float(np.abs(blocks - self._before).max()) >= self._sampling.change
        if differs or seconds - self._taken >= _STILL_SECONDS:
            self._before = blocks
            return True
        return False


def _moving(container: InputContainer) -> VideoStream:
    """The first stream of moving pictures; the cover of a piece of music is none."""
    attached = av.stream.Disposition.attached_pic
    for stream in container.streams.video:
        if not stream.disposition & attached:
            return stream
    kinds = sorted({stream.type for stream in container.streams})
    raise VideoError(f"it holds no video, only {' and '.join(kinds) or 'nothing'}")


def _seen(frame: VideoFrame, stream: VideoStream) -> NDArray[np.uint8]:
    """As a player shows it: with square pixels, turned as the camera was held."""
    aspect = float(stream.sample_aspect_ratio or 1)
    pixels = frame.reformat(width=round(frame.width * aspect), format="rgb24").to_ndarray()
    return np.ascontiguousarray(np.rot90(pixels, round(frame.rotation / _QUARTER) % 4))


def _reason(error: Exception) -> str:
    if isinstance(error, (av.error.InvalidDataError, av.error.EOFError)) or _is_empty(error):
        return "it is not a video, or damaged"
    if isinstance(error, av.error.ExitError):
        return "it does not answer"
    return getattr(error, "strerror", None) or str(error)


def _is_empty(error: Exception) -> bool:
    return getattr(error, "errno", None) == errno.EINVAL
