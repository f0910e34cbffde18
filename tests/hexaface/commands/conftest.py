"""Commands as a person runs them."""

import os
import subprocess
import sys

import pytest


@pytest.fixture(scope="session")
def hexaface():
    """Runs the command; the finished process."""

    def run(*arguments, **environment):
        command = [sys.executable, "-m", "hexaface.commands.app", *map(str, arguments)]
        return subprocess.run(
            command, capture_output=True, text=True, timeout=110, env=os.environ | environment, check=False
        )

    return run
