"""Synthetic faces: how many are recognised as faces, and what they look like."""

from pathlib import Path

from export.generator.evaluation import draw, evaluate
from export.onnx_tools.sessions import Session
from export.report import charts
from export.report.section import Section


def section(session: Session, folder: Path) -> Section:
    """Measure the generator and write its section."""
    out = Section("Synthetic faces (generator)", folder)
    evaluation = evaluate(session)
    out.table(["measure", "value"], list(evaluation.metrics.items()))
    if evaluation.tables:
        out.say(evaluation.tables)
    charts.sheet(draw(session, 16), 8, out.picture("generated", "The first 16 faces of one seed"))
    return out
