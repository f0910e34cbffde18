"""Liveness on the whole product."""


async def test_liveness_is_there_only_when_asked_for(api, photo):
    plain = await api.post("/v1/analyze", files={"image": photo("astronaut")})
    asked = await api.post("/v1/analyze", files={"image": photo("astronaut")}, data={"features": "liveness"})

    assert "liveness" not in plain.json()["faces"][0]
    (face,) = asked.json()["faces"]
    assert face["liveness"]["label"] == "real"
    assert "attributes" not in face


async def test_every_face_of_a_group_is_judged(api, photo):
    answer = await api.post("/v1/analyze", files={"image": photo("group")}, data={"features": "liveness"})

    assert all(0 <= face["liveness"]["score"] <= 1 for face in answer.json()["faces"])
    assert len(answer.json()["faces"]) > 3
