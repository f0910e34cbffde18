"""What a request sends arrives whole, or is refused: nothing dropped, nothing chosen, nothing past its limit."""

import base64
import json

import httpx
import pytest
from fastapi import Depends, FastAPI, Request
from structlog.testing import capture_logs

from contracts.message import Message
from web.backstop import BodyLimits
from web.messages import read_message
from web.parameters import refuse_unknown_parameters
from web.refusals import add_problem_handlers
from web.requests import RequestMiddleware
from web.uploads import read_form

KIB = 1024
BOUNDARY = "a-boundary"
MULTIPART = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}


class Options(Message):
    features: list[str] = []
    numbers: list[float] | None = None
    top: int = 1


@pytest.fixture
async def api():
    app = FastAPI(dependencies=[Depends(refuse_unknown_parameters)])
    app.add_middleware(RequestMiddleware, name="test")
    add_problem_handlers(app)
    parameters = [{"in": "query", "name": name} for name in Options.model_fields]

    @app.post("/form", openapi_extra={"parameters": parameters})
    async def form(request: Request):
        read = await read_form(request, max_bytes=64 * KIB, max_files=3, pictures=("image",))
        options = read.options(request, Options)
        return {"sizes": [len(i.data) for i in read.images.get("image", [])], **options.model_dump()}

    @app.post("/json")
    async def json_route(request: Request):
        return (await read_message(request, Options, max_bytes=KIB, empty=Options())).model_dump()

    @app.get("/plain/{name}")
    async def plain(name: str, limit: int = 5):
        return {"name": name, "limit": limit}

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


def part(name, content, filename=None):
    disposition = f'form-data; name="{name}"' + (f'; filename="{filename}"' if filename else "")
    head = f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode()
    return head + content + b"\r\n"


END = f"--{BOUNDARY}--\r\n".encode()


class Stream:
    """A chunked body that notes how much of it was read."""

    def __init__(self, *chunks):
        self.chunks = chunks
        self.read = 0

    async def __aiter__(self):
        for chunk in self.chunks:
            self.read += len(chunk)
            yield chunk


@pytest.mark.parametrize(
    "request_of",
    [
        {"params": {"features": ["a", "b", "c,d"]}, "files": {"image": b"x"}},
        {"params": {"features": "a, b,c,d"}, "files": {"image": b"x"}},
        {"data": {"features": ["a", "b", "c,d"]}, "files": {"image": b"x"}},
        {"data": {"features": "a,b,c,d"}, "files": {"image": b"x"}},
        {"json": {"features": ["a", "b", "c,d"], "image": "eA=="}},
        {"json": {"features": "a,b,c,d", "image": {"base64": "eA=="}}},
    ],
    ids=["query", "query-commas", "form", "form-commas", "json", "json-commas"],
)
async def test_a_list_is_a_list_whichever_way_it_is_sent(api, request_of):
    answer = await api.post("/form", **request_of)
    assert answer.json() == {"sizes": [1], "features": ["a", "b", "c", "d"], "numbers": None, "top": 1}


async def test_an_optional_list_of_numbers_may_be_repeated_too(api):
    answer = await api.post("/form", data={"numbers": ["1", "2.5,3"]}, files={"image": b"x"})
    assert answer.json()["numbers"] == [1, 2.5, 3]


async def test_an_empty_list_is_empty(api):
    answer = await api.post("/form", data={"features": ""}, files={"image": b"x"})
    assert answer.json()["features"] == []


@pytest.mark.parametrize(
    "request_of",
    [
        {"params": {"top": ["1", "2"]}, "files": {"image": b"x"}},
        {"data": {"top": ["1", "2"]}, "files": {"image": b"x"}},
        {"params": {"top": "1"}, "data": {"top": "2"}, "files": {"image": b"x"}},
        {"params": {"features": "a"}, "data": {"features": "b"}, "files": {"image": b"x"}},
    ],
    ids=["query", "form", "query-and-form", "list-in-both"],
)
async def test_what_cannot_be_repeated_is_refused_when_it_is(api, request_of):
    answer = await api.post("/form", **request_of)
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed-request")
    assert [error["field"] for error in answer.json()["errors"]] in (["top"], ["features"])


