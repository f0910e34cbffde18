"""Emotion: seven bars per face; with the webcam, a running line chart."""

from nicegui import ui

from contracts.api import AnalyzeAnswer
from hexaface.client import calls
from hexaface.client.call import Call
from portal import drawing
from portal.elements import text
from portal.live_emotion import LiveEmotion
from portal.meters import meters
from portal.request_panel import Example, python_call
from portal.session import Session
from portal.workbench import Workbench, failed_features


def build(session: Session) -> None:
    """Build the page."""

    def request(name: str, data: bytes) -> tuple[Call[AnalyzeAnswer], Example]:
        options = {"features": ["emotion"]}
        example = Example("/v1/analyze", python_call("analyze", [name], options), {"image": name}, options)
        return calls.analyze(data, features=["emotion"]), example

    def show(answer: AnalyzeAnswer) -> str:
        failed_features(answer.problems)
        with ui.element("div").classes("hf-faces"):
            for index, face in enumerate(answer.faces):
                with bench.face_card(answer, index):
                    if face.emotion is not None:
                        text(face.emotion.label.capitalize(), "hf-big")
                        meters(face.emotion.scores, top=face.emotion.label)
        return drawing.faces(
            answer.faces, [face.emotion.label if face.emotion else "" for face in answer.faces]
        )

    bench: Workbench[AnalyzeAnswer] = Workbench(session, "Read the emotions", request, show)
    with bench.options:
        text("An expression in one picture is not what a person feels.", "hf-muted hf-small")
    LiveEmotion(session)
