"""Which files are pictures, which are left out and why, and where what is made of them goes."""

import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What the server reads, by the endings people give it. A file that is named by itself is sent whatever its ending.
SUFFIXES = frozenset(
    {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif", ".heic", ".heif"}
)
_NAMED = 5


@dataclass(frozen=True)
class Pictures:
    """The pictures that were named or lie in folders, in order; and the files of the folders that are none."""

    files: Sequence[Path]
    skipped: Sequence[Path]

    def left_out(self) -> list[str]:
        """What was skipped and why, one line per ending."""
        by_ending = defaultdict(list)
        for path in self.skipped:
            by_ending[path.suffix.lower()].append(str(path))
        return [
            f"skipped {len(names)} {'file' if len(names) == 1 else 'files'}, "
            f"{f'{ending} is' if ending else 'no ending is'} no picture: {', '.join(names[:_NAMED])}"
            + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
            for ending, names in sorted(by_ending.items())
        ]


def find_pictures(paths: Sequence[Path]) -> Pictures:
    """The pictures of files and folders; one that is reached twice counts once."""
    files: dict[Path, None] = {}
    skipped: dict[Path, None] = {}
    for path in paths:
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            wanted = not path.is_dir() or file.suffix.lower() in SUFFIXES
            (files if wanted else skipped)[file] = None
    return Pictures(list(files), [file for file in skipped if file not in files])


def common_folder(paths: Sequence[Path]) -> Path:
    """The folder that holds everything that was named."""
    folders = [path.resolve() if path.is_dir() else path.resolve().parent for path in paths]
    return Path(os.path.commonpath(folders))


def annotated_path(picture: Path, common: Path, target: Path) -> Path:
    """Where the annotated picture goes: as the picture lies below `common`, with its whole name; no two are alike."""
    place = picture.resolve().relative_to(common)
    return target / place.parent / f"{place.name}.annotated.png"
