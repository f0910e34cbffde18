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

from benchmarks.servers import Running, all_in_one

_SAMPLES = Path(__file__).resolve().parent.parent / "samples"
_REPEATS = 60
_ENROLMENTS = 96


@dataclass(frozen=True)
class Embedded:
    """Medians of `/v1/embed`, in milliseconds: the whole request, the stages that find and embed the face; processor time."""

    request: float
    stages: float
    server_cpu: float
    client_cpu: float


def embed_ms(server: Running, client: httpx.Client, picture: bytes, *, cached: bool) -> Embedded:
    """Embed a picture again and again, by the cache or by the models."""
    headers = {} if cached else {"Cache-Control": "no-store"}
    requests, stages = [], []
    server_before, client_before = server.total_cpu_seconds(), time.process_time()
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
    used = (server.total_cpu_seconds() - server_before, time.process_time() - client_before)
    cpu = [seconds / _REPEATS * 1e3 for seconds in used]
    return Embedded(statistics.median(requests), statistics.median(stages), *cpu)


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


def cache_table(server: Running) -> str:
    """The medians without and with the cache, as Markdown."""
    picture = (_SAMPLES / "astronaut.jpg").read_bytes()
    with httpx.Client(base_url=server.url, timeout=30) as client:
        client.post("/v1/embed", files={"image": picture}, data={"encoding": "base64"})
        miss, hit = (embed_ms(server, client, picture, cached=cached) for cached in (False, True))
    rows = [
        ("stages, p50", miss.stages, hit.stages),
        ("request, p50", miss.request, hit.request),
        ("server's processor time, mean", miss.server_cpu, hit.server_cpu),
        ("client's processor time, mean", miss.client_cpu, hit.client_cpu),
    ]
    head = "| `/v1/embed`, one face | without the cache, ms | from the cache, ms | ratio |\n|---|---|---|---|"
    return "\n".join(
        [head, *(f"| {name} | {slow:.2f} | {quick:.2f} | {slow / quick:.1f} |" for name, slow, quick in rows)]
    )


def main() -> None:
    """Print Markdown."""
    load = os.getloadavg()[0]
    os.environ["HEXAFACE_HOME"] = tempfile.mkdtemp(prefix="hexaface-bench-")
    picture = (_SAMPLES / "astronaut.jpg").read_bytes()
    with all_in_one() as running, httpx.Client(base_url=running.url, timeout=30) as client:
        table = cache_table(running)
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
