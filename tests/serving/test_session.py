"""Models that load wrong must not serve: digests, providers, golden answers."""

import json
import shutil

import numpy as np
import onnxruntime as ort
import pytest

from serving.errors import GoldenError, ModelFileError, ProviderError
from serving.loading import _options
from serving.manifest import locate, read_manifest
from serving.session import check_golden, open_session
from serving.settings import ServiceSettings

MODELS = ServiceSettings().models


@pytest.fixture
def copied(tmp_path):
    """A models folder with the emotion model alone, to be damaged."""
    entry = read_manifest(MODELS).models["emotion"]
    for name in (entry.file, entry.golden):
        shutil.copy(MODELS / name, tmp_path / name)
    manifest = {"models": {"emotion": entry.model_dump()}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    return tmp_path, entry, manifest


def test_every_model_reproduces_its_stored_answer():
    settings = ServiceSettings(provider="cpu")
    for task in read_manifest(MODELS).models:
        session, files = open_session(task, settings)
        check_golden(session, files)
        assert session.provider == "CPUExecutionProvider"


def test_cuda_that_is_not_there_is_refused_and_never_replaced():
    with pytest.raises(ProviderError, match="HEXAFACE_PROVIDER=cuda"):
        open_session("emotion", ServiceSettings(provider="cuda"))


def test_auto_says_what_it_got():
    session, _ = open_session("emotion", ServiceSettings(provider="auto"))
    assert session.describe().provider == "CPUExecutionProvider"


def test_a_changed_model_file_is_refused(copied):
    folder, entry, _ = copied
    data = bytearray((folder / entry.file).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / entry.file).write_bytes(data)
    with pytest.raises(ModelFileError, match="SHA-256"):
        open_session("emotion", ServiceSettings(models=folder))


def test_a_model_that_answers_something_else_is_not_ready(copied):
    session, files = open_session("emotion", ServiceSettings(models=copied[0]))
    with np.load(files.golden) as stored:
        arrays = {name: stored[name] for name in stored.files}
    arrays["out.emotion"] = arrays["out.emotion"][:, ::-1]
    np.savez(files.golden, **arrays)
    with pytest.raises(GoldenError, match="stored answer"):
        check_golden(session, files)


def test_a_missing_file_names_what_to_do(copied):
    folder, entry, _ = copied
    (folder / entry.file).unlink()
    with pytest.raises(ModelFileError, match="make models"):
        locate(folder, "emotion")


def test_a_task_without_a_model_and_a_folder_without_a_manifest_are_named(copied, tmp_path):
    with pytest.raises(ModelFileError, match="'detector'"):
        locate(copied[0], "detector")
    with pytest.raises(ModelFileError, match="HEXAFACE_MODELS"):
        read_manifest(tmp_path / "nowhere")


def test_threads_do_not_spin():
    options = _options(2, shared_memory=True)
    assert isinstance(options, ort.SessionOptions)
    assert options.intra_op_num_threads == 2
    assert options.get_session_config_entry("session.intra_op.allow_spinning") == "0"
