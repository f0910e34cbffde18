"""The whole compose project, started once; only for `make test-containers`."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.containers import stack as stacks


def pytest_collection_modifyitems(items):
    for item in items:
        if "/containers/" in str(item.path):
            # Building and healing take longer than an ordinary test may.
            item.add_marker(pytest.mark.timeout(900))


@pytest.fixture(scope="session")
def stack(tmp_path_factory):
    if os.environ.get("HEXAFACE_TEST_CONTAINERS") != "1":
        pytest.skip("containers are tested by `make test-containers`, which needs Docker")
    folder = tmp_path_factory.mktemp("secrets")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)
    running = stacks.start(folder)
    yield running
    logs = os.environ.get("HEXAFACE_TEST_LOGS")
    if logs:
        with Path(logs).open("w") as out:
            subprocess.run(
                ["docker", "compose", "-p", stacks.PROJECT, "logs", "--no-color"],
                stdout=out,
                env=os.environ | running.env,
                check=False,
            )
    running.compose("down", "--volumes", "--timeout", "10")


@pytest.fixture
def healthy(stack):
    """The stack with every service ready, before and after the test."""
    stack.await_ready()
    yield stack
    stack.await_ready()
