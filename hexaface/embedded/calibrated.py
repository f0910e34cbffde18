"""What the embedder that is installed here says of its similarities."""

from gateway.identities.calibration import Calibration, calibration_of
from serving.session import open_session
from serving.settings import ServiceSettings


def calibrated(digest: str) -> Calibration | None:
    """The calibration of the embedder of this digest; None where another one is installed, or one without calibration."""
    session, _ = open_session("embedder", ServiceSettings(provider="cpu"))
    return calibration_of(session.describe()) if session.info.digest == digest else None
