"""A section from a recipe's own evaluation, for tasks whose tables already say it all."""

from collections.abc import Callable
from pathlib import Path

from export.onnx_tools.sessions import Session
from export.recipe import find
from export.report.section import Section


def plain_section(
    task: str, title: str, comparison: str, variant: str | None = None
) -> Callable[[Session, Path], Section]:
    """The metrics and tables of the task's shipped (or named) recipe under `title`, after a line of published numbers."""

    def section(session: Session, folder: Path) -> Section:
        evaluation = find(task, variant).evaluate(session)
        out = Section(title, folder)
        out.say(comparison)
        out.table(["metric", "value"], list(evaluation.metrics.items()))
        if evaluation.tables:
            out.say(evaluation.tables)
        return out

    return section
