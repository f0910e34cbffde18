"""The audit log: a line for each thing done, with the key and the collection, and nothing biometric or personal."""

import asyncio
import uuid

import pytest
from structlog.testing import capture_logs

from tests.gateway.conftest import FakeServices

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
        await operator.post("/v1/collections/staff/subjects", json={"id": f"{subject}-2"})
        await operator.post(f"{one}/merge", json={"duplicate": f"{subject}-2"})
        await operator.get(f"{one}/export")
        await operator.delete(f"{one}/faces/{enrolled.json()['face_id']}")
        await operator.delete(one)
        await operator.delete("/v1/collections/staff")
        key = (await operator.post("/v1/keys", json={"name": "door", "scopes": ["identify"]})).json()
        await operator.delete(f"/v1/keys/{key['id']}")
    audit = [line for line in lines if line["event"] == "audit"]
    assert [line["action"] for line in audit] == [
        "collection.create", "subject.create", "subject.change", "face.enrol", "face.enrol",
        "collection.identify", "subject.create", "subject.merge", "subject.export", "face.erase", "subject.erase", "collection.delete",
        "key.create", "key.revoke",
    ]  # fmt: skip
    assert {line.get("collection") for line in audit[:12]} == {"staff"}
    assert {(line["tenant"], line["key"]) for line in audit} == {("default", audit[0]["key"])}
    said = repr(lines)
    assert [word for word in (subject, name, key["key"], "embedding", "landmarks") if word in said] == []


async def test_a_refused_request_leaves_no_line(operator, person):
    with capture_logs() as lines:
        await operator.post("/v1/collections/nowhere/identify", files={"image": person("ann")})
        await operator.delete("/v1/collections/nowhere")
    assert [line for line in lines if line["event"] == "audit"] == []


class Stuck(FakeServices):
    """Services that never come to the end of the fourth picture."""

    async def embed(self, request):
        if b"p3/" in await request.body():
            await asyncio.sleep(60)
        return await super().embed(request)


async def test_a_bulk_enrolment_that_is_cut_off_leaves_a_line_for_each_face_it_stored(
    gateway_over, new_database, person
):
    async with gateway_over(Stuck(), database_url=await new_database()) as client:
        await client.post("/v1/collections", json={"id": "staff"})
        files = [("image", person(f"p{i}", shot=uuid.uuid4().hex)) for i in range(4)]
        request = client.build_request(
            "POST", "/v1/collections/staff/faces", files=files, data={"subjects": "p0,p1,p2,p3"}
        )

        async def three_are_stored():
            for _ in range(500):
                if (await client.get("/v1/collections/staff")).json()["faces"] == 3:
                    break

        with capture_logs() as lines:
            status = await hang_up(client, request, await request.aread(), three_are_stored)
    assert status == 499
    enrolled = [line["face"] for line in lines if line.get("action") == "face.enrol"]
    assert len(enrolled) == len(set(enrolled)) == 3


async def test_a_caller_who_hangs_up_during_the_upload_is_a_499_that_names_nobody(
    gateway_over, new_database, person
):
    subject = f"anna-{uuid.uuid4().hex}"
    async with gateway_over(database_url=await new_database()) as client:
        await client.post("/v1/collections", json={"id": "staff"})
        await client.post("/v1/collections/staff/subjects", json={"id": subject})
        for content in ({"files": {"image": person("ann")}}, {"json": {"image": {"base64": "aaaa"}}}):
            request = client.build_request(
                "POST", f"/v1/collections/staff/subjects/{subject}/faces", **content
            )
            with capture_logs() as lines:
                status = await hang_up(client, request, (await request.aread())[:20])
            assert status == 499
            assert subject not in repr(lines)
            assert {"info"} == {line["log_level"] for line in lines}


async def hang_up(client, request, body, after=None):
    """Send (part of) a body, wait for `after`, and hang up; the status of the answer that nobody reads."""
    complete = len(body) == int(request.headers["content-length"])
    events, statuses = [{"type": "http.request", "body": body, "more_body": not complete}], []

    async def receive():
        if events:
            return events.pop()
        if after is not None:
            await after()
        return {"type": "http.disconnect"}

    async def send(message):
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.url.path,
        "raw_path": request.url.raw_path,
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "client": ("127.0.0.1", 9),
        "server": ("test", 80),
    }
    await client._transport.app(scope, receive, send)
    return statuses[0]
