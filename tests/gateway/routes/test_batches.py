"""Several pictures in one request: a result or a problem for each, at the price of as many requests."""

import base64

import pytest

ADMIN = "an admin key of the tests"


async def batch(api, *pictures, headers=None, **options):
    files = [("image", picture) for picture in pictures]
    data = {"features": "embedding", **options}
    return await api.post("/v1/analyze/batch", files=files, data=data, headers=headers)


async def test_each_picture_has_the_answer_that_it_has_alone(api, person):
    pictures = [person("ann"), person("bob", "cid"), person()]
    answer = (await batch(api, *pictures)).json()
    assert (answer["analyzed"], answer["failed"]) == (3, 0)
    for i, picture in enumerate(pictures):
        alone = await api.post("/v1/analyze", files={"image": picture}, data={"features": "embedding"})
        result = answer["results"][i]
        assert i == result["index"]
        assert alone.json()["faces"] == result["analyzed"]["faces"]


async def test_a_picture_that_fails_is_a_problem_in_its_place(api, person):
    answer = (await batch(api, person("ann"), b"not a picture", person("bob"))).json()
    assert (answer["analyzed"], answer["failed"]) == (2, 1)
    assert ["problem" in result for result in answer["results"]] == [False, True, False]
    assert answer["results"][1]["problem"]["type"] == "undecodable-image"


async def test_json_carries_a_list_of_pictures(api, person):
    images = [{"base64": base64.b64encode(person(name)).decode()} for name in ("ann", "bob")]
    sent = {"image": images, "features": ["embedding"], "encoding": "base64"}
    answer = (await api.post("/v1/analyze/batch", json=sent)).json()
    assert answer["analyzed"] == 2
    assert isinstance(answer["results"][0]["analyzed"]["faces"][0]["embedding"]["values"], str)


@pytest.mark.parametrize("count", [0, 33])
async def test_no_picture_or_too_many_are_refused(api, person, count):
    answer = await batch(api, *[person("ann")] * count)
    assert answer.status_code in (400, 413, 422)


async def test_a_batch_costs_its_key_as_many_requests_as_it_has_pictures(gateway_over, new_database, person):
    async with gateway_over(database_url=await new_database(), admin_key=ADMIN) as api:
        new = {"name": "app", "scopes": ["analyze"], "rate_limit": "5/hour"}
        made = await api.post("/v1/keys", json=new, headers={"X-API-Key": ADMIN})
        mine = {"X-API-Key": made.json()["key"]}
        assert (await batch(api, *[person("ann")] * 4, headers=mine)).status_code == 200
        assert (await batch(api, *[person("ann")] * 2, headers=mine)).status_code == 429
