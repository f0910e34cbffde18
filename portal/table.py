"""A table that sorts by any column, by mouse and by keyboard."""

from collections.abc import Sequence

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from portal.elements import text

Row = tuple[object, ...]
_ARROWS = {"ascending": " ▲", "descending": " ▼", "none": ""}


class SortableTable:
    """Rows of text and numbers; each heading is a button that sorts, a second press turns the order round."""

    def __init__(self, label: str, columns: Sequence[str]) -> None:
        self.rows: list[Row] = []
        self._columns = columns
        self._sorted: tuple[int, bool] | None = None
        self._headings: list[TextElement] = []
        frame = ui.element("div").classes("hf-table-frame").props('tabindex="0" role="region"')
        frame.props["aria-label"] = label
        with frame, ui.element("table").classes("hf-table"):
            with ui.element("thead"), ui.element("tr"):
                for index, column in enumerate(columns):
                    self._heading(index, column)
            self._body = ui.element("tbody")

    def _heading(self, index: int, column: str) -> None:
        with ui.element("th").props('scope="col" aria-sort="none"'):
            heading = text(column, tag="button").props('type="button"')
            heading.on("click", lambda _: self.sort(index), args=[])
            self._headings.append(heading)

    def clear(self) -> None:
        """Forget all rows."""
        self.rows = []
        self._body.clear()

    def add(self, rows: Sequence[Row]) -> None:
        """Add rows at the end; the next sort takes them in."""
        self.rows.extend(rows)
        with self._body:
            for row in rows:
                self._draw(row)

    def sort(self, column: int) -> None:
        """Sort by a column; empty cells stand last."""
        turned = self._sorted == (column, False)
        self._sorted = (column, turned)
        filled = [row for row in self.rows if row[column] != ""]
        filled.sort(key=lambda row: _order(row[column]), reverse=turned)
        self.rows = filled + [row for row in self.rows if row[column] == ""]
        self._body.clear()
        with self._body:
            for row in self.rows:
                self._draw(row)
        for index, heading in enumerate(self._headings):
            order = "none" if index != column else "descending" if turned else "ascending"
            heading.set_text(self._columns[index] + _ARROWS[order])
            if heading.parent_slot is not None:
                heading.parent_slot.parent.props["aria-sort"] = order
                heading.parent_slot.parent.update()

    @staticmethod
    def _draw(row: Row) -> None:
        with ui.element("tr"):
            for cell in row:
                text(str(cell), tag="td")


def _order(cell: object) -> tuple[bool, float, str]:
    if isinstance(cell, int | float):
        return False, float(cell), ""
    return True, 0.0, str(cell).casefold()
