"""Who can reach whom, tried with real connections from inside and outside the project's networks."""

import json
import os
import shutil
import socket
import subprocess
import sys

import httpx
import pytest

from tests.containers.stack import SERVICES, docker

PORTS = {**dict.fromkeys((*SERVICES, "gateway"), 8000), "portal": 8080, "redis": 6379, "postgres": 5432}
# Prints the targets (host, port) that accept a connection.
_TRY = """
import concurrent.futures, json, socket, sys
def reached(target):
    try:
        socket.create_connection(target, timeout=2).close()
    except OSError:
        return False
    return True
targets = [tuple(t) for t in json.loads(sys.argv[1])]
with concurrent.futures.ThreadPoolExecutor(32) as pool:
    print(json.dumps([t for t, ok in zip(targets, pool.map(reached, targets)) if ok]))
"""

_NAMESPACE = "hexaface-outside"
_OUTSIDE = "198.51.100.2"  # of a block that RFC 5737 keeps for examples
_LINK = (
    f"netns add {_NAMESPACE}",
    f"link add hxf-inside type veth peer name hxf-outside netns {_NAMESPACE}",
    "address add 198.51.100.1/30 dev hxf-inside",
    "link set hxf-inside up",
    f"-netns {_NAMESPACE} address add {_OUTSIDE}/30 dev hxf-outside",
    f"-netns {_NAMESPACE} link set hxf-outside up",
)
_LISTEN = f"""
import socket
server = socket.create_server(("{_OUTSIDE}", 0))
print(server.getsockname()[1], flush=True)
while True:
    server.accept()[0].close()
"""


@pytest.fixture(scope="module")
def addresses(stack):
    """Every container's addresses: (address, port) -> name."""
    found = {}
    for name, port in PORTS.items():
        for network in stack.inspect(name)["NetworkSettings"]["Networks"].values():
            found[network["IPAddress"], port] = name
    return found


def _reached(stack, network, targets):
    """Those of the targets that a process on a network reaches; `container:ID` is a container's own network."""
    image = stack.inspect("gateway")["Config"]["Image"]
    command = ("run", "--rm", "--network", network, "--entrypoint", "python3", image, "-c", _TRY)
    return {tuple(target) for target in json.loads(docker(*command, json.dumps(list(targets))))}


def _inside(stack, name):
    return f"container:{stack.containers(name)[0]}"


def _names(addresses, reached):
    return {addresses[target] for target in reached}


def test_the_gateway_reaches_every_service_and_store(stack, addresses):
    reached = _reached(stack, _inside(stack, "gateway"), addresses)
    assert {*SERVICES, "redis", "postgres", "gateway", "portal"} == _names(addresses, reached)


def test_a_container_outside_the_project_reaches_nothing_of_it(stack, addresses):
    assert _reached(stack, "bridge", addresses) == set()


def test_the_portal_reaches_the_gateway_alone(stack, addresses):
    reached = _reached(stack, _inside(stack, "portal"), addresses)
    assert {"gateway", "portal"} == _names(addresses, reached)


def test_a_service_reaches_no_store_and_a_store_no_service(stack, addresses):
    from_service = _names(addresses, _reached(stack, _inside(stack, "emotion"), addresses))
    from_store = _names(addresses, _reached(stack, _inside(stack, "redis"), addresses))
    assert {*SERVICES, "gateway"} == from_service
    assert {"redis", "postgres", "gateway"} == from_store


def test_what_is_published_answers_on_loopback_only(stack):
    ports = [httpx.URL(url).port for url in (stack.url, stack.portal_url)]
    for port in ports:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    # The machine as a neighbour sees it: its address on a bridge that the project has nothing to do with.
    outside = _gateway_of("bridge")
    assert _reached(stack, "bridge", [(outside, port) for port in ports]) == set()


@pytest.mark.parametrize("name", [*SERVICES, "redis", "postgres"])
def test_a_service_and_a_store_have_no_way_out(stack, another_host, name):
    assert _reached(stack, _inside(stack, name), [another_host]) == set()


def test_the_gateway_has_a_way_out(stack, another_host):
    """The control of the test above: the other host can be reached at all."""
    assert {another_host} == _reached(stack, _inside(stack, "gateway"), [another_host])


@pytest.fixture(scope="module")
def another_host():
    """A host behind this one, made of a network namespace, that listens: (address, port)."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        pytest.skip("a network namespace takes root and iproute2")
    # What a run that was killed left behind.
    subprocess.run(["ip", "netns", "delete", _NAMESPACE], capture_output=True, check=False, timeout=30)
    for command in _LINK:
        _ip(*command.split())
    listener = subprocess.Popen(
        ["ip", "netns", "exec", _NAMESPACE, sys.executable, "-c", _LISTEN], stdout=subprocess.PIPE, text=True
    )
    try:
        yield _OUTSIDE, int(listener.stdout.readline())
    finally:
        listener.kill()
        listener.communicate()
        _ip("netns", "delete", _NAMESPACE)  # and with it both ends of the link


def _ip(*arguments):
    subprocess.run(["ip", *arguments], check=True, timeout=30)


def _gateway_of(network):
    return json.loads(docker("network", "inspect", network))[0]["IPAM"]["Config"][0]["Gateway"]
