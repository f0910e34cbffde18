"""What a type checker knows of the clients: the exact parameters and answers, without any plugin."""

import subprocess
import sys

from tests.paths import ROOT

PROGRAM = """
import asyncio
from typing import assert_type

from contracts.api import AnalyzeAnswer, DetectAnswer
from contracts.identity import CollectionPage
from hexaface import AsyncClient, Client

client = Client()
assert_type(client.detect("a.jpg", max_faces=3, mode="fast"), DetectAnswer)
assert_type(client.analyze(b"", features=["emotion"], mesh=True), AnalyzeAnswer)
assert_type(client.collections(after="a", limit=3), CollectionPage)
assert_type(client.erase_subject(collection="staff", subject="ann"), None)
asyncio.create_task(AsyncClient().analyze("a.jpg", features=["attributes"]))
client.analyze("a.jpg", features=["emoton"])  # wrong: list-item
client.analyze("a.jpg", featuers=["emotion"])  # wrong: call-arg
client.detect("a.jpg", max_faces="3")  # wrong: arg-type
client.erase_subject("staff")  # wrong: call-arg
client.erase_subject("staff", 7)  # wrong: arg-type
"""


def test_a_type_checker_knows_every_parameter_and_answer(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--config-file=", "--follow-imports=silent", "--no-error-summary",
         f"--cache-dir={ROOT / '.mypy_cache' / 'types'}", str(program)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {
        int(line.split(":")[1]): line.rsplit("[", 1)[1].rstrip("]")
        for line in done.stdout.splitlines()
        if ": error: " in line
    }
    wrong = {
        number: line.rsplit(" ", 1)[1]
        for number, line in enumerate(PROGRAM.splitlines(), 1)
        if "# wrong: " in line
    }
    assert wrong == found, done.stdout + done.stderr
