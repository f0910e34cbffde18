"""Our servers as processes of their own, to be stopped and killed."""

import os
import signal
import socket
import subprocess
import sys
import time

import httpx

_START_SECONDS = 240  # a machine that does much else has been seen to take two minutes


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """`python -m ...` with a port of its own, which stays the same when it is started again."""

    def __init__(self, arguments, *, code, environment, ready):
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._ready = ready
        self._command = [sys.executable, "-m", *arguments]
        self._given = {
            "cwd": code,
            "env": os.environ | environment | {"HEXAFACE_PORT": str(port), "PYTHONPATH": str(code)},
            "stdout": subprocess.DEVNULL,
            "stderr": subprocess.DEVNULL if os.environ.get("QUIET_GATEWAYS") else None,
        }
        self.start()

    def start(self):
        self.process = subprocess.Popen(self._command, **self._given)

    def await_ready(self):
        deadline = time.monotonic() + _START_SECONDS
        while time.monotonic() < deadline:
            try:
                if httpx.get(self.url + self._ready, timeout=5).status_code == 200:
                    return self
            except httpx.TransportError:
                pass
            assert self.process.poll() is None, "the process has ended"
            time.sleep(0.1)
        raise AssertionError("the process does not start")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(timeout=60) == 0

    def kill(self):
        """kill -9, whatever it is doing."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def gateway_process(code, environment):
    """A gateway as a process."""
    return Process(["gateway"], code=code, environment=environment, ready="/v1/collections")
