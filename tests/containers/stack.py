"""The compose project under test: its address, its containers, and ways to hurt them."""

import json
import os
import secrets
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.paths import ROOT

SERVICES = ("detector", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness")
PROJECT = "hexaface-test"
READY_SECONDS = 240


def docker(*arguments: str, check: bool = True) -> str:
    """Run the docker client; its standard output. Raises with stderr when it fails and `check` is set."""
    done = subprocess.run(
        ["docker", *arguments], capture_output=True, text=True, check=False, timeout=600, cwd=ROOT
    )
    if check and done.returncode:
        raise RuntimeError(f"docker {' '.join(arguments)}: {done.stderr[-2000:]}")
    return done.stdout.strip()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Stack:
    """A running compose project."""

    url: str
    portal_url: str
    key: str
    env: dict[str, str]

    def compose(self, *arguments: str) -> str:
        done = subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=900,
            cwd=ROOT,
            env=os.environ | self.env,
        )
        if done.returncode:
            raise RuntimeError(f"compose {' '.join(arguments)}: {done.stderr[-3000:]}")
        return done.stdout.strip()

    def client(self, timeout: float = 40) -> httpx.Client:
        return httpx.Client(base_url=self.url, headers={"X-API-Key": self.key}, timeout=timeout)

    def containers(self, service: str) -> list[str]:
        """The ids of a service's running containers."""
        return docker(
            "ps",
            "-q",
            "--filter",
            f"label=com.docker.compose.project={PROJECT}",
            "--filter",
            f"label=com.docker.compose.service={service}",
        ).split()

    def inspect(self, service: str) -> dict:
        return json.loads(docker("inspect", self.containers(service)[0]))[0]

    def run_in(self, container: str, *command: str, check: bool = True) -> str:
        return docker("exec", container, *command, check=check)

    def kill(self, service: str) -> None:
        """SIGKILL to the service's process, as a crash; `docker kill` would count as a wanted stop."""
        self.run_in(self.containers(service)[0], "sh", "-c", "kill -9 -1", check=False)

    def network(self, name: str) -> str:
        return f"{PROJECT}_{name}"

    def await_ready(self) -> None:
        """Until the gateway says that every service is ready."""
        deadline = time.monotonic() + READY_SECONDS
        with self.client(5) as client:
            while time.monotonic() < deadline:
                try:
                    if client.get("/readyz").status_code == httpx.codes.OK:
                        return
                except httpx.TransportError:
                    pass
                time.sleep(0.5)
        raise TimeoutError(self.compose("ps", "--all"))


def start(folder: Path) -> Stack:
    """Build what changed, start everything and wait until it is healthy."""
    folder.chmod(0o755)
    key = secrets.token_hex(32)
    for name, secret in {"admin_key": key, "postgres_password": secrets.token_hex(16)}.items():
        path = folder / name
        path.write_text(secret)
        path.chmod(0o444)
    port, portal_port = free_port(), free_port()
    env = {
        "HEXAFACE_SECRETS": str(folder),
        "HEXAFACE_HTTP_PORT": str(port),
        "HEXAFACE_PORTAL_PORT": str(portal_port),
        "HEXAFACE_RATE_LIMIT": "1000000/minute",
    }
    stack = Stack(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{portal_port}", key, env)
    # What a run that was killed left behind.
    stack.compose("down", "--volumes", "--remove-orphans", "--timeout", "5")
    stack.compose("up", "--detach", "--build", "--wait", "--wait-timeout", "600")
    return stack
