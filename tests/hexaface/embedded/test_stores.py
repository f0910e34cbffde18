"""The embedded stores: they start, stop, and survive whatever happens to the process that owns them."""

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import redis

from gateway.stores.database import single_connection_engine
from hexaface.embedded.stores import StoreError, embedded_urls, running_stores
from hexaface.embedded.stores.account import Account
from hexaface.embedded.stores.postgresql import Cluster

pytestmark = pytest.mark.timeout(240)
_OWNER = """
import signal, sys, time
from pathlib import Path
from hexaface.embedded.stores import running_stores
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it
with running_stores(Path(sys.argv[1])):
    print("ready", flush=True)
    try:
        time.sleep(600)
    except KeyboardInterrupt:
        pass
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


async def test_a_store_that_dies_is_back_within_seconds_and_what_was_written_is_there(home):
    with running_stores(home) as urls:
        engine = single_connection_engine(urls.database)
        async with engine.begin() as connection:
            await connection.exec_driver_sql("CREATE TABLE IF NOT EXISTS kept (n int)")
            await connection.exec_driver_sql("INSERT INTO kept VALUES (1)")
        await engine.dispose()
        for _ in range(2):  # and again
            killed = [Cluster(home).pid(), valkey_of(home)]
            for pid in killed:
                os.kill(pid, signal.SIGKILL)
            await eventually(lambda: Cluster(home).answers() and valkey_of(home), within=20)
            assert not {Cluster(home).pid(), valkey_of(home)} & set(killed)
            assert await answers(urls.database)
        engine = single_connection_engine(urls.database)
        async with engine.begin() as connection:
            assert (await connection.exec_driver_sql("SELECT count(*) FROM kept")).scalar() == 1
            await connection.exec_driver_sql("DROP TABLE kept")
        await engine.dispose()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGKILL])
async def test_a_second_process_keeps_working_when_the_first_ends(home, end):
    first = owner_of(home)
    with running_stores(home) as urls:
        pid = Cluster(home).pid()
        first.send_signal(end)
        first.wait()
        await eventually(
            lambda: Cluster(home).pid() not in (None, pid) and Cluster(home).answers(), within=30
        )
        assert await answers(urls.database)
        await eventually(lambda: valkey_of(home), within=10)
    assert Cluster(home).pid() is None


def valkey_of(home):
    """The process id of the Valkey server that answers; None when none does."""
    try:
        with redis.Redis.from_url(embedded_urls(home).redis) as client:
            return client.info("server")["process_id"]
    except redis.RedisError:
        return None


async def eventually(holds, within):
    deadline = time.monotonic() + within
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


def mode_of(path):
    return stat.S_IMODE(path.lstat().st_mode)


def test_the_home_and_its_lock_are_closed_to_others(home_factory):
    home = home_factory()
    home.chmod(0o755)
    with running_stores(home, database="postgresql://elsewhere/db"):
        assert mode_of(home) == 0o700
        assert mode_of(home / "lock") == 0o600
    with running_stores(home, redis="redis://elsewhere"):
        assert mode_of(home) in (0o700, 0o710)  # for PostgreSQL's user's group, when root serves


def test_a_home_of_somebody_else_is_refused(home_factory):
    home = home_factory()
    if os.geteuid() == 0:
        os.chown(home, 12345, 12345)
    else:
        home = Path("/usr")
    with pytest.raises(StoreError, match="belongs to"), running_stores(home):
        pass


def test_a_folder_with_other_things_that_others_may_enter_is_not_taken_for_a_home(tmp_path):
    (tmp_path / "letters").write_text("")
    tmp_path.chmod(0o755)
    with pytest.raises(StoreError, match="no folder of HexaFace's"), running_stores(tmp_path):
        pass
    assert mode_of(tmp_path) == 0o755


def test_a_long_home_has_its_sockets_in_a_short_folder_that_nobody_can_foresee(home_factory):
    home = home_factory() / ("long" * 25)
    urls = embedded_urls(home)
    short = (home / "sockets").readlink()
    assert (mode_of(short), short.stat().st_uid) == (0o700, os.geteuid())
    assert str(short) in urls.redis
    assert str(short) in urls.database
    assert embedded_urls(home) == urls
    with running_stores(home, database="postgresql://elsewhere/db") as running:
        assert running.redis == urls.redis
        assert valkey_of(home)
    short.chmod(0o777)  # no longer ours alone: another is made
    assert embedded_urls(home) != urls


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
