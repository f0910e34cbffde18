"""The report keeps what was not measured again, and its protocols are the published ones."""

import json
from pathlib import Path

import numpy as np
from PIL import Image

from export.embedder.calibration import Scores, all_pairs, calibrate, fold_accuracies
from export.publish import MODELS
from export.report import accuracy, charts
from export.report.section import Section
from export.report.verification import olivetti_pairs


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def test_every_pair_of_pictures_is_counted_once() -> None:
    persons = np.asarray(["a", "a", "b", "c", "a"])
    scores = all_pairs(unit(np.random.default_rng(0).normal(size=(5, 8))), persons, rows=2)
    assert (len(scores.genuine), len(scores.impostors)) == (3, 7)
    assert np.all(np.diff(scores.impostors) >= 0)


def test_calibrated_thresholds_hold_their_false_match_rate() -> None:
    rng = np.random.default_rng(1)
    scores = Scores(rng.normal(0.6, 0.1, 5000), np.sort(rng.normal(0.05, 0.1, 400_000)))
    calibration = calibrate(scores, scores)
    for entry in calibration["thresholds"]:
        rate = (scores.impostors >= entry["cosine"]).mean()
        assert abs(rate / entry["false_match_rate"] - 1) < 0.05
        assert abs(entry["euclidean"] ** 2 - (2 - 2 * entry["cosine"])) < 1e-3
    logistic = calibration["probability"]
    even = -logistic["intercept"] / logistic["slope"]
    assert abs(even - 0.325) < 0.01  # half way between two normals of one width


def test_a_folds_threshold_is_chosen_on_the_other_folds() -> None:
    # In fold 2 every score is shifted: the threshold of fold 1 decides it all wrong for the different pairs.
    scores = np.asarray([0.1, 0.9, 0.7, 1.5])
    same = np.asarray([False, True, False, True])
    folds = np.asarray(["1", "1", "2", "2"])
    assert fold_accuracies(scores, same, folds).tolist() == [0.5, 0.5]


def test_the_orl_protocol_has_240_pairs_half_of_one_person_and_none_twice() -> None:
    persons = np.repeat([f"s{n:02}" for n in range(1, 21)], 10)
    pairs, same = olivetti_pairs(persons)
    assert (len(pairs), int(same.sum())) == (240, 120)
    assert ((persons[pairs[:, 0]] == persons[pairs[:, 1]]) == same).all()
    assert len({tuple(pair) for pair in pairs.tolist()}) == 240


def test_sections_that_were_not_measured_again_stay_on_the_page(tmp_path: Path) -> None:
    page = tmp_path / "accuracy.md"
    page.write_text(
        "# Accuracy\n\n<!-- embedder -->\n\n## One\n\ntext\n\n<!-- emotion -->\n\n## Two\n\nmore\n"
    )
    assert accuracy._read(page) == {"embedder": "## One\n\ntext\n", "emotion": "## Two\n\nmore\n"}


def test_a_section_links_its_pictures_beside_the_page(tmp_path: Path) -> None:
    section = Section("Title", tmp_path)
    section.table(["a", "b"], [(1, 2.5)])
    path = section.picture("chart", "A chart")
    assert path == tmp_path / "chart.png"
    assert (
        section.text()
        == "## Title\n\n| a | b |\n|---|---|\n| 1 | 2.5 |\n\n![A chart](images/accuracy/chart.png)\n"
    )


def test_charts_are_small_and_equal_data_makes_equal_files(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        charts.confusion_matrix(np.asarray([[5, 1], [2, 8]]), ["x", "y"], tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "a.png").stat().st_size < 40_000
    with Image.open(tmp_path / "a.png") as picture:
        assert min(picture.size) > 100


def test_every_served_model_has_a_section_of_its_own() -> None:
    served = json.loads((MODELS / "manifest.json").read_text())["models"]

    assert set(served) == set(accuracy.SECTIONS)
