"""A drawn mask on the whole product."""

import io

from PIL import Image, ImageDraw


def masked(picture):
    """The astronaut with a mask drawn over nose, mouth and chin."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    outline = [(197, 112), (224, 104), (252, 112), (251, 150), (238, 178), (210, 178), (198, 150)]
    ImageDraw.Draw(image).polygon(outline, fill=(200, 215, 225))
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


async def test_verification_warns_of_a_mask(api, photo):
    files = {"image_a": photo("astronaut"), "image_b": masked(photo("astronaut"))}

    answer = (await api.post("/v1/verify", files=files)).json()

    assert [face["warnings"] for face in answer["faces"]] == [[], ["masked"]]


async def test_a_mask_is_an_attribute(api, photo):
    labels = []
    for picture in (photo("astronaut"), masked(photo("astronaut"))):
        answer = await api.post("/v1/analyze", files={"image": picture}, data={"features": "attributes"})
        labels.append(answer.json()["faces"][0]["attributes"]["mask"]["label"])

    assert labels == ["none", "mask"]
