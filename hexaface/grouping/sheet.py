"""The contact sheet: one HTML page with a few faces of each group, cut out of the pictures where these are at hand."""

from collections.abc import Callable, Mapping
from html import escape
from itertools import islice
from pathlib import Path
from urllib.parse import quote

import cv2
import numpy as np
from numpy.typing import NDArray

from contracts.faces import Box
from hexaface.bulk.pictures import Picture
from hexaface.bulk.reading import Reader
from hexaface.grouping.groups import Groups
from serving.imaging import decode
from web.problems import ProblemError

PAGE, _CROPS = "sheet.html", "crops"
_FACES = 12
_SIDE = 160
_MARGIN = 0.3
_MOST_PIXELS = 100_000_000
_STYLE = """
:root { color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; --line: #8884; --quiet: #777; }
body { max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } p { color: var(--quiet); margin: .3rem 0 1.5rem; }
main { display: flex; flex-wrap: wrap; gap: 14px; align-items: flex-start; }
section { border: 1px solid var(--line); border-radius: 10px; padding: .6rem .8rem .8rem; }
h2 { font-size: 1rem; margin: 0 0 .6rem; } h2 small { color: var(--quiet); font-weight: 400; margin-left: .5rem; }
ul { list-style: none; display: flex; flex-wrap: wrap; gap: 8px; padding: 0; margin: 0; }
li { width: 86px; } img, .absent { width: 86px; height: 86px; border-radius: 6px; object-fit: cover; display: block; }
.absent { background: var(--line); display: grid; place-items: center; font-size: 11px; color: var(--quiet); text-align: center; }
figcaption { font-size: 11px; color: var(--quiet); overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
figure { margin: 0; }
"""


def write_sheet(
    folder: Path,
    groups: Groups,
    names: Mapping[int, str],
    *,
    most: int,
    tick: Callable[[], None] = lambda: None,
) -> Path:
    """Write the page of the `most` largest groups and their crops; `tick` is called after each group. Gives its path."""
    crops = folder / _CROPS
    crops.mkdir(parents=True, exist_ok=True)
    for old in crops.glob("*.jpg"):  # an erased face must not stay in the sheet of the last run
        old.unlink()
    cutter, sections = Cutter(crops), []
    members = groups.members()
    for number, places in islice(members.items(), most):
        sections.append(_section(groups, number, places, names.get(number), cutter))
        tick()
    poor = int((~groups.faces.fit).sum())
    alone = int((groups.numbers == 0).sum()) - poor
    head = (
        f"{len(groups.numbers):,} faces: {len(members):,} people with several, {alone:,} faces alone, {poor:,} too poor "
        f"to compare. Shown: the {min(most, len(members)):,} largest groups, the most typical {_FACES} faces of each."
    )
    page = folder / PAGE
    page.write_text(
        f'<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>Groups of faces</title><style>{_STYLE}</style><h1>Groups of faces</h1><p>{head}</p>"
        f"<main>{''.join(sections)}</main></html>\n",
        encoding="utf-8",
    )
    return page


def _section(
    groups: Groups, number: int, places: NDArray[np.int64], name: str | None, cutter: "Cutter"
) -> str:
    pictures = groups.faces.rows["picture"]
    count = len({pictures[int(place)].as_py() for place in places})
    tiles = "".join(_tile(groups, int(place), cutter) for place in places[:_FACES])
    title = escape(name) if name else f"Group {number}"
    more = f"group {number}, " if name else ""
    return (
        f'<section id="group-{number}"><h2>{title}<small>{more}{len(places):,} faces on {count:,} picture{"s" * (count > 1)}</small></h2>'
        f"<ul>{tiles}</ul></section>"
    )


def _tile(groups: Groups, place: int, cutter: "Cutter") -> str:
    row = groups.faces.rows.slice(place, 1).to_pylist()[0]
    picture, face = str(row["picture"]), int(row["face"])
    crop = cutter.cut(picture, Box(**row["box"]), f"{place}.jpg")
    label = escape(
        f"{picture}, face {face}, similarity to the group {groups.centrality[place]:.2f}", quote=True
    )
    image = (
        f'<img src="{quote(f"{_CROPS}/{crop}")}" alt="{label}" loading="lazy">'
        if crop
        else '<div class="absent">picture not at hand</div>'
    )
    short = escape(picture.rsplit("/", 1)[-1])
    return f'<li title="{label}"><figure>{image}<figcaption>{short}</figcaption></figure></li>'


class Cutter:
    """Cuts faces out of their pictures, into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read = Reader()

    def cut(self, picture: str, box: Box, name: str) -> str | None:
        """The file's name, or None where the picture cannot be read any more."""
        try:
            pixels = decode(self._read(Picture(picture)), max_pixels=_MOST_PIXELS)
        except (OSError, ValueError, ImportError, ProblemError):
            return None
        square = _square(pixels, box)
        if not square.size:  # another picture stands there by now
            return None
        small = cv2.resize(square, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(self._folder / name), cv2.cvtColor(small, cv2.COLOR_RGB2BGR))
        return name


def _square(pixels: NDArray[np.uint8], box: Box) -> NDArray[np.uint8]:
    """The box with some margin, square, as much of it as lies in the picture."""
    half = max(box.width, box.height) * (1 + _MARGIN) / 2
    x, y = box.x + box.width / 2, box.y + box.height / 2
    top, left = max(0, round(y - half)), max(0, round(x - half))
    return pixels[top : max(top, round(y + half)), left : max(left, round(x + half))]
