"""What all tests share: the running product, the sample photos, the data sets where they are."""

import csv
import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx
import hypothesis
import pytest

from hexaface.commands.own_server import OwnServer
from hexaface.embedded.process import create_all_in_one
from tests.paths import PICTURES, ROOT, SAMPLES

# A loaded machine is no failure.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

_DATA = Path(os.environ.get("HEXAFACE_DATA", ROOT.parent / "shared" / "data"))


class DataSet:
    """One of the zips of real faces that stay outside the repository."""

    def __init__(self, path: Path) -> None:
        self._zip = zipfile.ZipFile(path)

    def rows(self, table: str = "labels.csv") -> list[dict[str, str]]:
        """The lines of a table."""
        return list(csv.DictReader(io.TextIOWrapper(self._zip.open(table), "utf-8")))

    def read(self, name: str) -> bytes:
        """A member's bytes."""
        return self._zip.read(name)


@pytest.fixture(scope="session")
def data_set():
    """A data set by name; skips the test where it is absent."""

    def find(name: str) -> DataSet:
        path = _DATA / f"{name}.zip"
        if not path.is_file():
            pytest.skip(f"{name}.zip is not in {_DATA}; set HEXAFACE_DATA to the folder of the data sets")
        return DataSet(path)

    return find


@pytest.fixture(scope="session")
def photo():
    """A sample photo's bytes by name, or those of one of the tests' own pictures."""
    return lambda name: next(
        folder / f"{name}.jpg" for folder in (SAMPLES, PICTURES) if (folder / f"{name}.jpg").exists()
    ).read_bytes()


@pytest.fixture(scope="session")
def home_factory():
    """Makes empty HEXAFACE_HOMEs that the user who runs PostgreSQL in root's place can enter, unlike pytest's folders."""
    made = []

    def make() -> Path:
        made.append(tempfile.mkdtemp(prefix="hexaface-"))
        return Path(made[-1])

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
async def api(home_factory) -> AsyncIterator[httpx.AsyncClient]:
    """The all-in-one product on its real models, in this process."""
    os.environ["HEXAFACE_HOME"] = str(home_factory())
    app = create_all_in_one()
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        yield client


@pytest.fixture(scope="session")
def server(home_factory) -> Iterator[str]:
    """The address of the product as a real server process."""
    os.environ["HEXAFACE_HOME"] = str(home_factory())
    with OwnServer() as own:
        yield own.url