async def test_a_json_field_that_stands_twice_is_refused(api):
    body = b'{"image": "eA==", "top": 1, "top": 2}'
    for path in ("/form", "/json"):
        answer = await api.post(path, content=body, headers={"content-type": "application/json"})
        assert (answer.status_code, "twice" in answer.json()["detail"]) == (400, True)


async def test_an_unknown_query_parameter_is_refused_on_every_route(api):
    for answer in (
        await api.get("/plain/x", params={"limit": 3, "colour": "red"}),
        await api.post("/json", params={"colour": "red"}, json={}),
        await api.post("/form", params={"colour": "red"}, files={"image": b"x"}),
    ):
        assert answer.status_code == 422
        assert [error["field"] for error in answer.json()["errors"]] == ["colour"]
    assert (await api.get("/plain/x", params={"limit": 3})).json() == {"name": "x", "limit": 3}


@pytest.mark.parametrize(
    "picture", ["eHl6", {"base64": "eHl6"}, "data:image/png;base64,eHl6", {"base64": "eHl6", "name": "x.png"}]
)
async def test_a_picture_in_json_is_its_base64_with_or_without_an_object_around_it(api, picture):
    assert (await api.post("/form", json={"image": picture})).json()["sizes"] == [3]
    assert (await api.post("/form", json={"image": [picture, picture]})).json()["sizes"] == [3, 3]


@pytest.mark.parametrize("picture", [5, None, {"url": "x"}, {"base64": "eHl6", "rotate": 90}, ["eHl6", 5]])
async def test_a_picture_in_json_that_is_something_else_is_refused(api, picture):
    assert (await api.post("/form", json={"image": picture})).status_code in (400, 422)


async def test_a_file_that_is_none_of_the_pictures_is_named(api):
    answer = await api.post("/form", files={"image": b"x", "photo": b"y"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "photo")


async def test_a_picture_sent_as_text_is_told_how_to_come(api):
    answer = await api.post("/form", content=part("image", b"photo.jpg") + END, headers=MULTIPART)
    assert (answer.status_code, "curl -F image=@photo.jpg" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("size", [1, 7, 64 * KIB])
async def test_a_multipart_body_is_the_same_in_any_pieces(api, size):
    picture = bytes(range(256)) * 40 + f"\r\n--{BOUNDARY}".encode() + b"-no-end"
    body = part("features", b"a") + part("image", picture, "a.jpg") + part("image", b"", "b.jpg") + END
    pieces = Stream(*(body[i : i + size] for i in range(0, len(body), size)))
    answer = await api.post("/form", content=pieces, headers=MULTIPART)
    assert answer.json()["sizes"] == [len(picture), 0]


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        ([part("image", b"x" * 65 * KIB, "a.jpg"), END], 413),
        ([part("image", b"x", "a.jpg")] * 4 + [END], 400),
        ([part("top", b"1" * 65 * KIB), END], 413),
        ([part("features", b"a" * 60 * KIB)] * 5 + [END], 413),
        ([part("features", b"a")] * 1001 + [END], 400),
        ([b"no multipart at all"], 400),
        ([b"--a-boundary\r\nContent-Disposition: form-data\r\n\r\nx\r\n" + END], 400),
        ([b"--a-boundary\r\n" + b"X: y\r\n" * 50], 400),
        ([b"--a-boundary\r\nX: " + b"y" * 20 * KIB], 400),
    ],
    ids=["file", "files", "text", "texts", "fields", "junk", "no-name", "headers", "header"],
)
async def test_every_size_and_number_of_a_multipart_body_has_a_limit(api, chunks, status):
    rest = [b"x" * KIB] * 1000
    body = Stream(*chunks, *rest)
    answer = await api.post("/form", content=body, headers=MULTIPART)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_multipart_body_that_ends_early_is_malformed(api):
    answer = await api.post("/form", content=part("image", b"x", "a.jpg"), headers=MULTIPART)
    assert (answer.status_code, answer.json()["type"]) == (400, "malformed-request")


