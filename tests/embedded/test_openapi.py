"""The public API keeps its documented shape, under requests that nobody would write."""

import json
import os

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error

from gateway.app import create_app as create_gateway
from hexaface.embedded import SERVICES, create_all_in_one
from tests.paths import ROOT

_COMMITTED = ROOT / "docs" / "openapi"


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


schema = schemathesis.pytest.from_fixture("public_schema")


@pytest.fixture(scope="module")
def public_schema(tmp_path_factory):
    os.environ["HEXAFACE_HOME"] = str(tmp_path_factory.mktemp("home"))
    return schemathesis.openapi.from_asgi("/openapi.json", create_all_in_one())


@schema.parametrize()
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_no_request_makes_the_server_fail(case):
    response = case.call()
    case.validate_response(response, checks=[not_a_server_error])
    if response.status_code >= 400:
        assert response.headers["content-type"][0].startswith("application/problem+json")
