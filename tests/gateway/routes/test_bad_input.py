"""Every input that is wrong gets the status that says so, and nothing is stored."""

import uuid

import pytest

SQL = "Robert'); DROP TABLE subjects;-- \" \\ %_ $1 \u00e4\u6f22\U0001f600"


async def test_an_unknown_collection_is_404(api, person):
    answers = [
        await api.get("/v1/collections/nowhere"),
        await api.delete("/v1/collections/nowhere"),
        await api.get("/v1/collections/nowhere/subjects"),
        await api.post("/v1/collections/nowhere/subjects", json={"id": "ann"}),
        await api.post("/v1/collections/nowhere/identify", files={"image": person("ann")}),
        await api.post("/v1/collections/nowhere/subjects/ann/faces", files={"image": person("ann")}),
    ]
    assert [(a.status_code, a.json()["type"]) for a in answers] == [(404, "not-found")] * 6


async def test_an_unknown_subject_or_face_is_404(api, collection, person):
    answers = [
        await api.get(f"{collection}/subjects/nobody"),
        await api.patch(f"{collection}/subjects/nobody", json={"name": "x"}),
        await api.delete(f"{collection}/subjects/nobody"),
        await api.get(f"{collection}/subjects/nobody/export"),
        await api.post(f"{collection}/subjects/nobody/faces", files={"image": person("ann")}),
        await api.delete(f"{collection}/subjects/nobody/faces/{uuid.uuid4()}"),
    ]
    assert [a.status_code for a in answers] == [404] * 6


async def test_a_taken_id_is_409(api, collection):
    name = collection.rpartition("/")[2]
    assert (await api.post("/v1/collections", json={"id": name})).status_code == 409
    assert (await api.post(f"{collection}/subjects", json={"id": "ann"})).status_code == 201
    again = await api.post(f"{collection}/subjects", json={"id": "ann"})
    assert (again.status_code, again.json()["type"]) == (409, "conflict")


@pytest.mark.parametrize(
    "name",
    [
        "",
        "a b",
        "../x",
        ".hidden",
        "-dash",
        "x" * 129,
        "\u00e4nn",
        "a'b",
        "a;b",
        "a\nb",
        "a\0b",
        "%",
        "ann\n",
    ],
)
async def test_an_id_with_odd_characters_is_422(api, collection, name):
    answer = await api.post(f"{collection}/subjects", json={"id": name})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "id")


@pytest.mark.parametrize("name", ["a%20b", "%27", "a%3Bb", "%00", "x" * 129, "a%0A"])
async def test_a_path_with_an_odd_id_is_422(api, collection, name):
    assert (await api.get(f"{collection}/subjects/{name}")).status_code == 422
    assert (await api.get(f"/v1/collections/{name}")).status_code == 422


@pytest.mark.parametrize("name", ["a", "A.b_c-d@example.org", "0", "x" * 128])
async def test_an_id_of_the_documented_characters_is_taken(api, collection, name):
    assert (await api.post(f"{collection}/subjects", json={"id": name})).status_code == 201
    assert name == (await api.get(f"{collection}/subjects/{name}")).json()["id"]


async def test_sql_metacharacters_are_just_characters(api, collection):
    body = {"id": "bobby", "name": SQL, "metadata": {SQL: [SQL, {"deep": SQL}]}}
    assert (await api.post(f"{collection}/subjects", json=body)).status_code == 201
    read = (await api.get(f"{collection}/subjects/bobby")).json()
    assert (read["name"], read["metadata"]) == (SQL, {SQL: [SQL, {"deep": SQL}]})


