"""Which model each task would have in a profile, read from the manifest without loading any."""

from dataclasses import dataclass

from hexaface.embedded.mounted import SERVICES
from serving.manifest import read_manifest
from serving.settings import Profile, ServiceSettings


@dataclass(frozen=True)
class Choice:
    """A task and the model that a profile serves it with, if any."""

    task: str
    name: str | None = None
    version: str = ""
    card: str = ""


def choices(profile: Profile) -> list[Choice]:
    """Every task's model in a profile. Raises ModelFileError."""
    manifest = read_manifest(ServiceSettings().models)
    found = []
    for task in SERVICES:
        entry = manifest.models.get(manifest.entry(task, profile) or "")
        found.append(Choice(task, entry.name, entry.version, entry.card) if entry else Choice(task))
    return found
