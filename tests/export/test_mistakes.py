"""Mistakes are ordered by how sure they were, and their page shows a row per true class."""

from pathlib import Path

import numpy as np
from PIL import Image

from export.emotion.mistakes import page, summary, worst

SAID = np.asarray([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7], [0.05, 0.95], [0.6, 0.4]])
TRUTH = np.asarray([0, 0, 0, 0, 1])


def test_the_surest_mistake_comes_first_and_right_answers_do_not_come() -> None:
    assert worst(SAID, TRUTH, 0).tolist() == [3, 1, 2]
    assert worst(SAID, TRUTH, 0, count=1).tolist() == [3]


def test_the_raters_are_asked_only_where_they_know() -> None:
    plus, known = np.asarray([0, 1, 0, 1, 0]), np.asarray([True, True, True, False, True])

    text = summary(SAID, TRUTH, plus, known)

    assert "labels: 4, 2 of them" in text
    assert "(1 right ones were)" in text
    assert "for 2 of 3 of the wrong ones" in text
    assert "for 1 of 1 of the sure ones" in text


def test_the_page_has_a_row_per_class_with_mistakes(tmp_path: Path) -> None:
    faces = np.stack([np.full((20, 20, 3), 40 * i, np.uint8) for i in range(5)])

    page(faces, SAID, TRUTH, ["calm", "cross", "never"], tmp_path / "new" / "page.png")

    with Image.open(tmp_path / "new" / "page.png") as picture:
        assert picture.getpixel((112 + 50, 50)) == (120, 120, 120)  # face 3, the surest of the first class
        assert picture.getpixel((112 + 50, 126 + 50)) == (160, 160, 160)  # face 4, the only one of the second
        assert picture.height == 2 * 126
        assert picture.getpixel((4 * 112 + 50, 50)) == (255, 255, 255)
