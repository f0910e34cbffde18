"""The embedded stores: they start, stop, and survive whatever happens to the process that owns them."""

import asyncio
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest
import redis

from gateway.stores.database import single_connection_engine
from hexaface.embedded.stores import StoreError, embedded_urls, running_stores
from hexaface.embedded.stores.account import Account
from hexaface.embedded.stores.postgresql import Cluster

pytestmark = pytest.mark.timeout(240)
_OWNER = """
import sys, time
from pathlib import Path
from hexaface.embedded.stores import running_stores
with running_stores(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(600)
"""


@pytest.fixture(scope="module")
def home(home_factory):
    return home_factory()


async def answers(url):
    engine = single_connection_engine(url)
    async with engine.connect() as connection:
        found = (await connection.exec_driver_sql("SELECT 1")).scalar()
    await engine.dispose()
    return found == 1


def owner_of(home):
    """Another process that runs the stores of this home."""
    process = subprocess.Popen([sys.executable, "-c", _OWNER, str(home)], stdout=subprocess.PIPE, text=True)
    with process.stdout as output:
        assert output.readline() == "ready\n"
    return process


async def test_both_stores_answer_at_the_urls_that_are_known_beforehand(home):
    urls = embedded_urls(home)
    with running_stores(home) as running:
        assert running == urls
        assert await answers(running.database)
        with redis.Redis.from_url(running.redis) as client:
            assert client.ping()
        pid = Cluster(home).pid()
    assert pid is not None
    assert Cluster(home).pid() is None


async def test_killed_with_its_process_they_stop_and_start_again(home):
    process = owner_of(home)
    pid = Cluster(home).pid()
    process.kill()
    process.wait()
    with running_stores(home) as urls:  # at once, while the old servers may still be stopping
        assert await answers(urls.database)
        assert Cluster(home).pid() != pid
    process = owner_of(home)
    pid = Cluster(home).pid()
    process.kill()
    process.wait()
    deadline = time.monotonic() + 30
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline, "PostgreSQL outlived its process"
        await asyncio.sleep(0.1)


async def test_a_process_id_that_was_reused_is_not_taken_for_the_server(home):
    (home / "postgresql" / "postmaster.pid").write_text(
        f"{os.getpid()}\n{home}\n1\n5432\n/tmp\n\n1 1\nready\n"
    )
    with running_stores(home) as urls:
        assert await answers(urls.database)


async def test_a_killed_postgresql_recovers_with_the_next_start(home):
    process = owner_of(home)
    os.kill(Cluster(home).pid(), signal.SIGKILL)
    process.terminate()
    process.wait()
    with running_stores(home) as urls:
        assert await answers(urls.database)


async def test_a_second_process_uses_the_stores_of_the_first(home):
    process = owner_of(home)
    pid = Cluster(home).pid()
    with running_stores(home) as urls:
        assert await answers(urls.database)
    assert Cluster(home).pid() == pid
    process.kill()
    process.wait()


def test_with_both_urls_nothing_is_started(tmp_path):
    with running_stores(tmp_path, database="postgresql://there/db", redis="redis://there") as urls:
        assert (urls.database, urls.redis) == ("postgresql://there/db", "redis://there")
    assert list(tmp_path.iterdir()) == []


def test_a_home_that_the_servers_user_cannot_enter_is_refused_with_the_way_out(tmp_path):
    closed = tmp_path / "closed" / "home"
    closed.mkdir(parents=True)
    closed.parent.chmod(0o700)
    with pytest.raises(StoreError, match="HEXAFACE_HOME"):
        Account("nobody", 65534, 65534).admit(closed)


def test_a_home_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="HEXAFACE_HOME"), running_stores(tmp_path / "file" / "home"):
        pass
