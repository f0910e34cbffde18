"""The all-in-one server under mixed load while everything below it is hurt: nothing acknowledged is lost or comes back."""

import os
import shutil
import subprocess

import httpx
import pytest

from hexaface.commands.own_server import OwnServer
from tests.chaos.course import ROUNDS, Course
from tests.chaos.disturbances import Disturbances

_DISK = "size=600m"
pytestmark = pytest.mark.timeout(600 + 240 * ROUNDS)


@pytest.fixture
def disk(home_factory):
    """A home on a small disk of its own where one can be mounted; else an ordinary folder."""
    home = home_factory()
    mounted = os.geteuid() == 0 and shutil.which("mount") is not None
    if mounted:
        command = ["mount", "-t", "tmpfs", "-o", _DISK, "tmpfs", str(home)]
        mounted = subprocess.run(command, check=False, capture_output=True).returncode == 0
    yield home, mounted
    if mounted:
        subprocess.run(["umount", "-l", str(home)], check=True)


def test_nothing_acknowledged_is_lost_or_comes_back_whatever_is_hurt(disk, capsys):
    home, small_disk = disk
    with (
        OwnServer(HEXAFACE_HOME=str(home), HEXAFACE_RATE_LIMIT="100000/minute") as server,
        httpx.Client(base_url=server.url, timeout=60) as client,
    ):

        def restart():
            server.kill()
            server.start()

        course = Course(client, Disturbances(home, server.url, restart, small_disk=small_disk).all)
        try:
            course.run()
        finally:
            with capsys.disabled():
                course.tell()
        course.check()
