import importlib.util

import pytest

from tests.paths import ROOT

spec = importlib.util.spec_from_file_location("reference", ROOT / "docs/reference.py")
reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(reference)


@pytest.mark.parametrize(
    ("page", "written"), [("settings", reference.settings_page), ("errors", reference.errors_page)]
)
def test_the_reference_pages_say_what_the_code_says(page, written):
    """When this fails: make reference."""
    assert (ROOT / f"docs/{page}.md").read_text() == written()


def test_every_setting_has_words_and_every_problem_says_what_to_do():
    assert "| None |" not in reference.settings_page()
    remedies = [
        kind.remedy for kind in set(reference.problems(reference.ProblemError)) if kind.type != "internal"
    ]
    assert len(remedies) == len(set(remedies))
