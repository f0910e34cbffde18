"""API keys: scopes, tenants, revocation, rate limits."""

import asyncio
import hashlib
import uuid

import pytest
from prometheus_client import REGISTRY
from sqlalchemy import select

from gateway.stores.database import Database
from gateway.stores.tables import KeyRow

ADMIN = "the-operator-key-of-this-test"
AS_ADMIN = {"X-API-Key": ADMIN}


@pytest.fixture(scope="module")
async def database_url(new_database):
    """A database of its own: keys would close the gateways of other tests."""
    return await new_database()


@pytest.fixture(scope="module")
async def guarded(gateway_over, services, database_url):
    """A gateway with an admin key."""
    async with gateway_over(services, admin_key=ADMIN, database_url=database_url) as client:
        yield client


@pytest.fixture
def key_for(guarded):
    """Create a key; its headers."""

    async def make(*scopes, tenant="default", **more):
        body = {"name": "test", "scopes": list(scopes), "tenant": tenant, **more}
        made = await guarded.post("/v1/keys", json=body, headers=AS_ADMIN)
        assert made.status_code == 201, made.text
        return {"Authorization": f"Bearer {made.json()['key']}"}, made.json()["id"]

    return make


PROTECTED = [
    ("POST", "/v1/detect"), ("POST", "/v1/analyze"), ("POST", "/v1/embed"), ("POST", "/v1/generate"),
    ("POST", "/v1/verify"), ("GET", "/v1/models"), ("GET", "/v1/collections"), ("GET", "/v1/keys"),
    ("POST", "/v1/collections/c/identify"), ("POST", "/v1/collections/c/subjects/s/faces"),
    ("GET", "/v1/collections/c/subjects/s/export"), ("DELETE", "/v1/collections/c"),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_without_a_key_every_route_is_401(guarded, method, path):
    for headers in ({}, {"X-API-Key": "hxf_aaaaaaaaaaaa_wrong"}, {"X-API-Key": "x" * 5000}):
        answer = await guarded.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["type"]) == (401, "unauthenticated")
        assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(("method", "path"), [entry for entry in PROTECTED if entry[0] == "POST"])
