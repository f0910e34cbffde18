"""Measure an attributes model on the dev pictures of FairFace and UTKFace, overall and per group."""

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from export.answers import answer
from export.datasets import Archive
from export.faces import FaceSet, find_faces
from export.onnx_tools.sessions import Session
from export.recipe import Evaluation
from export.statistics import Mean, Share
from export.training.calibration import expected_calibration_error
from services.attributes.model import AttributesModel

AGE_GROUPS = ("0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70")
_STARTS = np.asarray([0, 3, 10, 20, 30, 40, 50, 60, 70])  # first year of each group
_CENTRES = np.asarray([1.0, 6.0, 14.5, 24.5, 34.5, 44.5, 54.5, 64.5, 75.0])
_ADULT = 18
_LAST_DECADE = 7  # from 70 on together: few are older
_SURE = 0.5  # probability of a mask

Answers = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Measured:
    """A data set's faces and the model's answers to them."""

    faces: FaceSet
    answers: Answers
    labels: dict[str, list[str]]

    @property
    def gender_right(self) -> NDArray[np.bool_]:
        """Whether the more probable gender is the annotators'."""
        return np.asarray(self.answers["gender"].argmax(1) == self.truth("gender"))

    @property
    def race_right(self) -> NDArray[np.bool_]:
        """Whether the most probable race is the annotators' (FairFace's seven classes)."""
        return np.asarray(self.answers["race"].argmax(1) == self.truth("race"))

    def truth(self, name: str) -> NDArray[np.int64]:
        """The annotators' word on `gender` or `race`, as an index into the model's labels."""
        known = [key(label) for label in self.labels[name]]
        return np.asarray([known.index(key(label)) for label in self.faces.column(name)])

    def calibration_error(self, name: str) -> float:
        """How far the probability of the answer is from how often it is right (15 bins)."""
        return round(expected_calibration_error(self.answers[name], self.truth(name)), 4)

    def inside(self, years: NDArray[np.float32]) -> NDArray[np.bool_]:
        """Whether the true age lies in the interval."""
        return np.asarray((years >= self.answers["age_low"]) & (years <= self.answers["age_high"]))


def key(name: str) -> str:
    """A race's name without the spelling differences between data set and labels."""
    return name.lower().replace("_", " ").replace("/", " ")


def measure(session: Session, name: str) -> Measured:
    """Run the model on the dev pictures of `fairface` or `utkface`."""
    archive = Archive(name)
    faces = find_faces(archive, archive.rows("dev"))
    labels = json.loads(session.metadata["hexaface.labels"])
    return Measured(faces, answer(session, AttributesModel, faces.chips), labels)


def evaluate(session: Session) -> Evaluation:
    """Age, gender and (where the graph has it) race."""
    fair, utk = measure(session, "fairface"), measure(session, "utkface")
    years = utk.faces.column("age").astype(np.float32)
    errors = np.abs(utk.answers["age"] - years)
    inside = utk.inside(years)
    decades = [covered.value for _, covered in coverage_by_decade(inside, years)]
    groups = group_of(fair.answers["age"])
    truth = np.asarray([AGE_GROUPS.index(name) for name in fair.faces.column("age")])
    metrics = {
        "utkface_age_mae": round(float(errors.mean()), 3),
        "utkface_adults_age_mae": round(float(errors[years >= _ADULT].mean()), 3),
        "utkface_age_interval_coverage": round(float(inside.mean()), 4),
        "utkface_interval_coverage_lowest_decade": round(min(decades), 4),
        "utkface_interval_coverage_highest_decade": round(max(decades), 4),
        "utkface_gender_accuracy": round(float(utk.gender_right.mean()), 4),
        "utkface_adults_gender_accuracy": round(float(utk.gender_right[years >= _ADULT].mean()), 4),
        "fairface_age_mae": round(float(np.abs(fair.answers["age"] - _CENTRES[truth]).mean()), 3),
        "fairface_age_group_accuracy": round(float((groups == truth).mean()), 4),
        "fairface_age_group_within_one": round(float((np.abs(groups - truth) <= 1).mean()), 4),
        "fairface_gender_accuracy": round(float(fair.gender_right.mean()), 4),
        "fairface_gender_worst_group": round(min(share.value for _, _, share, _ in by_group(fair)), 4),
        "fairface_gender_calibration_error": fair.calibration_error("gender"),
        "fairface_faces": len(fair.faces.rows),
        "fairface_faces_missed": len(fair.faces.missed),
        "utkface_faces": len(utk.faces.rows),
        "utkface_faces_missed": len(utk.faces.missed),
    }
    if "race" in fair.answers:
        metrics["fairface_race_accuracy"] = round(float(fair.race_right.mean()), 4)
        metrics["fairface_race_calibration_error"] = fair.calibration_error("race")
    if "mask" in fair.answers:
        metrics |= mask_metrics(session)
        metrics["fairface_seen_as_masked"] = round(float((fair.answers["mask"][:, 1] >= _SURE).mean()), 4)
    return Evaluation(metrics, _tables(fair, utk, errors, years))


