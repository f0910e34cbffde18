"""What small, blurred, turned and tilted faces do to recognition: the numbers behind the quality gate of enrolment.

`python -m export.embedder.quality` prints the tables of docs/identity.md: pairs of one person of LFW, one picture clean
and the other made worse, through the detector service and the shipped embedder; pairs by how far they are turned; what
the gate refuses of pictures that nobody has made worse; and how often two people of one group of FairFace match.
"""

import json
from collections.abc import Iterable, Sequence
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

from contracts.faces import Quality
from export.datasets import Archive
from export.embedder.sightings import Sighting, look
from export.embedder.worse import encoded, worsenings
from export.onnx_tools.sessions import Session
from export.publish import MODELS
from export.statistics import Share
from gateway.analysis.cache import FoundFace
from gateway.identities.quality import shortcomings
from gateway.settings.identities import IdentitySettings

_PAIRS = 400
_RATE = 1e-3
_FACES_PER_PERSON = 25
_FAIRFACE = 1000
_ANGLES = (0, 15, 30, 40, 50, 55, 90)


class Gate:
    """The gate as it is configured, and the embedder's thresholds; `threshold` is for one false match in a thousand."""

    def __init__(self, session: Session) -> None:
        calibration = json.loads(session.metadata["hexaface.calibration"])
        self.thresholds = {t["false_match_rate"]: t["cosine"] for t in calibration["thresholds"]}
        self.threshold = self.thresholds[_RATE]
        self._settings = IdentitySettings()

    def reasons(self, seen: Sighting) -> list[str]:
        """Why a face would be refused."""
        return list(shortcomings(FoundFace(face=seen.face, embedding=b""), self._settings))


def main() -> None:
    """Print the tables."""
    session = Session(MODELS / "embedder.onnx")
    gate, archive = Gate(session), Archive("lfw")
    clean = dict(
        zip(
            (row["file"] for row in archive.labels),
            look(_pictures(archive, archive.labels), session),
            strict=True,
        )
    )
    _worse_table(archive, session, clean, gate)
    _pose_table(archive, clean, gate)
    fairface, orl = Archive("fairface"), Archive("orl")
    groups = fairface.rows("dev")[:_FAIRFACE]
    others = look(_pictures(fairface, groups), session)
    sets = {"LFW": list(clean.values()), "FairFace": others, "ORL": look(_pictures(orl, orl.labels), session)}
    _refusal_table(sets, gate)
    _group_table(groups, others, gate)


