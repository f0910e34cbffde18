"""Collections that were made with one embedder answer alike when another one is the default: each is asked of its own."""

import base64

import pytest

from tests.gateway.conftest import CALIBRATION, FakeServices
from tests.gateway.identities.test_moves import NEW, URLS, TwoEmbedders

# Unlike the other embedder's, so that a percentage tells whose it is.
_OWN = CALIBRATION | {"probability": {"slope": 4.0, "intercept": -2.0}}
_AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=anonymous/20261126/us-east-1/rekognition/aws4_request"


class Exchanged(TwoEmbedders):
    """The newer embedder is the default, the one that the collections were made with comes second."""

    def __init__(self):
        super().__init__()
        self.calibration = _OWN

    def transports(self):
        found = super().transports()
        return found | {"embedder": found["embedder-2"], "embedder-2": found["embedder"]}


async def aws(client, operation, **asked):
    headers = {"X-Amz-Target": f"RekognitionService.{operation}", "Authorization": _AUTHORIZATION}
    answer = await client.post("/rekognition", json=asked, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def image(picture):
    return {"Bytes": base64.b64encode(picture).decode()}


async def recognition(client, path, picture):
    answer = await client.post(
        f"/api/v1/recognition/{path}", files={"file": picture}, headers={"x-api-key": "anonymous"}
    )
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


async def looked_up(client, person, ids):
    """What both dialects say of people who were enrolled, and of a picture."""
    picture, asked = person("ann", shot=9), {"CollectionId": "staff"}
    return [
        await aws(client, "SearchFacesByImage", **asked, Image=image(picture), FaceMatchThreshold=0),
        await aws(client, "SearchFaces", **asked, FaceId=ids["face"], FaceMatchThreshold=0),
        await aws(client, "SearchUsersByImage", **asked, Image=image(picture), UserMatchThreshold=0),
        await aws(client, "SearchUsers", **asked, FaceId=ids["other"], UserMatchThreshold=0),
        await recognition(client, "recognize", picture),
        await recognition(client, f"faces/{ids['example']}/verify", picture),
    ]


@pytest.fixture
async def enrolled(gateway_over, new_database, person):
    """A database with people enrolled by both dialects while the older embedder was the only one."""
    services, url, asked = FakeServices(), await new_database(), {"CollectionId": "staff"}
    services.calibration = _OWN
    async with gateway_over(services, database_url=url) as client:
        await aws(client, "CreateCollection", **asked)
        records = [
            (await aws(client, "IndexFaces", **asked, Image=image(person(name))))["FaceRecords"][0]
            for name in ("ann", "bob")
        ]
        face, other = (record["Face"]["FaceId"] for record in records)
        await aws(client, "CreateUser", **asked, UserId="ann")
        await aws(client, "AssociateFaces", **asked, UserId="ann", FaceIds=[face])
        added = await recognition(client, "faces?subject=Ann", person("ann"))
        ids = {"face": face, "other": other, "example": added["image_id"]}
        yield url, ids, await looked_up(client, person, ids)


async def test_each_collection_is_searched_with_its_own_embedder(enrolled, gateway_over, person):
    url, ids, before = enrolled
    async with gateway_over(Exchanged(), database_url=url, embedder_url=URLS) as client:
        assert before == await looked_up(client, person, ids)


async def test_faces_are_stored_with_the_collections_own_embedder(enrolled, gateway_over, person):
    url, ids, _ = enrolled
    asked = {"CollectionId": "staff"}
    async with gateway_over(Exchanged(), database_url=url, embedder_url=URLS) as client:
        (record,) = (await aws(client, "IndexFaces", **asked, Image=image(person("ann", shot=2))))[
            "FaceRecords"
        ]
        given = await aws(
            client, "AssociateFaces", **asked, UserId="ann", FaceIds=[record["Face"]["FaceId"], ids["other"]],
            UserMatchThreshold=70,
        )  # fmt: skip
        assert [{"FaceId": record["Face"]["FaceId"]}] == given["AssociatedFaces"]
        await recognition(client, "faces?subject=Ann", person("ann", shot=3))
        assert (await client.get("/v1/collections/staff/statistics")).json()["faces"] == 3


async def test_a_new_collection_is_pinned_to_the_default_embedder(enrolled, gateway_over, person):
    async with gateway_over(Exchanged(), database_url=enrolled[0], embedder_url=URLS) as client:
        await aws(client, "CreateCollection", CollectionId="visitors")
        await aws(client, "IndexFaces", CollectionId="visitors", Image=image(person("ann")))
        pinned = (await client.get("/v1/collections/visitors")).json()["model"]
        assert NEW.digest == pinned["digest"]


async def test_a_face_that_is_indexed_where_chips_are_kept_moves_with_the_others(
    enrolled, gateway_over, person
):
    async with gateway_over(Exchanged(), database_url=enrolled[0], embedder_url=URLS) as client:
        await client.post("/v1/collections", json={"id": "kept", "keep_chips": True})
        await aws(client, "IndexFaces", CollectionId="kept", Image=image(person("ann")))
        (subject,) = (await client.get("/v1/collections/kept/subjects")).json()["subjects"]
        exported = (await client.get(f"/v1/collections/kept/subjects/{subject['id']}/export")).json()
        assert exported["faces"][0]["chip"]
