"""Cameras on the network: a small RTSP server (RFC 2326) with RTP by UDP or, interleaved, within the connection."""

import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np

_DESCRIPTION = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP {}\r\na=control:track\r\n"
)
_RATE = 10


@dataclass(frozen=True)
class Kind:
    """What a camera sends, and how."""

    codec: str
    pixels: str
    options: dict[str, str]
    media: str
    """Its line in the description, from the RTP payload type on."""
    interleaved: bool


JPEG_BY_UDP = Kind(  # RFC 2435
    "mjpeg", "yuvj420p", {"huffman": "default", "force_duplicated_matrix": "1"}, "26", interleaved=False
)
H264_BY_TCP = Kind(  # RFC 6184
    "libx264",
    "yuv420p",
    {"preset": "ultrafast", "tune": "zerolatency", "g": str(_RATE)},
    "96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1",
    interleaved=True,
)


class _Camera(socketserver.StreamRequestHandler):
    """One viewer's connection."""

    scene: Callable[[float], np.ndarray]
    kind: Kind

    def handle(self) -> None:
        self._writing, self._over, self._port = threading.Lock(), threading.Event(), 0
        self._threads: list[threading.Thread] = []
        try:
            while request := self._request():
                method, headers = request
                answer, body, status = {"CSeq": headers["cseq"], "Session": "1"}, "", "200 OK"
                if method == "OPTIONS":
                    answer["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"
                elif method == "DESCRIBE":
                    body = _DESCRIPTION.format(self.kind.media)
                    answer["Content-Type"] = "application/sdp"
                elif method == "SETUP":
                    status = self._set_up(headers["transport"], answer)
                self._answer(status, answer, body)
                if method == "PLAY":
                    self._start(self._send)
                if method == "TEARDOWN":
                    return
        finally:
            self._over.set()
            for thread in self._threads:
                thread.join()

    def _set_up(self, transport: str, answer: dict[str, str]) -> str:
        if ("interleaved" in transport) != self.kind.interleaved:
            return "461 Unsupported Transport"  # whoever prefers the other one takes this
        if self.kind.interleaved:
            heard = socket.socket(type=socket.SOCK_DGRAM)
            heard.bind(("127.0.0.1", 0))
            self._port = heard.getsockname()[1]
            self._start(self._relay, heard)
            answer["Transport"] = transport
        else:
            self._port = int(re.search(r"client_port=(\d+)", transport)[1])
            answer["Transport"] = f"{transport};server_port=6970-6971"
        return "200 OK"

    def _start(self, target: Callable[..., None], *arguments: socket.socket) -> None:
        self._threads.append(threading.Thread(target=target, args=arguments))
        self._threads[-1].start()

    def _request(self) -> tuple[str, dict[str, str]] | None:
        try:
            first = self.rfile.read(1)
            while first == b"$":  # a receiver's report
                self.rfile.read(int.from_bytes(self.rfile.read(3)[1:]))
                first = self.rfile.read(1)
            first = (first + self.rfile.readline()).decode()
            lines = iter(lambda: self.rfile.readline().decode().strip(), "")
            headers = {
                name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
            }
        except OSError:
            return None
        return (first.split()[0], headers) if first.strip() else None

    def _answer(self, status: str, headers: dict[str, str], body: str) -> None:
        headers |= {"Content-Length": str(len(body))} if body else {}
        lines = [f"RTSP/1.0 {status}", *(f"{name}: {value}" for name, value in headers.items())]
        with self._writing:
            self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _relay(self, heard: socket.socket) -> None:
        """Put what comes to a port of our own into the connection (RFC 2326, 10.12)."""
        heard.settimeout(0.2)
        with heard:
            while not self._over.is_set():
                with suppress(OSError):  # nothing came, or the viewer is gone
                    packet = heard.recv(65_536)
                    with self._writing:
                        self.wfile.write(struct.pack(">cBH", b"$", 0, len(packet)) + packet)

    def _send(self) -> None:
        with av.open(f"rtp://127.0.0.1:{self._port}", "w", format="rtp") as container:
            stream = container.add_stream(self.kind.codec, rate=_RATE, options=self.kind.options)
            stream.height, stream.width = self.scene(0).shape[:2]
            stream.pix_fmt = self.kind.pixels
            stream.codec_context.thread_count = 1  # slices of several threads do not fit into RTP
            started, number = time.monotonic(), 0
            while not self._over.is_set():
                frame = av.VideoFrame.from_ndarray(self.scene(number / _RATE), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, _RATE)
                container.mux(stream.encode(frame))
                number += 1
                time.sleep(max(0.0, started + number / _RATE - time.monotonic()))


@contextmanager
def camera(scene: Callable[[float], np.ndarray], kind: Kind = JPEG_BY_UDP) -> Iterator[str]:
    """The address of a camera that sees `scene` at each second, from when somebody looks on."""
    handler = type("Camera", (_Camera,), {"scene": staticmethod(scene), "kind": kind})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"rtsp://127.0.0.1:{server.server_address[1]}/street"
        server.shutdown()
