"""`crops=true`: each face's aligned crop in the answer, on the real models."""

import base64
import io

import pytest
from PIL import Image


@pytest.mark.parametrize("route", ["detect", "analyze"])
async def test_each_face_brings_its_aligned_crop_as_jpeg(api, photo, route):
    data = {"crops": "true"} | ({"features": "emotion"} if route == "analyze" else {})
    answer = await api.post(f"/v1/{route}", files={"image": photo("group")}, data=data)
    faces = answer.json()["faces"]
    crops = [base64.b64decode(face["crop"]) for face in faces]
    assert len(crops) > 1
    assert len(set(crops)) == len(crops)
    for crop in crops:
        with Image.open(io.BytesIO(crop)) as picture:
            assert (picture.format, picture.size) == ("JPEG", (256, 256))
            assert not picture.getexif()


async def test_a_crop_shows_the_face_that_it_belongs_to(api, photo):
    picture = photo("obama_portrait_2012")
    (face,) = (await api.post("/v1/detect", files={"image": picture}, data={"crops": "true"})).json()["faces"]
    crop = base64.b64decode(face["crop"])
    same = (await api.post("/v1/verify", files={"image_a": picture, "image_b": crop})).json()
    assert same["similarity"] > 0.9


async def test_without_asking_there_is_no_crop(api, photo):
    answer = await api.post("/v1/detect", files={"image": photo("astronaut")})
    assert "crop" not in answer.json()["faces"][0]
