"""A collection moves to a second embedder, in containers and by the commands of docs/embedders.md."""

import base64
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from export import manifest
from tests.paths import ROOT, SAMPLES
from tests.second_embedder import write_models

FILES = ("-f", "docker-compose.yml", "-f", "deploy/compose.embedder-next.yml")


@pytest.fixture
def next_models(stack, tmp_path_factory):
    """The second embedder's models folder; the stack runs both, and only its own again afterwards."""
    folder = tmp_path_factory.mktemp("models-next")
    write_models(folder)
    key = Path(stack.env["HEXAFACE_SECRETS"]) / "chip_key"
    key.write_bytes(base64.b64encode(secrets.token_bytes(32)))
    for path in (key, *folder.iterdir()):
        path.chmod(0o444)
    folder.chmod(0o755)
    stack.env["HEXAFACE_MODELS_NEXT"] = str(folder)
    stack.compose(*FILES, "up", "--detach", "--wait", "--wait-timeout", "300")
    yield folder
    stack.compose("up", "--detach", "--remove-orphans", "--wait", "--wait-timeout", "300")


def reembed(stack, *arguments):
    command = [sys.executable, "-m", "hexaface.commands.app", "reembed", "staff", *arguments]
    done = subprocess.run(
        [*command, "--url", stack.url, "--api-key", stack.key],
        capture_output=True, text=True, check=False, cwd=ROOT, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return " ".join(done.stdout.split())


def test_a_collection_moves_to_the_second_embedder_and_back(stack, next_models):
    old, new = (manifest.read(folder)["embedder"]["sha256"] for folder in (ROOT / "models", next_models))
    photo = (SAMPLES / "astronaut.jpg").read_bytes()
    with stack.client() as client:
        client.post("/v1/collections", json={"id": "staff", "keep_chips": True}).raise_for_status()
        client.post("/v1/collections/staff/subjects", json={"id": "eileen"}).raise_for_status()
        face = client.post("/v1/collections/staff/subjects/eileen/faces", files={"image": photo})
        face.raise_for_status()

        said = reembed(stack, "--to", new[:8])
        assert new[:12] in said

        for digest, back in ((new, True), (old, False)):
            collection = client.get("/v1/collections/staff").json()
            assert collection["model"]["digest"] == digest
            found = client.post("/v1/collections/staff/identify", files={"image": photo}).json()
            # The model is stored without its calibration here: that takes 20 minutes and LFW.
            found = client.post(
                "/v1/collections/staff/identify", files={"image": photo}, data={"threshold": "0.5"}
            ).json()
            assert found["faces"][0]["candidates"][0]["subject"] == "eileen"
            if back:
                assert old[:12] in reembed(stack, "--back")
        assert reembed(stack, "--end") == "ended"
        client.delete("/v1/collections/staff").raise_for_status()
