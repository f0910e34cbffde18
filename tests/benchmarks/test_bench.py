"""What `make bench` prints of numbers that are there and of those that are not."""

import os
from math import nan

from benchmarks.__main__ import shown, starts_and_memory
from benchmarks.servers import Running


def test_a_cell_that_could_not_be_measured_is_a_dash():
    assert (shown(nan, 2), shown(0.456, 2), shown(12.6)) == ("-", "0.46", "13")


def test_only_the_all_in_one_of_this_version_has_an_aim_for_its_memory():
    one = Running("", [os.getpid()], 3.24)
    several = Running("", [os.getpid(), os.getpid()], 9.0)

    lines = starts_and_memory({"this": one, "base": one}).splitlines()

    assert {line.count("|") for line in lines if line} == {5}
    assert "| this | first ready, with new stores, s | 3.2 | |" in lines
    assert [line.split("|")[1].strip() for line in lines if "| 700 |" in line] == ["this"]
    assert "700" not in starts_and_memory({"this": several})
