"""A cache hit against a miss, and enrolment throughput, over HTTP on the all-in-one server: `python -m benchmarks.identity`."""

import os
import statistics
import tempfile
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.servers import all_in_one

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_REPEATS = 60
_ENROLMENTS = 96


@dataclass(frozen=True)
class Embedded:
    """Medians of `/v1/embed`, in milliseconds: the whole request, and the stages that find and embed the face."""

    request: float
    stages: float


def embed_ms(client: httpx.Client, picture: bytes, *, cached: bool) -> Embedded:
    """Embed a picture again and again, by the cache or by the models."""
    headers = {} if cached else {"Cache-Control": "no-store"}
    requests, stages = [], []
    for _ in range(_REPEATS):
        started = time.perf_counter()
        answer = client.post(
            "/v1/embed", files={"image": picture}, data={"encoding": "base64"}, headers=headers
        )
        requests.append((time.perf_counter() - started) * 1e3)
        if answer.headers["X-Cache"] != ("hit" if cached else "off"):
            raise RuntimeError(f"the cache was {answer.headers['X-Cache']}")
        timings = answer.json()["timings_ms"]
        stages.append(sum(took for name, took in timings.items() if name != "total"))
    return Embedded(statistics.median(requests), statistics.median(stages))


def enrolments_per_second(client: httpx.Client, picture: bytes, *, at_once: int) -> float:
    """Enrolments of one picture without the cache, each with an idempotency key."""
    url = "/v1/collections/bench/subjects/ann/faces"

    def one(_: int) -> None:
        headers = {"Cache-Control": "no-store", "Idempotency-Key": uuid.uuid4().hex}
        client.post(url, files={"image": picture}, headers=headers).raise_for_status()

    started = time.perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(one, range(_ENROLMENTS)))
    return _ENROLMENTS / (time.perf_counter() - started)


def cache_table(url: str) -> str:
    """The medians without and with the cache, as Markdown."""
    picture = (_SAMPLES / "astronaut.jpg").read_bytes()
    with httpx.Client(base_url=url, timeout=30) as client:
        client.post("/v1/embed", files={"image": picture}, data={"encoding": "base64"})
        miss, hit = (embed_ms(client, picture, cached=cached) for cached in (False, True))
    rows = [(name, getattr(miss, name), getattr(hit, name)) for name in ("stages", "request")]
    head = "| `/v1/embed`, one face, p50 | without the cache, ms | from the cache, ms | ratio |\n|---|---|---|---|"
    return "\n".join(
        [head, *(f"| {name} | {slow:.2f} | {quick:.2f} | {slow / quick:.1f} |" for name, slow, quick in rows)]
    )


def main() -> None:
    """Print Markdown."""
    load = os.getloadavg()[0]
    os.environ["HEXAFACE_HOME"] = tempfile.mkdtemp(prefix="hexaface-bench-")
    picture = (_SAMPLES / "astronaut.jpg").read_bytes()
    with all_in_one() as running, httpx.Client(base_url=running.url, timeout=30) as client:
        table = cache_table(running.url)
        client.post("/v1/collections", json={"id": "bench"}).raise_for_status()
        client.post("/v1/collections/bench/subjects", json={"id": "ann"}).raise_for_status()
        rates = [enrolments_per_second(client, picture, at_once=n) for n in (1, 4)]
    print(f"{datetime.now(UTC):%Y-%m-%d}, load {load:.1f} at the start; `python -m benchmarks.identity`\n")
    print(table)
    print("\n| what | value |\n|---|---|")
    print(f"| enrolments per second, one at a time | {rates[0]:.1f} |")
    print(f"| enrolments per second, four at a time | {rates[1]:.1f} |")


if __name__ == "__main__":
    main()
