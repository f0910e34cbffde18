"""Which frames of a video are looked at, and what is a stream."""

from pydantic import Field

from contracts.message import Message

STREAMS = ("rtsp://", "rtsps://", "rtmp://", "srt://", "udp://", "rtp://")
"""What has no end, so that somebody must say when it is enough."""


class Sampling(Message):
    """A rate, thinned out where nothing changes, for so long."""

    rate: float = Field(default=5.0, gt=0)
    """At most so many frames a second."""
    change: float | None = Field(default=None, gt=0, le=1)
    """Of those only frames of which some part differs by this share of white from the last one; all when absent."""
    seconds: float | None = Field(default=None, gt=0)
    """No longer than this."""
