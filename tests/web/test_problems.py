"""Refusals speak to people: rules in words, never as regular expressions."""

import json
import re

import pytest
from pydantic import ValidationError

from contracts.identity import NewCollection
from contracts.keys import NewKey
from contracts.patterns import IN_WORDS
from tests.paths import ROOT
from web.problems import misfit


@pytest.mark.parametrize(
    ("message", "field", "words"),
    [
        (lambda: NewCollection(id="no spaces"), "id", "beginning with a letter or a digit"),
        (lambda: NewKey(name="x", scopes=["admin"], rate_limit="fast"), "rate_limit", "such as 600/minute"),
    ],
)
def test_a_text_of_the_wrong_form_is_told_its_rule_in_words(message, field, words):
    with pytest.raises(ValidationError) as refused:
        message()
    (error,) = misfit(refused.value).errors
    assert error.field == field
    assert words in error.reason


def test_every_pattern_of_the_api_has_its_words():
    documents = [path.read_text() for path in (ROOT / "docs/openapi").glob("*.json")]
    patterns = {
        json.loads(found)
        for text in documents
        for found in re.findall(r'"pattern": ("(?:[^"\\\\]|\\\\.)*")', text)
    }
    assert patterns
    assert patterns <= set(IN_WORDS)
