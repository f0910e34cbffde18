"""Whose faces are redacted: all, all but the members of a collection, or only its members."""

import json

import pytest

ADMIN = "an admin key of the tests"


async def redact(api, picture, headers=None, **options):
    return await api.post("/v1/redact", files={"image": picture}, data=options, headers=headers)


def places(answer):
    """Which faces, by their place in the picture: the fake detector puts them 100 pixels apart."""
    assert answer.status_code == 200, answer.text
    return [round(box["x"] / 100) for box in json.loads(answer.content)["boxes"]]


async def test_all_faces_are_redacted_unless_less_is_asked_for(api, person):
    answer = await redact(api, person("ann", "bob"))
    assert places(answer) == [0, 1]
    assert (answer.headers["X-Faces"], answer.headers["X-Faces-Redacted"]) == ("2", "2")
    assert json.loads(answer.content)["method"] == "blur"


async def test_others_keeps_members_and_members_hides_them(api, person, enrol, collection):
    await enrol("ann", person("ann"))
    named, picture = {"collection": collection.rpartition("/")[2]}, person("bob", "ann", "cid", shot=1)
    others = await redact(api, picture, faces="others", **named)
    assert (places(others), others.headers["X-Faces"], others.headers["X-Faces-Redacted"]) == (
        [0, 2],
        "3",
        "2",
    )
    assert places(await redact(api, picture, faces="members", **named)) == [1]


async def test_a_face_that_is_perhaps_a_members_is_hidden_either_way(api, person, enrol, collection):
    await enrol("ann", person("ann"))
    named, picture = {"collection": collection.rpartition("/")[2]}, person("ann", shot=1)
    identified = await api.post(f"{collection}/identify", files={"image": picture})
    similarity = identified.json()["faces"][0]["candidates"][0]["similarity"]
    just_over = {"threshold": similarity + 0.01}
    assert places(await redact(api, picture, faces="others", **named, **just_over)) == [0]


@pytest.mark.parametrize(("accept", "kind"), [("image/png", "image/png"), ("*/*", "image/jpeg")])
async def test_the_answer_is_the_picture_that_accept_asks_for(api, person, accept, kind):
    answer = await redact(api, person("ann"), headers={"Accept": accept})
    assert kind == answer.headers["content-type"]
    assert kind == "image/" + json.loads(answer.content)["format"]


@pytest.mark.parametrize(
    "options",
    [{"faces": "others"}, {"collection": "people"}, {"method": "smear"}, {"faces": "some"}, {"top_k": 1}],
)
async def test_options_that_do_not_fit_are_refused(api, person, options):
    answer = await redact(api, person("ann"), **options)
    assert answer.status_code == 422
    assert "Value error" not in answer.text


async def test_a_collection_that_is_not_there_is_404(api, person):
    assert (await redact(api, person("ann"), faces="members", collection="nobody")).status_code == 404


async def test_a_collection_takes_the_scope_that_identifying_takes(gateway_over, new_database, person):
    async with gateway_over(database_url=await new_database(), admin_key=ADMIN) as api:

        async def keyed(scope):
            new = {"name": scope, "scopes": [scope]}
            made = await api.post("/v1/keys", json=new, headers={"X-API-Key": ADMIN})
            return {"X-API-Key": made.json()["key"]}

        analyze, identify = await keyed("analyze"), await keyed("identify")
        members = {"faces": "members", "collection": "nobody"}
        assert (await redact(api, person("ann"), headers=analyze)).status_code == 200
        assert (await redact(api, person("ann"), headers=identify)).status_code == 403
        assert (await redact(api, person("ann"), headers=analyze, **members)).status_code == 403
        assert (await redact(api, person("ann"), headers=identify, **members)).status_code == 404
