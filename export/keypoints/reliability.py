"""What the confidence is worth: the error of the faces that it lets through, on HELEN's test part and its variants."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.keypoints.expressions import area_under_curve
from export.keypoints.faces import Analyser, Finder
from export.keypoints.fitting import face_errors, varied_faces
from export.keypoints.source import CanonicalFace
from export.keypoints.trust import calibration_error, risk_at_coverage
from export.keypoints.variants import PER_FACE
from export.onnx_tools.sessions import Session
from services.keypoints.confidence import LIMIT

Floats = NDArray[np.float64]
_COVERAGES = (1.0, 0.99, 0.95, 0.9, 0.8, 0.5)
_THRESHOLDS = (0.5, 0.9, 0.95, 0.99)


@dataclass(frozen=True)
class Judged:
    """Faces with their error, a share of the distance between the outer eye corners, and what the service said of them."""

    errors: Floats
    confidences: Floats
    presences: Floats
    plain: NDArray[np.bool_]
    """Which are no variants."""

    @property
    def failed(self) -> NDArray[np.bool_]:
        """Whose points lie beyond the limit."""
        return self.errors > LIMIT


def judge(session: Session, finder: Finder, canonical: CanonicalFace) -> Judged:
    """HELEN's test part and its variants through the service's model."""
    faces = varied_faces("dev", session, finder, canonical)
    postprocess = Analyser(session).model.postprocess
    points = np.stack([face.output["points"] for face in faces]).astype(np.float64)
    return Judged(
        errors=face_errors(points, np.stack([face.marks for face in faces])),
        confidences=np.array([postprocess(face.output).confidence or 0.0 for face in faces]),
        presences=np.array([face.output["presence"] for face in faces]),
        plain=np.arange(len(faces)) % PER_FACE == 0,
    )


def measure_trust(session: Session, finder: Finder, canonical: CanonicalFace) -> tuple[dict[str, float], str]:
    """Metrics and Markdown tables: risk against coverage, and what a threshold lets through."""
    judged = judge(session, finder, canonical)
    risk = 100 * risk_at_coverage(judged.confidences, judged.errors)
    best = 100 * risk_at_coverage(-judged.errors, judged.errors)
    other = 100 * risk_at_coverage(judged.presences, judged.errors)
    metrics = {
        "confidence_aurc_percent": round(float(risk.mean()), 3),
        "confidence_auc": round(area_under_curve(-judged.confidences, judged.failed), 3),
        "confidence_calibration_error": round(calibration_error(judged.confidences, judged.failed), 4),
        "varied_nme_percent": round(float(risk[-1]), 3),
    }
    lines = [
        f"### Confidence: {int(judged.plain.sum())} faces of HELEN's test part and {int((~judged.plain).sum())} variants of them",
        "",
        "Each face as it is, mirrored, moved, badly lit, and one of four hard ways: moved far, covered, turned by 10 to 30 or by 25 to",
        f"50 degrees. {100 * judged.failed.mean():.1f} % have an NME above {100 * LIMIT:.0f} % ({100 * judged.failed[judged.plain].mean():.1f} % of the faces as they are). Mean NME of the surest faces, %, by the share",
        "of faces that is kept; the area under it is its mean over all shares.",
        "",
        "| surest by | " + " | ".join(f"{100 * share:.0f} %" for share in _COVERAGES) + " | area |",
        "|---" * (len(_COVERAGES) + 2) + "|",
        *(
            _row(name, curve)
            for name, curve in (("confidence", risk), ("presence", other), ("the error itself", best))
        ),
        "",
        "| confidence at least | faces as they are | variants | NME above 8 % among the kept |",
        "|---|---|---|---|",
        *(_kept(judged, threshold) for threshold in _THRESHOLDS),
    ]
    return metrics, "\n".join(lines)


def _row(name: str, curve: Floats) -> str:
    values = [curve[round(share * len(curve)) - 1] for share in _COVERAGES]
    return f"| {name} | " + " | ".join(f"{value:.2f}" for value in values) + f" | {curve.mean():.2f} |"


def _kept(judged: Judged, threshold: float) -> str:
    kept = judged.confidences >= threshold
    shares = (kept[judged.plain].mean(), kept[~judged.plain].mean(), judged.failed[kept].mean())
    return f"| {threshold:g} | " + " | ".join(f"{100 * share:.1f} %" for share in shares) + " |"
