"""The copied requests, with names that a shell or curl would take for something else."""

import json
import shlex

import pytest

from portal.request_panel import Example, python_call


def words_of(example: Example) -> list[str]:
    return shlex.split(example.curl("http://host").replace("\\\n", " "))


@pytest.mark.parametrize(
    "name", ["a.jpg", "my photo.jpg", "a;type=x.jpg", "it's.jpg", 'say "hi".jpg', "b\\c.jpg"]
)
def test_a_file_name_reaches_curl_as_it_is(name):
    words = words_of(Example("/v1/detect", "", {"image": name}))
    field, _, given = words[2].partition("=@")
    assert field == "image"
    # json reads a quoted text by the two rules that curl has: \\ and \".
    assert name == (json.loads(given) if given.startswith('"') else given)


def test_options_without_a_value_are_left_out():
    example = Example("/v1/detect", "", {"image": "a.jpg"}, {"min_score": 0.5, "mode": None})
    assert words_of(example) == [
        "curl", "-F", "image=@a.jpg", "-F", "min_score=0.5", "http://host/v1/detect",
    ]  # fmt: skip


def test_a_python_program_names_its_files_and_options():
    call = python_call("detect", ["it's.jpg"], {"max_faces": 3, "mode": None})
    assert call == 'client.detect("it\'s.jpg", max_faces=3)'
    program = Example("/v1/detect", call).program("http://host")
    compile(program, "program", "exec")
