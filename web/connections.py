"""A client's connection with an end to every wait: for its headers, its body, and its reading of the answer."""

import asyncio
import json
from dataclasses import dataclass
from typing import Any

from prometheus_client import Counter
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from contracts.problems import PROBLEM_JSON

CLOSED = Counter(
    "hexaface_connections_closed_total", "Client connections that the server ended, and why", ["reason"]
)

# nginx takes 32 KiB; a browser's cookies of many local servers fit well.
_MAX_HEAD_BYTES = 64 * 1024
# 20 MiB in this time is 70 KiB a second: a slow phone's upload.
_LONGEST_BODY_SECONDS = 300.0
# As nginx lingers: a client that sends on after its refusal shall read the refusal, not a reset.
_LINGER_SECONDS = 30.0
# A slow reader takes a while to make room for the next piece of an answer; one that reads nothing never does.
_WRITE_PATIENCE = 3
# Younger than this, a silent connection is one whose request is on its way.
_FRESH_SECONDS = 1.0


@dataclass(frozen=True)
class ConnectionLimits:
    """How many connections there may be, and how long each may keep us waiting (seconds)."""

    connections: int
    head: float
    body: float


class BoundedConnection(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 connection, which alone would wait for its client for ever."""

    def __init__(self, *args: Any, limits: ConnectionLimits, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._limits = limits
        self._timer: asyncio.TimerHandle | None = None
        self._write_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._reading: str | None = None  # "head" or "body": what of a request is still to come
        self._body_ends = 0.0
        self._heard_at = self.unused_since = self.loop.time()

    @property
    def idle(self) -> bool:
        """Whether nothing would be lost by closing: no request is being served, or has come further than its head."""
        resting = self.cycle is None or self.cycle.response_complete
        return resting and self._reading != "body" and not self.transport.is_closing()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn narrows it
        """A client connects; past the limit the longest idle one makes room, or this one is told to come again."""
        super().connection_made(transport)
        self._arm(self._limits.head, self._end_head)
        if len(self.connections) > self._limits.connections and not self._make_room():
            self._refuse(503, "Service Unavailable", "too many connections; try again")

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone."""
        self._disarm()
        self._end_write_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes of a request; headers that do not end are refused."""
        self._heard_at = self.loop.time()
        if self._reading != "body":
            self._head_bytes += len(data)
        super().data_received(data)
        if self._reading == "head" and self._head_bytes > _MAX_HEAD_BYTES and not self.transport.is_closing():
            self._refuse(431, "Request Header Fields Too Large", "the headers are over 64 KiB")

    def on_message_begin(self) -> None:
        """The first byte of a request: from here on its head is awaited."""
        super().on_message_begin()
        self._reading = "head"
        self._arm(self._limits.head, self._end_head)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; one of a chunked body's end counts as well."""
        if self._reading == "body":
            self._head_bytes += len(name) + len(value)
            if self._head_bytes > _MAX_HEAD_BYTES:
                self._refuse(431, "Request Header Fields Too Large", "the headers are over 64 KiB")
                return
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """The head is there; the body follows, if there is one."""
        self._reading, self._head_bytes = "body", 0
        self._body_ends = self.loop.time() + _LONGEST_BODY_SECONDS
        self._arm(self._limits.body, self._check_body)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is there."""
        self._reading, self._head_bytes = None, 0
        self._disarm()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Answered; a body that nobody wanted may run out, but not for long."""
        super().on_response_complete()
        self.unused_since = self.loop.time()
        if self._reading == "body":
            self._body_ends = self.loop.time() + _LINGER_SECONDS

    def handle_websocket_upgrade(self) -> None:
        """From here on it is a WebSocket's, which has pings of its own."""
        self._disarm()
        self._end_write_timer()
        super().handle_websocket_upgrade()

    def pause_writing(self) -> None:
        """The client does not read its answer."""
        super().pause_writing()
        if self._write_timer is None:
            seconds = _WRITE_PATIENCE * self._limits.body
            self._write_timer = self.loop.call_later(seconds, self._end_write)

    def resume_writing(self) -> None:
        """The client reads again."""
        self._end_write_timer()
        super().resume_writing()

    def _make_room(self) -> bool:
        """Close the connection that has been idle the longest; whether there was one."""
        others = [
            c for c in self.connections if isinstance(c, BoundedConnection) and c is not self and c.idle
        ]
        spare = min(others, key=lambda c: c.unused_since, default=None)
        if spare is None or self.loop.time() - spare.unused_since < _FRESH_SECONDS:
            return False
        CLOSED.labels("made-room").inc()
        spare.transport.close()
        return True

    def _end_head(self) -> None:
        if self._reading == "head":
            self._refuse(408, "Request Timeout", "the request's headers did not come in time")
        elif not self.transport.is_closing():
            CLOSED.labels("silent").inc()
            self.transport.close()

    def _check_body(self) -> None:
        now = self.loop.time()
        if self.flow.read_paused:  # it is we who do not listen
            self._heard_at = now
        silent_until = self._heard_at + self._limits.body
        if now >= self._body_ends or now >= silent_until:
            self._refuse(408, "Request Timeout", "the request's body did not come in time")
        else:
            self._arm(min(silent_until, self._body_ends) - now, self._check_body)

    def _end_write(self) -> None:
        CLOSED.labels("unread-answer").inc()
        self.transport.abort()

    def _refuse(self, status: int, title: str, detail: str) -> None:
        """Answer, unless an answer is under way, and close; what the app still works on has no caller any more."""
        answered = self.cycle is not None and self.cycle.response_started and self._reading == "body"
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.transport.is_closing():
            return
        CLOSED.labels(title.lower().replace(" ", "-")).inc()
        if not answered:
            self.transport.write(_problem(status, title, detail))
        self.transport.close()

    def _arm(self, seconds: float, act: Any) -> None:
        self._disarm()
        self._timer = self.loop.call_later(seconds, act)

    def _disarm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _end_write_timer(self) -> None:
        if self._write_timer is not None:
            self._write_timer.cancel()
            self._write_timer = None


def _problem(status: int, title: str, detail: str) -> bytes:
    kind = title.lower().replace(" ", "-")
    body = json.dumps({"type": kind, "title": title, "status": status, "detail": detail}).encode()
    head = [
        b"content-type: " + PROBLEM_JSON.encode(),
        b"content-length: %d" % len(body),
        b"connection: close",
    ]
    if status == 503:  # noqa: PLR2004  # the one that passes by itself
        head.append(b"retry-after: 1")
    return STATUS_LINE[status] + b"\r\n".join(head) + b"\r\n\r\n" + body
