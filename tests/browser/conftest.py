"""The portal in a real browser over real models: two servers, one Chromium, a page that tells on itself."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import httpx
import pytest

from tests.paths import ROOT, SAMPLES

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_MISSING = (
    "browser tests need Playwright: run `make test-browser`"
    if find_spec("playwright") is None
    else "browser tests need Chromium: apt-get install chromium"
    if CHROMIUM is None
    else ""
)
# On a quiet machine a start takes 8 s, a click well under one; the same machine with ten others waiting took 100 s.
_START_SECONDS, _ACTION_SECONDS, _TEST_SECONDS = 300, 60, 400
ADMIN_KEY = "browser-tests-admin-key"
FLAGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
)  # fmt: skip
PHONE, DESKTOP = 390, 1280


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(_TEST_SECONDS))
            if _MISSING:
                item.add_marker(pytest.mark.skip(reason=_MISSING))


class Running:
    """A process of the product on a port of its own, from here to the end of the context."""

    def __init__(self, *command: str, port: str = "HEXAFACE_PORT", **environment: str) -> None:
        number = str(free_port())
        self.url = f"http://127.0.0.1:{number}"
        self._command = [part.format(port=number) for part in command]
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  # closed in `stop`
        self._process = subprocess.Popen(
            [sys.executable, "-m", *self._command],
            cwd=ROOT,
            env=os.environ | {port: number} | environment,
            stdout=self._log,
            stderr=self._log,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ready(self) -> Self:
        """Wait until it answers; it ends here, with its log, when it does not."""
        give_up = time.monotonic() + _START_SECONDS
        while not self._answers():
            ended = self._process.poll() is not None
            if ended or time.monotonic() > give_up:
                self.kill()
                self._log.seek(0)
                pytest.fail(f"{self._command} did not start\n{self._log.read()[-4000:]}")
            time.sleep(0.3)
        return self

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/healthz").is_success
        except httpx.TransportError:
            return False

    def kill(self) -> None:
        """End it without a farewell."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """End it as an operator would."""
        self._process.terminate()
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
        self._log.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def product(home_factory) -> Iterator[Running]:
    """All in one, the portal under /."""
    with all_in_one(home_factory()) as running:
        yield running.ready()


def all_in_one(home: Path, **environment: str) -> Running:
    command = ("hexaface.commands.app", "serve", "--port", "{port}")
    # Sixty faces on one thread, while others compute: longer than a person would wait.
    patience = {"HEXAFACE_STAGE_TIMEOUT": "60", "HEXAFACE_DEADLINE": "90"}
    return Running(*command, HEXAFACE_HOME=str(home), HEXAFACE_THREADS="1", **patience, **environment)


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> str:
    """What the webcam sees: one portrait, over and over (Motion JPEG is JPEGs one after another)."""
    return webcam(tmp_path_factory.mktemp("webcam"))


def webcam(folder: Path) -> str:
    """The flag that gives Chromium a webcam whose film is in `folder`."""
    path = folder / "portrait.mjpeg"
    path.write_bytes((SAMPLES / "astronaut.jpg").read_bytes() * 10)
    return f"--use-file-for-fake-video-capture={path}"


@pytest.fixture(scope="session")
def browser(video: str):
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not in the lock of the other tests

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*FLAGS, video])
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens a page; afterwards no page may have asked another host or have raised an error of its own."""
    contexts, foreign, errors = [], [], []

    def open_(url: str, path: str, *, width: int = 1280, scheme: str = "light", content: str = "main > *"):
        own = urlsplit(url).netloc
        context = browser.new_context(
            viewport={"width": width, "height": 844}, color_scheme=scheme, has_touch=width == PHONE
        )
        context.set_default_timeout(_ACTION_SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: _note_foreign(request.url, own, foreign))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url + path)
        page.locator(content).first.wait_for()
        return page

    yield open_
    for context in contexts:
        context.close()
    assert foreign == []
    assert errors == []


def _note_foreign(url: str, own: str, foreign: list[str]) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != own:
        foreign.append(url)


@pytest.fixture
def portal(product: Running, open_page):
    """Opens a page of the all-in-one portal by its path."""
    return lambda path, **options: open_page(product.url, path, **options)
