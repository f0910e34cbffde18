"""The command line starts quickly because it imports a command's libraries only when that command runs."""

import subprocess
import sys

import pytest

from hexaface.commands.deferred import COMMANDS, load

HEAVY = (
    "onnxruntime",
    "cv2",
    "numpy",
    "PIL",
    "sqlalchemy",
    "alembic",
    "fastapi",
    "uvicorn",
    "httpx",
    "pydantic",
)


def imported_by(statement):
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return {name.partition(".")[0] for name in done.stdout.split()}


def test_the_command_line_itself_imports_nothing_heavy():
    assert set() == imported_by("import hexaface.commands.app") & set(HEAVY)


def test_a_command_that_only_calls_a_server_imports_no_server():
    heavy = {"onnxruntime", "cv2", "sqlalchemy", "fastapi", "gateway", "serving"}
    assert set() == imported_by("import hexaface.commands.recognise") & heavy


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_says_of_itself(name):
    assert (load(name).help or "").startswith(COMMANDS[name][1].rstrip("."))
