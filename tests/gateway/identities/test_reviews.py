"""What a collection holds, and who in it should be looked at again."""


async def test_a_description_is_changed_and_nothing_else(api, collection):
    before = (await api.get(collection)).json()
    changed = await api.patch(collection, json={"description": "the crew"})
    assert (200, before | {"description": "the crew"}) == (changed.status_code, changed.json())
    assert (await api.patch(collection, json={})).json()["description"] == "the crew"
    assert (await api.patch(collection, json={"id": "other"})).status_code == 422
    assert (await api.patch("/v1/collections/nowhere", json={})).status_code == 404


async def test_the_statistics_count_people_faces_and_bytes(api, collection, enrol, person):
    empty = (await api.get(f"{collection}/statistics")).json()
    assert tuple(empty[name] for name in ("subjects", "faces", "bytes", "search")) == (0, 0, 0, "exact")
    assert "last_enrolled_at" not in empty
    await enrol("ann", person("ann"))
    await enrol("ann", person("ann", shot=1))
    await enrol("bob", person("bob", sharpness=1.0), on_low_quality="flag")
    await api.post(f"{collection}/subjects", json={"id": "nobody"})
    found = (await api.get(f"{collection}/statistics")).json()
    counts = ("subjects", "subjects_without_faces", "faces", "most_faces", "flagged_faces", "index_bytes")
    assert tuple(found[name] for name in counts) == (3, 1, 3, 2, 1, 0)
    assert found["bytes"] > 3 * found["dimensions"] * 4
    assert found["model"]["name"] == "mobilefacenet"


async def test_a_check_finds_one_person_under_two_ids_and_two_under_one(api, collection, enrol, person):
    await enrol("ann", person("ann"))
    await enrol("anna", person("ann", shot=1))
    for shot in range(3):
        await enrol("bob", person("bob", shot=shot))
    odd = (await enrol("bob", person("carl"))).json()["face_id"]
    await enrol("dora", person("dora"))
    found = (await api.get(f"{collection}/check")).json()
    assert (found["checked"], [entry["subject"] for entry in found["subjects"]]) == (4, ["ann", "bob"])
    ann, bob = found["subjects"]
    assert ([other["subject"] for other in ann["alike"]], ann["odd_faces"]) == (["anna"], [])
    assert ann["alike"][0]["similarity"] >= found["alike_threshold"]
    assert ([], [odd]) == (bob["alike"], [face["face_id"] for face in bob["odd_faces"]])
    assert bob["odd_faces"][0]["similarity"] < found["odd_threshold"]


async def test_a_check_goes_on_page_by_page(api, collection, enrol, person):
    for name in ("ann", "bob", "carl"):
        await enrol(name, person(name))
    await enrol("dora", person("bob", shot=1))
    checked, doubtful, after = 0, [], ""
    while after is not None:
        page = (await api.get(f"{collection}/check", params={"limit": 1, "after": after})).json()
        checked, after = checked + page["checked"], page.get("next")
        doubtful += [(entry["subject"], entry["alike"][0]["subject"]) for entry in page["subjects"]]
    assert (checked, doubtful) == (4, [("bob", "dora")])
