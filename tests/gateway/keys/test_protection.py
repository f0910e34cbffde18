"""Beyond loopback the API starts only when there is a key to get in with, and lets nobody in without one."""

import re
import uuid

import pytest

from gateway.keys.protection import UnprotectedError

DIALECTS = (
    "/rekognition",
    "/api/v1/detection/detect",
    "/api/v1/verification/verify",
    "/api/v1/recognition/recognize",
    "/api/v1/recognition/subjects",
    "/api/v1/recognition/faces?subject=x",
)
ADMIN = {"admin_key": "the-operator-key-of-this-test"}


async def test_without_any_key_an_exposed_gateway_does_not_start(gateway_over, new_database):
    with pytest.raises(UnprotectedError, match="no key protects"):
        async with gateway_over(exposed=True, database_url=await new_database()):
            pass


async def test_without_a_database_it_cannot_be_told_whether_there_is_a_key(gateway_over):
    with pytest.raises(UnprotectedError, match="cannot be told"):
        async with gateway_over(exposed=True, database_url="postgresql://hexaface@127.0.0.1:1/none"):
            pass


async def test_a_key_in_the_database_protects_as_the_environments_does(gateway_over, new_database):
    database_url = await new_database()
    async with gateway_over(database_url=database_url) as api:
        made = await api.post("/v1/keys", json={"name": "first", "scopes": ["admin"]})
    async with gateway_over(exposed=True, database_url=database_url) as api:
        assert (await api.get("/v1/collections")).status_code == 401
        key = {"X-API-Key": made.json()["key"]}
        assert (await api.get("/v1/collections", headers=key)).status_code == 200


async def test_an_admin_key_protects_without_a_database(gateway_over):
    async with gateway_over(exposed=True, database_url=None, **ADMIN) as api:
        assert (await api.get("/v1/models")).status_code == 401
        assert (await api.get("/v1/models", headers={"X-API-Key": ADMIN["admin_key"]})).status_code == 200


async def test_without_a_key_not_a_byte_of_a_body_is_read_on_any_route(gateway_over):
    read = []

    async def body():
        read.append(1)
        yield b"x"

    async with gateway_over(**ADMIN) as api:
        description = (await api.get("/openapi.json")).json()
        tried = 0
        for path, operations in description["paths"].items():
            for method in operations.keys() & {"post", "put", "patch", "delete"}:
                address = re.sub(r"\{[^}]*\}", str(uuid.UUID(int=1)), path)
                answer = await api.request(method, address, content=body())
                assert answer.status_code in (401, 403), (method, path, answer.text)
                tried += 1
        for path in DIALECTS:
            headers = {"X-Amz-Target": "RekognitionService.DetectFaces"}
            assert (await api.post(path, content=body(), headers=headers)).status_code in (400, 401, 403), (
                path
            )
    assert tried > 10
    assert not read


async def test_a_key_that_may_not_has_no_body_read_either(gateway_over, new_database):
    read = []

    async def body():
        read.append(1)
        yield b"x"

    async with gateway_over(**ADMIN, database_url=await new_database()) as api:
        operator = {"X-API-Key": ADMIN["admin_key"]}
        made = await api.post("/v1/keys", json={"name": "reader", "scopes": ["identify"]}, headers=operator)
        reader = {"X-API-Key": made.json()["key"]}
        for path in ("/v1/generate", "/v1/analyze", "/v1/keys", "/v1/collections/c/faces"):
            assert (await api.post(path, content=body(), headers=reader)).status_code == 403, path
    assert not read
