"""The one folder outside the checkout where fetched packages, placements, checkpoints and studies' runs are kept."""

import os
from pathlib import Path

import platformdirs


def folder(*below: str) -> Path:
    """`HEXAFACE_CACHE`, or the platform's cache folder for hexaface; with the subfolders `below`, made when absent."""
    chosen = os.environ.get("HEXAFACE_CACHE")
    path = (Path(chosen) if chosen else platformdirs.user_cache_path("hexaface")).joinpath(*below)
    path.mkdir(parents=True, exist_ok=True)
    return path


def runs(name: str) -> Path:
    """Where a training run or a study keeps its checkpoint, log and prepared data."""
    return folder("runs", name)
