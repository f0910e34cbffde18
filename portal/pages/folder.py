"""Folder: many pictures one after another, a table of their faces to sort and to save, failures by name."""

import csv
import io

from nicegui import ui
from nicegui.events import GenericEventArguments

from contracts.api import AnalyzedFace
from hexaface.client import calls
from hexaface.client.errors import HexafaceError
from portal.cancellation import Cancellation
from portal.controls import button
from portal.elements import PictureStack, read_from, text
from portal.errors import PictureError, PortalError
from portal.problems import in_words
from portal.progress import Progress
from portal.session import Session
from portal.table import SortableTable
from portal.workbench import counted, nothing_yet

COLUMNS = (
    "picture", "face", "age", "age low", "age high", "gender", "race", "emotion",
    "score", "x", "y", "width", "height",
)  # fmt: skip


def build(session: Session) -> None:
    """Build the page."""
    _Page(session)


class _Page:
    def __init__(self, session: Session) -> None:
        self._session = session
        self._names: list[str] = []
        with ui.element("div").classes("hf-two"):
            with ui.element("section").classes("hf-card").props('aria-label="Pictures"'):
                self._stack = PictureStack("many pictures").on("picked", self._picked)
                self._start = button("Analyse them all", self._run, "hf-main")
                self._cancellation = Cancellation()
                self._progress = Progress()
            with ui.element("section").classes("hf-stack").props('aria-label="Result"'):
                self._empty = nothing_yet("table_view", "One row per face appears here.")
                with ui.element("div").classes("hf-card") as self._card:
                    self._table = SortableTable("Faces of the pictures", COLUMNS)
                    button("Save as CSV", self._save)
                self._card.visible = False
                self._failures = ui.element("div").classes("hf-stack").props('role="status"')

    def _picked(self, event: GenericEventArguments) -> None:
        self._names = event.args["names"]

    async def _run(self) -> None:
        self._cancellation.begin()
        self._table.clear()
        self._failures.clear()
        failed = 0
        async with self._progress.during("Analysing ...", self._start):
            if not self._names:
                raise PictureError("No pictures yet", "choose or drop pictures, or use the samples")
            self._empty.visible, self._card.visible = False, True
            for done, name in enumerate(list(self._names)):
                self._progress.at(done / len(self._names))
                self._progress.say(f"Picture {done + 1} of {len(self._names)}: {name}")
                failed += await self._cancellation.step(self._one(done, name), otherwise=False)
                if self._cancellation.asked or self._start.client.is_deleted:
                    break
            end = "Cancelled" if self._cancellation.asked else "Done"
            rows = counted(len(self._table.rows), "row", "rows")
            self._progress.say(f"{end}: {rows}, {counted(failed, 'failure', 'failures')}.")
        self._cancellation.end()

    async def _one(self, index: int, name: str) -> bool:
        """Analyse one picture; whether it, or a part of it, failed."""
        try:
            _, data = await read_from(self._stack, self._session.portal.inbox, index)
            answer = await self._session.send_patiently(
                calls.analyze(data, features=["attributes", "emotion"])
            )
        except (HexafaceError, PortalError) as failure:
            self._tell(f"{name}: {in_words(failure)}")
            return True
        rows = [_row(name, number + 1, face) for number, face in enumerate(answer.faces)]
        self._table.add(rows or [(name, 0, *[""] * (len(COLUMNS) - 2))])
        for problem in answer.problems:
            self._tell(f"{name}: without {problem.feature}: {problem.detail}")
        return bool(answer.problems)

    def _tell(self, failure: str) -> None:
        with self._failures:
            text(failure, "hf-message")

    def _save(self) -> None:
        text_file = io.StringIO()
        writer = csv.writer(text_file)
        writer.writerow(COLUMNS)
        writer.writerows([_safe(cell) for cell in row] for row in self._table.rows)
        ui.download.content(text_file.getvalue(), "faces.csv", "text/csv")


def _row(name: str, number: int, face: AnalyzedFace) -> tuple[object, ...]:
    box, found = face.box, face.attributes
    place = (
        round(face.score, 3),
        round(box.x, 1),
        round(box.y, 1),
        round(box.width, 1),
        round(box.height, 1),
    )
    described: tuple[object, ...] = ("",) * 5
    if found is not None:
        age, race = found.age, found.race.label if found.race else ""
        described = (round(age.years, 1), round(age.low, 1), round(age.high, 1), found.gender.label, race)
    return (name, number, *described, face.emotion.label if face.emotion else "", *place)


def _safe(cell: object) -> object:
    """A cell that a spreadsheet will not run as a formula (OWASP, "CSV Injection")."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell
