"""Bad input is normal input: a clear problem, nothing leaked, the next request unaffected."""

import base64
import io
import struct
import time
import zlib

import pytest
from PIL import Image

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(name, body):
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def bomb():
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        PNG_SIGNATURE
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(bytes(900_000)))
        + chunk(b"IEND", b"")
    )


def problem(answer, status, kind):
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["type"] == kind
    assert body["request_id"] == answer.headers["x-request-id"]
    assert "Traceback" not in answer.text
    assert "/" not in body["detail"].replace("multipart/form-data", "").replace("application/json", "")
    return body


@pytest.mark.parametrize("route", ["/v1/detect", "/v1/analyze", "/v1/embed"])
class TestPictures:
    async def test_text_is_no_picture(self, api, route):
        problem(await api.post(route, files={"image": b"hello"}), 415, "unsupported-image")

    async def test_a_truncated_picture_is_undecodable(self, api, route, photo):
        problem(await api.post(route, files={"image": photo("astronaut")[:9000]}), 422, "undecodable-image")

    async def test_an_empty_picture_is_undecodable(self, api, route):
        problem(await api.post(route, files={"image": b""}), 422, "undecodable-image")

    async def test_a_picture_bomb_is_refused_fast(self, api, route):
        started = time.perf_counter()
        problem(await api.post(route, files={"image": bomb()}), 422, "too-many-pixels")
        assert time.perf_counter() - started < 0.5

    async def test_over_twenty_mebibytes_are_too_large(self, api, route):
        problem(await api.post(route, files={"image": bytes(21 * 2**20)}), 413, "too-large")

    async def test_no_picture_is_an_invalid_request(self, api, route):
        problem(
            await api.post(route, data={"min_score": "0.5"}, files={"other": b"x"}), 422, "invalid-request"
        )

    async def test_two_pictures_are_refused(self, api, route, photo):
        files = [("image", photo("astronaut")), ("image", photo("astronaut"))]
        answer = await api.post(route, files=files)
        assert answer.status_code in (400, 422)

    async def test_another_content_type_is_malformed(self, api, route):
        answer = await api.post(route, content=b"x", headers={"content-type": "text/plain"})
        problem(answer, 400, "malformed-request")

    async def test_broken_json_is_malformed(self, api, route):
        answer = await api.post(route, content=b'{"image": ', headers={"content-type": "application/json"})
        problem(answer, 400, "malformed-request")

    async def test_json_that_is_no_object_is_malformed(self, api, route):
        problem(await api.post(route, json=[1, 2]), 400, "malformed-request")

    async def test_broken_base64_is_malformed(self, api, route):
        problem(await api.post(route, json={"image": {"base64": "%%%"}}), 400, "malformed-request")

    async def test_broken_multipart_is_malformed(self, api, route):
        answer = await api.post(
            route, content=b"--x\r\nnonsense", headers={"content-type": "multipart/form-data; boundary=x"}
        )
        assert answer.status_code in (400, 422)
        assert answer.headers["content-type"] == "application/problem+json"

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("min_score", "2"),
            ("min_score", "abc"),
            ("max_faces", "0"),
            ("max_faces", "1e9"),
            ("mode", "slow"),
            ("min_size", "-1"),
            ("nonsense", "1"),
        ],
    )
    async def test_a_bad_option_is_named(self, api, route, photo, field, value):
        answer = await api.post(route, files={"image": photo("astronaut")}, data={field: value})
        body = problem(answer, 422, "invalid-request")
        assert [error["field"] for error in body["errors"]] == [field]


async def test_an_unknown_feature_is_named(api, photo):
    answer = await api.post(
        "/v1/analyze", files={"image": photo("astronaut")}, data={"features": "emotion,beauty"}
    )
    body = problem(answer, 422, "invalid-request")
    assert body["errors"][0]["field"].startswith("features")


@pytest.mark.parametrize(
    "body", [{"count": 0}, {"count": 65}, {"seed": -1}, {"layout": "circle"}, {"count": "many"}]
)
async def test_generation_out_of_range_is_refused(api, body):
    problem(await api.post("/v1/generate", json=body), 422, "invalid-request")


async def test_an_unknown_route_and_a_wrong_method_are_problems(api):
    problem(await api.get("/v1/nothing"), 404, "not-found")
    problem(await api.get("/v1/detect"), 405, "method-not-allowed")


async def test_every_truncation_gets_a_problem_and_the_next_request_is_unaffected(api, photo):
    whole = photo("astronaut")
    for i in range(50):
        answer = await api.post("/v1/detect", files={"image": whole[: len(whole) * i // 50]})
        assert answer.status_code in (415, 422), f"cut at {i}/50: {answer.status_code}"
        assert answer.headers["content-type"] == "application/problem+json"
    assert len((await api.post("/v1/detect", files={"image": whole})).json()["faces"]) == 1


async def test_a_picture_of_one_pixel_has_no_face(api):
    file = io.BytesIO()
    Image.new("RGB", (1, 1)).save(file, "PNG")
    answer = await api.post("/v1/analyze", files={"image": file.getvalue()})
    assert answer.status_code == 200
    assert answer.json()["faces"] == []


@pytest.mark.parametrize("size", [(3000, 2), (2, 3000)])
async def test_a_picture_that_is_a_line_has_no_face(api, size):
    file = io.BytesIO()
    Image.new("RGB", size, (100, 100, 100)).save(file, "PNG")
    answer = await api.post(
        "/v1/detect", json={"image": {"base64": base64.b64encode(file.getvalue()).decode()}}
    )
    assert answer.status_code == 200
