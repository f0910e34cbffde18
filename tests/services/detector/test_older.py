"""The older detectors: the same questions, the same form of answer."""

import pickle
import struct

import httpx
import numpy as np
import pytest

from contracts.detection import DetectReply
from export.onnx_tools.legacy_checkpoint import read_legacy_checkpoint
from services.detector.app import DetectorSettings, create_app
from services.detector.candidates import overlaps
from services.detector.canvas import draw
from serving.session import open_session
from serving.settings import ServiceSettings
from tests.services.detector.test_finding import BOX, LANDMARKS


@pytest.fixture(scope="module")
def mtcnn():
    return open_session("detector", ServiceSettings(provider="cpu", threads=1), "detector-mtcnn")[0]


@pytest.mark.parametrize("name", ["centerface", "mtcnn"])
async def test_every_detector_sees_the_same_astronaut(finds, decoded, name):
    found = await finds(name)(decoded("astronaut"))
    assert len(found) == 1
    assert overlaps(found.boxes[0], np.array([BOX]))[0] > 0.75
    # The second look is shared: 5 % of the box's width at most between detectors.
    np.testing.assert_allclose(found.landmarks[0], LANDMARKS, atol=0.05 * (BOX[2] - BOX[0]))


@pytest.mark.parametrize("name", ["centerface", "mtcnn"])
async def test_every_detector_finds_the_six_faces_of_the_group(finds, decoded, name):
    assert len(await finds(name)(decoded("group"))) == 6


@pytest.mark.parametrize("name", ["centerface", "mtcnn"])
async def test_no_detector_finds_anybody_where_nobody_is(finds, name):
    assert len(await finds(name)(np.zeros((240, 320, 3), np.uint8))) == 0


def test_a_batch_with_an_empty_picture_answers_as_each_alone(mtcnn, decoded):
    canvas = draw(decoded("group"), 640).pixels
    together = mtcnn.run({"image": np.stack([np.zeros_like(canvas), canvas])})
    alone = mtcnn.run({"image": canvas[None]})
    assert together["scores"][0].max() == 0
    for name, value in alone.items():
        faces = int((alone["scores"][0] > 0).sum())
        np.testing.assert_array_equal(together[name][1][:faces], value[0][:faces])


async def test_the_setting_chooses_the_model_that_answers(photo):
    app = create_app(DetectorSettings(detector="mtcnn", provider="cpu", threads=1))
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://detector") as client,
    ):
        answer = await client.post("/v1/detect", files={"image": photo("astronaut")})
    reply = DetectReply.from_json(answer.content)
    assert (reply.model.name, len(reply.faces)) == ("mtcnn", 1)


def test_an_old_checkpoint_is_read_without_torch(tmp_path):
    """One tensor as torch 1.2 stored it: three headers, the object, the storage keys, the raw storage."""
    file = tmp_path / "old.pt"
    body = (
        b"\x80\x02}q\x00X\x06\x00\x00\x00weightq\x01ctorch._utils\n_rebuild_tensor_v2\nq\x02((X\x07\x00\x00\x00storage"
        b"q\x03ctorch\nFloatStorage\nq\x04X\x01\x00\x00\x007q\x05X\x03\x00\x00\x00cpuq\x06K\x04Ntq\x07QK\x00K\x02K\x02"
        b"\x86q\x08K\x02K\x01\x86q\x09\x89ccollections\nOrderedDict\nq\x0a)Rq\x0btq\x0cRq\x0ds."
    )
    headers = [pickle.dumps(value, 2) for value in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True})]
    storage = struct.pack("<q4f", 4, 1.0, 2.0, 3.0, 4.0)
    file.write_bytes(b"".join(headers) + body + pickle.dumps(["7"], 2) + storage)
    assert read_legacy_checkpoint(file)["weight"].tolist() == [[1.0, 2.0], [3.0, 4.0]]
