import numpy as np
import pytest

from hexaface.grouping.clustering import clusters
from hexaface.grouping.neighbours import neighbours


def people(*counts, spread=0.35, dimensions=64, seed=0):
    """Unit vectors around one random direction per person, and whose each is."""
    random = np.random.default_rng(seed)
    centres = np.repeat(random.normal(size=(len(counts), dimensions)), counts, axis=0)
    found = centres / np.linalg.norm(centres, axis=1, keepdims=True)
    found = found + spread * random.normal(size=found.shape) / np.sqrt(dimensions)
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    return found.astype(np.float32), np.repeat(np.arange(len(counts)), counts)


def same(labels):
    return labels[:, None] == labels


def test_faces_of_one_person_are_one_group_and_others_are_not():
    embeddings, who = people(5, 3, 1, 8)

    assert np.array_equal(same(who), same(clusters(embeddings, 0.6)))


def test_one_lucky_pair_does_not_chain_two_people_together():
    embeddings, who = people(6, 6)
    between = embeddings[0] + embeddings[6]
    embeddings[5] = between / np.linalg.norm(between)  # a face that looks like both

    labels = clusters(embeddings, 0.6)

    assert neighbours(embeddings, 0.6)[[5], 6:].sum() > 0
    assert labels[0] != labels[11]
    assert len(set(labels[who == 1])) == 1


def test_faces_on_one_picture_are_different_people_unless_a_picture_may_show_one_twice():
    embeddings, _ = people(2)

    assert len(set(clusters(embeddings, 0.6, np.asarray([7, 7])))) == 2
    assert len(set(clusters(embeddings, 0.6, np.asarray([7, 8])))) == 1
    assert len(set(clusters(embeddings, 0.6))) == 1


def test_a_mirror_on_one_of_many_pictures_does_not_tear_a_person_apart():
    embeddings, _ = people(30)
    pictures = np.arange(30)
    pictures[1] = 0

    assert len(set(clusters(embeddings, 0.6, pictures))) == 1


def test_a_component_too_large_for_all_its_pairs_is_clustered_in_parts_alike():
    embeddings, who = people(90, 40, 70)
    mixed = np.random.default_rng(1).permutation(len(who))

    labels = clusters(embeddings[mixed], -1.0 + 1.6, most=16)

    assert np.array_equal(same(who[mixed]), same(labels))


def test_the_index_of_large_tables_finds_the_same_people():
    embeddings, who = people(*[4] * 60)

    assert np.array_equal(same(who), same(clusters(embeddings, 0.6, exact=10)))


@pytest.mark.parametrize("count", [0, 1])
def test_too_few_faces_to_compare_are_no_error(count):
    embeddings = np.ones((count, 4), np.float32) / 2

    assert count == len(clusters(embeddings, 0.5))
