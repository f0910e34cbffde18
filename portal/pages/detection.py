"""Detection: boxes and landmarks over the picture, with the thresholds as sliders."""

from typing import Any

from nicegui import ui

from contracts.api import DetectAnswer
from hexaface.client import calls
from hexaface.client.call import Call
from portal import drawing
from portal.controls import choice, slider
from portal.elements import text
from portal.request_panel import Example, python_call
from portal.session import Session
from portal.workbench import Workbench

_MODES = {"": "server default", "fast": "fast", "balanced": "balanced", "thorough": "thorough (small faces)"}


def build(session: Session) -> None:
    """Build the page."""

    def request(name: str, data: bytes) -> tuple[Call[DetectAnswer], Example]:
        options: dict[str, Any] = {
            "min_score": score.value,
            "min_size": size.value,
            "max_faces": int(most.value),
            "mode": mode.value or None,
        }
        example = Example("/v1/detect", python_call("detect", [name], options), {"image": name}, options)
        return calls.detect(data, **options), example

    def show(answer: DetectAnswer) -> str:
        if answer.faces:
            with ui.element("div").classes("hf-faces"):
                for index in range(len(answer.faces)):
                    _card(bench, answer, index)
        return drawing.faces(answer.faces)

    bench: Workbench[DetectAnswer] = Workbench(session, "Find the faces", request, show)
    with bench.options:
        score = slider("Lowest score", 0, 1, 0.5, 0.05)
        size = slider("Smallest face, pixels", 0, 300, 0, 5)
        most = slider("At most this many faces", 1, 100, 100, 1)
        mode = choice("Speed against small faces", _MODES, "")


def _card(bench: Workbench[DetectAnswer], answer: DetectAnswer, index: int) -> None:
    quality = answer.faces[index].quality
    with bench.face_card(answer, index):
        if quality is not None:
            angles = f"yaw {quality.yaw:+.0f}°, pitch {quality.pitch:+.0f}°, roll {quality.roll:+.0f}°"
            text(f"Sharpness {quality.sharpness:.0f}; {angles}", "hf-small")
