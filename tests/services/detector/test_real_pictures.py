"""Recall and shares found on the data sets, on samples small enough for every run."""

import numpy as np
import pytest

from export.detector.evaluation import spread
from export.detector.wider import HEIGHTS, Annotated, Found, match, score


def test_an_annotated_face_is_hit_once_and_unclear_ones_do_not_count():
    faces = Annotated(
        np.array([[0, 0, 10, 30], [100, 0, 140, 40], [200, 0, 210, 10]], float), np.array([True, True, False])
    )
    found = np.array(
        [[0, 0, 10, 30], [1, 0, 11, 30], [200, 0, 209, 9], [102, 0, 142, 42], [50, 50, 60, 60]], float
    )
    assert match(found, faces).tolist() == [0, -1, -2, 1, -1]
    result = score([Found(found, np.array([0.9, 0.8, 0.7, 0.6, 0.5]))], [faces], 0.55)
    assert (result.recall(20), result.precision, result.false_alarms) == (1.0, 2 / 3, 1)
    assert result.hit.tolist() == [0, 0, 1, 1, 0]
    assert len(HEIGHTS) == len(result.hit)


async def test_wider_faces_of_forty_pixels_are_found(find, data_set, pixels):
    archive = data_set("wider")
    names = [row["file"] for row in spread(archive.rows(), 40)]
    boxes = {name: [] for name in names}
    for row in archive.rows("boxes.csv"):
        if row["image"] in boxes:
            x, y, w, h = (float(row[key]) for key in "xywh")
            boxes[row["image"]].append((x, y, x + w, y + h, float(row["invalid"] == "0")))
    tables = [np.array(boxes[name], float).reshape(-1, 5) for name in names]
    truth = [Annotated(table[:, :4], table[:, 4] > 0) for table in tables]
    answers = [await find(pixels(archive.read(name)), max_faces=1000) for name in names]
    result = score([Found(answer.boxes, answer.scores) for answer in answers], truth, 0.4)
    assert result.recall(40) > 0.83
    assert result.precision > 0.88


@pytest.mark.parametrize(
    ("name", "floor"), [("fer2013", 0.96), ("orl", 1.0), ("lfw", 1.0), ("keypoints", 1.0)]
)
async def test_the_subject_of_a_cropped_picture_is_found(find, data_set, pixels, name, floor):
    archive = data_set(name)
    rows = spread([row for row in archive.rows() if row["split"] == "dev"], 100)
    hits = [len(await find(pixels(archive.read(row["file"])))) > 0 for row in rows]
    assert np.mean(hits) >= floor
