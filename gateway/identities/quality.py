"""The quality gate of enrolment: a poor picture of a face spoils every later search."""

from contracts.identity import FaceWarning, Shortcoming
from contracts.problems import FieldError
from gateway.analysis.cache import FoundFace
from gateway.settings.identities import IdentitySettings
from web.problems import InvalidRequestError


class LowQualityError(InvalidRequestError):
    """The face is not fit for enrolment."""

    type, title = "low-quality", "The face is not fit for enrolment"
    remedy = (
        "Send a sharper, larger, more frontal picture, or enrol it all the same with `on_low_quality=flag`."
    )


# Measured in models/embedder.md: a mask on one of two pictures leaves six true matches of ten at the rate of 1e-3, masks on
# both let 26 times as many strangers match.
MASKED_FROM = 0.6


def warnings(mask: float | None) -> list[FaceWarning]:
    """What makes a comparison with a face less certain than its rate says, by the probability of its mask."""
    return ["masked"] if mask is not None and mask >= MASKED_FROM else []


def shortcomings(entry: FoundFace, settings: IdentitySettings) -> dict[Shortcoming, str]:
    """What the face lacks, by name, with its value and the limit. What was not measured is not judged."""
    face = entry.face
    found: dict[Shortcoming, str] = {}
    if entry.mask is not None and entry.mask >= settings.max_mask:
        found["masked"] = f"probability of a mask {entry.mask:.2f}, less than {settings.max_mask:g} is needed"
    if face.score < settings.min_enrol_score:
        found["low-score"] = (
            f"detection score {face.score:.2f}, at least {settings.min_enrol_score:g} is needed"
        )
    quality = face.quality
    if quality is None:
        return found
    if quality.face_size < settings.min_face_size:
        found["too-small"] = f"{quality.face_size:.0f} pixels, at least {settings.min_face_size:g} are needed"
    if quality.sharpness < settings.min_sharpness:
        found["blurred"] = f"sharpness {quality.sharpness:.1f}, at least {settings.min_sharpness:g} is needed"
    angles = {"yaw": settings.max_yaw, "pitch": settings.max_pitch, "roll": settings.max_roll}
    turned = [
        f"{name} {getattr(quality, name):.0f} degrees, at most {most:g} are allowed"
        for name, most in angles.items()
        if abs(getattr(quality, name)) > most
    ]
    if turned:
        found["extreme-pose"] = "; ".join(turned)
    return found


def low_quality(found: dict[Shortcoming, str]) -> LowQualityError:
    """The refusal, with every reason."""
    errors = [FieldError(field="image", reason=f"{name}: {reason}") for name, reason in found.items()]
    return LowQualityError(
        f"{', '.join(found)}; send a better picture, or on_low_quality=flag to enrol it all the same",
        errors=errors,
    )
