"""Intervals, thresholds and error rates are the textbook's."""

import numpy as np
import pytest

from export.statistics import (
    Mean,
    Share,
    area_under_roc,
    best_threshold,
    confusion,
    fit_logistic,
    precision_recall_f1,
    threshold_at,
)


def test_a_share_has_wilsons_interval() -> None:
    # Newcombe, Statistics in Medicine 17 (1998), table I: 81 of 263.
    share = Share.of(81, 263)
    assert pytest.approx((share.value, share.low, share.high), abs=1e-4) == (0.3080, 0.2553, 0.3662)


def test_a_share_of_nothing_is_unknown() -> None:
    share = Share.of(0, 0)
    assert np.isnan(share.value)
    assert (share.low, share.high) == (0.0, 1.0)


def test_a_mean_has_an_interval_that_shrinks_with_the_root_of_the_count() -> None:
    few, many = Mean.of(np.tile([0.0, 2.0], 50)), Mean.of(np.tile([0.0, 2.0], 5000))
    assert few.value == 1.0
    assert pytest.approx((few.high - few.low) / (many.high - many.low), rel=0.01) == 10


def test_the_threshold_for_a_false_match_rate_lets_exactly_that_share_pass() -> None:
    impostors = np.sort(np.random.default_rng(0).normal(size=100_000))
    threshold = threshold_at(impostors, 1e-3)
    assert (impostors >= threshold).sum() == 100


def test_tied_impostors_never_push_the_rate_over_its_bound() -> None:
    impostors = np.sort(np.concatenate([np.zeros(900), np.ones(100)]))
    assert (impostors >= threshold_at(impostors, 0.05)).sum() == 0


def test_a_rate_that_the_data_cannot_resolve_is_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        threshold_at(np.linspace(0, 1, 1000), 1e-3)


def test_the_area_under_the_roc_curve_counts_ordered_pairs() -> None:
    # 2.5 beats two of the three, 5 beats all: five of six pairs are in order.
    assert pytest.approx(area_under_roc(np.asarray([2.5, 5.0]), np.asarray([1.0, 2.0, 3.0]))) == 5 / 6


def test_ties_count_half_in_the_area() -> None:
    assert area_under_roc(np.ones(4), np.ones(7)) == 0.5


def test_the_best_threshold_separates_what_can_be_separated() -> None:
    scores, same = np.asarray([0.1, 0.9, 0.2, 0.8]), np.asarray([False, True, False, True])
    assert best_threshold(scores, same) == 0.5


def test_when_all_are_different_the_best_threshold_lies_above_all_scores() -> None:
    assert best_threshold(np.asarray([0.3, 0.4]), np.asarray([False, False])) > 0.4


def test_a_confusion_matrix_has_a_row_per_true_class() -> None:
    matrix = confusion(np.asarray([0, 0, 1]), np.asarray([0, 1, 1]), 2)
    assert matrix.tolist() == [[1, 1], [0, 1]]
    expected = [[1.0, 0.5, 2 / 3], [0.5, 1.0, 2 / 3]]
    np.testing.assert_allclose(expected, precision_recall_f1(matrix))


def test_the_logistic_recovers_the_parameters_that_made_the_scores() -> None:
    # Two normals of one variance: the log odds are linear, slope (m1 - m0) / v, intercept (m0^2 - m1^2) / 2v.
    rng = np.random.default_rng(1)
    genuine, impostors = rng.normal(0.6, 0.1, 40_000), rng.normal(0.1, 0.1, 80_000)
    slope, intercept = fit_logistic(genuine, impostors)
    assert pytest.approx((slope, intercept), rel=0.05) == (50.0, -17.5)
