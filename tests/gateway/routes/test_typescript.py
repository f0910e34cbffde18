"""TypeScript's types, generated from the OpenAPI document, fit a program that works on a real server, and catch mistakes."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from gateway.app import create_app

pytestmark = pytest.mark.timeout(400)
_SOURCES = Path(__file__).with_name("typescript")
_DEFAULTS = "--default-non-nullable=false"  # or every option that has a default must be sent
_CHECK = (
    "npx", "--no-install", "tsc", "program.ts", "--strict", "--noUncheckedIndexedAccess", "--module", "nodenext",
    "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--skipLibCheck",
)  # fmt: skip


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A folder with the program, the generated types and the tools; `npm ci` brings those of the committed lock."""
    if not (shutil.which("npm") and shutil.which("node")):
        pytest.skip("npm is not installed: TypeScript's types are not generated")
    folder = tmp_path_factory.mktemp("typescript") / "project"
    shutil.copytree(_SOURCES, folder)
    installed = run(folder, "npm", "ci", "--no-audit", "--no-fund")
    if installed.returncode:
        pytest.skip(f"npm cannot install the tools here: {installed.stderr[-300:]}")
    document = create_app().openapi()
    (folder / "openapi.json").write_text(json.dumps(document))
    made = run(
        folder, "npx", "--no-install", "openapi-typescript", "openapi.json", "-o", "api.d.ts", _DEFAULTS
    )
    assert made.returncode == 0, made.stderr
    shown = document["paths"]["/v1/detect"]["post"]["requestBody"]["content"]["application/json"]["example"]
    return folder, shown["image"]["base64"]


def run(folder, *command):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


def test_a_program_with_generated_types_does_the_daily_work(project, server):
    folder, picture = project
    checked = run(folder, *_CHECK)
    assert checked.returncode == 0, checked.stdout

    ran = run(folder, "node", "program.js", server, picture)

    assert ran.returncode == 0, ran.stderr
    assert json.loads(ran.stdout) == {"faces": 1, "aged": True, "same": True, "enrolled": 1, "who": "barack"}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [('mode: "thorough"', 'mode: "quick"'), ("face.box)", "face.boxes)"), ('"/v1/verify"', '"/v1/verfy"')],
)
def test_a_mistake_is_found_before_the_program_runs(project, right, wrong):
    folder, _ = project
    program = folder / "program.ts"
    text = program.read_text()
    assert right in text
    try:
        program.write_text(text.replace(right, wrong))
        checked = run(folder, *_CHECK, "--noEmit")
    finally:
        program.write_text(text)
    assert checked.returncode != 0
    assert "program.ts" in checked.stdout
