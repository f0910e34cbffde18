"""Verification: two pictures, the faces that were compared, and the similarity against its threshold."""

from math import sqrt

from nicegui import ui

from contracts.identity import VerifiedFace, VerifyAnswer
from hexaface.client import identity_calls
from portal import drawing
from portal.controls import button, choice
from portal.elements import PictureInput, PictureView, read_from, text
from portal.meters import threshold_scale
from portal.progress import Progress
from portal.request_panel import Example, RequestPanel, python_call
from portal.session import Session
from portal.workbench import nothing_yet

_RATES = {
    "0.01": "1 in 100 strangers pass: convenient",
    "0.001": "1 in 1,000 strangers pass: usual",
    "0.0001": "1 in 10,000 strangers pass: strict",
}
_METRICS = {"cosine": "cosine similarity", "euclidean": "Euclidean distance"}
_FACES = {"only": "exactly one face per picture", "largest": "the largest face of each picture"}
_NEARLY = 0.999  # no calibration on a few thousand pairs knows more
_NAMES = ("First picture", "Second picture")


def build(session: Session) -> None:
    """Build the page."""
    _Page(session)


class _Page:
    def __init__(self, session: Session) -> None:
        self._session = session
        with ui.element("section").classes("hf-card").props('aria-label="Pictures and options"'):
            with ui.element("div").classes("hf-pair"):
                self._inputs = [self._picture(name) for name in _NAMES]
            with ui.element("div").classes("hf-cards"):
                self._rate = choice("False match rate", _RATES, "0.001")
                self._metric = choice("Metric", _METRICS, "cosine")
                self._face = choice("Which face", _FACES, "only")
            self._start = button("Compare the faces", self._run, "hf-main")
            self._progress = Progress()
        with ui.element("section").classes("hf-stack").props('aria-label="Result"'):
            self._empty = nothing_yet("compare", "Two pictures, and the result appears here.")
            with ui.element("div").classes("hf-card") as self._card:
                self._verdict = ui.element("div").classes("hf-stack")
                with ui.element("div").classes("hf-pair"):
                    self._views = [PictureView(f"{name}, with the compared face") for name in _NAMES]
            self._card.visible = False
            self._panel = RequestPanel(session.url)

    @staticmethod
    def _picture(name: str) -> PictureInput:
        with ui.element("div").classes("hf-stack"):
            text(name, tag="h2")
            return PictureInput(name)

    async def _run(self) -> None:
        async with self._progress.during("Comparing ...", self._start):
            inbox = self._session.portal.inbox
            (name_a, a), (name_b, b) = [await read_from(picture, inbox) for picture in self._inputs]
            options = {
                "metric": self._metric.value,
                "false_match_rate": float(self._rate.value),
                "face": self._face.value,
            }
            answer = await self._session.send(identity_calls.verify(a, b, **options))
            self._show(answer)
            python = python_call("verify", [name_a, name_b], options)
            files = {"image_a": name_a, "image_b": name_b}
            self._panel.show(Example("/v1/verify", python, files, options), answer)
            self._progress.say("Same person." if answer.verified else "Not the same person.")

    def _show(self, answer: VerifyAnswer) -> None:
        self._empty.visible, self._card.visible = False, True
        self._verdict.clear()
        with self._verdict:
            _verdict(answer)
        for view, picture, face in zip(self._views, self._inputs, answer.faces, strict=True):
            view.show(picture, _size(face), drawing.faces([face]))
            x, y, width, height = face.box.x, face.box.y, face.box.width, face.box.height
            view.focus((x - width / 2, y - height / 2, 2 * width, 2 * height))


def _size(face: VerifiedFace) -> tuple[int, int]:
    return face.image.width, face.image.height


def _verdict(answer: VerifyAnswer) -> None:
    cosine = answer.metric == "cosine"
    with ui.element("div").classes(f"hf-verdict {'hf-good' if answer.verified else 'hf-bad'}"):
        text("The same person" if answer.verified else "Not the same person", "hf-big")
        if answer.probability is not None:
            text(
                f"Probability of the same person: {_share(answer.probability)}, if both were equally likely before."
            )
    value = answer.similarity if cosine else answer.distance
    threshold_scale(value, answer.threshold, -0.2 if cosine else 0, 1 if cosine else 1.6, good_above=cosine)
    text(_plainly(answer))
    similarity = answer.similarity
    euclidean = sqrt(max(0.0, 2 - 2 * similarity))
    text(
        f"Both metrics: cosine similarity {similarity:.3f}, Euclidean distance {euclidean:.3f}.",
        "hf-muted hf-small",
    )


def _share(probability: float) -> str:
    if probability > _NEARLY:
        return f"over {100 * _NEARLY:g}\u00a0%"
    if probability < 1 - _NEARLY:
        return f"under {100 * (1 - _NEARLY):g}\u00a0%"
    return f"{100 * probability:.1f}\u00a0%"


def _plainly(answer: VerifyAnswer) -> str:
    side = "at least" if answer.metric == "cosine" else "at most"
    name = "similarity" if answer.metric == "cosine" else "distance"
    rule = f"A {name} of {side} {answer.threshold:.3f} counts as the same person."
    if not answer.false_match_rate:
        return rule
    return f"{rule} With this threshold, about 1 in {1 / answer.false_match_rate:,.0f} pairs of different people passes."
