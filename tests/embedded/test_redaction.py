"""`/v1/redact` on the real models: what was a face is none any more, or nobody's."""

import pytest


@pytest.mark.parametrize("method", ["blur", "pixelate", "cover"])
async def test_nobody_on_the_redacted_picture_is_the_person_who_was(api, photo, method):
    original = photo("obama_portrait_2012")
    answer = await api.post("/v1/redact", files={"image": original}, data={"method": method})
    assert (answer.headers["content-type"], answer.headers["X-Faces-Redacted"]) == ("image/jpeg", "1")
    others = {"others": answer.content}
    compared = await api.post(
        "/v1/compare",
        files={"image": original, **others},
        data={"false_match_rate": 0.1, "mode": "thorough", "min_score": 0.2, "face": "largest"},
    )
    (result,) = compared.json()["results"]
    assert "problem" not in result
    assert not any(face["match"] for face in result["faces"])