@pytest.mark.parametrize("path", ["/form", "/json", "/plain/grace"])
async def test_a_client_that_hangs_up_during_its_upload_is_a_499_without_a_traceback(path):
    app = FastAPI()
    app.add_middleware(RequestMiddleware, name="test")
    add_problem_handlers(app)

    @app.post("/{kind}")
    @app.post("/plain/{kind}")
    async def upload(request: Request, kind: str):
        await (read_form(request, max_bytes=KIB) if kind == "form" else request.body())

    events = iter([{"type": "http.request", "body": b"--a-boundary", "more_body": True}])

    async def receive():
        return next(events, {"type": "http.disconnect"})

    async def send(_):
        pass

    raw = [(b"content-type", MULTIPART["content-type"].encode())]
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "headers": raw,
        "query_string": b"",
        "http_version": "1.1",
    }
    with capture_logs() as logs:
        await app(scope, receive, send)
    assert [(line["event"], line["status"]) for line in logs] == [("request", 499)]
    assert "grace" not in str(logs)


async def test_a_chunked_body_is_not_read_past_its_limit(api):
    endless = Stream(part("image", b"", "a.jpg")[:-2], *([b"x" * KIB] * 5000))
    assert (await api.post("/form", content=endless, headers=MULTIPART)).status_code == 413
    assert endless.read < 70 * KIB
    for path, kind in (("/json", "application/json"), ("/form", "application/json"), ("/form", "image/jpeg")):
        endless = Stream(*([b"x" * KIB] * 5000))
        assert (await api.post(path, content=endless, headers={"content-type": kind})).status_code == 413
        assert endless.read < 400 * KIB


async def test_json_is_read_only_as_json(api):
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await api.post("/json", content=b'{"top": 2}', headers={"content-type": kind})
        assert (answer.status_code, "application/json" in answer.json()["detail"]) == (400, True)
    answer = await api.post(
        "/json", content=b'{"top": 2}', headers={"content-type": "application/json; charset=utf-8"}
    )
    assert answer.json()["top"] == 2
    assert (await api.post("/json")).json()["top"] == 1


async def test_a_large_json_body_is_read_as_a_small_one_is():
    app = FastAPI()
    add_problem_handlers(app)

    @app.post("/")
    async def sizes(request: Request):
        read = await read_form(request, max_bytes=2**21, max_files=1)
        return [len(image.data) for image in read.images["image"]]

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        text = base64.b64encode(bytes(2**20 + 5)).decode()
        assert (await client.post("/", json={"image": text})).json() == [2**20 + 5]


async def test_all_bodies_together_have_a_budget_which_each_request_gives_back():
    app = FastAPI()

    @app.post("/")
    async def count(request: Request):
        return len(await request.body())

    limits = BodyLimits(app, max_bytes=3 * KIB, budget=4 * KIB)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(limits), base_url="http://test") as client:
        whole = Stream(b"x" * 3 * KIB)
        assert (await client.post("/", content=whole)).json() == 3 * KIB
        assert (await client.post("/", content=Stream(b"x" * 2 * KIB, b"x" * 2 * KIB))).status_code == 413
        assert (await client.post("/", content=b"x" * 4 * KIB)).status_code == 413
        limits.free -= 2 * KIB  # another request holds that much
        refused = await client.post("/", content=whole)
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
        limits.free += 2 * KIB
        assert (await client.post("/", content=whole)).status_code == 200
    assert limits.free == 4 * KIB


async def test_a_deeply_nested_body_is_malformed(api):
    nested = b'{"features": ' + b"[" * 100_000
    for path in ("/json", "/form"):
        answer = await api.post(path, content=nested[: KIB - 1], headers={"content-type": "application/json"})
        assert answer.status_code == 400
    closed = (
        json.dumps({"image": "eA=="})[:-1].encode() + b', "features": ' + b"[" * 30_000 + b"]" * 30_000 + b"}"
    )
    answer = await api.post("/form", content=closed, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422)
