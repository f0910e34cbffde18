"""Work under way: a bar, a sentence for screen readers, and the problem when it fails."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nicegui import ui
from nicegui.element import Element

from hexaface.client.errors import HexafaceError
from portal.elements import text
from portal.errors import PortalError
from portal.problems import show_problem


class Progress:
    """Shows how far a piece of work is; the controls given to it rest meanwhile."""

    def __init__(self) -> None:
        self._bar = (
            ui.element("div").classes("hf-progress hf-busy").props('role="progressbar" aria-label="Progress"')
        )
        with self._bar:
            self._fill = ui.element("span")
        self._line = text("", "hf-muted hf-small").props('role="status"')
        self._problem = ui.element("div")
        self._bar.visible = False

    def say(self, sentence: str) -> None:
        """Say where the work stands."""
        self._line.set_text(sentence)

    def at(self, share: float) -> None:
        """Show a share of the work from 0 to 1 instead of an endless bar."""
        self._bar.classes(remove="hf-busy")
        self._bar.props["aria-valuenow"] = round(100 * share)
        self._bar.update()
        self._fill.style(f"width: {100 * share:.1f}%")

    @asynccontextmanager
    async def during(self, sentence: str, *resting: Element) -> AsyncIterator[None]:
        """Work under way; a failure of the API or of the portal ends it and is shown."""
        self._problem.clear()
        self.say(sentence)
        self._bar.classes(add="hf-busy")
        self._bar.visible = True
        for element in resting:
            element.props["disabled"] = True
            element.update()
        try:
            yield
        except (HexafaceError, PortalError) as failure:
            self.say("")
            show_problem(self._problem, failure)
        finally:
            self._bar.visible = False
            for element in resting:
                element.props.pop("disabled", None)
                element.update()
