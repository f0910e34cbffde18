"""Examples of every operation for the OpenAPI document: requests that the server accepts, and its real answers.

`examples.json` is recorded from a real server by tests/gateway/routes/test_examples.py (HEXAFACE_WRITE_EXAMPLES=1).
"""

import json
from pathlib import Path
from typing import Any


def examples() -> dict[str, dict[str, Any]]:
    """By operation id: `path`, `body`, and `answer` or `picture` with `headers`, each where there is one."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_suffix(".json").read_text("utf-8"))
    return found
