"""The portal's pages: where each is, and what it does in a sentence."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Application:
    """A page as the navigation and the home page show it; `services` are the tasks it needs."""

    path: str
    name: str
    icon: str
    summary: str
    services: tuple[str, ...]


DETECTION = Application(
    "/detection",
    "Detection",
    "center_focus_strong",
    "Find every face of a picture: its box, five landmarks and how sure the detector is.",
    ("detector",),
)
VERIFICATION = Application(
    "/verification",
    "Verification",
    "compare",
    "Do two pictures show the same person? A similarity against a threshold with a known error rate.",
    ("detector", "embedder"),
)
IDENTIFICATION = Application(
    "/identification",
    "Identification",
    "person_search",
    "Enrol people in a collection and find out who is on a picture.",
    ("detector", "embedder"),
)
ATTRIBUTES = Application(
    "/attributes",
    "Age, gender, race",
    "cake",
    "Estimate the age with its interval, and how a model judges gender and race.",
    ("detector", "attributes"),
)
EMOTION = Application(
    "/emotion",
    "Emotion",
    "mood",
    "Seven expressions per face; with the webcam as a running chart.",
    ("detector", "emotion"),
)
KEYPOINTS = Application(
    "/keypoints",
    "Keypoints",
    "face_retouching_natural",
    "15 named points, a 478-point mesh, action units, gaze and head pose.",
    ("detector", "keypoints"),
)
GENERATION = Application(
    "/generation",
    "Generation",
    "auto_awesome",
    "Synthetic faces of nobody, and a study of how balanced the generator is.",
    ("generator",),
)
FOLDER = Application(
    "/folder",
    "Folder",
    "folder_open",
    "Analyse many pictures at once; a table to sort and to save as CSV.",
    ("detector", "attributes", "emotion"),
)

APPLICATIONS = (
    DETECTION,
    VERIFICATION,
    IDENTIFICATION,
    ATTRIBUTES,
    EMOTION,
    KEYPOINTS,
    GENERATION,
    FOLDER,
)
