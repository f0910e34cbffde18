import numpy as np
import pytest

from export.training.calibration import expected_calibration_error, log_softmax, temperature


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
