"""Beyond loopback the API starts only when there is a key to get in with, and lets nobody in without one."""

import pytest

from gateway.keys.protection import UnprotectedError

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
