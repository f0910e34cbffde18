"""Thresholds and rates: calibrated points are met, everything between and beyond is monotone, galleries raise the bar."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.options import IdentifyOptions
from gateway.identities.calibration import Calibration, cosine_of, euclidean, rate_per_comparison
from gateway.identities.identification import thresholds

CALIBRATION = Calibration(((0.01, 0.35), (0.001, 0.45), (0.0001, 0.53)), slope=24.0, intercept=-8.6)
RATES = st.floats(1e-9, 0.1)


def test_the_measured_points_are_met():
    for rate, cosine in CALIBRATION.points:
        assert cosine == pytest.approx(CALIBRATION.threshold(rate))
        assert rate == pytest.approx(CALIBRATION.rate(cosine))


@given(RATES)
def test_rate_and_threshold_are_inverse(rate):
    threshold = CALIBRATION.threshold(rate)
    if threshold < 1:
        assert rate == pytest.approx(CALIBRATION.rate(threshold), rel=1e-6)


@given(RATES, RATES)
def test_a_lower_rate_never_lowers_the_threshold(a, b):
    low, high = sorted((a, b))
    assert CALIBRATION.threshold(low) >= CALIBRATION.threshold(high)


@given(st.floats(1e-4, 0.1), st.integers(1, 10**6))
def test_the_rate_per_comparison_gives_the_rate_of_the_search(rate, gallery):
    single = rate_per_comparison(rate, gallery)
    assert rate == pytest.approx(1 - math.exp(gallery * math.log1p(-single)), rel=1e-6)


def test_a_larger_gallery_asks_for_more_similarity():
    limits = [thresholds(IdentifyOptions(), CALIBRATION, faces).match for faces in (1, 100, 10_000, 100_000)]
    assert limits == sorted(set(limits))
    assert CALIBRATION.threshold(0.01) == pytest.approx(limits[0])


def test_decisions_have_a_band_between_match_and_unknown():
    limits = thresholds(IdentifyOptions(), CALIBRATION, 1000)
    middle = (limits.match + limits.uncertain) / 2
    assert [
        limits.decide(limits.match),
        limits.decide(middle),
        limits.decide(limits.uncertain - 1e-6),
        limits.decide(None),
    ] == ["match", "uncertain", "unknown", "unknown"]


@given(st.floats(-1, 1))
def test_euclidean_and_cosine_are_the_same_order(cosine):
    assert cosine == pytest.approx(cosine_of(euclidean(cosine)), abs=1e-9)


@pytest.mark.parametrize(
    "metadata",
    [None, {}, {"thresholds": []}, {"thresholds": [{"false_match_rate": 0.1, "cosine": 0.3}]}, {"thresholds": "x"},
     {"thresholds": [{"false_match_rate": 0.1, "cosine": 0.5}, {"false_match_rate": 0.01, "cosine": 0.3}]}],
)  # fmt: skip
def test_a_calibration_that_makes_no_sense_is_none(metadata):
    assert Calibration.from_metadata(metadata) is None