async def test_metadata_over_16_kib_is_413(api, collection):
    fits = {"id": "fits", "metadata": {"text": "x" * (16 * 1024 - 20)}}
    assert (await api.post(f"{collection}/subjects", json=fits)).status_code == 201
    for size in (16 * 1024, 10**6):
        answer = await api.post(
            f"{collection}/subjects", json={"id": "big", "metadata": {"text": "x" * size}}
        )
        assert (answer.status_code, answer.json()["type"]) == (413, "too-large")
    answer = await api.patch(f"{collection}/subjects/fits", json={"metadata": {"text": "x" * 16384}})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"id": "x", "metadata": {"a": "\\u0000"}}', 422),
        (b'{"id": "x", "metadata": {"\\u0000": 1}}', 422),
        (b'{"id": "x", "metadata": {"a": NaN}}', 422),
        (b'{"id": "x", "metadata": {"a": 1e999}}', 422),
        (b'{"id": "x", "metadata": {"a": "\\ud800"}}', 400),
        (b'{"id": "x", "name": "\\u0000"}', 422),
        (b'{"id": "x", "metadata": [1]}', 422),
        (b'{"id": "x", "metadata": {"a": ' + b"[" * 65 + b"]" * 65 + b"}}", 422),
        (b'{"id": "x", "surprise": 1}', 422),
        (b'{"id": 7}', 422),
        (b"{}", 422),
        (b'{"id": "x"', 400),
        (b"\xff\xfe", 400),
        (b"[" * 50_000, 400),
    ],
)
async def test_a_body_that_cannot_be_stored_is_refused(api, collection, body, status):
    answer = await api.post(
        f"{collection}/subjects", content=body, headers={"content-type": "application/json"}
    )
    assert status == answer.status_code, answer.text
    assert (await api.get(f"{collection}/subjects")).json()["subjects"] == []


@pytest.mark.parametrize(
    "options",
    [
        {"top_k": 0},
        {"top_k": 101},
        {"top_k": "many"},
        {"threshold": 2},
        {"threshold": -0.1},
        {"false_positive_rate": 0},
    ],
)
async def test_an_option_out_of_range_is_422(api, collection, person, options):
    answer = await api.post(f"{collection}/identify", files={"image": person("ann")}, data=options)
    assert (answer.status_code, answer.json()["type"]) == (422, "invalid-request")
    assert next(iter(options)) == answer.json()["errors"][0]["field"]


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"limit": "x"}, {"after": "\0"}, {"after": "a b"}]
)
async def test_a_page_out_of_range_is_422(api, collection, params):
    assert (await api.get(f"{collection}/subjects", params=params)).status_code == 422
    assert (await api.get("/v1/collections", params=params)).status_code == 422


@pytest.mark.parametrize("subjects", ["ann,bob", "", "a b", "ann,,bob"])
async def test_subjects_that_do_not_fit_the_pictures_are_422(api, collection, person, subjects):
    pictures = [("image", person("ann", shot=i)) for i in range(3)]
    answer = await api.post(f"{collection}/faces", files=pictures, data={"subjects": subjects})
    assert answer.status_code == 422


async def test_too_many_pictures_are_refused(gateway_over, person):
    async with gateway_over(bulk_pictures=2) as client:
        await client.post("/v1/collections", json={"id": "few"})
        pictures = [("image", person("ann", shot=i)) for i in range(3)]
        answer = await client.post("/v1/collections/few/faces", files=pictures, data={"subjects": "ann"})
        await client.delete("/v1/collections/few")
    assert answer.status_code in (400, 422)


@pytest.mark.parametrize("key", ["", "x" * 121, "a b", "\u00e4".encode("latin-1")])
async def test_an_idempotency_key_of_odd_characters_is_422(enrol, person, key):
    assert (await enrol("ann", person("ann"), headers={"Idempotency-Key": key})).status_code == 422


async def test_action_units_nested_beyond_any_sense_are_422_in_a_form_and_in_the_address(api, person):
    nested = '{"a":' * 8_000 + "1" + "}" * 8_000
    for where in ({"data": {"neutral": nested}}, {"params": {"neutral": nested[:5000]}}):
        answer = await api.post("/v1/analyze", files={"image": person("ann")}, **where)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "neutral")


async def test_metadata_as_deep_as_is_taken_comes_back_in_a_page(api, collection):
    deep = 1
    for _ in range(63):
        deep = {"a": deep}
    made = await api.post(f"{collection}/subjects", json={"id": "deep", "metadata": {"a": deep}})
    assert made.status_code == 201
    (listed,) = (await api.get(f"{collection}/subjects")).json()["subjects"]
    assert {"a": deep} == listed["metadata"]