def mask_metrics(session: Session) -> dict[str, float]:
    """Masks found and false alarms on web pictures of faces with and without one (facemask.zip, dev)."""
    archive = Archive("facemask")
    faces = find_faces(archive, archive.rows("dev"))
    seen = answer(session, AttributesModel, faces.chips)["mask"][:, 1] >= _SURE
    worn = faces.column("label") == "mask"
    return {
        "mask_found": round(float(seen[worn].mean()), 4),
        "mask_false_alarms": round(float(seen[~worn].mean()), 4),
        "mask_faces": len(faces.rows),
        "mask_faces_missed": len(faces.missed),
    }


def group_of(years: NDArray[np.float32]) -> NDArray[np.int64]:
    """FairFace's age group of an age in years: 29.6 is still 20-29."""
    return np.searchsorted(_STARTS, np.floor(years), side="right") - 1


def by_group(fair: Measured) -> list[tuple[str, str, Share, Mean]]:
    """Gender accuracy and age error (to the group's centre) per race and gender of FairFace."""
    truth = np.asarray([AGE_GROUPS.index(name) for name in fair.faces.column("age")])
    errors, right = np.abs(fair.answers["age"] - _CENTRES[truth]), fair.gender_right
    return [
        (race, gender, Share.of(int(right[chosen].sum()), int(chosen.sum())), Mean.of(errors[chosen]))
        for race, gender, chosen in groups_of(fair.faces)
    ]


def coverage_by_decade(inside: NDArray[np.bool_], years: NDArray[np.float32]) -> list[tuple[str, Share]]:
    """How often the interval holds the true age, by decade of the true age; the last one is open."""
    decade = np.minimum(years // 10, _LAST_DECADE).astype(int)
    return [
        (
            f"{10 * d}-{10 * d + 9}" if d < _LAST_DECADE else f"{10 * d} and more",
            Share.of(int(inside[decade == d].sum()), int((decade == d).sum())),
        )
        for d in range(_LAST_DECADE + 1)
    ]


def _tables(fair: Measured, utk: Measured, errors: NDArray[np.float32], years: NDArray[np.float32]) -> str:
    lines = [
        "FairFace, per race and gender as annotated (95 % intervals; age error to the centre of the group):",
        "",
        "| race | gender | n | gender accuracy | age error, years |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {race} | {g} | {share.count} | {share} | {mean} |" for race, g, share, mean in by_group(fair)
    ]
    lines += ["", "UTKFace, age error by true age:", "", "| age | n | mean error, years |", "|---|---|---|"]
    lines += [
        _age_line(errors, years, low, high) for low, high in itertools.pairwise((0, 10, 20, 40, 60, 120))
    ]
    lines += ["", "UTKFace, true age inside the 80 % interval:", "", "| age | n | inside |", "|---|---|---|"]
    covered = coverage_by_decade(utk.inside(years), years)
    lines += [f"| {decade} | {share.count} | {share} |" for decade, share in covered]
    if "mask" in fair.answers:
        lines += [
            "",
            "FairFace, seen as masked (few wear one), per race and gender:",
            "",
            "| race | gender | n | seen as masked |",
        ]
        lines += ["|---|---|---|---|"]
        lines += [
            f"| {race} | {gender} | {share.count} | {share} |"
            for race, gender, share in masked_by_group(fair)
        ]
    return "\n".join(lines)


def masked_by_group(fair: Measured) -> list[tuple[str, str, Share]]:
    """The share of FairFace's faces that are seen as masked, per race and gender."""
    seen = fair.answers["mask"][:, 1] >= _SURE
    return [
        (race, gender, Share.of(int(seen[chosen].sum()), int(chosen.sum())))
        for race, gender, chosen in groups_of(fair.faces)
    ]


def groups_of(faces: FaceSet) -> Iterator[tuple[str, str, NDArray[np.bool_]]]:
    """Race, gender and which faces are labelled so, for each combination that FairFace knows."""
    races, genders = faces.column("race"), faces.column("gender")
    for race in sorted(set(races)):
        for gender in ("Female", "Male"):
            yield race, gender, (races == race) & (genders == gender)


def _age_line(errors: NDArray[np.float32], years: NDArray[np.float32], low: int, high: int) -> str:
    chosen = errors[(years >= low) & (years < high)]
    return f"| {low}-{high - 1} | {len(chosen)} | {Mean.of(chosen)} |"
