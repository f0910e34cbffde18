"""The messages of the public API, for annotations in programs of one's own: `from hexaface.messages import Face`."""

from contracts.action_units import ActionUnit
from contracts.analysis import Age, Attributes, Choice
from contracts.api import (
    AnalyzeAnswer,
    AnalyzedFace,
    DetectAnswer,
    EmbedAnswer,
    Feature,
    GenerateAnswer,
    ModelsAnswer,
    PublicEmbedding,
    ReadyAnswer,
)
from contracts.faces import Box, Face, ImageSize, Landmarks, Point, Quality
from contracts.identity import (
    Candidate,
    Collection,
    CollectionPage,
    EnrolAnswer,
    EnrolledFace,
    FacePage,
    IdentifiedFace,
    IdentifyAnswer,
    Subject,
    SubjectExport,
    SubjectPage,
    VerifyAnswer,
)
from contracts.keypoints import FacialPoints, Gaze, Keypoints, Pose
from contracts.keys import CreatedKey, Key, KeyPage
from contracts.models import ModelDescription, ModelRef
from contracts.problems import FieldError, Problem, StageProblem

__all__ = [
    "ActionUnit",
    "Age",
    "AnalyzeAnswer",
    "AnalyzedFace",
    "Attributes",
    "Box",
    "Candidate",
    "Choice",
    "Collection",
    "CollectionPage",
    "CreatedKey",
    "DetectAnswer",
    "EmbedAnswer",
    "EnrolAnswer",
    "EnrolledFace",
    "Face",
    "FacePage",
    "FacialPoints",
    "Feature",
    "FieldError",
    "Gaze",
    "GenerateAnswer",
    "IdentifiedFace",
    "IdentifyAnswer",
    "ImageSize",
    "Key",
    "KeyPage",
    "Keypoints",
    "Landmarks",
    "ModelDescription",
    "ModelRef",
    "ModelsAnswer",
    "Point",
    "Pose",
    "Problem",
    "PublicEmbedding",
    "Quality",
    "ReadyAnswer",
    "StageProblem",
    "Subject",
    "SubjectExport",
    "SubjectPage",
    "VerifyAnswer",
]
