"""Clients that are generated from the OpenAPI document are complete, and work on a real server."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from gateway.app import create_app
from hexaface.embedded.mounted import SERVICES
from tests.paths import ROOT, SAMPLES

pytestmark = pytest.mark.timeout(300)
_BIN = ROOT / ".venv-clients" / "bin"
_SCRIPT = Path(__file__).with_name("generated_client.py")
_LONG_WORDS = 3


@pytest.fixture(scope="module")
def document():
    return create_app().openapi()


@pytest.fixture(scope="module")
def generators():
    if not (_BIN / "python").exists():
        pytest.skip("the generators are not installed: make .venv-clients/stamp")
    return lambda *command, **more: subprocess.run(
        [_BIN / command[0], *command[1:]],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PATH": f"{_BIN}:{os.environ['PATH']}", **more},
    )


def test_a_generated_python_client_is_complete_and_does_the_daily_work(
    document, generators, server, tmp_path
):
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    made = generators(
        "openapi-python-client",
        "generate",
        "--path",
        str(tmp_path / "openapi.json"),
        "--output-path",
        str(tmp_path / "generated"),
        "--meta",
        "none",
    )
    warnings = re.findall(r"^WARNING.*", made.stdout + made.stderr, re.MULTILINE)
    # The generator knows no answer that is a picture.
    assert warnings == ["WARNING parsing POST /v1/redact within analysis."], made.stdout

    ran = generators(
        "python", str(_SCRIPT), server, str(SAMPLES), "generated-client", PYTHONPATH=str(tmp_path)
    )
    assert ran.stdout == "ok\n", ran.stderr


def test_generated_models_can_be_imported(document, generators, tmp_path):
    (tmp_path / "openapi.json").write_text(json.dumps(document))
    made = generators(
        "datamodel-codegen",
        "--input",
        str(tmp_path / "openapi.json"),
        "--input-file-type",
        "openapi",
        "--output",
        str(tmp_path / "models.py"),
        "--output-model-type",
        "pydantic_v2.BaseModel",
    )
    assert made.returncode == 0, made.stderr

    ran = generators(
        "python", "-c", "import models; print(models.AnalyzeAnswer.__name__)", PYTHONPATH=str(tmp_path)
    )
    assert ran.stdout == "AnalyzeAnswer\n", ran.stderr


def test_every_reference_of_the_document_resolves(document):
    references = set(re.findall(r'"\$ref": "#/components/schemas/([^"]+)"', json.dumps(document)))

    assert json.dumps(document).count('"$ref"') == json.dumps(document).count(
        '"$ref": "#/components/schemas/'
    )
    assert references <= set(document["components"]["schemas"])


def test_pictures_by_url_are_described_where_they_are_fetched_and_nowhere_else(document):
    bodies = {
        (path, kind): content["schema"]["properties"]
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for kind, content in operation.get("requestBody", {}).get("content", {}).items()
        if "multipart/form-data" in operation["requestBody"]["content"] and "properties" in content["schema"]
    }
    forms = {path: fields for (path, kind), fields in bodies.items() if kind == "multipart/form-data"}

    assert len(forms) == 10
    assert all("image_url" in fields or "image_a_url" in fields for fields in forms.values())
    for path in forms:
        assert '"url"' in json.dumps(bodies[path, "application/json"])
    for name, create in SERVICES.items():
        assert '"url"' not in json.dumps(create(None).openapi()["paths"]), name


def test_operations_are_named_like_methods(document):
    names = [o["operationId"] for operations in document["paths"].values() for o in operations.values()]

    assert len(names) == len(set(names))
    assert all(re.fullmatch(r"[a-z]+(_[a-z]+)*", name) for name in names)
    assert {"analyze", "detect", "embed", "verify", "identify", "enrol", "list_subjects"} <= set(names)


def test_every_field_and_every_tag_has_words(document):
    silent = [
        f"{name}.{field}"
        for name, schema in document["components"]["schemas"].items()
        for field, described in schema.get("properties", {}).items()
        if len(described.get("description", "")) < _LONG_WORDS
    ]
    bodies = [
        (path, field)
        for path, operations in document["paths"].items()
        for operation in operations.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for field, described in content["schema"].get("properties", {}).items()
        if not described.get("description") and "items" not in described
    ]
    used = {
        tag for operations in document["paths"].values() for o in operations.values() for tag in o["tags"]
    }

    assert silent == []
    assert bodies == []
    assert used == {tag["name"] for tag in document["tags"] if tag["description"]}
    assert document["servers"] == [{"url": "/", "description": "this server"}]
