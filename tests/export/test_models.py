"""The files under models/ belong together: manifest, graphs, golden answers and cards."""

import hashlib
import json
from pathlib import Path

import numpy as np
import onnx
import pytest

from export import card, manifest
from export.onnx_tools.sessions import Session
from export.publish import MODELS, REQUIRED

ENTRIES = manifest.read(MODELS)
tasks = pytest.mark.parametrize("task", sorted(ENTRIES))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@tasks
def test_the_manifest_names_the_files_as_they_are(task: str) -> None:
    entry = ENTRIES[task]
    assert entry["sha256"] == sha256(MODELS / entry["file"])
    assert entry["golden_sha256"] == sha256(MODELS / entry["golden"])


@tasks
def test_a_graph_says_what_it_is_and_agrees_with_the_manifest(task: str) -> None:
    facts = card.properties(onnx.load(MODELS / ENTRIES[task]["file"]))
    assert set(REQUIRED) <= set(facts)
    entry = ENTRIES[task]
    assert (entry["name"], entry["version"]) == (facts["name"], facts["version"])
    # A task's further models may be known by the task alone: CenterFace was once the only detector.
    assert facts["task"] in {task, task.partition("-")[0]}
    assert {"weights", "training_data"} == set(json.loads(facts["licence"]))


@tasks
def test_a_card_repeats_the_graphs_digest_licence_and_every_measured_number(task: str) -> None:
    entry = ENTRIES[task]
    text = (MODELS / entry["card"]).read_text()
    facts = card.properties(onnx.load(MODELS / entry["file"]))
    assert entry["sha256"] in text
    assert all(licence in text for licence in json.loads(facts["licence"]).values())
    metrics = json.loads(facts["metrics"])
    assert metrics
    missing = [name for name, value in metrics.items() if f"| {name} | {value} |" not in text]
    assert missing == []


@tasks
def test_golden_answers_are_reproduced(task: str) -> None:
    entry = ENTRIES[task]
    session = Session(MODELS / entry["file"])
    with np.load(MODELS / entry["golden"]) as stored:
        inputs = {name[3:]: stored[name] for name in stored.files if name.startswith("in.")}
        answers = session(inputs)
        for name in session.outputs:
            difference = np.abs(answers[name].astype(np.float64) - stored[f"out.{name}"]).max(initial=0)
            assert difference <= entry["atol"], name


@tasks
def test_a_batch_answers_like_its_items_alone(task: str) -> None:
    session = Session(MODELS / ENTRIES[task]["file"])
    with np.load(MODELS / ENTRIES[task]["golden"]) as stored:
        inputs = {name[3:]: stored[name] for name in stored.files if name.startswith("in.")}
    doubled = session({name: np.concatenate([value, value]) for name, value in inputs.items()})
    count = len(next(iter(inputs.values())))
    for name, whole in doubled.items():
        np.testing.assert_allclose(whole[:count], whole[count:], atol=1e-4, err_msg=name)


@tasks
def test_a_graph_is_readable_by_the_oldest_supported_onnxruntime(task: str) -> None:
    model = onnx.load(MODELS / ENTRIES[task]["file"])
    assert model.ir_version <= 10
    assert {value.name for value in model.graph.input}.isdisjoint(t.name for t in model.graph.initializer)


def test_every_model_file_is_in_the_manifest() -> None:
    listed = {entry["file"] for entry in ENTRIES.values()}
    assert listed == {path.name for path in MODELS.glob("*.onnx")}


def test_all_models_together_stay_within_sixty_megabytes() -> None:
    assert sum(path.stat().st_size for path in MODELS.glob("*.onnx")) <= 60 * 2**20
