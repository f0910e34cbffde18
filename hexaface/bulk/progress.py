"""How far a job is: a bar on a terminal, a line twice a minute elsewhere."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, Task, TextColumn, TimeRemainingColumn
from rich.text import Text

from hexaface.bulk.analysing import Tick

_SECONDS = 30.0
_WINDOW = 120.0  # seconds that the rate and the time left are judged by


class _Rate(TextColumn):
    def render(self, task: Task) -> Text:
        """Pictures or frames a second, once it can be told."""
        return Text(f"{task.speed:.1f}/s" if task.speed else "")


class _Lines:
    """Says twice a minute how far it is."""

    def __init__(self, total: int, what: str, console: Console) -> None:
        self._total = total
        self._what = what
        self._console = console
        self._done = 0
        self._started = self._said = time.monotonic()

    def __call__(self, more: int) -> None:
        self._done += more
        now = time.monotonic()
        if now - self._said < _SECONDS:
            return
        self._said = now
        rate = self._done / (now - self._started)
        left = (self._total - self._done) / rate / 60 if rate else float("inf")
        self._console.print(
            f"{self._done:,} of {self._total:,} {self._what}, {rate:.1f} a second, {left:,.0f} minutes left"
        )


@contextmanager
def watching(total: int, what: str, console: Console) -> Iterator[Tick]:
    """Show how many of `total` pictures or frames are done; the Tick says so."""
    if not console.is_terminal:
        yield _Lines(total, what, console)
        return
    columns = (
        TextColumn(what), BarColumn(), MofNCompleteColumn(), _Rate(""), TimeRemainingColumn()
    )  # fmt: skip
    with Progress(*columns, console=console, transient=True, speed_estimate_period=_WINDOW) as bar:
        task = bar.add_task("", total=total)
        yield lambda more: bar.advance(task, more)
