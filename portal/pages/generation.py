"""Generation: synthetic faces from a seed, and the study of how balanced they are."""

import base64
import io
import zipfile

from nicegui import ui

from contracts.api import GenerateAnswer
from hexaface.client import calls
from portal.controls import button, entry, slider
from portal.elements import text
from portal.errors import EntryError
from portal.imbalance_panel import ImbalancePanel
from portal.progress import Progress
from portal.request_panel import Example, RequestPanel, python_call
from portal.session import Session
from portal.workbench import nothing_yet

_MAX_SEED = 2**53 - 1


def build(session: Session) -> None:
    """Build the page."""
    _Faces(session)
    ImbalancePanel(session)


class _Faces:
    """Count and seed at the left, the grid of faces at the right."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._answer: GenerateAnswer | None = None
        with ui.element("div").classes("hf-two"):
            with ui.element("section").classes("hf-card").props('aria-label="What to generate"'):
                self._count = slider("Faces", 1, 64, 16, 1)
                self._seed = entry("Seed (empty for a new one)", kind="number", min=0, max=_MAX_SEED)
                text("The same seed gives the same faces.", "hf-muted hf-small")
                self._start = button("Generate", self._run, "hf-main")
                self._progress = Progress()
            with ui.element("section").classes("hf-stack").props('aria-label="Result"'):
                self._place = ui.element("div").classes("hf-stack")
                with self._place:
                    nothing_yet("auto_awesome", "The faces appear here. They show nobody.")
                self._panel = RequestPanel(session.url)

    async def _run(self) -> None:
        async with self._progress.during("Generating ...", self._start):
            count = int(self._count.value)
            answer = await self._session.send(calls.generate(count=count, seed=_seed(self._seed.value)))
            self._answer = answer
            body = {"count": count, "seed": answer.seed}  # the copied request gives these faces again
            self._place.clear()
            with self._place, ui.element("div").classes("hf-card"):
                self._show(answer)
            self._panel.show(Example("/v1/generate", python_call("generate", [], body), body=body), answer)
            self._progress.say(f"{len(answer.images)} faces from seed {answer.seed}.")

    def _show(self, answer: GenerateAnswer) -> None:
        with ui.element("div").classes("hf-row").style("justify-content: space-between"):
            text(f"Seed {answer.seed}", tag="h2")
            with ui.element("div").classes("hf-row"):
                button("Use this seed again", lambda: self._seed.enter(str(answer.seed)))
                button("Download all (zip)", self._download)
        with ui.element("div").classes("hf-grid"):
            for index, image in enumerate(answer.images):
                link = ui.element("a").props(f'download="face-{answer.seed}-{index + 1}.png"')
                link.props["href"] = f"data:image/png;base64,{image}"
                link.props["aria-label"] = f"Download face {index + 1}"
                with link:
                    picture = ui.element("img").props(f'alt="Synthetic face {index + 1}"')
                    picture.props["src"] = f"data:image/png;base64,{image}"

    def _download(self) -> None:
        if self._answer is not None:
            ui.download.content(_zipped(self._answer), f"faces-{self._answer.seed}.zip", "application/zip")


def _seed(written: str) -> int | None:
    if not str(written).strip():
        return None
    if not str(written).isdigit() or int(written) > _MAX_SEED:
        raise EntryError("Invalid seed", f"a seed is a whole number from 0 to {_MAX_SEED}")
    return int(written)


def _zipped(answer: GenerateAnswer) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for index, image in enumerate(answer.images):
            archive.writestr(f"face-{answer.seed}-{index + 1:02}.png", base64.b64decode(image))
    return buffer.getvalue()
