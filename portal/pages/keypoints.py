"""Keypoints: the 15 points and the mesh over the picture, action units, gaze and head pose."""

from functools import partial

from nicegui import ui

from contracts.action_units import DESCRIPTIONS
from contracts.api import AnalyzeAnswer
from contracts.keypoints import Keypoints
from hexaface.client import calls
from hexaface.client.call import Call
from portal import drawing
from portal.controls import Check, button
from portal.elements import text
from portal.meters import meters
from portal.request_panel import Example, python_call
from portal.session import Session
from portal.workbench import Workbench, box_of, failed_features


def build(session: Session) -> None:
    """Build the page."""
    latest: list[AnalyzeAnswer] = []

    def request(name: str, data: bytes) -> tuple[Call[AnalyzeAnswer], Example]:
        options = {"features": ["keypoints"], "mesh": True}
        example = Example("/v1/analyze", python_call("analyze", [name], options), {"image": name}, options)
        return calls.analyze(data, features=["keypoints"], mesh=True), example

    def overlay() -> str:
        parts = [drawing.faces(latest[0].faces)] if boxes.value else []
        for face in latest[0].faces:
            if face.keypoints is not None:
                parts.append(drawing.mesh(face.keypoints) if mesh.value else "")
                parts.append(drawing.points(face.keypoints.points) if points.value else "")
                parts.append(drawing.head(face.keypoints, face.box) if head.value else "")
        return "".join(parts)

    def redraw() -> None:
        if latest:
            bench.view.draw(overlay())

    def show(answer: AnalyzeAnswer) -> str:
        latest[:] = [answer]
        failed_features(answer.problems)
        with ui.element("div").classes("hf-faces"):
            for index, face in enumerate(answer.faces):
                with bench.face_card(answer, index):
                    box = box_of(face.box)
                    button("Zoom to this face", partial(bench.view.focus, box))
                    if face.keypoints is not None:
                        _face(face.keypoints)
        return overlay()

    bench: Workbench[AnalyzeAnswer] = Workbench(session, "Find the keypoints", request, show)
    with bench.options:
        points = Check("15 points", value=True, on_change=redraw)
        mesh = Check("478-point mesh", value=True, on_change=redraw)
        head = Check("Head axes and gaze", value=True, on_change=redraw)
        boxes = Check("Boxes", value=False, on_change=redraw)
        text(
            "Axes: red to the subject's left, green up, blue out of the face; yellow is the gaze.",
            "hf-muted hf-small",
        )


def _face(found: Keypoints) -> None:
    pose, gaze = found.pose, found.gaze
    text("Head", tag="h3")
    text(f"yaw {pose.yaw:+.0f}°, pitch {pose.pitch:+.0f}°, roll {pose.roll:+.0f}°", "hf-small")
    text("Gaze", tag="h3")
    sure = f"confidence {gaze.confidence:.2f}"
    text(f"yaw {gaze.yaw:+.0f}°, pitch {gaze.pitch:+.0f}° against the camera ({sure})", "hf-small")
    text("Action units", tag="h3")
    present = {name: unit for name, unit in found.action_units.items() if unit.present}
    if not present:
        text("None is present: a resting face.", "hf-muted hf-small")
    strongest = sorted(present.items(), key=lambda entry: -entry[1].intensity)
    meters({f"{name} {DESCRIPTIONS.get(name, '')}": unit.intensity for name, unit in strongest}, unit="")
    rest = len(found.action_units) - len(present)
    text(f"{rest} more units are at rest; the JSON has them all.", "hf-muted hf-small")
