"""The imbalance study on the page: start, progress, cancel, a chart per batch and the overall shares."""

from collections import Counter

from nicegui import ui

from portal.cancellation import Cancellation
from portal.charts import chart, stacked_bars
from portal.controls import button, entry
from portal.elements import text
from portal.imbalance import BATCH, BATCHES, UNSEEN, Count, study
from portal.meters import meters
from portal.progress import Progress
from portal.session import Session


class ImbalancePanel:
    """Ten batches of sixty faces, judged one after another; what is done stays when it is cancelled."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._counts: list[Count] = []
        with ui.element("section").classes("hf-card").props('aria-label="The imbalance study"'):
            text("The imbalance study", tag="h2")
            text(
                f"A generator repeats the imbalance of the faces it learned from. This study generates {BATCHES} batches "
                f"of {BATCH} faces, finds each face, asks the gender model what it sees, and counts.",
                "hf-muted",
            )
            with ui.element("div").classes("hf-row").style("align-items: end"):
                self._seed = entry("First seed", "1", kind="number", min=0, max=10**9)
                self._start = button("Run the study", self._run, "hf-main")
                self._cancellation = Cancellation()
            self._progress = Progress()
            self._place = ui.element("div").classes("hf-stack")

    async def _run(self) -> None:
        self._counts = []
        self._place.clear()
        self._cancellation.begin()
        async with self._progress.during("Starting the study ...", self._start):
            first = int(self._seed.value) if str(self._seed.value).isdigit() else 1
            steps = study(self._session, first)
            while (news := await self._cancellation.step(anext(steps, None), None)) is not None:
                if self._start.client.is_deleted:
                    return
                self._note(news)
            done = "Cancelled" if self._cancellation.asked else "Done"
            self._progress.say(f"{done}: {len(self._counts)} of {BATCHES} batches counted.")
        self._cancellation.end()

    def _note(self, news: Count | int) -> None:
        if isinstance(news, int):
            self._progress.at(news / (BATCH * BATCHES))
            self._progress.say(f"{news} of {BATCH * BATCHES} faces judged.")
            return
        self._counts.append(news)
        self._place.clear()
        with self._place:
            self._draw()

    def _draw(self) -> None:
        overall: Counter[str] = Counter()
        for count in self._counts:
            overall.update(count.labels)
        names = sorted(overall, key=lambda name: (name == UNSEEN, name))
        bars = {name: [count.labels.get(name, 0) for count in self._counts] for name in names}
        seeds = [f"seed {count.seed}" for count in self._counts]
        told = ", ".join(f"{name} {overall[name]}" for name in names)
        chart(stacked_bars(seeds, bars), f"Counts per batch; overall {told}")
        text("Overall", tag="h3")
        total = overall.total()
        meters({f"{name} ({overall[name]} of {total})": overall[name] / total for name in names})
        text(_finding(overall), "hf-muted")


def _finding(overall: Counter[str]) -> str:
    judged = {name: count for name, count in overall.items() if name != UNSEEN}
    total = sum(judged.values())
    if not total:
        return "No face was detected in the generated pictures."
    name, most = max(judged.items(), key=lambda entry: entry[1])
    # Normal approximation of a binomial share, 95 %.
    half = 1.96 * (most / total * (1 - most / total) / total) ** 0.5
    return (
        f"Of {total} detected faces, the model calls {100 * most / total:.0f} % {name} "
        f"(plus or minus {100 * half:.0f} points at 95 %). This is the generator and the gender model together: "
        "the model has errors of its own."
    )
