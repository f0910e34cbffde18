"""Pictures by URL, from a server of the tests' own: only where the operator allows it, and only whose address is checked."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
import trustme
import uvicorn
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from gateway.analysis.fetching import is_public
from gateway.settings.fetching import FetchingSettings


@asynccontextmanager
async def serving(app, **tls):
    """An app on a port of this machine's own; the port."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off", **tls))
        running = asyncio.create_task(server.serve([listening]))
        while not server.started:  # noqa: ASYNC110  # uvicorn says it no other way
            await asyncio.sleep(0.01)
        yield listening.getsockname()[1]
        server.should_exit = True
        await running


@pytest.fixture(scope="module")
def asked_for():
    """The names that the site was asked for."""
    return []


@pytest.fixture(scope="module")
async def site(person, asked_for):
    """The port of a server of pictures on this machine."""

    async def served(request: Request) -> Response:
        name = request.path_params["name"]
        asked_for.append(name)
        if name == "slow":
            await asyncio.sleep(5)
        answers = {
            "ann": Response(person("ann"), media_type="image/jpeg"),
            "host": Response(person(request.headers["host"])),
            "large": Response(b"x" * (20 * 2**20 + 1)) if name == "large" else None,
            "back": RedirectResponse("/ann"),
            "away": RedirectResponse("http://localhost:9/ann"),
            "round": RedirectResponse("/round"),
        }
        return answers.get(name) or Response(status_code=404)

    async with serving(Starlette(routes=[Route("/{name}", served)])) as port:
        yield port


@pytest.fixture(scope="module")
async def fetching(gateway_over, site):
    """A gateway that may fetch from that server, although its address is private."""
    hosts = (f"127.0.0.1:{site}", f"pictures.test:{site}")
    internal = ("127.0.0.1", "pictures.test")
    async with gateway_over(url_hosts=hosts, url_internal_hosts=internal, url_timeout=2) as client:
        yield client


async def detect(api, url):
    return await api.post("/v1/detect", json={"image": {"url": url}})


def refused(answer):
    return answer.status_code, answer.json()["type"]


@pytest.mark.parametrize("name", ["ann", "back"])
async def test_a_picture_by_url_is_as_good_as_the_picture(fetching, site, person, name):
    url = f"http://127.0.0.1:{site}/{name}"
    sent = (await fetching.post("/v1/detect", files={"image": person("ann")})).json()
    assert sent["faces"] == (await detect(fetching, url)).json()["faces"]
    by_form = await fetching.post("/v1/detect", files={"image_url": (None, url)})
    assert sent["faces"] == by_form.json()["faces"]


async def test_no_host_is_allowed_unless_the_operator_says_so(api, site):
    assert refused(await detect(api, f"http://127.0.0.1:{site}/ann")) == (403, "url-not-allowed")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:{}/ann",
        "http://127.0.0.1/ann",
        "http://127.0.0.1:1/ann",
        "http://user@127.0.0.1:{}/ann",
        "ftp://127.0.0.1:{}/ann",
        "file:///etc/passwd",
        "//127.0.0.1:{}/ann",
        "http://127.0.0.1:{}/away",
    ],
)
async def test_another_host_port_or_scheme_is_refused_and_so_is_a_redirect_there(fetching, site, url):
    assert refused(await detect(fetching, url.format(site))) == (403, "url-not-allowed")


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_an_allowed_host_with_a_private_address_is_refused_unless_it_is_named_as_internal(
    gateway_over, site, host
):
    async with gateway_over(url_hosts=(f"{host}:{site}",)) as api:
        assert refused(await detect(api, f"http://{host}:{site}/ann")) == (403, "url-not-allowed")


