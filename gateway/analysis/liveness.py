"""Refusing faces that do not look live, where a caller requires it."""

from collections.abc import Sequence

from contracts.detection import DetectOptions
from contracts.liveness import Liveness, LivenessReply
from contracts.options import AnalyzeOptions
from contracts.problems import FieldError
from gateway.analysis.pipeline import run
from gateway.analysis.stages import LIVENESS, reply_of, stages
from gateway.settings.analysis import AnalysisSettings
from gateway.upstreams.calls import Upstreams
from web.problems import InvalidRequestError


class NotLiveError(InvalidRequestError):
    """A face scores less in liveness than the caller requires."""

    type, title = "not-live", "The face does not look live"
    remedy = "Take a new picture of the person, evenly lit; prints and screens are refused, and some real pictures too."


class LivenessCheck:
    """Judges the faces of pictures. The cache knows nothing of it: each check runs the detector and the networks."""

    def __init__(self, settings: AnalysisSettings, upstreams: Upstreams) -> None:
        self._settings = settings
        self._upstreams = upstreams

    async def of(self, picture: bytes, options: DetectOptions) -> Sequence[Liveness]:
        """One judgement per face, in the order of detection. Raises ProblemError when it cannot be had."""
        wanted = AnalyzeOptions(**options.narrowed(DetectOptions).model_dump(), features=[LIVENESS])
        pipeline = stages(picture, wanted, required=(LIVENESS,))
        outcome = await run(pipeline, self._upstreams, deadline=self._settings.deadline)
        judged = reply_of(outcome, LIVENESS, LivenessReply)
        return judged.faces if judged else []


def refuse_presented(judged: Sequence[Liveness | None], least: float, field: str) -> None:
    """Raise NotLiveError, which names each face below `least`; a face that was not judged is one."""
    low = [i for i, face in enumerate(judged) if face is None or face.score < least]
    if not low:
        return
    reasons = {i: "not judged" if (face := judged[i]) is None else f"liveness {face.score:.2f}" for i in low}
    errors = [
        FieldError(field=field, index=i, reason=f"{reason}, {least:g} is required")
        for i, reason in reasons.items()
    ]
    raise NotLiveError(f"{len(low)} of {len(judged)} faces in {field} do not look live", errors=errors)
