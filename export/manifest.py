"""The manifest: which files under models/ belong together, by their SHA-256."""

import json
from pathlib import Path
from typing import Any

from export.packages import digest

FILE = "manifest.json"
PERMISSIVE = {
    "attributes": "attributes-packaged",
    "detector": "detector-blazeface",
    "keypoints": "keypoints-nearest",
    "liveness": "liveness-pair",
}
"""Task -> the entry whose weights and training data allow commercial use as far as is known (docs/licences.md says why)."""


def read(models: Path) -> dict[str, dict[str, Any]]:
    """The entries by task; empty when there is no manifest yet."""
    path = models / FILE
    if not path.exists():
        return {}
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text())["models"]
    return entries


def record(models: Path, task: str, name: str, version: str, atol: float) -> None:
    """Write or replace the entry of a task from the files as they lie in `models`."""
    entries = read(models)
    entries[task] = {
        "name": name,
        "version": version,
        "file": f"{task}.onnx",
        "sha256": digest(models / f"{task}.onnx"),
        "golden": f"{task}.golden.npz",
        "golden_sha256": digest(models / f"{task}.golden.npz"),
        "atol": atol,
        "card": f"{task}.md",
    }
    ordered = {key: entries[key] for key in sorted(entries)}
    permissive = {task: entry for task, entry in PERMISSIVE.items() if entry in entries}
    manifest = {"models": ordered, "permissive": permissive}
    (models / FILE).write_text(json.dumps(manifest, indent=2) + "\n")
