"""Write the tables and plots of docs/scaling.md: `python -m benchmarks.scaling [--measure | --served]`.

`--measure` measures the models anew first (processor time, a minute). `--served` writes one table only, the comparison with
the real embedder service: two minutes, which want a quiet machine. What the page says between its tables is not touched.
"""

import argparse
from collections.abc import Iterable, Sequence

from benchmarks.checkout import ROOT
from benchmarks.page import renew
from benchmarks.scaling import plots
from benchmarks.scaling.burst import BEGINS, ENDS, POLICIES, ride
from benchmarks.scaling.check import Comparison, compare
from benchmarks.scaling.costs import FACE_TASKS, costs, measure, read, write
from benchmarks.scaling.gallery import gallery
from benchmarks.scaling.served import compare_service
from benchmarks.scaling.simulation import Cost
from benchmarks.scaling.sizing import smallest
from web.logs import configure_logs

PAGE = ROOT / "docs" / "scaling.md"
_IMAGES = ROOT / "docs" / "images" / "scaling"
_RATES, _FACES = (5, 20, 100), (1, 4)
_LOADS = (0.5, 0.8, 1.2)
_PATIENCE = 5
_GALLERIES = (100_000, 1_000_000, 10_000_000, 100_000_000)


def main() -> None:
    """Compute, and renew the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--served", action="store_true")
    wanted = parser.parse_args()
    configure_logs("ERROR", "console")
    if wanted.measure:
        write(measure())
    measured = read()
    found = costs(measured)
    if wanted.served:
        table = _comparisons(compare_service(found["embedder"]))
        print(table)
        renew(PAGE, {"service": table})
        return
    _IMAGES.mkdir(parents=True, exist_ok=True)
    plots.per_item(measured, _IMAGES / "batches.png")
    tables = {
        "costs": _table(
            ("task", *(f"{n} in a run" for n in (1, 2, 4, 8, 16))),
            ((task, *(f"{ms / n:.1f}" for n, ms in by.items())) for task, by in measured.items()),
        ),
        "replicas": _replicas(found),
        "bursts": _bursts(found["keypoints"]),
        "batcher": _comparisons({load: _batcher(load) for load in _LOADS}),
        "galleries": _galleries(),
    }
    renew(PAGE, tables)


def _replicas(found: dict[str, Cost]) -> str:
    columns = [(rate, faces) for rate in _RATES for faces in _FACES]
    needed = {
        task: [_needed(found[task], rate * (faces if task in FACE_TASKS else 1)) for rate, faces in columns]
        for task in ("gateway", "detector", *FACE_TASKS)
    }
    rows = [(task, *(str(count) for count in counts)) for task, counts in needed.items()]
    rows.append(("**cores**", *(f"**{sum(counts)}**" for counts in zip(*needed.values(), strict=True))))
    return _table(("task", *(f"{rate}/s, {faces} face{'s' * (faces > 1)}" for rate, faces in columns)), rows)


def _needed(cost: Cost, rate: float) -> int:
    return smallest(cost, rate=rate, within=_PATIENCE * cost.mean(1), seconds=40)


def _bursts(cost: Cost) -> str:
    rides = {name: ride(cost, policy) for name, policy in POLICIES.items()}
    plots.bursts(rides, _IMAGES / "burst.png")
    rows = [
        (
            name,
            f"{found.refused:.1%}",
            f"{found.p95(BEGINS, BEGINS + 120):.2f}",
            f"{found.p95(BEGINS + 120, ENDS):.2f}",
            max(ready for _, ready in found.history),
            found.changes,
            f"{found.replica_minutes:.0f}",
        )
        for name, found in rides.items()
    ]
    heads = ("policy", "refused", "95 % in the first two minutes, s", "after them, s", "most replicas")
    return _table((*heads, "replicas taken away in the burst", "replica minutes"), rows)


def _batcher(load: float) -> Comparison:
    return compare(Cost((1, 4, 16), (0.03, 0.06, 0.18)), load=load, seconds=20, max_batch=16)


def _comparisons(found: dict[float, Comparison]) -> str:
    rows = [
        (f"{load:.0%}", *(f"{value * 1e3:.0f}" for pair in _pairs(both) for value in pair))
        for load, both in found.items()
    ]
    return _table(("load", "p50 simulated, ms", "p50 real", "p95 simulated", "p95 real"), rows)


def _pairs(both: Comparison) -> tuple[tuple[float, float], tuple[float, float]]:
    return (both.simulated.median, both.real.median), (both.simulated.p95, both.real.p95)


def _galleries() -> str:
    rows = [
        (
            f"{found.faces:,}",
            f"{found.heap_gib:,.1f}",
            f"{found.index_gib:,.1f}",
            found.partitions,
            f"{found.build_hours:,.1f}",
            f"{found.search_ms:.0f}",
        )
        for found in map(gallery, _GALLERIES)
    ]
    heads = ("faces", "rows, GiB", "index, GiB", "parts", "hours to build, 4 workers", "search, ms")
    return _table(heads, rows)


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    lines += [f"| {' | '.join(str(c) for c in (*row, *[''] * (len(heads) - len(row))))} |" for row in rows]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
