"""The form of a page with one picture: the picture and its options at the left, the result at the right."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypeVar

from nicegui import ui

from contracts.api import AnalyzeAnswer, DetectAnswer
from contracts.faces import Box, Face
from contracts.identity import IdentifyAnswer
from contracts.problems import StageProblem
from hexaface.client.call import Call
from portal.controls import button
from portal.elements import FaceCrop, PictureInput, PictureView, read_from, text
from portal.progress import Progress
from portal.request_panel import Example, RequestPanel
from portal.session import Session

A = TypeVar("A", DetectAnswer, AnalyzeAnswer, IdentifyAnswer)


class Workbench(Generic[A]):
    """Runs one call per picture; the page says which call, and shows the answer's faces.

    `request(name, data)` gives the call and how a person would write it. `show(answer)` is called inside the place
    for results below the picture and gives the overlay.
    """

    def __init__(
        self,
        session: Session,
        verb: str,
        request: Callable[[str, bytes], tuple[Call[A], Example]],
        show: Callable[[A], str],
    ) -> None:
        self._session = session
        self._request: Callable[[str, bytes], tuple[Call[A], Example]] = request
        self._show: Callable[[A], str] = show
        with ui.element("div").classes("hf-two"):
            with ui.element("section").classes("hf-card").props('aria-label="Picture and options"'):
                self.picture = PictureInput("picture")
                self.options = ui.element("div").classes("hf-stack")
                self.start = button(verb, self.run, "hf-main")
                self.progress = Progress()
            with ui.element("section").classes("hf-stack").props('aria-label="Result"'):
                self.empty = nothing_yet("image_search", "The result appears here.")
                with ui.element("div").classes("hf-card") as self._frame:
                    self.view = PictureView("Picture with the faces found")
                self._frame.visible = False
                self.results = ui.element("div").classes("hf-stack")
                self._panel = RequestPanel(session.url)

    async def run(self) -> None:
        """Send the picture, show what comes back."""
        async with self.progress.during("Processing the picture ...", self.start):
            name, data = await read_from(self.picture, self._session.portal.inbox)
            call, example = self._request(name, data)
            answer = await self._session.send(call)
            self.empty.visible, self._frame.visible = False, True
            self.results.clear()
            with self.results:
                overlay = self._show(answer)
                if not answer.faces:
                    text(
                        "No face was found in this picture. A larger or sharper face, or a lower score, may help.",
                        "hf-note",
                    )
            self.view.show(self.picture, (answer.image.width, answer.image.height), overlay)
            self._panel.show(example, answer)
            self.progress.say(
                counted(len(answer.faces), "face", "faces") + " found" + _time(answer.timings_ms)
            )

    @contextmanager
    def face_card(self, answer: A, index: int) -> Iterator[None]:
        """A card with the face cut out of the picture; the context adds to it."""
        face = answer.faces[index]
        size = (answer.image.width, answer.image.height)
        with ui.element("article").classes("hf-card").props(f'aria-label="Face {index + 1}"'):
            self._person(face, index, size)
            yield

    def _person(self, face: Face, index: int, size: tuple[int, int]) -> None:
        with ui.element("div").classes("hf-person"):
            FaceCrop(self.picture, f"Face {index + 1}", box_of(face.box), size)
            with ui.element("div"):
                text(f"Face {index + 1}", tag="h3")
                text(
                    f"score {face.score:.2f}, {face.box.width:.0f} x {face.box.height:.0f} px",
                    "hf-muted hf-small",
                )


def nothing_yet(icon: str, sentence: str) -> ui.element:
    """What stands where a result will be."""
    with ui.element("div").classes("hf-empty") as place:
        ui.icon(icon).props('aria-hidden="true"')
        text(sentence)
    return place


def counted(count: int, one: str, many: str) -> str:
    """A count with its noun: `1 face`, `3 faces`."""
    return f"{count} {one if count == 1 else many}"


def box_of(box: Box) -> tuple[float, float, float, float]:
    """A box as numbers: x, y, width, height."""
    return box.x, box.y, box.width, box.height


def failed_features(problems: Sequence[StageProblem]) -> None:
    """Say which features are missing from an answer, and why."""
    for problem in problems:
        text(f"{problem.feature}: {problem.detail}", "hf-note").props('role="alert"')


def _time(timings: dict[str, float]) -> str:
    return f" in {timings['total']:.0f} ms." if "total" in timings else "."
