"""The detector's settings, its two models, and what looks at photos with them."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from contracts.detection import Mode
from services.detector.candidates import Candidates
from services.detector.canvas import Canvas
from services.detector.detectors import DETECTORS, DetectorName
from services.detector.finder import FinderSettings
from services.detector.looking import Looking
from services.detector.model import DetectorModel, PointsModel
from serving.machine import Machine
from serving.service import AnyService, Service
from serving.settings import ServiceSettings


class DetectorSettings(ServiceSettings):
    """The detector's own settings besides those of every service."""

    model_config = SettingsConfigDict(env_prefix="HEXAFACE_", frozen=True, extra="ignore")

    detector: DetectorName = Field(
        default="yunet",
        description="which model; yunet is the fastest and finds the smallest faces, centerface and mtcnn are older",
    )
    mode: Mode = Field(
        default="balanced", description="speed against small faces, where a request does not say"
    )
    max_side: int | None = Field(
        default=None, ge=128, le=4096, description="longer side of the network's input; overrides the mode's"
    )
    min_score: float | None = Field(
        default=None,
        ge=0.1,
        le=1,
        description="lowest score to report, where a request does not say; the detector's own unless set",
    )


class Sight:
    """The models as services, the detector first; `look` finds faces while they run."""

    def __init__(self, settings: DetectorSettings, machine: Machine) -> None:
        permissive = settings.profile == "permissive"
        detector = DETECTORS["blazeface" if permissive else settings.detector]
        self.service: Service[Canvas, Candidates] = Service(
            "detector", DetectorModel, settings, machine=machine, entry=detector.entry
        )
        points = Service("detector-points", PointsModel, settings, machine=machine)
        # The second look learnt from pictures for research: without it landmarks stay the detector's own.
        self.services: list[AnyService] = [self.service] if permissive else [self.service, points]
        finder = FinderSettings(detector, settings.mode, settings.max_side, settings.min_score)
        look_again = None if permissive else points.answer
        self.look = Looking(machine.decoding, self.service.answer, look_again, finder)