async def test_a_name_is_resolved_once_and_the_address_that_was_checked_is_called(
    fetching, site, person, monkeypatch
):
    asked = []

    async def resolve(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
    answer = await fetching.post("/v1/embed", json={"image": {"url": f"http://pictures.test:{site}/host"}})
    # The server drew what it was called by: the picture is of somebody of that name.
    own = await fetching.post("/v1/embed", files={"image": person(f"pictures.test:{site}")})
    assert own.json()["faces"] == answer.json()["faces"]
    assert asked == ["pictures.test"]


def heard(names):
    """A factory of a server's TLS that writes down the names it is called by."""

    def make(_, default):
        context = default()
        context.sni_callback = lambda _connection, name, _context: names.append(name)
        return context

    return make


@pytest.mark.parametrize(
    ("certified", "trusted", "fetched"),
    [
        ("pictures.test", True, True),
        ("other.test", True, False),
        ("127.0.0.1", True, False),
        ("pictures.test", False, False),
    ],
)
async def test_over_tls_the_certificate_must_be_the_hosts_own_and_of_a_trusted_authority(
    gateway_over, person, tmp_path, monkeypatch, certified, trusted, fetched
):
    """The connection goes to the address that was checked, its certificate is held against the name."""
    authority, ours, names = trustme.CA(), tmp_path / "authority.pem", []
    authority.cert_pem.write_to_path(ours)
    own = authority.issue_cert(certified)
    own.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")

    async def served(_: Request) -> Response:
        return Response(person("ann"))

    async def resolve(_, port, **__):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    app = Starlette(routes=[Route("/ann", served)])
    async with serving(app, ssl_certfile=tmp_path / "server.pem", ssl_context_factory=heard(names)) as port:
        given = {"url_hosts": (f"pictures.test:{port}",), "url_internal_hosts": ("pictures.test",)}
        async with gateway_over(**given, url_ca_file=ours if trusted else None) as api:
            monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", resolve)
            answer = await detect(api, f"https://pictures.test:{port}/ann")
    assert names == ["pictures.test"]
    assert (200 if fetched else 422) == answer.status_code, answer.text
    assert fetched or refused(answer) == (422, "not-fetched")


def test_a_file_of_authorities_that_holds_none_ends_the_start(tmp_path):
    (tmp_path / "authority.pem").write_text("no certificate")
    with pytest.raises(ValidationError, match="holds no certificates"):
        FetchingSettings(url_ca_file=tmp_path / "authority.pem")


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nothing", (422, "not-fetched")),
        ("round", (422, "not-fetched")),
        ("slow", (422, "not-fetched")),
        ("large", (413, "too-large")),
    ],
)
async def test_what_gives_no_picture_within_the_limits_says_why(fetching, site, name, problem):
    assert problem == refused(await detect(fetching, f"http://127.0.0.1:{site}/{name}"))


async def test_a_batch_is_charged_before_anything_is_fetched(gateway_over, new_database, site, asked_for):
    hosts, admin = (f"127.0.0.1:{site}",), {"X-API-Key": "an admin key of the tests"}
    settings = {"url_hosts": hosts, "url_internal_hosts": ("127.0.0.1",), "admin_key": admin["X-API-Key"]}
    async with gateway_over(database_url=await new_database(), **settings) as api:
        await api.post("/v1/collections", json={"id": "staff"}, headers=admin)
        new = {"name": "app", "scopes": ["analyze", "identify", "enrol"], "rate_limit": "5/hour"}
        mine = {"X-API-Key": (await api.post("/v1/keys", json=new, headers=admin)).json()["key"]}
        images = [{"url": f"http://127.0.0.1:{site}/ann"}] * 5
        asked_for.clear()
        bodies = {
            "/v1/analyze/batch": {"image": images},
            "/v1/compare": {"image": images[0], "others": images},
            "/v1/collections/staff/faces": {"image": images, "subjects": "ann"},
        }
        assert (await api.get("/v1/models", headers=mine)).status_code == 200
        answers = [await api.post(path, json=body, headers=mine) for path, body in bodies.items()]
    assert [answer.json()["type"] for answer in answers] == ["rate-limited"] * len(bodies)
    assert asked_for == []


async def test_an_input_for_a_url_that_nobody_touched_says_nothing(api, person):
    answer = await api.post("/v1/detect", files={"image": person("ann"), "image_url": (None, "")})
    assert len(answer.json()["faces"]) == 1


async def test_in_a_batch_a_url_that_fails_is_a_problem_in_its_place(fetching, site):
    images = [{"url": f"http://127.0.0.1:{site}/{name}"} for name in ("ann", "nothing", "ann")]
    body = {"image": images, "features": ["embedding"]}
    answer = (await fetching.post("/v1/analyze/batch", json=body)).json()
    assert ["analyzed" in result for result in answer["results"]] == [True, False, True]
    assert answer["results"][1]["problem"]["type"] == "not-fetched"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104  # an address that is asked for, not bound
        "224.0.0.1",
        "::1",
        "::",
        "fe80::1%eth0",
        "fc00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "ff02::1",
    ],
)
def test_addresses_inside_a_network_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700:4700::1111"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)
