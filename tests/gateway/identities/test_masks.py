"""A mask over the face: refused at enrolment by name, said at verification and identification."""


async def test_a_masked_face_is_not_enrolled(enrol, person):
    answer = await enrol("ada", person("masked ada"))

    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (422, "low-quality")
    assert problem["errors"][0]["reason"].startswith("masked: probability of a mask 0.90")


async def test_a_masked_face_may_be_enrolled_with_a_warning(enrol, person):
    answer = await enrol("ada", person("masked ada"), on_low_quality="flag")

    assert answer.status_code == 201
    assert answer.json()["warnings"] == ["masked"]


async def test_verification_says_which_face_is_masked(api, person):
    files = {"image_a": person("ada"), "image_b": person("masked ada")}

    answer = (await api.post("/v1/verify", files=files)).json()

    assert [face["warnings"] for face in answer["faces"]] == [[], ["masked"]]


async def test_identification_says_which_face_is_masked_also_from_the_cache(api, collection, person):
    picture = person("ada", "masked grace")
    for _ in range(2):
        answer = await api.post(f"{collection}/identify", files={"image": picture})
        assert [face["warnings"] for face in answer.json()["faces"]] == [[], ["masked"]]
    assert answer.headers["x-cache"] == "hit"
