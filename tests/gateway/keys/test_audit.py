"""The audit log: a line for each thing done, with the key and the collection, and nothing biometric or personal."""

import uuid

import pytest
from structlog.testing import capture_logs

ADMIN = "the-operator-key-of-this-test"


@pytest.fixture
async def operator(gateway_over, new_database):
    """A gateway of its own with an admin key, asked by its operator."""
    async with gateway_over(database_url=await new_database(), admin_key=ADMIN) as client:
        client.headers["X-API-Key"] = ADMIN
        yield client


async def test_every_change_and_search_leaves_a_line_that_names_nobody(operator, person):
    subject, name = f"anna-{uuid.uuid4().hex}", "Anna Private"
    one = f"/v1/collections/staff/subjects/{subject}"
    with capture_logs() as lines:
        await operator.post("/v1/collections", json={"id": "staff"})
        await operator.post("/v1/collections/staff/subjects", json={"id": subject, "name": name})
        await operator.patch(one, json={"metadata": {"secret": name}})
        enrolled = await operator.post(f"{one}/faces", files={"image": person("ann")})
        await operator.post(
            "/v1/collections/staff/faces", files={"image": person("ann", shot=1)}, data={"subjects": subject}
        )
        await operator.post("/v1/collections/staff/identify", files={"image": person("ann", shot=2)})
        await operator.get(f"{one}/export")
        await operator.delete(f"{one}/faces/{enrolled.json()['face_id']}")
        await operator.delete(one)
        await operator.delete("/v1/collections/staff")
        key = (await operator.post("/v1/keys", json={"name": "door", "scopes": ["identify"]})).json()
        await operator.delete(f"/v1/keys/{key['id']}")
    audit = [line for line in lines if line["event"] == "audit"]
    assert [line["action"] for line in audit] == [
        "collection.create", "subject.create", "subject.change", "face.enrol", "face.enrol_many",
        "collection.identify", "subject.export", "face.erase", "subject.erase", "collection.delete",
        "key.create", "key.revoke",
    ]  # fmt: skip
    assert {line.get("collection") for line in audit[:10]} == {"staff"}
    assert {(line["tenant"], line["key"]) for line in audit} == {("default", audit[0]["key"])}
    said = repr(lines)
    assert [word for word in (subject, name, key["key"], "embedding", "landmarks") if word in said] == []


async def test_a_refused_request_leaves_no_line(operator, person):
    with capture_logs() as lines:
        await operator.post("/v1/collections/nowhere/identify", files={"image": person("ann")})
        await operator.delete("/v1/collections/nowhere")
    assert [line for line in lines if line["event"] == "audit"] == []
