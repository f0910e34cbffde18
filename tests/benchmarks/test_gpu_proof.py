"""The GPU proof without a GPU: all of it on the CPU provider, as far as that goes."""

import subprocess
import sys
from dataclasses import replace

import pytest

from benchmarks.gpu.__main__ import answers
from serving.manifest import locate
from serving.providers import CPU
from serving.settings import ServiceSettings
from tests.paths import ROOT


@pytest.mark.timeout(400)  # analyses with everything on, sixteen crowds at once among them
def test_the_whole_proof_can_be_rehearsed_without_a_gpu():
    command = [sys.executable, "-m", "benchmarks.gpu", "--rehearse", "--only", "emotion", "detector-points"]
    ended = subprocess.run(command, cwd=ROOT, check=False, capture_output=True, text=True)
    sections = {part.partition("\n")[0]: part.splitlines() for part in ended.stdout.split("\n## ")[1:]}
    rows = {title: [line for line in lines if line.startswith("| ")] for title, lines in sections.items()}

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert ended.stdout.endswith("No fault.\n")
    analyses = rows.pop("Analyses, everything on, all in one")
    assert analyses[1].startswith("| one face, 640x480 | 1 | ")
    assert "Error" not in str(rows)
    assert {title: len(lines) for title, lines in rows.items()} == {
        "Answers on CPUExecutionProvider": 1 + 2,
        "Milliseconds a run on CPUExecutionProvider by batch size": 1 + 2 * 2,
        "CUDA graphs, on CPUExecutionProvider": 1 + 2,
    }
    assert len(analyses) == 1 + 4 * 2
    assert "the service ended with 1: cannot start: HEXAFACE_PROVIDER=cuda" in ended.stdout


def test_an_answer_beyond_its_tolerance_is_a_fault():
    folder = ServiceSettings().models
    files = locate(folder, "emotion")
    strict = replace(files, entry=files.entry.model_copy(update={"atol": -1.0}))

    assert answers({"emotion": files}, [(CPU, {})]) == []
    (fault,) = answers({"emotion": strict}, [(CPU, {})])
    assert fault.startswith("emotion on CPUExecutionProvider: ")
    assert fault.endswith(" off, tolerance -1")


def test_a_provider_that_is_not_there_is_a_fault():
    files = locate(ServiceSettings().models, "emotion")

    (fault,) = answers({"emotion": files}, [("NoSuchExecutionProvider", {})])

    assert fault.startswith("emotion on NoSuchExecutionProvider: ")