async def test_nothing_of_a_body_is_read_before_its_sender_is_known(guarded, method, path):
    sent = []

    async def body():
        for _ in range(64):
            sent.append(1)
            yield b" " * 2**20

    answer = await guarded.request(method, path, content=body(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, len(sent)) == (401, 0)


async def test_every_v1_route_needs_a_key(guarded):
    paths = (await guarded.get("/openapi.json")).json()["paths"]
    for path, methods in paths.items():
        for method in methods:
            if path.startswith("/v1/"):
                address = path.replace("{face}", str(uuid.uuid4())).replace("{", "").replace("}", "")
                answer = await guarded.request(method.upper(), address)
                assert answer.status_code == 401, (method, path)


async def test_a_key_does_what_its_scopes_say_and_no_more(guarded, key_for, person):
    headers, _ = await key_for("analyze")
    assert (await guarded.get("/v1/models", headers=headers)).status_code == 200
    embedded = await guarded.post("/v1/embed", files={"image": person("ann")}, headers=headers)
    assert embedded.status_code == 200
    refused = await guarded.post("/v1/collections", json={"id": "x"}, headers=headers)
    assert (refused.status_code, refused.json()["type"]) == (403, "forbidden")
    assert (await guarded.get("/v1/keys", headers=headers)).status_code == 403


async def test_another_tenants_collection_does_not_exist(guarded, key_for, person):
    ours, _ = await key_for("enrol", "identify", tenant="ours")
    theirs, _ = await key_for("enrol", "identify", tenant="theirs")
    name = f"c{uuid.uuid4().hex[:8]}"
    assert (await guarded.post("/v1/collections", json={"id": name}, headers=ours)).status_code == 201
    await guarded.post(f"/v1/collections/{name}/subjects", json={"id": "ann"}, headers=ours)
    address = f"/v1/collections/{name}"
    answers = [
        await guarded.get(address, headers=theirs),
        await guarded.delete(address, headers=theirs),
        await guarded.get(f"{address}/subjects/ann/export", headers=theirs),
        await guarded.delete(f"{address}/subjects/ann", headers=theirs),
        await guarded.post(f"{address}/identify", files={"image": person("ann")}, headers=theirs),
        await guarded.post(f"{address}/faces", files={"image": person("ann")}, data={"subjects": "ann"}, headers=theirs),
    ]  # fmt: skip
    assert [404] * len(answers) == [a.status_code for a in answers]
    # The same id is free for the other tenant.
    assert (await guarded.post("/v1/collections", json={"id": name}, headers=theirs)).status_code == 201
    listed = (await guarded.get(address, headers=ours)).json()
    assert listed["subjects"] == 1


async def test_a_tenants_admin_sees_and_revokes_only_its_own_keys(guarded, key_for):
    admin, _ = await key_for("admin", tenant="ours")
    _, foreign = await key_for("analyze", tenant="theirs")
    listed = (await guarded.get("/v1/keys", params={"limit": 200}, headers=admin)).json()["keys"]
    assert {"ours"} == {key["tenant"] for key in listed}
    assert (await guarded.delete(f"/v1/keys/{foreign}", headers=admin)).status_code == 404
    body = {"name": "x", "scopes": ["analyze"], "tenant": "theirs"}
    assert (await guarded.post("/v1/keys", json=body, headers=admin)).status_code == 403


async def test_a_revoked_key_is_refused_by_another_gateway_within_seconds(
    gateway_over, guarded, key_for, database_url
):
    headers, key_id = await key_for("analyze")
    async with gateway_over(admin_key=ADMIN, database_url=database_url) as other:
        assert (await other.get("/v1/models", headers=headers)).status_code == 200
        await guarded.delete(f"/v1/keys/{key_id}", headers=AS_ADMIN)
        assert (await guarded.get("/v1/models", headers=headers)).status_code == 401
        await asyncio.sleep(3.1)
        assert (await other.get("/v1/models", headers=headers)).status_code == 401


async def test_the_first_key_closes_an_open_gateway_and_revoking_it_does_not_open_it(
    gateway_over, new_database
):
    database_url = await new_database()
    async with gateway_over(database_url=database_url) as client:
        assert (await client.get("/v1/models")).status_code == 200
    async with gateway_over(admin_key=ADMIN, database_url=database_url) as first:
        body = {"name": "first", "scopes": ["analyze"]}
        made = (await first.post("/v1/keys", json=body, headers=AS_ADMIN)).json()
        await first.delete(f"/v1/keys/{made['id']}", headers=AS_ADMIN)
    async with gateway_over(database_url=database_url) as client:
        assert (await client.get("/v1/models")).status_code == 401
        assert (await client.get("/healthz")).status_code == 200


async def test_only_the_hash_of_a_key_is_stored(database_url, guarded, key_for):
    headers, key_id = await key_for("analyze")
    secret = headers["Authorization"].removeprefix("Bearer ")
    await guarded.get("/v1/models", headers=headers)
    database = Database(database_url)
    await database.open()
    async with database.transaction() as session:
        row = (await session.scalars(select(KeyRow).where(KeyRow.id == key_id))).one()
    await database.aclose()
    assert hashlib.sha256(secret.encode()).digest() == row.secret_sha256
    assert row.last_used_at is not None
    listed = await guarded.get("/v1/keys", params={"limit": 200}, headers=AS_ADMIN)
    assert secret not in listed.text


async def test_a_key_over_its_limit_is_told_when_to_come_back(guarded, key_for):
    headers, _ = await key_for("analyze", rate_limit="3/minute")
    statuses = [(await guarded.get("/v1/models", headers=headers)) for _ in range(4)]
    assert [a.status_code for a in statuses] == [200, 200, 200, 429]
    assert statuses[-1].json()["type"] == "rate-limited"
    assert 1 <= int(statuses[-1].headers["Retry-After"]) <= 60


async def test_what_a_key_may_not_do_counts_against_its_limit_and_is_counted(guarded, key_for):
    def refused(kind):
        return REGISTRY.get_sample_value("hexaface_access_refusals_total", {"type": kind}) or 0

    before = {kind: refused(kind) for kind in ("forbidden", "rate-limited", "unauthenticated")}
    headers, _ = await key_for("analyze", rate_limit="3/minute")
    statuses = [(await guarded.get("/v1/collections", headers=headers)).status_code for _ in range(5)]
    await guarded.get("/v1/collections")
    assert statuses == [403, 403, 403, 429, 429]
    assert {kind: refused(kind) - count for kind, count in before.items()} == {
        "forbidden": 3,
        "rate-limited": 2,
        "unauthenticated": 1,
    }


async def test_a_bulk_enrolment_costs_as_much_as_its_pictures(guarded, key_for, person):
    await guarded.post("/v1/collections", json={"id": "bulk"}, headers=AS_ADMIN)
    headers, _ = await key_for("enrol", rate_limit="5/minute")

    async def enrol(count):
        pictures = [("image", person(f"p{i}", shot=uuid.uuid4().hex)) for i in range(count)]
        subjects = {"subjects": ",".join(f"p{i}" for i in range(count))}
        return await guarded.post(
            "/v1/collections/bulk/faces", files=pictures, data=subjects, headers=headers
        )

    never = await enrol(6)
    assert (never.status_code, never.json()["type"]) == (422, "invalid-request")
    assert (await enrol(5)).json().get("type") == "rate-limited"  # the refused request has cost one
    faces = (await guarded.get("/v1/collections/bulk", headers=AS_ADMIN)).json()["faces"]
    assert faces == 0
    fresh, _ = await key_for("enrol", rate_limit="5/minute")
    headers = fresh
    assert (await enrol(4)).json()["enrolled"] == 4
    assert (await guarded.get("/v1/collections", headers=headers)).status_code == 200
    assert (await guarded.get("/v1/collections", headers=headers)).status_code == 429


@pytest.mark.parametrize(
    ("own", "wanted", "status", "given"),
    [
        (None, "601/minute", 403, None),
        (None, "11/second", 403, None),
        (None, "1000/hour", 403, None),
        (None, "600/minute", 201, "600/minute"),
        (None, "10/second", 201, "10/second"),
        (None, "100/hour", 201, "100/hour"),
        ("60/minute", "61/minute", 403, None),
        ("60/minute", None, 201, "60/minute"),
        ("6000/minute", "6000/minute", 201, "6000/minute"),
    ],
)
async def test_a_tenants_admin_gives_no_more_than_it_has(guarded, key_for, own, wanted, status, given):
    admin, _ = await key_for("admin", tenant="acme", rate_limit=own)
    body = {"name": "x", "scopes": ["analyze"], "rate_limit": wanted}
    answer = await guarded.post("/v1/keys", json=body, headers=admin)
    assert (status, given) == (answer.status_code, answer.json().get("rate_limit"))


async def test_the_first_key_says_what_it_does_and_may_create_others_unless_told(gateway_over, new_database):
    analyze = {"name": "first", "scopes": ["analyze"]}
    async with gateway_over(database_url=await new_database()) as client:
        refused = await client.post("/v1/keys", json=analyze)
        assert (refused.status_code, refused.json()["type"]) == (409, "first-key-without-admin")
        assert (await client.get("/v1/models")).status_code == 200
        made = (await client.post("/v1/keys", json={"name": "first", "scopes": ["admin"]})).json()
        assert made["warnings"] == ["this is the first key: from now on every call needs a key"]
        assert (await client.get("/v1/models")).status_code == 401
        second = await client.post("/v1/keys", json=analyze, headers={"X-API-Key": made["key"]})
        assert (second.status_code, second.json()["warnings"]) == (201, [])
    async with gateway_over(database_url=await new_database()) as client:
        meant = await client.post("/v1/keys", json=analyze | {"without_admin": True})
        assert (meant.status_code, len(meant.json()["warnings"])) == (201, 1)


async def test_while_redis_is_away_requests_are_allowed(gateway_over, key_for, database_url):
    headers, _ = await key_for("analyze", rate_limit="1/minute")
    async with gateway_over(
        admin_key=ADMIN, database_url=database_url, redis_url="redis://127.0.0.1:1/0"
    ) as client:
        statuses = [(await client.get("/v1/models", headers=headers)).status_code for _ in range(5)]
    assert statuses == [200] * 5


@pytest.mark.parametrize(
    "body",
    [{"name": "x", "scopes": []}, {"name": "x", "scopes": ["root"]}, {"name": "", "scopes": ["admin"]},
     {"name": "x", "scopes": ["admin"], "rate_limit": "0/minute"}, {"name": "x\0", "scopes": ["admin"]}],
)  # fmt: skip
async def test_a_key_that_makes_no_sense_is_422(guarded, body):
    assert (await guarded.post("/v1/keys", json=body, headers=AS_ADMIN)).status_code == 422
