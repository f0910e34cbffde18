"""The product end to end: real models, real photos."""

import asyncio
import base64
import io

import numpy as np
import pytest
from PIL import Image, ImageOps

EMOTIONS = {"angry", "disgust", "fear", "happy", "sad", "surprise", "neutral"}


async def analyze(api, picture, **options):
    answer = await api.post("/v1/analyze", files={"image": picture}, data=options)
    assert answer.status_code == 200, answer.text
    return answer.json()


def encoded(image, kind="PNG", **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(picture):
    return Image.open(io.BytesIO(picture)).convert("RGB")


def iou(a, b):
    width = min(a["x"] + a["width"], b["x"] + b["width"]) - max(a["x"], b["x"])
    height = min(a["y"] + a["height"], b["y"] + b["height"]) - max(a["y"], b["y"])
    shared = max(width, 0) * max(height, 0)
    return shared / (a["width"] * a["height"] + b["width"] * b["height"] - shared)


async def test_the_astronaut_is_one_happy_woman(api, photo):
    answer = await analyze(api, photo("astronaut"))
    assert answer["image"] == {"width": 512, "height": 512}
    assert "problems" not in answer or answer["problems"] == []
    (face,) = answer["faces"]
    assert iou(face["box"], {"x": 180, "y": 60, "width": 88, "height": 118}) > 0.8
    assert face["attributes"]["gender"]["label"] == "female"
    assert 20 <= face["attributes"]["age"]["years"] <= 45
    assert (
        face["attributes"]["age"]["low"]
        <= face["attributes"]["age"]["years"]
        <= face["attributes"]["age"]["high"]
    )
    assert face["emotion"]["label"] == "happy"
    assert set(face["emotion"]["scores"]) == EMOTIONS
    assert sum(face["emotion"]["scores"].values()) == pytest.approx(1, abs=0.01)
    assert "embedding" not in face


async def test_left_and_right_are_the_subjects_own(api, photo):
    (face,) = (await analyze(api, photo("astronaut")))["faces"]
    marks, points = face["landmarks"], face["keypoints"]["points"]
    assert marks["left_eye"]["x"] > marks["right_eye"]["x"]
    assert marks["mouth_left"]["x"] > marks["mouth_right"]["x"]
    assert points["left_eye_center"]["x"] > points["right_eye_center"]["x"]
    assert abs(points["left_eye_center"]["x"] - marks["left_eye"]["x"]) < 8
    assert abs(points["nose_tip"]["y"] - marks["nose"]["y"]) < 12


async def test_the_group_photo_has_six_faces_of_two_people(api, photo):
    answer = await analyze(api, photo("group"), features="embedding,attributes", encoding="base64")
    assert len(answer["faces"]) == 6
    scores = [face["score"] for face in answer["faces"]]
    assert scores == sorted(scores, reverse=True)
    embeddings = np.stack(
        [np.frombuffer(base64.b64decode(f["embedding"]["values"]), "<f4") for f in answer["faces"]]
    )
    similarity = embeddings @ embeddings.T
    # The astronaut's face is the smoother half of the picture: told apart by position, checked by identity.
    astronaut = [
        i for i, f in enumerate(answer["faces"]) if f["box"]["x"] < 300 or 880 <= f["box"]["x"] < 1050
    ]
    admiral = [i for i in range(6) if i not in astronaut]
    assert len(astronaut) == len(admiral) == 3
    assert similarity[np.ix_(astronaut, astronaut)].min() > 0.4
    assert similarity[np.ix_(admiral, admiral)].min() > 0.4
    assert similarity[np.ix_(astronaut, admiral)].max() < 0.4


async def test_a_picture_without_faces_is_an_empty_answer(api):
    answer = await analyze(api, encoded(Image.new("RGB", (640, 480), (90, 120, 90))))
    assert answer["faces"] == []


@pytest.mark.parametrize("mode", ["L", "LA", "RGBA", "P", "CMYK"])
async def test_grey_alpha_palette_and_cmyk_pictures_are_analysed(api, photo, mode):
    kind = "TIFF" if mode == "CMYK" else "PNG"
    answer = await analyze(api, encoded(opened(photo("astronaut")).convert(mode), kind), features="emotion")
    assert len(answer["faces"]) == 1


async def test_exif_orientation_is_applied_and_coordinates_are_upright(api, photo):
    upright = await analyze(api, photo("astronaut"), features="emotion")
    exif = Image.Exif()
    exif[0x0112] = 6
    rotated = opened(photo("astronaut")).transpose(Image.Transpose.ROTATE_90)
    answer = await analyze(api, encoded(rotated, "JPEG", exif=exif, quality=95), features="emotion")
    assert iou(answer["faces"][0]["box"], upright["faces"][0]["box"]) > 0.9


@pytest.mark.parametrize("crop", [(180, 55, 270, 180), (170, 40, 280, 190), (185, 70, 265, 175)])
async def test_a_face_that_fills_the_picture_is_found(api, photo, crop):
    close = opened(photo("astronaut")).crop(crop)
    for size in (close.size, (close.width * 8, close.height * 8)):
        answer = await analyze(api, encoded(close.resize(size, Image.Resampling.LANCZOS)), features="emotion")
        assert len(answer["faces"]) == 1
        box = answer["faces"][0]["box"]
        assert box["width"] > 0.4 * size[0]


async def test_a_face_cut_by_the_border_is_found(api, photo):
    image = opened(photo("astronaut"))
    for crop in ((205, 0, 500, 300), (0, 0, 245, 300), (100, 85, 400, 400)):
        answer = await analyze(api, encoded(image.crop(crop)), features="emotion")
        assert len(answer["faces"]) == 1


@pytest.mark.parametrize("side", [40, 64, 112])
async def test_a_picture_smaller_than_the_networks_input_is_analysed(api, photo, side):
    small = opened(photo("astronaut")).crop((165, 40, 285, 190)).resize((side, round(side * 1.25)))
    answer = await analyze(api, encoded(small), features="attributes")
    assert len(answer["faces"]) == 1


async def test_a_mirrored_photo_gives_mirrored_faces(api, photo):
    image = opened(photo("grace_hopper"))
    plain = (await analyze(api, encoded(image)))["faces"][0]
    mirrored = (await analyze(api, encoded(ImageOps.mirror(image))))["faces"][0]
    for name, other in (("left_eye", "right_eye"), ("mouth_left", "mouth_right")):
        x = image.width - 1 - mirrored["landmarks"][other]["x"]
        assert abs(plain["landmarks"][name]["x"] - x) < 0.05 * plain["box"]["width"]


async def test_parallel_requests_get_exactly_the_answers_of_serial_ones(api, photo):
    pictures = [photo(name) for name in ("astronaut", "grace_hopper", "group")] * 4
    serial = [
        await analyze(api, picture, features="attributes,emotion,keypoints,embedding")
        for picture in pictures[:3]
    ]
    parallel = await asyncio.gather(
        *(analyze(api, picture, features="attributes,emotion,keypoints,embedding") for picture in pictures)
    )
    for i, answer in enumerate(parallel):
        expected = serial[i % 3]
        assert len(expected["faces"]) == len(answer["faces"])
        for one, other in zip(expected["faces"], answer["faces"], strict=True):
            assert one["box"] == other["box"]
            assert one["emotion"]["label"] == other["emotion"]["label"]
            # A batch of another size sums in another order: the last bits may differ, no more.
            np.testing.assert_allclose(one["embedding"]["values"], other["embedding"]["values"], atol=1e-5)
            assert one["attributes"]["age"]["years"] == pytest.approx(
                other["attributes"]["age"]["years"], abs=0.11
            )


async def test_json_and_multipart_give_the_same_answer(api, photo):
    picture = photo("astronaut")
    text = base64.b64encode(picture).decode()
    expected = await analyze(api, picture, features="emotion")
    for image in ({"base64": text}, {"base64": f"data:image/jpeg;base64,{text}"}):
        answer = (await api.post("/v1/analyze", json={"image": image, "features": ["emotion"]})).json()
        assert answer["faces"] == expected["faces"]


async def test_options_narrow_the_answer(api, photo):
    group = photo("group")
    largest = await analyze(api, group, max_faces=2, features="emotion")
    assert len(largest["faces"]) == 2
    big = await analyze(api, group, min_size=100, features="emotion")
    assert all(min(f["box"]["width"], f["box"]["height"]) >= 100 for f in big["faces"])
    sure = await analyze(api, group, min_score=0.95, features="emotion")
    assert all(f["score"] >= 0.95 for f in sure["faces"])
    assert len(sure["faces"]) < 6


@pytest.mark.parametrize("mode", ["fast", "balanced", "thorough"])
async def test_every_mode_finds_the_astronaut(api, photo, mode):
    answer = await api.post("/v1/detect", files={"image": photo("astronaut")}, data={"mode": mode})
    assert len(answer.json()["faces"]) == 1


async def test_an_embedding_is_a_unit_vector_in_both_encodings(api, photo):
    as_floats = (await api.post("/v1/embed", files={"image": photo("astronaut")})).json()["faces"][0][
        "embedding"
    ]
    as_text = (
        await api.post("/v1/embed", files={"image": photo("astronaut")}, data={"encoding": "base64"})
    ).json()["faces"][0]["embedding"]
    vector = np.frombuffer(base64.b64decode(as_text["values"]), "<f4")
    np.testing.assert_allclose(vector, as_floats["values"], atol=1e-6)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
    assert as_floats["dimensions"] == len(vector)
    assert len(as_floats["model"]["digest"]) == 64


async def test_the_mesh_comes_when_asked_for_in_photo_pixels(api, photo):
    (face,) = (await analyze(api, photo("astronaut"), features="keypoints", mesh="true"))["faces"]
    mesh, box = np.array(face["keypoints"]["mesh"]), face["box"]
    assert mesh.shape == (478, 3)
    centre = mesh[:, :2].mean(axis=0)
    assert box["x"] < centre[0] < box["x"] + box["width"]
    assert box["y"] < centre[1] < box["y"] + box["height"]


async def test_the_same_seed_gives_the_same_faces(api):
    first = (await api.post("/v1/generate", json={"count": 3, "seed": 7})).json()
    again = (await api.post("/v1/generate", json={"count": 3, "seed": 7})).json()
    more = (await api.post("/v1/generate", json={"count": 5, "seed": 7})).json()
    other = (await api.post("/v1/generate", json={"count": 3, "seed": 8})).json()
    assert first["images"] == again["images"]
    assert first["images"] != other["images"]
    for one, same in zip(first["images"], more["images"], strict=False):
        a, b = (np.asarray(opened(base64.b64decode(image)), np.int16) for image in (one, same))
        assert np.abs(a - b).max() <= 1


async def test_generated_faces_are_marked_synthetic(api):
    answer = (await api.post("/v1/generate", json={"count": 1, "seed": 1})).json()
    image = Image.open(io.BytesIO(base64.b64decode(answer["images"][0])))
    assert image.text["Synthetic"] == "true"
    assert "trainedAlgorithmicMedia" in image.text["XML:com.adobe.xmp"]


async def test_a_grid_comes_as_one_png(api):
    answer = await api.post("/v1/generate", json={"count": 9, "seed": 3}, headers={"Accept": "image/png"})
    assert answer.headers["content-type"] == "image/png"
    image = Image.open(io.BytesIO(answer.content))
    assert image.size == (192, 192)
    assert answer.headers["x-seed"] == "3"


async def test_the_models_name_their_licence_digest_provider_and_accuracy(api):
    answer = (await api.get("/v1/models")).json()
    assert {model["task"] for model in answer["models"]} == {
        "detector", "detector-points", "embedder", "attributes", "emotion", "keypoints", "generator", "liveness",
    }  # fmt: skip
    for model in answer["models"]:
        assert model["provider"] == "CPUExecutionProvider"
        assert len(model["digest"]) == 64
        assert set(model["licence"]) >= {"weights", "training_data"}
        assert model["metrics"]


async def test_everything_is_ready(api):
    answer = await api.get("/readyz")
    assert answer.status_code == 200
    assert set(answer.json()["services"].values()) == {"ready"}


async def test_metrics_count_batches_requests_and_providers(api, photo):
    await analyze(api, photo("astronaut"))
    text = (await api.get("/metrics")).text
    for name in (
        'hexaface_request_seconds_count{app="gateway",method="POST",route="/v1/analyze"}',
        'hexaface_batch_items_count{task="detector"}',
        'hexaface_model_seconds_count{task="emotion"}',
        'hexaface_queue_items{task="embedder"}',
        'hexaface_provider_info{provider="CPUExecutionProvider",task="keypoints"} 1.0',
    ):
        assert name in text


async def test_a_request_id_is_kept_and_answered(api):
    answer = await api.get("/healthz", headers={"X-Request-ID": "abc-123"})
    assert answer.headers["x-request-id"] == "abc-123"
    odd = await api.get("/healthz", headers={"X-Request-ID": "bad id\t{}"})
    assert odd.headers["x-request-id"] != "bad id\t{}"
