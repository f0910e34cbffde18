"""Thresholds from one's own pictures."""

import numpy as np
import pytest

from hexaface.commands.thresholds import Pairs


@pytest.fixture(scope="module")
def pairs():
    """Forty people with five pictures each: random directions with noise."""
    chance = np.random.default_rng(3)
    people = np.repeat(chance.normal(size=(40, 32)), 5, axis=0)
    shots = people + 0.6 * chance.normal(size=people.shape)
    return Pairs(shots / np.linalg.norm(shots, axis=1, keepdims=True), [f"p{i // 5}" for i in range(200)])


def test_every_pair_counts_once(pairs):
    assert (len(pairs.genuine), pairs.impostors) == (40 * 10, 200 * 199 // 2 - 400)


@pytest.mark.parametrize("rate", [0.1, 0.01, 0.001])
def test_the_threshold_keeps_its_rate_and_lies_in_its_interval(pairs, rate):
    found = pairs.threshold(rate)
    assert rate * 0.9 < pairs.false_match_rate(found.similarity) <= rate
    assert found.low <= found.similarity <= found.high
    assert found.high - found.low > 0.001


def test_a_stricter_rate_has_a_higher_threshold_and_recognises_fewer(pairs):
    loose, strict = pairs.threshold(0.01).similarity, pairs.threshold(0.001).similarity
    assert strict > loose
    assert pairs.true_match_rate(strict) < pairs.true_match_rate(loose)


def test_too_few_pairs_give_no_threshold_instead_of_a_guess(pairs):
    assert pairs.threshold(0.0001) is None


def test_pairs_within_a_group_are_of_different_people_who_both_belong_to_it(pairs):
    groups = {f"p{i}": "even" if i % 2 == 0 else "odd" for i in range(30)}
    within = pairs.within(groups)
    assert {name: len(similarities) for name, similarities in within.items()} == {
        "even": 15 * 14 // 2 * 25,
        "odd": 15 * 14 // 2 * 25,
    }


def test_two_who_look_alike_are_seen_in_their_group_only():
    alike = np.eye(8)[[0, 0, 1, 2, 3, 4]]
    pairs = Pairs(alike, ["a", "b", "c", "d", "e", "f"])
    within = pairs.within({"a": "twins", "b": "twins", "c": "others", "d": "others", "e": "others"})
    assert (within["twins"].tolist(), within["others"].max()) == ([1.0], 0.0)
