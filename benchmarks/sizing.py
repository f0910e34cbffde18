"""What one service does with one core and how much memory it takes: the table of docs/operations.md.

python -m benchmarks.sizing

Each service runs alone in its own process with one intra-op thread, as its container runs it, and is asked as the
gateway asks it: one photo for the detector, the chip of one face for the others, one face from the generator, one face with its surroundings for liveness. The
gateway is measured in front of all of them. The client runs on the same machine.
"""

import asyncio
import os
import platform
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import cv2
import httpx
import onnxruntime as ort

from benchmarks.load import Measured, drive, measure
from benchmarks.servers import Running, alone, separate
from contracts.analysis import ChipsRequest
from contracts.chips import align
from contracts.detection import DetectRequest
from contracts.faces import Box
from contracts.generation import GenerateRequest
from contracts.liveness import CONTEXT_SIDE, LivenessRequest, Placement
from contracts.message import MSGPACK, Message
from services.detector.chipping import cut_chip
from serving.imaging import decode
from web.logs import configure_logs

_PHOTO = Path(__file__).resolve().parent.parent / "samples" / "astronaut.jpg"
# The five landmarks that the detector finds in that photo.
_LANDMARKS = [[203.0, 101.0], [247.0, 104.0], [223.0, 125.0], [203.0, 142.0], [241.0, 144.0]]
_PATHS = {
    "detector": "/v1/detect",
    "embedder": "/v1/embed",
    "attributes": "/v1/attributes",
    "emotion": "/v1/emotion",
    "keypoints": "/v1/keypoints",
    "generator": "/v1/generate",
    "liveness": "/v1/liveness",
}
_REQUESTS = 100
_ANALYSES = 40

Send = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    single: Measured
    many: Measured
    cpu_ms: float
    resident_mib: float

    def markdown(self) -> str:
        """The line, times in milliseconds."""
        cells = [f"{self.name:10}"]
        for seen in (self.single, self.many):
            cells += [f"{seen.per_second:.1f}", *(f"{seen.quantile_ms(share):.0f}" for share in (0.5, 0.95))]
        return f"| {' | '.join(cells)} | {self.cpu_ms:.0f} | {1000 / self.cpu_ms:.0f} | {self.resident_mib:.0f} |"


def main() -> None:
    """Measure one service after the other and print Markdown."""
    configure_logs("ERROR", "console")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {len(os.sched_getaffinity(0))} cores, onnxruntime "
        f"{ort.__version__}, load {os.getloadavg()[0]:.1f} at the start; `python -m benchmarks.sizing`\n"
    )
    print("| service | 1: per s | p50 | p95 | 8: per s | p50 | p95 | CPU ms | per core and s | MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for task in _PATHS:
        print(_service(task).markdown(), flush=True)
    print(_gateway().markdown())


def _service(task: str) -> Row:
    with alone(task, threads=1) as server:
        send = _sender(_PATHS[task], _message(task))
        single = asyncio.run(drive(server.url, send, requests=_REQUESTS, concurrency=1))
        before = server.cpu_seconds(server.pids[0])
        many = asyncio.run(drive(server.url, send, requests=_REQUESTS, concurrency=8, warmup=0))
        return _row(task, server, server.pids[0], single, many, before)


def _gateway() -> Row:
    """The gateway's own share of an analysis: its processor time, not that of the services behind it."""
    picture = _PHOTO.read_bytes()
    with separate() as server:
        own = server.pids[-1]
        single = asyncio.run(measure(server.url, picture, requests=_ANALYSES, concurrency=1))
        before = server.cpu_seconds(own)
        many = asyncio.run(measure(server.url, picture, requests=_ANALYSES, concurrency=8, warmup=0))
        return _row("gateway", server, own, single, many, before)


def _row(name: str, server: Running, pid: int, single: Measured, many: Measured, before: float) -> Row:
    used = (server.cpu_seconds(pid) - before) / len(many.seconds)
    return Row(name, single, many, used * 1e3, server.resident_mib_of(pid))


def _message(task: str) -> Message:
    if task == "generator":
        return GenerateRequest(count=1, seed=1)
    picture = _PHOTO.read_bytes()
    if task == "detector":
        return DetectRequest(image=picture)
    if task == "liveness":
        return _face_in_context(picture)
    return ChipsRequest(chips=cut_chip(decode(picture, max_pixels=40_000_000), align(_LANDMARKS)).tobytes())


def _face_in_context(picture: bytes) -> LivenessRequest:
    """The photo as what surrounds the face, a square as it is already."""
    photo = cv2.resize(decode(picture, max_pixels=40_000_000), (CONTEXT_SIDE, CONTEXT_SIDE))
    box = Box(x=120, y=40, width=40, height=60)
    return LivenessRequest(contexts=photo.tobytes(), placements=[Placement(box=box)])


def _sender(path: str, message: Message) -> Send:
    body, headers = message.to_msgpack(), {"Content-Type": MSGPACK, "Accept": MSGPACK}

    async def send(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post(path, content=body, headers=headers)

    return send


if __name__ == "__main__":
    main()
