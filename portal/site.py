"""What the portal serves itself: one page, its modules and styles, the sample pictures. Nothing of a reader is kept."""

import hashlib
import html
from pathlib import Path

from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATIC = Path(__file__).resolve().parent / "static"
SAMPLES = Path(__file__).resolve().parents[1] / "samples"
PAGES = ("/", "/people", "/folder", "/live", "/generate", "/server")
_PICTURES = (".jpg", ".jpeg", ".png", ".webp")

# Scripts and styles are files of this host alone. blob: is the picture that the browser keeps for itself.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; "
    "connect-src 'self'; worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_KEPT = {"Cache-Control": "public, max-age=31536000, immutable"}


def create_site(public_url: str | None = None) -> Starlette:
    """The portal's files; `public_url` is the API's address to copy into requests, None when it is the page's own."""
    base = f"/_portal/{_digest()}"
    shown = _page(base, public_url)

    async def page(_: Request) -> Response:
        # The page names its modules by what they hold: it is asked for again each time, they never are.
        return HTMLResponse(shown, headers={"Cache-Control": "no-cache"})

    async def missing(_: Request, __: Exception) -> Response:
        return HTMLResponse(shown, status_code=404, headers={"Cache-Control": "no-cache"})

    async def refused(request: Request, _: Exception) -> Response:
        detail = f"{request.method} is not for {request.url.path}: the API is under /v1, described at /docs"
        content = {
            "type": "method-not-allowed",
            "title": "Method not allowed",
            "status": 405,
            "detail": detail,
        }
        return JSONResponse(content, 405, {"Allow": "GET, HEAD"}, media_type="application/problem+json")

    async def keeper(_: Request) -> Response:
        # One address whatever the version: a browser keeps one worker per address.
        return FileResponse(STATIC / "pictures" / "keeper_worker.js", headers={"Cache-Control": "no-cache"})

    async def icon(_: Request) -> Response:
        return FileResponse(STATIC / "icon.svg")

    site = Starlette(
        routes=[
            *(Route(path, page) for path in PAGES),
            Route("/favicon.ico", icon),
            Route("/_portal/keeper.js", keeper),
            Mount("/_portal/samples", StaticFiles(directory=SAMPLES, check_dir=False)),
            Mount(base, Unchanging(StaticFiles(directory=STATIC))),
        ],
        exception_handlers={404: missing, 405: refused},
    )
    site.add_middleware(Guarded)
    return site


class Unchanging:
    """Lets browsers keep what an address holds for ever."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, _with_headers(send, _KEPT, below=400))


class Guarded:
    """Tells the browser to load nothing from other hosts, and to say to nobody where its reader came from."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        await self._app(scope, receive, _with_headers(send, _HEADERS) if scope["type"] == "http" else send)


def _with_headers(send: Send, headers: dict[str, str], below: int = 600) -> Send:
    async def send_with_headers(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] < below:
            MutableHeaders(raw=message["headers"]).update(headers)
        await send(message)

    return send_with_headers


def _digest() -> str:
    content = hashlib.sha256()
    for path in _files():
        content.update(path.relative_to(STATIC).as_posix().encode() + path.read_bytes())
    return content.hexdigest()[:16]


def _files() -> list[Path]:
    return sorted(path for path in STATIC.rglob("*") if path.is_file())


def _page(base: str, public_url: str | None) -> str:
    """The page with the addresses of its files: every module is fetched at once, not as the imports are found."""
    names = [path.relative_to(STATIC).as_posix() for path in _files()]
    styles = "".join(
        f'<link rel="stylesheet" href="{base}/{name}">' for name in names if name.endswith(".css")
    )
    modules = "".join(
        f'<link rel="modulepreload" href="{base}/{name}">'
        for name in names
        if name.endswith(".js") and name != "pictures/keeper_worker.js"
    )
    samples = sorted(path.name for path in SAMPLES.glob("*") if path.suffix in _PICTURES)
    return (
        (STATIC / "index.html")
        .read_text("utf-8")
        .replace("{{styles}}", styles)
        .replace("{{modules}}", modules)
        .replace("{{base}}", base)
        .replace("{{api}}", html.escape(public_url or ""))
        .replace("{{samples}}", html.escape(" ".join(samples)))
    )
