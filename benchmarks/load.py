"""Requests to a server at a fixed concurrency: the time of each, and all of them per second."""

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import httpx

FEATURES = "attributes,emotion,keypoints,embedding"
_PATIENCE = 300.0  # a slow peer with dozens of faces, eight photos at once


class IncompleteError(RuntimeError):
    """An answer lacks a feature that was asked for."""


@dataclass(frozen=True)
class Measured:
    """What a client saw."""

    seconds: list[float]
    per_second: float

    def quantile_ms(self, share: float) -> float:
        """The latency that this share of the requests stayed under, in milliseconds."""
        return quantile_ms(self.seconds, share)


def quantile_ms(seconds: list[float], share: float) -> float:
    """A quantile in milliseconds, linearly between neighbours."""
    if len(seconds) == 1:
        return seconds[0] * 1e3
    return statistics.quantiles(seconds, n=100, method="inclusive")[round(share * 100) - 1] * 1e3


async def measure(url: str, picture: bytes, *, requests: int, concurrency: int, warmup: int = 5) -> Measured:
    """Post a picture to /v1/analyze with every feature on; raises when an answer is not 200."""

    async def analyze(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/v1/analyze", files={"image": picture}, data={"features": FEATURES})

    return await drive(url, analyze, requests=requests, concurrency=concurrency, warmup=warmup)


async def drive(
    url: str,
    send: Callable[[httpx.AsyncClient], Awaitable[httpx.Response]],
    *,
    requests: int,
    concurrency: int,
    warmup: int = 5,
) -> Measured:
    """Send requests from `concurrency` workers, after a few to warm up; raises when an answer is not 200."""
    seconds: list[float] = []
    left = iter(range(requests))
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:

        async def one() -> None:
            (await send(client)).raise_for_status()

        async def worker() -> None:
            for _ in left:
                started = time.perf_counter()
                await one()
                seconds.append(time.perf_counter() - started)

        for _ in range(warmup):
            await one()
        started = time.perf_counter()
        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return Measured(seconds, requests / (time.perf_counter() - started))


async def drive_for(url: str, picture: bytes, *, concurrency: int, seconds: float) -> Measured:
    """Post a picture to /v1/analyze with every feature on for so long; raises when an answer is not 200 and complete."""

    async def analyze(client: httpx.AsyncClient) -> None:
        answer = await client.post("/v1/analyze", files={"image": picture}, data={"features": FEATURES})
        answer.raise_for_status()
        if answer.json()["problems"]:
            raise IncompleteError(f"incomplete: {answer.json()['problems']}")

    return await repeat_for(url, analyze, concurrency=concurrency, seconds=seconds)


async def repeat_for(
    url: str, send: Callable[[httpx.AsyncClient], Awaitable[None]], *, concurrency: int, seconds: float
) -> Measured:
    """Send again and again from `concurrency` workers; what has begun after so long is finished."""
    times: list[float] = []
    async with httpx.AsyncClient(base_url=url, timeout=_PATIENCE) as client:
        started = time.perf_counter()

        async def worker() -> None:
            while time.perf_counter() - started < seconds:
                before = time.perf_counter()
                await send(client)
                times.append(time.perf_counter() - before)

        await asyncio.gather(*(worker() for _ in range(concurrency)))
        return Measured(times, len(times) / (time.perf_counter() - started))
