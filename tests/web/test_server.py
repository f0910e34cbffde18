"""The one server runner, as a process of its own: how it listens, waits, refuses and ends."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from tests.paths import ROOT

_APP = """
import asyncio, os, resource
from fastapi import FastAPI, Request, Response
from web.listening import ListenSettings
from web.logs import configure_logs
from web.server import run

app = FastAPI()

@app.get("/")
async def hello():
    return {"hello": "world"}

@app.get("/slow")
async def slow():
    await asyncio.sleep(1.5)
    return {"slow": True}

@app.get("/much")
async def much():
    return Response(bytes(30_000_000))

@app.post("/hog")
async def hog():
    held = []
    try:
        while True:
            held.append(open("/dev/null"))
    except OSError:
        pass
    await asyncio.sleep(3)
    for file in held:
        file.close()
    return {"held": len(held)}

@app.post("/deaf")
async def deaf():
    return {"read": 0}

@app.post("/")
async def count(request: Request):
    return {"read": len(await request.body())}

if files := int(os.environ.get("FILES", 0)):
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
configure_logs("INFO", "json")
run(app, ListenSettings(), ready=lambda port: print(port, flush=True))
"""


@contextmanager
def serving(tmp_path, *, files=None, **settings):
    """A server process; its port, and the process with its log in `log`."""
    environment = {"HEXAFACE_PORT": "0", "FILES": str(files or 0)} | {
        f"HEXAFACE_{k.upper()}": str(v) for k, v in settings.items()
    }
    log = tmp_path / "server.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", _APP],
            env=os.environ | environment,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
        )
    process.log = log
    try:
        with process.stdout as output:
            port = output.readline().strip()
            assert port.isdigit(), log.read_text()
        yield int(port), process
    finally:
        process.kill()
        process.wait()


@pytest.fixture(scope="module")
def port(tmp_path_factory):
    """A server with every setting at its default."""
    with serving(tmp_path_factory.mktemp("server")) as (port, _):
        yield port


def get(port, path="/", timeout=10):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body


def closed(connection, within):
    """Seconds until the server closed the connection, and what it said before."""
    connection.settimeout(within)
    started, said = time.monotonic(), b""
    while chunk := connection.recv(65536):
        said += chunk
    return time.monotonic() - started, said


def test_a_connection_that_was_idle_for_longer_than_other_servers_wait_is_used_again(port):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    for pause in (6.0, 0.0):
        connection.request("GET", "/")
        answer = connection.getresponse()
        assert (answer.status, answer.headers["server"]) == (200, None)
        answer.read()
        before = connection.sock
        time.sleep(pause)
        assert connection.sock is before
    connection.close()


def test_a_port_that_is_taken_is_one_clear_line(port):
    environment = os.environ | {"HEXAFACE_PORT": str(port)}
    command = [sys.executable, "-c", _APP]
    second = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert second.returncode == 1
    lines = second.stderr.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"cannot start: 127.0.0.1:{port} is in use")


@pytest.mark.parametrize(
    ("module", "setting"),
    [("gateway", "HEXAFACE_PORT"), ("serving", "HEXAFACE_MAX_CLIENTS"), ("portal", "HEXAFACE_KEEP_ALIVE")],
)
def test_a_setting_that_does_not_fit_is_one_line_that_names_it_and_not_its_value(module, setting):
    command, environment = [sys.executable, "-m", module], os.environ | {setting: "s3cret"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith(f"cannot start: {setting.removeprefix('HEXAFACE_').lower()}: ")
    assert "s3cret" not in line


def test_a_request_under_way_is_answered_before_the_process_ends(tmp_path):
    with serving(tmp_path) as (port, process):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", "/slow")
        time.sleep(0.3)
        process.send_signal(signal.SIGTERM)
        answer = connection.getresponse()
        assert (answer.status, answer.read()) == (200, b'{"slow":true}')
        connection.close()
        assert process.wait(10) == 0


def test_clients_that_send_nothing_or_half_a_request_are_let_go(tmp_path):
    with serving(tmp_path, head_timeout=1, body_timeout=1) as (port, _):
        silent, half, bodiless = (socket.create_connection(("127.0.0.1", port)) for _ in range(3))
        half.sendall(b"GET / HTTP/1.1\r\nHost: localh")
        bodiless.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhalf")
        seconds, said = closed(silent, 4)
        assert (seconds < 3, said) == (True, b"")
        assert b" 408 " in closed(half, 4)[1]
        assert b" 408 " in closed(bodiless, 4)[1]
        for connection in (silent, half, bodiless):
            connection.close()
        assert seconds_of_dripping(port) < 5
        deaf = socket.create_connection(("127.0.0.1", port))
        deaf.sendall(b"GET /much HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(4)
        assert len(closed(deaf, 4)[1]) < 30_000_000
        deaf.close()


def seconds_of_dripping(port):
    """How long a client may send its headers one by one."""
    drip = socket.create_connection(("127.0.0.1", port))
    drip.sendall(b"GET / HTTP/1.1\r\n")
    started = time.monotonic()
    try:
        while time.monotonic() - started < 10:
            drip.sendall(b"X: y\r\n")
            time.sleep(0.1)
    except OSError:
        pass
    drip.close()
    return time.monotonic() - started


@pytest.mark.parametrize(
    "start",
    [
        b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ",
        b"GET /",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: ",
    ],
    ids=["header", "address", "trailer"],
)
def test_headers_without_an_end_are_refused_before_they_fill_the_memory(port, start):
    endless = socket.create_connection(("127.0.0.1", port))
    sent = 0
    try:
        endless.sendall(start)
        while sent < 30_000_000:
            endless.sendall(b"a" * 8000 + (b"\r\nX: " if start.endswith(b"X: ") else b""))
            sent += 8000
    except OSError:
        pass
    assert sent < 30_000_000
    assert get(port)[0] == 200
    endless.close()


def test_a_client_that_sends_on_after_its_refusal_still_reads_it(port):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request("POST", "/deaf", body=bytes(5_000_000))
    answer = connection.getresponse()
    assert (answer.status, answer.read()) == (200, b'{"read":0}')
    connection.close()


def test_300_half_open_connections_leave_the_server_answering_and_its_log_short(tmp_path):
    with serving(tmp_path, files=256, head_timeout=30) as (port, process):
        half_open = []
        for i in range(300):
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            if i % 2:
                connection.sendall(b"GET / HT")
            half_open.append(connection)
        time.sleep(1.2)
        for _ in range(20):
            assert get(port)[0] == 200
        assert len(process.log.read_text().splitlines()) < 50
        for connection in half_open:
            connection.close()


def test_past_the_limit_the_longest_idle_connection_makes_room(tmp_path):
    with serving(tmp_path, max_clients=16) as (port, _):
        kept = []
        for _ in range(16):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/")
            connection.getresponse().read()
            kept.append(connection)
        time.sleep(1.1)
        assert get(port)[0] == 200
        seconds, said = closed(kept[0].sock, 2)
        assert (seconds < 2, said) == (True, b"")
        for connection in kept[2:]:
            connection.request("GET", "/")
            assert connection.getresponse().read() == b'{"hello":"world"}'
        for connection in kept:
            connection.close()


def test_when_all_connections_are_busy_a_new_one_is_told_to_come_again(tmp_path):
    with serving(tmp_path, max_clients=2) as (port, _):
        busy = [http.client.HTTPConnection("127.0.0.1", port, timeout=5) for _ in range(2)]
        for connection in busy:
            connection.request("GET", "/slow")
        time.sleep(0.3)
        refused = socket.create_connection(("127.0.0.1", port), timeout=5)
        head, _, body = closed(refused, 2)[1].partition(b"\r\n\r\n")
        assert b" 503 " in head
        assert b"retry-after" in head
        assert json.loads(body)["status"] == 503
        assert [connection.getresponse().status for connection in busy] == [200, 200]
        for connection in busy:
            connection.close()
        refused.close()


def test_when_no_connection_can_be_accepted_the_log_says_so_once_and_the_server_recovers(tmp_path):
    with serving(tmp_path, files=80) as (port, process):
        hog = http.client.HTTPConnection("127.0.0.1", port, timeout=15)
        hog.request("POST", "/hog")
        time.sleep(0.3)
        waiting = [socket.create_connection(("127.0.0.1", port), timeout=10) for _ in range(5)]
        assert hog.getresponse().status == 200
        assert get(port)[0] == 200
        said = [
            line for line in process.log.read_text().splitlines() if "no connection can be accepted" in line
        ]
        assert len(said) == 1
        assert len(process.log.read_text().splitlines()) < 10
        for connection in (hog, *waiting):
            connection.close()
