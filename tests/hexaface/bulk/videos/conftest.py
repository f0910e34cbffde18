"""A film with three people, and the models that watch it."""

import pytest

from tests.hexaface.bulk.videos.rendering import Actor, film

SECONDS = 6.0


def walks(second):
    """From the left to the right, all the time."""
    return 90 + 76 * second, 200


def crosses(second):
    """From the right to the left, behind whoever walks."""
    return 550 - 76 * second, 180


def returns(second):
    """There for two seconds, away for two, and back."""
    return (320, 85) if second < 1.6 or second >= 4 else None


CAST = [Actor("grace_hopper", crosses), Actor("obama_2009", walks), Actor("astronaut", returns, 160)]


@pytest.fixture(scope="session")
def street(tmp_path_factory):
    """The film's path."""
    path = tmp_path_factory.mktemp("film") / "street.mp4"
    film(path, CAST, SECONDS, rate=10)
    return path
