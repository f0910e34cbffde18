import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hexaface.grouping.identifiers import numbered

LETTERS = st.lists(st.integers(-1, 4), min_size=1, max_size=30)


def keys(count):
    return [(f"{place}.jpg", 0) for place in range(count)]


def remembered(found, numbers):
    return {key: int(number) for key, number in zip(found, numbers, strict=True) if number}


def test_new_groups_are_numbered_by_size():
    numbers, first_free = numbered(keys(6), np.asarray([0, 1, 1, 1, -1, 0]), {}, 1)

    assert numbers.tolist() == [2, 1, 1, 1, 0, 2]
    assert first_free == 3


def test_groups_keep_their_numbers_when_the_table_grows():
    numbers, first_free = numbered(keys(4), np.asarray([0, 0, 1, 1]), {}, 1)
    earlier = remembered(keys(4), numbers)

    grown, _ = numbered([("0a.jpg", 0), *keys(4)], np.asarray([5, 7, 7, 5, 5]), earlier, first_free)

    assert grown.tolist() == [2, 1, 1, 2, 2]


def test_of_a_group_that_splits_the_larger_part_keeps_the_number_and_the_other_gets_a_new_one():
    earlier = dict.fromkeys(keys(5), 9)

    numbers, first_free = numbered(keys(5), np.asarray([0, 0, 1, 1, 1]), earlier, 12)

    assert numbers.tolist() == [12, 12, 9, 9, 9]
    assert first_free == 13


def test_of_groups_that_become_one_the_larger_gives_its_number_and_the_other_number_is_not_used_again():
    earlier = dict(zip(keys(5), [3, 3, 4, 4, 4], strict=True))

    numbers, first_free = numbered(
        [*keys(5), ("new", 0), ("new", 1)], np.asarray([0] * 5 + [1, 1]), earlier, 5
    )

    assert numbers.tolist() == [4] * 5 + [5] * 2
    assert first_free == 6


@given(LETTERS, LETTERS)
def test_numbers_name_the_groups_and_are_never_given_to_two(before, after):
    first, free = numbered(keys(len(before)), np.asarray(before), {}, 1)
    second, later = numbered(keys(len(after)), np.asarray(after), remembered(keys(len(before)), first), free)

    pairs = set(zip(after, second.tolist(), strict=True))
    assert len(pairs) == len(set(after)) == len({number for _, number in pairs})
    assert all((number == 0) == (label == -1) for label, number in pairs)
    assert later >= free > int(first.max())
    assert later > int(second.max())
