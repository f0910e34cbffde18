import numpy as np
import pytest

from export.training.calibration import (
    expected_calibration_error,
    log_softmax,
    quantile_widening,
    temperature,
)


def test_an_overconfident_model_gets_a_temperature_above_one() -> None:
    rng = np.random.default_rng(0)
    honest = rng.normal(0, 1.5, (20_000, 3))
    truth = np.array([rng.choice(3, p=p) for p in np.exp(log_softmax(honest))])

    assert pytest.approx(2.0, rel=0.08) == temperature(2 * honest, truth)


def test_honest_probabilities_have_little_calibration_error() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 1.5, (20_000, 3))
    truth = np.array([rng.choice(3, p=p) for p in np.exp(log_softmax(logits))])

    honest = expected_calibration_error(np.exp(log_softmax(logits)), truth)
    overconfident = expected_calibration_error(np.exp(log_softmax(3 * logits)), truth)

    assert honest < 0.02
    assert overconfident > 0.1


def test_a_widened_interval_covers_what_was_asked() -> None:
    truth = np.random.default_rng(2).normal(40, 8, 5_000)
    low, high = np.full(5_000, 38.0), np.full(5_000, 42.0)

    widening = quantile_widening(low, high, truth, 0.8)

    covered = ((truth >= low - widening) & (truth <= high + widening)).mean()
    assert pytest.approx(0.8, abs=0.005) == covered
