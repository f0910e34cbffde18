"""Age, gender and race: overall, per group, and where the model confuses."""

from pathlib import Path

import numpy as np

from export.attributes.evaluation import (
    AGE_GROUPS,
    Measured,
    by_group,
    coverage_by_decade,
    group_of,
    groups_of,
    masked_by_group,
    measure,
)
from export.onnx_tools.sessions import Session
from export.report import charts
from export.report.section import Section
from export.statistics import Mean, Share, confusion

_ADULT = 18


def section(session: Session, folder: Path) -> Section:
    """Measure the attributes model and write its section."""
    out = Section("Age, gender and race (attributes)", folder)
    fair, utk = measure(session, "fairface"), measure(session, "utkface")
    out.say(
        f"FairFace dev: {len(fair.faces.rows)} of {fair.faces.asked} faces found; UTKFace dev: {len(utk.faces.rows)} of "
        f"{utk.faces.asked}. Labels are what annotators saw in a picture, not what a person says of themselves."
    )
    _overall(out, fair, utk)
    _groups(out, fair)
    _confusions(out, fair)
    _intervals(out, utk)
    _calibration(out, fair)
    return out


def _overall(out: Section, fair: Measured, utk: Measured) -> None:
    years = utk.faces.column("age").astype(np.float32)
    errors = np.abs(utk.answers["age"] - years)
    inside = utk.inside(years)
    adults = years >= _ADULT
    truth = np.asarray([AGE_GROUPS.index(name) for name in fair.faces.column("age")])
    groups = group_of(fair.answers["age"])
    gender = fair.gender_right
    rows = [
        (
            "age, mean absolute error, UTKFace",
            Mean.of(errors),
            "DeepFace 4.65; student project (VGG-Face transfer) about 6",
        ),
        ("the same, adults", Mean.of(errors[adults]), "packaged networks 6.8-8.3"),
        ("true age inside the 80 % interval, UTKFace", _share(inside), "0.80 by its definition"),
        ("age group of 9, FairFace", _share(groups == truth), ""),
        ("age group, at most one off", _share(np.abs(groups - truth) <= 1), ""),
        (
            "gender, FairFace",
            _share(gender),
            "FairFace's own network .944; DeepFace .974; student project .90",
        ),
        ("gender, UTKFace adults", _share(utk.gender_right[adults]), "packaged networks .970-.977"),
    ]
    if "race" in fair.answers:
        rows.append(("race of 7, FairFace", _share(fair.race_right), "FairFace's own network .72"))
    out.table(["measure", "HexaFace (95 % interval)", "for comparison"], rows)


def _share(hits: np.ndarray) -> Share:
    return Share.of(int(hits.sum()), len(hits))


def _groups(out: Section, fair: Measured) -> None:
    lines = by_group(fair)
    header = ["race", "gender", "n", "gender right", "age error to the group's centre, years"]
    rows: list[list[object]] = [
        [race, gender, share.count, share, mean] for race, gender, share, mean in lines
    ]
    if "race" in fair.answers:
        header.append("race right")
        for row, (_, _, chosen) in zip(rows, groups_of(fair.faces), strict=True):
            row.append(_share(fair.race_right[chosen]))
    if "mask" in fair.answers:
        header.append("seen as masked")
        for row, (_, _, share) in zip(rows, masked_by_group(fair), strict=True):
            row.append(share)
    out.table(header, rows)
    chart = {f"{race}, {gender}": (s.value, s.low, s.high) for race, gender, s, _ in lines}
    charts.intervals(
        chart, "gender accuracy", out.picture("gender_by_group", "Gender accuracy by race and gender")
    )


def _confusions(out: Section, fair: Measured) -> None:
    truth = np.asarray([AGE_GROUPS.index(name) for name in fair.faces.column("age")])
    matrix = confusion(truth, group_of(fair.answers["age"]), len(AGE_GROUPS))
    charts.confusion_matrix(
        matrix, AGE_GROUPS, out.picture("age_groups", "Confusion of age groups, FairFace dev")
    )
    if "race" in fair.answers:
        names = fair.labels["race"]
        matrix = confusion(fair.truth("race"), fair.answers["race"].argmax(1), len(names))
        charts.confusion_matrix(matrix, names, out.picture("race", "Confusion of races, FairFace dev"))


def _intervals(out: Section, utk: Measured) -> None:
    years = utk.faces.column("age").astype(np.float32)
    covered = coverage_by_decade(utk.inside(years), years)
    out.say("The 80 % interval of the age by decade of the true age, UTKFace dev:")
    out.table(["age", "n", "inside"], [(decade, share.count, share) for decade, share in covered])


def _calibration(out: Section, fair: Measured) -> None:
    judged = [name for name in ("gender", "race") if name in fair.answers]
    errors = ", ".join(f"{name} {fair.calibration_error(name)}" for name in judged)
    out.say(f"Expected calibration error on FairFace dev (15 bins): {errors}.")
    charts.reliability(
        {name: (fair.answers[name], fair.truth(name)) for name in judged},
        out.picture(
            "attributes_reliability",
            "Probability said and share right, FairFace dev, with the number of answers",
        ),
    )
