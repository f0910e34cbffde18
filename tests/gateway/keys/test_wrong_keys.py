"""Keys that are not valid: limited by the address that sends them, whichever gateway it asks."""

import uuid

from prometheus_client import REGISTRY

ADMIN = "the-operator-key-of-this-test"


async def test_many_wrong_keys_of_one_address_are_429_and_right_ones_go_on(gateway_over, new_database):
    def counted(result):
        return REGISTRY.get_sample_value("hexaface_wrong_keys_total", {"result": result}) or 0

    limited = {"admin_key": ADMIN, "database_url": await new_database(), "wrong_key_limit": "3/hour"}
    before = {result: counted(result) for result in ("allowed", "refused")}
    async with (
        gateway_over(address="203.0.113.9", **limited) as there,
        gateway_over(address="203.0.113.9", **limited) as another_gateway,
        gateway_over(address="2001:db8::1", **limited) as elsewhere,
        gateway_over(address="2001:db8::2", **limited) as next_door,
    ):
        new = {"name": "app", "scopes": ["analyze"]}
        made = await elsewhere.post("/v1/keys", json=new, headers={"X-API-Key": ADMIN})

        async def tried(client):
            answer = await client.get("/v1/models", headers={"X-API-Key": f"hxf_{uuid.uuid4().hex}"})
            assert answer.status_code == 401 or int(answer.headers["Retry-After"]) > 0
            return answer.status_code, answer.json()["type"]

        wrong, enough = (401, "unauthenticated"), (429, "too-many-wrong-keys")
        assert [await tried(there) for _ in range(4)] == [wrong, wrong, wrong, enough]
        assert await tried(another_gateway) == enough
        assert [await tried(client) for client in (elsewhere, next_door) * 2] == [wrong, wrong, wrong, enough]
        for client in (there, next_door):
            assert (await client.get("/v1/models")).status_code == 401  # no key is not a wrong one
            for key in (made.json()["key"], ADMIN):
                assert (await client.get("/v1/models", headers={"X-API-Key": key})).status_code == 200
    assert {result: counted(result) - count for result, count in before.items()} == {
        "allowed": 6,
        "refused": 3,
    }
