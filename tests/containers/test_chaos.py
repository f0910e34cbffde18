"""The containers under mixed load while each of them is hurt, in random order: nothing acknowledged is lost or comes back.

Alone it takes a sample, for less than a minute and a half; `make chaos` sets HEXAFACE_CHAOS_ROUNDS, and everything comes.
"""

import math
import os

import pytest

from tests.chaos.course import ROUNDS, Course
from tests.chaos.load import COLLECTION
from tests.containers.disturbances import disturbances

_SAMPLE_SECONDS = 50


@pytest.mark.timeout(600 + 600 * ROUNDS)
def test_nothing_acknowledged_is_lost_or_comes_back_whichever_container_is_hurt(healthy, capsys):
    everything = "HEXAFACE_CHAOS_ROUNDS" in os.environ
    with healthy.client(60) as client:
        course = Course(client, disturbances(healthy))
        try:
            course.run(seconds=math.inf if everything else _SAMPLE_SECONDS)
        finally:
            with capsys.disabled():
                course.tell()
        course.check()
        assert client.delete(f"/v1/collections/{COLLECTION}").status_code == 204
