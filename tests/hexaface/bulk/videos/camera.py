"""A camera on the network: a small RTSP server (RFC 2326) that sends pictures as JPEG over RTP (RFC 2435) by UDP."""

import re
import socketserver
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction

import av
import numpy as np

_DESCRIPTION = (
    "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=video 0 RTP/AVP 26\r\na=control:track\r\n"
)
_RATE = 10


class _Camera(socketserver.StreamRequestHandler):
    """One viewer's connection."""

    scene: Callable[[float], np.ndarray]

    def handle(self) -> None:
        over, port = threading.Event(), 0
        sending = None
        try:
            while request := self._request():
                method, headers = request
                answer, body = {"CSeq": headers["cseq"], "Session": "1"}, ""
                status = "200 OK"
                if method == "OPTIONS":
                    answer["Public"] = "OPTIONS, DESCRIBE, SETUP, PLAY, TEARDOWN"
                elif method == "DESCRIBE":
                    body = _DESCRIPTION
                    answer["Content-Type"] = "application/sdp"
                elif method == "SETUP" and "client_port" not in headers["transport"]:
                    status = "461 Unsupported Transport"  # it has no TCP: whoever prefers that takes UDP
                elif method == "SETUP":
                    port = int(re.search(r"client_port=(\d+)", headers["transport"])[1])
                    answer["Transport"] = f"{headers['transport']};server_port=6970-6971"
                elif method == "PLAY":
                    sending = threading.Thread(target=self._send, args=(port, over))
                self._answer(status, answer, body)
                if method == "PLAY":
                    sending.start()
                if method == "TEARDOWN":
                    return
        finally:
            over.set()
            if sending is not None:
                sending.join()

    def _request(self) -> tuple[str, dict[str, str]] | None:
        try:
            first = self.rfile.readline().decode()
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
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _send(self, port: int, over: threading.Event) -> None:
        options = {"huffman": "default", "force_duplicated_matrix": "1"}
        with av.open(f"rtp://127.0.0.1:{port}", "w", format="rtp") as container:
            stream = container.add_stream("mjpeg", rate=_RATE, options=options)
            stream.height, stream.width = self.scene(0).shape[:2]
            stream.pix_fmt = "yuvj420p"
            stream.codec_context.thread_count = 1  # slices of several threads do not fit into RTP
            started, number = time.monotonic(), 0
            while not over.is_set():
                frame = av.VideoFrame.from_ndarray(self.scene(number / _RATE), format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, _RATE)
                container.mux(stream.encode(frame))
                number += 1
                time.sleep(max(0.0, started + number / _RATE - time.monotonic()))


@contextmanager
def camera(scene: Callable[[float], np.ndarray]) -> Iterator[str]:
    """The address of a camera that sees `scene` at each second, from when somebody looks on."""
    handler = type("Camera", (_Camera,), {"scene": staticmethod(scene)})
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"rtsp://127.0.0.1:{server.server_address[1]}/street"
        server.shutdown()
