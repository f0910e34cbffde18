"""Features as people write them on the command line."""

from contracts.api import Feature
from hexaface.commands.console import fail

ALL: tuple[Feature, ...] = ("attributes", "emotion", "keypoints", "embedding", "liveness")


def features_of(text: str) -> list[Feature]:
    """The features of a list with commas, in one order. Ends the command when one is unknown."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    unknown = [name for name in names if name not in ALL]
    if unknown:
        fail(f"unknown feature {unknown[0]!r}; there are {', '.join(ALL)}")
    return [feature for feature in ALL if feature in names]
