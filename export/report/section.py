"""A section of the report: text, tables and the pictures it refers to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Section:
    """Markdown under a heading; pictures go to `folder` and are linked relative to docs/."""

    title: str
    folder: Path
    lines: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        """A paragraph."""
        self.lines += [text, ""]

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """A table; numbers are written as they are given."""
        self.lines.append(f"| {' | '.join(header)} |")
        self.lines.append("|---" * len(header) + "|")
        self.lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
        self.lines.append("")

    def picture(self, name: str, caption: str) -> Path:
        """Link a picture and give the path to draw it to."""
        self.lines += [f"![{caption}](images/accuracy/{name}.png)", ""]
        return self.folder / f"{name}.png"

    def text(self) -> str:
        """The section as Markdown."""
        return "\n".join([f"## {self.title}", "", *self.lines])
