"""A picture that is there already is said; a face that matches another subject is refused or flagged."""

import pytest


async def test_the_same_picture_again_is_said(enrol, person):
    assert (await enrol("ann", person("ann"))).json()["warnings"] == []
    again = await enrol("ann", person("ann"))
    assert (again.status_code, again.json()["warnings"]) == (201, ["duplicate-picture"])
    assert (await enrol("ann", person("ann", shot=1))).json()["warnings"] == []


async def test_a_face_that_matches_another_subject_is_flagged_with_whom(api, collection, enrol, person):
    first = (await enrol("ann", person("ann"))).json()
    assert "conflicts" not in first
    flagged = (await enrol("anna", person("ann", shot=1))).json()
    assert flagged["warnings"] == ["other-subject"]
    assert [("ann", first["face_id"])] == [(c["subject"], c["face_id"]) for c in flagged["conflicts"]]
    assert flagged["conflicts"][0]["probability"] > 0.9
    (listed,) = (await api.get(f"{collection}/subjects/anna/faces")).json()["faces"]
    assert (listed["warnings"], "conflicts" in listed) == (["other-subject"], False)
    assert (await enrol("bob", person("bob"))).json()["warnings"] == []


async def test_a_conflict_is_refused_or_not_looked_for_when_that_is_asked(api, collection, enrol, person):
    await enrol("ann", person("ann"))
    refused = await enrol("anna", person("ann", shot=1), on_conflict="reject")
    assert (refused.status_code, refused.json()["type"]) == (409, "other-subject")
    assert "'ann'" in refused.json()["errors"][0]["reason"]
    assert (await api.get(collection)).json()["faces"] == 1
    assert (await enrol("ann", person("ann", shot=2), on_conflict="reject")).status_code == 201
    allowed = (await enrol("anna", person("ann", shot=1), on_conflict="allow")).json()
    assert (allowed["warnings"], "conflicts" in allowed) == ([], False)
    assert (await enrol("ann", person("ann"), on_conflict="maybe")).status_code == 422


async def test_a_replayed_answer_names_nobody_else(enrol, person):
    await enrol("ann", person("ann"))
    once = {"headers": {"Idempotency-Key": "once"}}
    first = (await enrol("anna", person("ann", shot=1), **once)).json()
    again = (await enrol("anna", person("ann", shot=1), **once)).json()
    assert first.pop("conflicts")[0]["subject"] == "ann"
    assert first == again


@pytest.mark.parametrize(("wanted", "status"), [("reject", 422), ("flag", 201)])
async def test_without_calibration_a_conflict_cannot_be_told(replaceable, person, wanted, status):
    api, services = replaceable
    services.calibration = None
    name = f"/v1/collections/uncalibrated-{wanted}"
    await api.post("/v1/collections", json={"id": name.rpartition("/")[2]})
    await api.post(f"{name}/subjects", json={"id": "ann"})
    files = {"image": person("ann")}
    answer = await api.post(f"{name}/subjects/ann/faces", files=files, data={"on_conflict": wanted})
    assert status == answer.status_code
    await api.delete(name)


async def test_a_bulk_enrolment_says_its_conflicts_one_by_one(api, collection, enrol, person):
    await enrol("ann", person("ann"))
    files = [("image", person("ann", shot=1)), ("image", person("bob"))]
    options = {"subjects": "anna,bob", "on_conflict": "reject"}
    answer = (await api.post(f"{collection}/faces", files=files, data=options)).json()
    assert [r.get("problem", {}).get("type") for r in answer["results"]] == ["other-subject", None]
    assert (answer["enrolled"], answer["failed"]) == (1, 1)
