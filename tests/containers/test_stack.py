"""What the containers are: the same product, shut off, unprivileged, scalable."""

import json
import subprocess

import httpx
import pytest

from gateway.settings.gateway import GatewaySettings
from gateway.settings.keys import KeySettings
from hexaface.embedded.process import create_all_in_one
from tests.containers.stack import PROJECT, SERVICES, docker

OURS = (*SERVICES, "gateway", "portal")
ALL = (*OURS, "redis", "postgres")
_TOLERANCE = 0.02  # two builds of the same arithmetic may split batches differently


def _assert_same(expected, actual, path="answer"):
    if isinstance(expected, dict):
        assert expected.keys() == actual.keys(), path
        for name, value in expected.items():
            if name not in ("timings_ms", "request_id"):
                _assert_same(value, actual[name], f"{path}.{name}")
    elif isinstance(expected, list):
        assert len(expected) == len(actual), path
        for i, value in enumerate(expected):
            _assert_same(value, actual[i], f"{path}[{i}]")
    elif isinstance(expected, float | int) and not isinstance(expected, bool):
        assert actual == pytest.approx(expected, abs=_TOLERANCE), path
    else:
        assert expected == actual, path


@pytest.mark.parametrize("name", ["astronaut", "grace_hopper", "group"])
async def test_answers_are_those_of_the_all_in_one(stack, photo, name):
    app = create_all_in_one(GatewaySettings(keys=KeySettings(admin_key=stack.key)))
    options = {"features": "embedding,attributes,emotion,keypoints", "mesh": "true"}
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(
            transport=transport, base_url="http://test", headers={"X-API-Key": stack.key}
        ) as one,
    ):
        expected = await one.post("/v1/analyze", files={"image": photo(name)}, data=options)
    with stack.client() as client:
        actual = client.post("/v1/analyze", files={"image": photo(name)}, data=options)
    assert (expected.status_code, actual.status_code) == (200, 200)
    _assert_same(expected.json(), actual.json())


def test_the_same_seed_gives_the_same_faces(stack):
    with stack.client() as client:
        first, second = (client.post("/v1/generate", json={"count": 2, "seed": 7}).json() for _ in range(2))
    assert first["images"] == second["images"]


def test_a_request_without_a_key_is_refused(stack, photo):
    answer = httpx.post(f"{stack.url}/v1/analyze", files={"image": photo("astronaut")})
    assert answer.status_code == 401


def test_the_portal_answers(stack):
    assert httpx.get(stack.portal_url, timeout=20).status_code == 200


def test_the_images_hold_the_sample_pictures_and_the_files_of_the_documentation_page(stack):
    for address in (
        f"{stack.portal_url}/_portal/samples/mona_lisa.jpg",
        f"{stack.url}/docs/assets/swagger-ui-bundle.js",
    ):
        assert (address, 200) == (address, httpx.get(address, timeout=20).status_code)


def test_only_gateway_and_portal_are_published_and_on_loopback(stack):
    published = {}
    for name in ALL:
        for bindings in stack.inspect(name)["NetworkSettings"]["Ports"].values():
            for binding in bindings or []:
                published.setdefault(name, set()).add(binding["HostIp"])
    assert {"gateway": {"127.0.0.1"}, "portal": {"127.0.0.1"}} == published


def test_services_and_stores_have_no_way_out(stack):
    for name in ("services", "stores"):
        assert json.loads(docker("network", "inspect", stack.network(name)))[0]["Internal"]
    for name in SERVICES:
        assert {f"{PROJECT}_services"} == set(stack.inspect(name)["NetworkSettings"]["Networks"])
    for name in ("redis", "postgres"):
        assert {f"{PROJECT}_stores"} == set(stack.inspect(name)["NetworkSettings"]["Networks"])


@pytest.mark.parametrize("name", ALL)
def test_a_container_is_read_only_unprivileged_and_limited(stack, name):
    host = stack.inspect(name)["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert "no-new-privileges:true" in host["SecurityOpt"]
    assert host["Memory"] > 0
    assert host["LogConfig"]["Config"] == {"max-size": "10m", "max-file": "3"}
    container = stack.containers(name)[0]
    assert stack.run_in(container, "id", "-u") != "0"
    assert (
        stack.run_in(container, "sh", "-c", "grep CapEff /proc/self/status").split()[-1] == "0000000000000000"
    )
    written = stack.run_in(container, "sh", "-c", "touch /app/x /usr/x 2>&1 || true")
    assert "Read-only file system" in written


@pytest.mark.parametrize("name", OURS)
def test_secrets_are_not_in_the_environment(stack, name):
    environment = " ".join(stack.inspect(name)["Config"]["Env"])
    assert stack.key not in environment
    assert "postgresql://hexaface:" not in environment


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_holds_only_its_own_service_and_model(stack, name):
    container = stack.containers(name)[0]
    listing = stack.run_in(
        container, "sh", "-c", "ls /app /app/services /app/models; pip --version 2>&1; true"
    )
    for other in set(SERVICES) - {name} | {"gateway", "hexaface", "portal", "export"}:
        assert other not in listing.split(), other
    manifest = json.loads(stack.run_in(container, "cat", "/app/models/manifest.json"))
    assert {name} == {model.partition("-")[0] for model in manifest["models"]}


def test_a_gpu_that_is_asked_for_and_absent_is_refused_in_one_line(stack):
    image = stack.inspect("emotion")["Config"]["Image"]
    command = f"docker run --rm -e HEXAFACE_PROVIDER=cuda {image}".split()
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 1
    assert done.stderr.startswith("cannot start: HEXAFACE_PROVIDER=cuda")
    assert len(done.stderr.strip().splitlines()) == 1
