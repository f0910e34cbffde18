"""Verification over HTTP: decisions at stated error rates, and refusals that help."""

import math

import pytest


async def verify(api, a, b, **options):
    return await api.post("/v1/verify", files={"image_a": a, "image_b": b}, data=options)


async def test_two_pictures_of_one_person_verify_and_of_two_people_do_not(api, person):
    same = (await verify(api, person("ann", shot=1), person("ann", shot=2))).json()
    other = (await verify(api, person("ann", shot=1), person("bob"))).json()
    assert (same["verified"], other["verified"]) == (True, False)
    assert (same["threshold"], same["false_match_rate"], same["metric"]) == (0.40, 0.001, "cosine")
    assert same["probability"] > 0.99
    assert other["probability"] < 0.01
    assert len(same["faces"]) == 2


@pytest.mark.parametrize(("rate", "threshold"), [(0.01, 0.3), (0.001, 0.4), (0.0001, 0.5)])
async def test_the_rate_picks_the_calibrated_threshold(api, person, rate, threshold):
    found = (await verify(api, person("ann"), person("bob"), false_match_rate=rate)).json()
    assert threshold == pytest.approx(found["threshold"])
    assert rate == found["false_match_rate"]


async def test_both_metrics_decide_alike(api, person):
    pictures = person("ann", shot=1), person("ann", shot=2)
    cosine = (await verify(api, *pictures)).json()
    euclidean = (await verify(api, *pictures, metric="euclidean")).json()
    assert cosine["verified"] == euclidean["verified"]
    assert math.sqrt(2 - 2 * cosine["similarity"]) == pytest.approx(euclidean["distance"])
    assert math.sqrt(2 - 2 * cosine["threshold"]) == pytest.approx(euclidean["threshold"])


async def test_a_threshold_of_the_callers_own_names_the_rate_it_stands_for(api, person):
    found = (await verify(api, person("ann"), person("bob"), threshold=0.5)).json()
    assert (0.5, pytest.approx(0.0001)) == (found["threshold"], found["false_match_rate"])
    found = (
        await verify(api, person("ann"), person("ann", shot=1), threshold=1.0, metric="euclidean")
    ).json()
    assert (pytest.approx(found["threshold"]), found["verified"]) == (1.0, True)


async def test_no_face_or_several_are_refused_with_their_number_and_place(api, person):
    none = await verify(api, person("ann"), person())
    assert (
        none.status_code,
        none.json()["type"],
        none.json()["errors"][0]["field"],
    ) == (422, "no-face", "image_b")
    several = await verify(api, person("ann", "bob", "cid"), person("ann"))
    assert (several.status_code, several.json()["type"]) == (422, "several-faces")
    assert [error["index"] for error in several.json()["errors"]] == [0, 1, 2]
    assert (await verify(api, person("ann", "bob"), person("bob"), face="largest")).json()["verified"]


@pytest.mark.parametrize(
    "options",
    [
        {"metric": "taxicab"},
        {"false_match_rate": 0.5},
        {"false_match_rate": 0},
        {"threshold": 7},
        {"threshold": -0.01},
        {"threshold": -1, "metric": "euclidean"},
        {"threshold": 2.01, "metric": "euclidean"},
        {"face": "left"},
    ],
)
async def test_options_out_of_range_are_422(api, person, options):
    answer = await verify(api, person("ann"), person("ann"), **options)
    assert (422, next(iter(options))) == (answer.status_code, answer.json()["errors"][0]["field"])


async def test_a_cosine_beyond_one_is_422_where_a_distance_is_not(api, person):
    refused = await verify(api, person("ann"), person("ann"), threshold=1.9)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "threshold")
    taken = await verify(api, person("ann"), person("ann"), threshold=1.9, metric="euclidean")
    assert taken.status_code == 200


async def test_a_missing_picture_is_422(api, person):
    assert (await api.post("/v1/verify", files={"image_a": person("ann")})).status_code == 422


async def test_a_model_without_calibration_asks_for_a_threshold(replaceable, person):
    api, services = replaceable
    services.calibration = None
    answer = await verify(api, person("ann"), person("ann"))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "threshold")
    assert (await verify(api, person("ann"), person("ann"), threshold=0.4)).json()["verified"]
