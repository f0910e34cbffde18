"""What a face's label says, in more words or fewer, and where labels lie so that they cover neither faces nor each other."""

from collections.abc import Iterable, Iterator, Sequence

from contracts.api import AnalyzedFace
from contracts.identity import IdentifiedFace

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom."""

Size = tuple[float, float]

_MOST_UNITS = 6
_MOST = 0.8  # of a picture's labels say as much as each other


def describe(face: AnalyzedFace, index: int) -> list[str]:
    """A face in a few short lines, for its label; `index` is its place in the answer."""
    lines = [f"#{index}"]
    if face.attributes is not None:
        age, gender = face.attributes.age, face.attributes.gender
        lines[0] += (
            f"  {age.years:.0f} y ({age.low:.0f}-{age.high:.0f})  {gender.label} {_percent(gender.scores[gender.label])}"
        )
    if face.emotion is not None:
        lines.append(f"{face.emotion.label} {_percent(face.emotion.scores[face.emotion.label])}")
    if (
        face.attributes is not None
        and face.attributes.mask is not None
        and face.attributes.mask.label == "mask"
    ):
        lines.append("mask")
    if face.liveness is not None:
        lines.append(f"{face.liveness.label} {face.liveness.score:.2f}")
    if face.keypoints is not None:
        pose, units = face.keypoints.pose, face.keypoints.action_units
        lines.append(f"yaw {pose.yaw:+.0f}  pitch {pose.pitch:+.0f}  roll {pose.roll:+.0f}")
        shown = [name for name, unit in units.items() if unit.present]
        strongest = sorted(shown, key=lambda name: -units[name].intensity)
        if strongest:
            lines.append(" ".join(sorted(strongest[:_MOST_UNITS], key=shown.index)))
    return lines


def wordings(face: AnalyzedFace, index: int) -> list[str]:
    """The label in ever fewer words, each list of a picture as long as the next: all, two lines, one, a few words, a number."""
    lines = describe(face, index)
    few = [f"#{index}"]
    if face.attributes is not None:
        few.append(f"{face.attributes.age.years:.0f} {face.attributes.gender.label}")
    brief = list(few)
    if face.emotion is not None:
        brief.append(face.emotion.label)
    return ["\n".join(lines), "\n".join(lines[:2]), "\n".join(brief), "\n".join(few), "  ".join(few), few[0]]


def names(face: IdentifiedFace) -> list[str]:
    """Who a face is, in ever fewer words."""
    best = face.candidates[0] if face.candidates else None
    if best is None or face.decision == "unknown":
        return ["unknown", "unknown", "?"]
    name = (best.name or best.subject) + ("?" if face.decision == "uncertain" else "")
    return [f"{name}\nsimilarity {best.similarity:.2f}", name, name]


def places(
    faces: Sequence[Rectangle], wanted: Sequence[Sequence[Size]], canvas: Size, gap: float
) -> list[tuple[int, Rectangle]]:
    """For each face the number of its label's wording and where the label lies: beside all faces and all other labels.

    `wanted[wording][face]` is the size of a label, the wordiest first. A picture has the wording that most of its faces
    find room for; the others say less. One that finds no room at all lies in the top left corner of its own box.
    """
    found: dict[int, tuple[int, Rectangle]] = {}
    for wording in range(len(wanted)):
        found = {}
        _place(found, faces, wanted, wording, canvas, gap)
        if len(found) >= _MOST * len(faces):
            break
    for fewer in range(len(wanted)):
        _place(found, faces, wanted, fewer, canvas, gap)
    last = len(wanted) - 1
    for i, (left, top, _, _) in enumerate(faces):
        found.setdefault(i, (last, _moved(left, top, wanted[last][i])))
    return [found[i] for i in range(len(faces))]


def _place(
    found: dict[int, tuple[int, Rectangle]],
    faces: Sequence[Rectangle],
    wanted: Sequence[Sequence[Size]],
    wording: int,
    canvas: Size,
    gap: float,
) -> None:
    """Find places for the labels that have none yet; those with the fewest places beside all faces go first."""
    beside = {
        i: [place for place in _around(faces[i], wanted[wording][i], gap) if _free(place, faces, canvas)]
        for i in range(len(faces))
        if i not in found
    }
    for i in sorted(beside, key=lambda i: len(beside[i])):
        taken = [place for _, place in found.values()]
        place = next((place for place in beside[i] if _free(place, taken, canvas)), None)
        if place is not None:
            found[i] = wording, place


def _around(face: Rectangle, size: Size, gap: float) -> Iterator[Rectangle]:
    """Places that touch the face's box but for a gap: above and below it, flush left, flush right and centred; beside it."""
    left, top, right, bottom = face
    width, height = size
    across = (left, right - width, (left + right - width) / 2)
    for y in (top - height - gap, bottom + gap):
        for x in across:
            yield _moved(x, y, size)
    for x in (right + gap, left - width - gap):
        for y in (top, bottom - height):
            yield _moved(x, y, size)


def _moved(x: float, y: float, size: Size) -> Rectangle:
    return x, y, x + size[0], y + size[1]


def _free(place: Rectangle, taken: Iterable[Rectangle], canvas: Size) -> bool:
    left, top, right, bottom = place
    if left < 0 or top < 0 or right > canvas[0] or bottom > canvas[1]:
        return False
    return all(left >= o[2] or right <= o[0] or top >= o[3] or bottom <= o[1] for o in taken)


def _percent(probability: float) -> str:
    return f"{100 * probability:.0f} %"
