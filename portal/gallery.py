"""The people of one collection: add, enrol by dropping pictures, erase."""

from collections.abc import Awaitable, Callable

from nicegui import ui
from nicegui.events import GenericEventArguments

from contracts.identity import Subject
from hexaface.client import identity_calls
from hexaface.client.errors import HexafaceError
from portal.confirmation import confirm
from portal.controls import button, entry
from portal.elements import PictureStack, read_from, text
from portal.errors import EntryError, PortalError
from portal.problems import in_words
from portal.progress import Progress
from portal.session import Session
from portal.workbench import counted


class Gallery:
    """Shows the first hundred people of a collection, with what can be done with each."""

    def __init__(self, session: Session, changed: Callable[[], Awaitable[None]]) -> None:
        self._session, self._changed = session, changed
        self._collection = ""
        with ui.element("section").classes("hf-card").props('aria-label="People"'):
            text("People", tag="h3")
            with ui.element("div").classes("hf-row").style("align-items: end"):
                self._id = entry("Id (letters, digits, . _ @ -)")
                self._name = entry("Name (optional)")
                self._add = button("Add a person", self._create)
            self._progress = Progress()
            self._place = ui.element("div").classes("hf-stack")

    async def open(self, collection: str) -> None:
        """Show a collection."""
        self._collection = collection
        async with self._progress.during("Loading the people ..."):
            page = await self._session.send(identity_calls.subjects(collection, limit=100))
            self._place.clear()
            with self._place:
                for subject in page.subjects:
                    _Row(self, self._session, collection, subject)
            more = " These are the first hundred." if page.next else ""
            self._progress.say(
                f"{counted(len(page.subjects), 'person', 'people')}.{more}"
                if page.subjects
                else "Nobody is enrolled yet: add a person."
            )

    async def refresh(self) -> None:
        """Show the collection as it is now, after a change."""
        await self.open(self._collection)
        await self._changed()

    async def _create(self) -> None:
        subject, name = str(self._id.value).strip(), str(self._name.value).strip() or None
        async with self._progress.during("Adding ...", self._add):
            if not subject:
                raise EntryError("No id yet", "write an id for the person")
            await self._session.send(identity_calls.create_subject(self._collection, subject, name=name))
            self._id.enter("")
            self._name.enter("")
            await self.refresh()


class _Row:
    """One person: how many faces, a place to drop more, erasure."""

    def __init__(self, gallery: Gallery, session: Session, collection: str, subject: Subject) -> None:
        self._gallery, self._session = gallery, session
        self._collection, self._subject = collection, subject
        self._shown = f"{subject.name} ({subject.id})" if subject.name else subject.id
        with ui.element("div").classes("hf-subject").props(f'role="group" aria-label="{subject.id}"'):
            self._label = text(self._counted(), tag="strong")
            erase = button("Erase", self._ask_erase, "hf-danger")
            erase.props["aria-label"] = f"Erase {self._shown}"
            self._stack = PictureStack(f"pictures of {self._shown}", folder=False, with_samples=False)
            self._stack.on("picked", self._enrol)
            self._progress = Progress()
            self._failures = ui.element("div").classes("hf-stack")

    async def _enrol(self, event: GenericEventArguments) -> None:
        names = list(event.args["names"])
        enrolled = 0
        self._failures.clear()
        async with self._progress.during("Enrolling ..."):
            for index, name in enumerate(names):
                self._progress.at(index / len(names))
                enrolled += await self._one(index, name)
            self._progress.say(f"{enrolled} of {len(names)} pictures enrolled.")
            self._stack.run_method("clear")
        faces = self._subject.faces + enrolled
        self._subject = self._subject.model_copy(update={"faces": faces})
        self._label.set_text(self._counted())

    def _counted(self) -> str:
        return f"{self._shown}: {counted(self._subject.faces, 'face', 'faces')}"

    async def _one(self, index: int, name: str) -> bool:
        try:
            _, data = await read_from(self._stack, self._session.portal.inbox, index)
            call = identity_calls.enrol(self._collection, self._subject.id, data)
            await self._session.send_patiently(call)
        except (HexafaceError, PortalError) as failure:
            with self._failures:
                text(f"{name}: {in_words(failure)}", "hf-message").props('role="alert"')
            return False
        return True

    def _ask_erase(self) -> None:
        confirm(f"Erase {self._subject.id} with all faces? This cannot be undone.", "Erase", self._erase)

    async def _erase(self) -> None:
        async with self._progress.during("Erasing ..."):
            await self._session.send(identity_calls.erase_subject(self._collection, self._subject.id))
            await self._gallery.refresh()
