"""Identification: a collection of enrolled people, and who of them is on a picture."""

from functools import partial
from typing import Any

from nicegui import ui

from contracts.identity import CollectionPage, IdentifiedFace, IdentifyAnswer
from hexaface.client import identity_calls
from hexaface.client.call import Call
from portal import drawing
from portal.confirmation import confirm
from portal.controls import Field, button, choice, entry
from portal.elements import text
from portal.errors import EntryError
from portal.gallery import Gallery
from portal.meters import meters
from portal.progress import Progress
from portal.request_panel import Example, python_call
from portal.session import Session
from portal.workbench import Workbench, counted

_RATES = {
    "0.1": "1 in 10 strangers may match",
    "0.01": "1 in 100 strangers may match",
    "0.001": "1 in 1,000 strangers may match",
}
_DECISIONS = {"match": "hf-good", "uncertain": "hf-warn", "unknown": "hf-bad"}


def build(session: Session) -> None:
    """Build the page."""
    _Page(session)


class _Page:
    """Collections at the top, then the chosen one: search, and its people."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._chosen: str | None = None
        with ui.element("section").classes("hf-card").props('aria-label="Collections"'):
            text("Collections", tag="h2")
            text(
                "A collection holds the face embeddings of people you enrol; photos are not stored.",
                "hf-muted hf-small",
            )
            self._list = ui.element("div").classes("hf-row")
            with ui.element("div").classes("hf-row").style("align-items: end"):
                self._new = entry("New collection (letters, digits, . _ @ -)")
                self._create = button("Create", self._create_collection)
                self._delete = button("Delete this collection", self._ask_delete, "hf-danger")
            self._progress = Progress()
        with (
            ui.element("section")
            .classes("hf-stack")
            .props('aria-label="The chosen collection"') as self._open
        ):
            self._title = text("", tag="h2")
            self._gallery = Gallery(session, self._load)
            text("Who is on this picture?", tag="h2")
            self._bench: Workbench[IdentifyAnswer] = Workbench(session, "Identify", self._request, self._show)
            with self._bench.options:
                self._rate: Field = choice("False positive rate", _RATES, "0.01")
        self._open.visible = self._delete.visible = False
        ui.timer(0.1, self._load, once=True)
        session.on_key(self._load)

    async def _load(self) -> None:
        async with self._progress.during("Loading the collections ..."):
            page = await self._session.send(identity_calls.collections(limit=100))
            self._progress.say("" if page.collections else "There is no collection yet: create one.")
            self._draw(page)

    def _draw(self, page: CollectionPage) -> None:
        self._list.clear()
        with self._list:
            for entry_ in page.collections:
                pressed = entry_.id == self._chosen
                label = f"{entry_.id} ({counted(entry_.subjects, 'person', 'people')})"
                made = button(label, partial(self._choose, entry_.id), "hf-main" if pressed else "")
                made.props["aria-pressed"] = "true" if pressed else "false"

    async def _create_collection(self) -> None:
        name = str(self._new.value).strip()
        async with self._progress.during("Creating ...", self._create):
            if not name:
                raise EntryError("No name yet", "write a name for the collection")
            await self._session.send(identity_calls.create_collection(name))
            self._new.enter("")
            await self._choose(name)

    async def _choose(self, name: str) -> None:
        self._chosen = name
        self._open.visible = self._delete.visible = True
        self._title.set_text(f"Collection {name}")
        await self._load()
        await self._gallery.open(name)

    def _ask_delete(self) -> None:
        confirm(
            f"Delete the collection {self._chosen} with everybody in it?", "Delete", self._delete_collection
        )

    async def _delete_collection(self) -> None:
        async with self._progress.during("Deleting ...", self._delete):
            await self._session.send(identity_calls.delete_collection(str(self._chosen)))
            self._chosen = None
            self._open.visible = self._delete.visible = False
            await self._load()

    def _request(self, name: str, data: bytes) -> tuple[Call[IdentifyAnswer], Example]:
        options: dict[str, Any] = {"top_k": 5, "false_positive_rate": float(self._rate.value)}
        collection = str(self._chosen)
        python = python_call("identify", [collection, name], options)
        example = Example(f"/v1/collections/{collection}/identify", python, {"image": name}, options)
        return identity_calls.identify(collection, data, **options), example

    def _show(self, answer: IdentifyAnswer) -> str:
        text(
            f"Compared with {counted(answer.gallery, 'enrolled face', 'enrolled faces')}. From a similarity of {answer.threshold:.3f} on the decision "
            f"is match, from {answer.uncertain_threshold:.3f} on uncertain.",
            "hf-muted hf-small",
        )
        with ui.element("div").classes("hf-faces"):
            for index, face in enumerate(answer.faces):
                with self._bench.face_card(answer, index):
                    _decision(face)
        return drawing.faces(answer.faces, [_note(face) for face in answer.faces])


def _decision(face: IdentifiedFace) -> None:
    best = face.candidates[0] if face.candidates else None
    named = (best.name or best.subject) if best is not None and face.decision != "unknown" else "Nobody known"
    text(named, "hf-big")
    text(face.decision, f"hf-pill {_DECISIONS[face.decision]}", "span").style("align-self: start")
    meters({found.name or found.subject: found.similarity for found in face.candidates}, unit="")


def _note(face: IdentifiedFace) -> str:
    best = face.candidates[0] if face.candidates else None
    return (
        face.decision
        if best is None
        else f"{face.decision}: {best.name or best.subject} {best.similarity:.2f}"
    )
