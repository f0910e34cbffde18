"""SECURITY.md claims nothing without a test that exists."""

import re

from tests.paths import ROOT


def test_every_claim_names_a_test_that_exists():
    rows = re.findall(
        r"^\| (?!claim|---)(.+) \| `(.+)::(test_\w+)` \|$", (ROOT / "SECURITY.md").read_text(), re.MULTILINE
    )
    assert len(rows) > 30
    for claim, file, name in rows:
        path = ROOT / "tests" / file
        assert path.is_file(), (claim, file)
        assert re.search(rf"^ *(async )?def {name}\(", path.read_text(), re.MULTILINE), (claim, name)


def test_every_row_of_a_table_names_a_test():
    for line in (ROOT / "SECURITY.md").read_text().splitlines():
        if line.startswith("|") and not line.startswith(("| claim", "|---")):
            assert re.search(r"::test_\w+` \|$", line), line
