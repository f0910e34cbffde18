import numpy as np
import pytest

from studies.grouping.measures import agreement
from studies.grouping.others import alike, chinese_whispers, immich, near


def test_agreement_counts_pairs_and_averages_over_faces():
    """By hand: people a a a b b, groups {a a b} {a} {b}: one right pair of three grouped and of four that are one person."""
    found = agreement(np.asarray(list("aaabb")), np.asarray([1, 1, 2, 1, 3]))

    assert (found.pair_precision, found.pair_recall) == (1 / 3, 1 / 4)
    assert found.bcubed_precision == pytest.approx((2 / 3 + 2 / 3 + 1 + 1 / 3 + 1) / 5)
    assert found.bcubed_recall == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 / 2 + 1 / 2) / 5)
    assert (found.groups, found.people) == (1, 2)


def test_a_perfect_grouping_scores_one_and_everybody_alone_has_no_recall_of_pairs():
    people = np.asarray(list("aabbc"))

    assert agreement(people, np.asarray([7, 7, 3, 3, 9])).bcubed_f == 1
    assert agreement(people, np.arange(5)).pair_recall == 0


CHAIN = np.asarray(
    [[np.cos(angle), np.sin(angle)] for angle in np.radians([0, 25, 50, 75, 180, 185])], np.float32
)


def test_immich_needs_three_alike_and_chains_along_cores():
    """25 degrees apart at a limit of 26: the two middle ones have three alike and are one person, the ends join it."""
    labels = immich(CHAIN, float(np.cos(np.radians(26))))

    assert len(set(labels[:4])) == 1
    assert labels[4] != labels[5]


def test_chinese_whispers_links_pairs_but_no_strangers():
    labels = chinese_whispers(alike(CHAIN, float(np.cos(np.radians(10)))))

    assert labels[4] == labels[5]
    assert len(set(labels[:4])) == 4


def test_near_is_by_distance_and_alike_by_angle():
    points = np.asarray([[0, 3], [0, 4], [4, 0]], np.float32)

    assert near(points, 1.1).tolist() == [[True, True, False], [True, True, False], [False, False, True]]
    assert (
        alike(points / np.linalg.norm(points, axis=1, keepdims=True), 0.9).tolist()
        == near(points, 1.1).tolist()
    )
