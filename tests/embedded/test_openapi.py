"""The public API keeps its documented shape, under requests that nobody would write."""

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings

from gateway.app import create_app as create_gateway
from hexaface.commands.own_server import OwnServer
from hexaface.embedded.mounted import SERVICES
from tests.paths import ROOT

_COMMITTED = ROOT / "docs" / "openapi"
_ADMIN_KEY = "hxf_" + "a" * 43


def _apps():
    return {"gateway": create_gateway} | SERVICES


@pytest.mark.parametrize("name", sorted(_apps()))
def test_the_committed_openapi_is_the_apps_own(name):
    """HEXAFACE_WRITE_OPENAPI=1 writes it anew after an intended change."""
    document = json.dumps(_apps()[name](None).openapi(), indent=2, sort_keys=True) + "\n"
    path = _COMMITTED / f"{name}.json"
    if os.environ.get("HEXAFACE_WRITE_OPENAPI"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(document)
    assert path.read_text() == document


@pytest.fixture(scope="module")
def keyed_server(home_factory):
    """A server of its own: the requests create keys, and from the first key on every request needs one."""
    with OwnServer(HEXAFACE_HOME=str(home_factory()), HEXAFACE_ADMIN_KEY=_ADMIN_KEY) as own:
        yield own.url


def test_no_request_that_fits_or_almost_fits_makes_the_server_fail(keyed_server):
    """Requests made from the OpenAPI document, to every operation of a real server."""
    schema = schemathesis.openapi.from_url(f"{keyed_server}/openapi.json")
    for operation in [result.ok() for result in schema.get_all_operations()]:
        if operation.label == "POST /v1/keys":
            continue  # the first key would close this server to all tests that follow; test_keys.py asks for it
        for case in _cases(operation):
            answer = case.call(headers={"X-API-Key": _ADMIN_KEY})
            assert answer.status_code != 401, operation.label
            assert answer.status_code < 500, f"{operation.label}: {answer.status_code} {answer.text}"
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == ["application/problem+json"], operation.label


def _cases(operation):
    found = []

    @settings(
        max_examples=12,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy())
    def collect(case):
        found.append(case)

    collect()
    return found
