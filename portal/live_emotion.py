"""The webcam's running emotions: a frame at a time, the newest minute as lines."""

import asyncio
import time
from typing import Any

from nicegui import ui

from contracts.analysis import Choice
from hexaface.client import calls
from portal.charts import chart, lines
from portal.controls import button
from portal.elements import Webcam, read_from, text
from portal.progress import Progress
from portal.session import Session

_SHOWN = 120  # points on the chart
_INTERVAL = 0.4  # seconds between frames: smooth to look at, and a small load for a server


class LiveEmotion:
    """Starts and stops the webcam, sends one frame after another, draws the scores of the best face."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._running = False
        self._chart: ui.echart | None = None
        with ui.element("section").classes("hf-card").props('aria-label="Live with the webcam"'):
            text("Live with the webcam", tag="h2")
            text("Frames go to the server one at a time and are forgotten there.", "hf-muted hf-small")
            with ui.element("div").classes("hf-row"):
                self._start = button("Start the webcam", self.start, "hf-main")
                self._stop = button("Stop", self.stop)
                self._stop.visible = False
            self._progress = Progress()
            with ui.element("div").classes("hf-two"):
                self._webcam = Webcam()
                self._place = ui.element("div")

    async def start(self) -> None:
        """Run until stopped, until a problem, or until the page is left."""
        if self._running or not await self._webcam.start():
            return
        self._running, self._stop.visible = True, True
        async with self._progress.during("Live.", self._start):
            self._place.clear()
            self._chart = None
            started = time.monotonic()
            while self._running and not self._webcam.client.is_deleted:
                await self._one_frame(time.monotonic() - started)
                await asyncio.sleep(_INTERVAL)
        self.stop()

    def stop(self) -> None:
        """Stop after the frame under way."""
        self._running, self._stop.visible = False, False
        self._webcam.stop()
        self._progress.say("")

    async def _one_frame(self, seconds: float) -> None:
        _, frame = await read_from(self._webcam, self._session.portal.inbox)
        answer = await self._session.send(calls.analyze(frame, features=["emotion"], max_faces=1))
        found = answer.faces[0].emotion if answer.faces else None
        trouble = "; ".join(problem.detail for problem in answer.problems)
        self._progress.say(f"Live: {trouble or (found.label if found else 'no face in view')}.")
        if found is not None:
            self._draw(seconds, found)

    def _draw(self, seconds: float, found: Choice) -> None:
        if self._chart is None:
            with self._place:
                self._chart = chart(lines(list(found.scores)), "Emotions over time")
        series: list[dict[str, Any]] = self._chart.options["series"]
        for line in series:
            line["data"] = [
                *line["data"][-_SHOWN + 1 :],
                [round(seconds, 1), round(found.scores[line["name"]], 3)],
            ]
        self._chart.update()
