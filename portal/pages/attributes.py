"""Age, gender and race: the age with its interval, the others as distributions, per face."""

from nicegui import ui

from contracts.analysis import Attributes
from contracts.api import AnalyzeAnswer
from hexaface.client import calls
from hexaface.client.call import Call
from portal import drawing
from portal.elements import text
from portal.meters import interval, meters
from portal.request_panel import Example, python_call
from portal.session import Session
from portal.workbench import Workbench, failed_features

_OLDEST = 100.0


def build(session: Session) -> None:
    """Build the page."""

    def request(name: str, data: bytes) -> tuple[Call[AnalyzeAnswer], Example]:
        options = {"features": ["attributes"]}
        example = Example("/v1/analyze", python_call("analyze", [name], options), {"image": name}, options)
        return calls.analyze(data, features=["attributes"]), example

    def show(answer: AnalyzeAnswer) -> str:
        failed_features(answer.problems)
        with ui.element("div").classes("hf-faces"):
            for index, face in enumerate(answer.faces):
                with bench.face_card(answer, index):
                    if face.attributes is not None:
                        _attributes(face.attributes)
        return drawing.faces(answer.faces, [_note(face.attributes) for face in answer.faces])

    bench: Workbench[AnalyzeAnswer] = Workbench(session, "Estimate age, gender and race", request, show)
    with bench.options:
        text(
            "The models judge how a face looks in one picture. That is not what a person says of themselves, "
            "and it is less accurate for some groups than for others: see the model cards.",
            "hf-muted hf-small",
        )


def _attributes(found: Attributes) -> None:
    age = found.age
    with ui.element("div"):
        text(f"{age.years:.0f} years", "hf-big")
        text(f"80 % interval: {age.low:.0f} to {age.high:.0f} years", "hf-muted hf-small")
    interval(age.years, age.low, min(age.high, _OLDEST), end=_OLDEST)
    text("Gender", tag="h3")
    meters(found.gender.scores, top=found.gender.label)
    if found.race is None:
        text("Race: the loaded model does not estimate it.", "hf-muted hf-small")
    else:
        text("Race", tag="h3")
        meters(
            {_spoken(name): share for name, share in found.race.scores.items()}, top=_spoken(found.race.label)
        )


def _note(found: Attributes | None) -> str:
    if found is None:
        return ""
    return f"{found.age.years:.0f} years, {found.gender.label}" + (
        f", {_spoken(found.race.label)}" if found.race else ""
    )


def _spoken(label: str) -> str:
    return label.replace("_", " ")
