"""The portal in a real browser over real models: two servers, one Chromium, a page that tells on itself."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from tests.paths import ROOT, SAMPLES

_CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
_MISSING = (
    "browser tests need Playwright: run `make test-browser`"
    if find_spec("playwright") is None
    else "browser tests need Chromium: apt-get install chromium"
    if _CHROMIUM is None
    else ""
)
_START_SECONDS = 120  # a loaded CI machine; 8 s on a quiet one
ADMIN_KEY = "browser-tests-admin-key"
PAGES = (
    "/", "/detection", "/verification", "/identification", "/attributes",
    "/emotion", "/keypoints", "/generation", "/folder",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(240))
            if _MISSING:
                item.add_marker(pytest.mark.skip(reason=_MISSING))


class Running:
    """A process of the product that listens."""

    def __init__(self, command: list[str], port: int, **environment: str) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env=os.environ | environment,
            stdout=subprocess.DEVNULL,
        )
        give_up = time.monotonic() + _START_SECONDS
        while not self._answers():
            assert self._process.poll() is None, f"{command} ended at its start"
            assert time.monotonic() < give_up, f"{command} did not answer within {_START_SECONDS} s"
            time.sleep(0.3)

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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def product(home_factory) -> Iterator[Running]:
    """All in one, the portal under /."""
    port = free_port()
    running = Running(
        ["hexaface.cli", "serve", "--port", str(port)],
        port,
        HEXAFACE_HOME=str(home_factory()),
        HEXAFACE_THREADS="1",
    )
    yield running
    running.stop()


@pytest.fixture(scope="session")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the webcam sees: one portrait, over and over (Motion JPEG is JPEGs one after another)."""
    path = tmp_path_factory.mktemp("webcam") / "portrait.mjpeg"
    path.write_bytes((SAMPLES / "astronaut.jpg").read_bytes() * 10)
    return path


@pytest.fixture(scope="session")
def browser(video: Path):
    flags = [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
        "--disable-background-networking", "--disable-component-update",
        "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    ]  # fmt: skip
    from playwright.sync_api import sync_playwright  # noqa: PLC0415  # not in the lock of the other tests

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=_CHROMIUM, args=flags)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser):
    """Opens a page; afterwards no page may have asked another host or have raised an error of its own."""
    contexts, foreign, errors = [], [], []

    def open_(url: str, path: str, *, width: int = 1280, scheme: str = "light"):
        own = urlsplit(url).netloc
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: _note_foreign(request.url, own, foreign))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(url + path)
        page.locator(".hf-page").wait_for()
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
