"""The table of the comparison: a line per photo, way to ask and toolkit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Cell:
    """One toolkit with so many photos at once."""

    per_second: float
    median_ms: float
    cpu_ms: float


@dataclass
class Row:
    """One toolkit on one photo in one way; no cell where it refused or failed."""

    toolkit: str
    faces: int
    cells: dict[int, Cell] = field(default_factory=dict)


def head(at_once: Sequence[int]) -> str:
    """The first two lines."""
    rates = " | ".join(f"per s, {number} at once" if number > 1 else "per s, alone" for number in at_once)
    medians = " | ".join(f"p50 ms, {number}" if number > 1 else "p50 ms, alone" for number in at_once)
    columns = 4 + 2 * len(at_once) + 1
    return f"| photo | asked for | toolkit | faces found | {rates} | {medians} | CPU ms a photo |\n{'|---' * columns}|"


def lines(photo: str, way: str, rows: Sequence[Row], at_once: Sequence[int]) -> str:
    """The lines of one photo asked in one way; the fastest at each number of photos at once stands in bold."""
    best = {number: max((_rate(row, number) for row in rows), default=0.0) for number in at_once}
    return "\n".join(f"| {photo} | {way} | {_line(row, best)} |" for row in rows)


def left_out(reasons: Mapping[str, str], at_once: Sequence[int]) -> str:
    """A line for each toolkit that is not in the table, with the reason."""
    empty = " |" * (2 * len(at_once) + 1)
    return "\n".join(f"| all | all | {name} | not measured: {why} |{empty}" for name, why in reasons.items())


def _line(row: Row, best: Mapping[int, float]) -> str:
    rates = (_marked(_rate(row, number), best[number]) for number in best)
    medians = (f"{row.cells[number].median_ms:.0f}" if number in row.cells else "-" for number in best)
    # With the most at once: alone, a processor's idle cores count little and its clock much.
    cpu = f"{row.cells[max(row.cells)].cpu_ms:.0f}" if row.cells else "-"
    return " | ".join([row.toolkit, f"{row.faces}", *rates, *medians, cpu])


def _rate(row: Row, number: int) -> float:
    return row.cells[number].per_second if number in row.cells else 0.0


def _marked(rate: float, best: float) -> str:
    if not rate:
        return "-"
    text = f"{rate:.1f}" if rate >= 1 else f"{rate:.2f}"
    return f"**{text}**" if rate == best else text