def _worse_table(archive: Archive, session: Session, clean: dict[str, Sighting | None], gate: Gate) -> None:
    rows = [
        row
        for row in archive.table("pairs.csv")
        if row["same"] == "1" and clean[row["a"]] and clean[row["b"]]
    ]
    rows = rows[:: max(1, len(rows) // _PAIRS)][:_PAIRS]
    first, second = ([clean[row[side]] for row in rows] for side in "ab")
    print("| second picture | found | sharpness, median | similarity, mean | recognised | refused |")
    print("|---|---|---|---|---|---|")
    print(_worse_line("as it is", first, second, gate))
    photos = [archive.picture(row["b"]) for row in rows]
    sides = [_quality(seen).face_size for seen in second]
    for way in worsenings():
        spoilt = (encoded(way.apply(photo, side)) for photo, side in zip(photos, sides, strict=True))
        print(_worse_line(way.name, first, look(spoilt, session), gate), flush=True)


def _worse_line(
    name: str, first: Sequence[Sighting | None], second: Sequence[Sighting | None], gate: Gate
) -> str:
    pairs = [(a, b) for a, b in zip(first, second, strict=True) if a and b]
    refused = [bool(gate.reasons(b)) for _, b in pairs]
    sharpness = np.median([_quality(b).sharpness for _, b in pairs]) if pairs else float("nan")
    found = Share.of(len(pairs), len(first)).value
    return f"| {name} | {found:.3f} | {sharpness:.0f} | {_recognised(pairs, gate)} | {np.mean(refused):.3f} |"


def _recognised(pairs: Sequence[tuple[Sighting, Sighting]], gate: Gate) -> str:
    cosines = np.asarray([a.embedding @ b.embedding for a, b in pairs])
    return f"{cosines.mean():.3f} | {Share.of(int((cosines >= gate.threshold).sum()), len(cosines))}"


def _pose_table(archive: Archive, clean: dict[str, Sighting | None], gate: Gate) -> None:
    pairs = list(_same_person(archive, clean))
    print(
        "\n| the more turned of two | pairs by yaw | similarity, mean | recognised | pairs by pitch | similarity, mean | recognised |"
    )
    print("|---|---|---|---|---|---|---|")
    for low, high in pairwise(_ANGLES):
        cells = []
        for angle in ("yaw", "pitch"):
            inside = [p for p in pairs if low <= max(abs(getattr(_quality(s), angle)) for s in p) < high]
            cells.append(f"{len(inside):,} | {_recognised(inside, gate) if inside else '- | -'}")
        print(f"| {low}-{high} degrees | {' | '.join(cells)} |")


def _same_person(archive: Archive, clean: dict[str, Sighting | None]) -> Iterable[tuple[Sighting, Sighting]]:
    people: dict[str, list[Sighting]] = {}
    for row in archive.labels:
        if seen := clean[row["file"]]:
            people.setdefault(row["person"], []).append(seen)
    for faces in people.values():
        yield from combinations(faces[:_FACES_PER_PERSON], 2)


def _refusal_table(sets: dict[str, list[Sighting | None]], gate: Gate) -> None:
    names = ("too-small", "blurred", "extreme-pose", "low-score")
    print(
        f"\n| pictures as they are | faces | refused | {' | '.join(names)} |\n|---|---|---|---|---|---|---|"
    )
    for name, seen in sets.items():
        reasons = [gate.reasons(face) for face in seen if face]
        shares = [np.mean([reason in found for found in reasons]) for reason in names]
        refused = np.mean([bool(found) for found in reasons])
        print(
            f"| {name} | {len(reasons):,} | {refused:.3f} | {' | '.join(f'{share:.3f}' for share in shares)} |"
        )


def _group_table(rows: Sequence[dict[str, str]], seen: list[Sighting | None], gate: Gate) -> None:
    faces = [(f"{row['race']} {row['gender']}", face) for row, face in zip(rows, seen, strict=True) if face]
    print("\n| FairFace | pairs within a group | rate meant | false match rate | lowest and highest group |")
    print("|---|---|---|---|---|")
    for name, chosen in {
        "all faces": faces,
        "that the gate lets pass": [(group, face) for group, face in faces if not gate.reasons(face)],
    }.items():
        groups: dict[str, list[Sighting]] = {}
        for group, face in chosen:
            groups.setdefault(group, []).append(face)
        cosines = [_impostors(members) for members in groups.values()]
        for rate, threshold in gate.thresholds.items():
            shares = sorted(float((c >= threshold).mean()) for c in cosines)
            every = np.concatenate(cosines)
            mean = float((every >= threshold).mean())
            print(f"| {name} | {len(every):,} | {rate:g} | {mean:.4f} | {shares[0]:.4f}, {shares[-1]:.4f} |")


def _impostors(faces: Sequence[Sighting]) -> NDArray[np.float32]:
    """The similarities of all pairs of pictures, each of another person."""
    embeddings = np.stack([face.embedding for face in faces])
    return np.asarray((embeddings @ embeddings.T)[np.triu_indices(len(faces), 1)])


def _pictures(archive: Archive, rows: Sequence[dict[str, str]]) -> Iterable[bytes]:
    return (archive.read(row["file"]) for row in rows)


def _quality(seen: Sighting | None) -> Quality:
    if seen is None or seen.face.quality is None:
        raise TypeError("the detector measures the quality of every face")
    return seen.face.quality


if __name__ == "__main__":
    main()
