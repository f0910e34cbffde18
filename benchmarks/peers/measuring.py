"""Whoever can be measured, and what they do with one photo, in turns."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

import httpx

from benchmarks.load import IncompleteError, repeat_for
from benchmarks.peers.table import Cell, Row
from benchmarks.peers.toolkits import NotMeasuredError, Toolkit
from benchmarks.servers import Running, StartError

_FIRST_ANSWER = 120.0
"""Seconds: models are loaded, or their weights looked for."""


@dataclass(frozen=True)
class Started:
    """A toolkit and its server."""

    toolkit: Toolkit
    server: Running

    @property
    def name(self) -> str:
        """With the version."""
        return f"{self.toolkit.name} {self.toolkit.version}"

    async def ask(self, client: httpx.AsyncClient, way: str, picture: bytes) -> int:
        """How many faces the toolkit finds. Raises httpx.HTTPError and IncompleteError."""
        faces = 0
        for ask in self.toolkit.ways[way]:
            answer = await client.send(ask(client, picture))
            answer.raise_for_status()
            found = answer.json()
            if found.get("problems"):  # ours answers what it can when there is too much
                raise IncompleteError(f"incomplete: {found['problems']}")
            faces = len(found[self.toolkit.faces])
        return faces

    async def faces(self, way: str, picture: bytes) -> int:
        """How many faces the toolkit finds. Raises NotMeasuredError when it does not answer."""
        async with httpx.AsyncClient(base_url=self.server.url, timeout=_FIRST_ANSWER) as client:
            try:
                return await self.ask(client, way, picture)
            except httpx.HTTPStatusError as error:
                raise NotMeasuredError(_why(error.response)) from error
            except httpx.TransportError as error:
                raise NotMeasuredError(f"no answer within {_FIRST_ANSWER:g} s") from error


def start_all(
    stack: ExitStack, toolkits: Iterable[Toolkit], picture: bytes
) -> tuple[list[Started], dict[str, str]]:
    """Those that answer in every way they offer, running until the stack ends; the names of the others with reasons."""
    able: list[Started] = []
    reasons: dict[str, str] = {}
    for toolkit in toolkits:
        with ExitStack() as own:
            try:
                one = Started(toolkit, own.enter_context(toolkit.start()))
                for way in toolkit.ways:
                    asyncio.run(one.faces(way, picture))
            except (NotMeasuredError, StartError) as error:
                reasons[f"{toolkit.name} {toolkit.version}"] = str(error)
            else:
                stack.push(own.pop_all())
                able.append(one)
    return able, reasons


def compare(
    started: Sequence[Started], way: str, picture: bytes, *, at_once: Sequence[int], seconds: float
) -> list[Row]:
    """A row for each that offers the way; every number of photos at once is measured in turns."""
    able = [one for one in started if way in one.toolkit.ways]
    rows = [Row(one.name, asyncio.run(one.faces(way, picture))) for one in able]
    for number in at_once:
        for one, row in zip(able, rows, strict=True):
            cell = _cell(one, way, picture, number, seconds)
            if cell is not None:
                row.cells[number] = cell
    return rows


def _cell(one: Started, way: str, picture: bytes, at_once: int, seconds: float) -> Cell | None:
    async def send(client: httpx.AsyncClient) -> None:
        await one.ask(client, way, picture)

    before = one.server.family_cpu_seconds()
    try:
        seen = asyncio.run(repeat_for(one.server.url, send, concurrency=at_once, seconds=seconds))
    except (httpx.HTTPError, IncompleteError):
        return None  # too much at once, or too slow for its own deadline
    used = one.server.family_cpu_seconds() - before
    return Cell(seen.per_second, seen.quantile_ms(0.5), used / len(seen.seconds) * 1e3)


def _why(response: httpx.Response) -> str:
    if "https://github.com/" in response.text:
        return "its weights come from GitHub"
    return f"it answered {response.status_code}: {' '.join(response.text.split())[:80]}"
