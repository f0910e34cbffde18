"""Triton's own client, unchanged, against every service as a real server."""

import asyncio
import socket
import threading
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import numpy as np
import pytest
import tritonclient.http as triton
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount
from tritonclient.utils import InferenceServerException

from contracts.analysis import ChipsRequest, EmbedReply
from hexaface.embedded.mounted import MountedServices
from serving.manifest import locate
from serving.session import open_session
from serving.settings import ServiceSettings
from serving.windows import ChipWindow

MODELS = ServiceSettings().models
TASKS = ("detector", "embedder", "attributes", "emotion", "keypoints", "generator")
WIRE = {"uint8": "UINT8", "float32": "FP32"}


@pytest.fixture(scope="module")
def address():
    """All six services behind one port, each under its name."""
    mounted = MountedServices(ServiceSettings(provider="cpu"))

    @asynccontextmanager
    async def lifespan(_):
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(mounted.running())
            yield

    app = Starlette(routes=[Mount(f"/{name}", app) for name, app in mounted.apps.items()], lifespan=lifespan)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()))
    thread.start()
    while not server.started:
        threading.Event().wait(0.05)
    yield f"127.0.0.1:{port}"
    server.should_exit = True
    thread.join(30)


@pytest.fixture
def client(address):
    """A client of a task's service; it closes itself."""
    return lambda task: triton.InferenceServerClient(
        f"{address}/{task}", network_timeout=60, connection_timeout=60
    )


def stored(entry):
    """A model's stored inputs and answers, and how far they may be off."""
    files = locate(MODELS, entry)
    with np.load(files.golden) as arrays:
        inputs = {name[3:]: arrays[name] for name in arrays.files if name.startswith("in.")}
        outputs = {name[4:]: arrays[name] for name in arrays.files if name.startswith("out.")}
    return inputs, outputs, files.entry.atol


def inputs_of(arrays, *, binary):
    made = []
    for name, array in arrays.items():
        made.append(triton.InferInput(name, array.shape, WIRE[str(array.dtype)]))
        made[-1].set_data_from_numpy(array, binary_data=binary)
    return made


@pytest.mark.parametrize("task", TASKS)
def test_server_and_model_describe_themselves(client, task):
    asked = client(task)
    assert asked.is_server_live()
    assert asked.is_server_ready()
    assert asked.is_model_ready(task)
    assert not asked.is_model_ready("nothing")
    assert asked.get_server_metadata()["extensions"] == ["binary_tensor_data"]
    metadata = asked.get_model_metadata(task)
    inputs, outputs, _ = stored(task)
    assert {entry["name"]: entry["datatype"] for entry in metadata["inputs"]} == {
        name: WIRE[str(array.dtype)] for name, array in inputs.items()
    }
    assert {entry["name"] for entry in metadata["outputs"]} == set(outputs)
    assert asked.get_model_metadata(task, metadata["versions"][0]) == metadata


@pytest.mark.parametrize("task", TASKS)
def test_every_stored_answer_is_reproduced_over_binary_tensors(client, task):
    inputs, outputs, tolerance = stored(task)
    answer = client(task).infer(task, inputs_of(inputs, binary=True), request_id="seven")
    assert answer.get_response()["id"] == "seven"
    for name, expected in outputs.items():
        found = answer.as_numpy(name)
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found.astype(float), expected.astype(float), atol=tolerance, rtol=0)


@pytest.mark.parametrize("task", ["embedder", "generator"])
def test_json_and_binary_tensors_give_the_same(client, task):
    inputs, outputs, tolerance = stored(task)
    small = {name: array[:1] for name, array in inputs.items()}
    wanted = [triton.InferRequestedOutput(name, binary_data=False) for name in outputs]
    answer = client(task).infer(task, inputs_of(small, binary=False), outputs=wanted)
    for name, expected in outputs.items():
        np.testing.assert_allclose(
            answer.as_numpy(name).astype(float), expected[:1].astype(float), atol=tolerance, rtol=0
        )


def test_embeddings_equal_the_native_routes(client, address):
    chip = np.random.default_rng(0).integers(0, 255, (2, 256, 256, 3), np.uint8)
    native = httpx.post(
        f"http://{address}/embedder/v1/embed",
        content=_chips_message(chip),
        headers={"Content-Type": "application/msgpack", "Accept": "application/msgpack"},
        timeout=60,
    )
    windows = {"image": np.stack([_window(one) for one in chip])}
    found = client("embedder").infer("embedder", inputs_of(windows, binary=True)).as_numpy("embedding")
    np.testing.assert_allclose(found, _embeddings(native.content), atol=1e-5)


def test_what_is_wrong_is_said_where_the_client_looks(client):
    asked = client("embedder")
    wrong = inputs_of({"image": np.zeros((1, 20, 20, 3), np.uint8)}, binary=True)
    with pytest.raises(InferenceServerException, match="is UINT8 of shape") as refused:
        asked.infer("embedder", wrong)
    assert refused.value.status() == "422"
    with pytest.raises(InferenceServerException, match="there is no model"):
        asked.infer("face", wrong)
    inputs, _, _ = stored("embedder")
    with pytest.raises(InferenceServerException, match="no output"):
        asked.infer("embedder", inputs_of(inputs, binary=True), outputs=[triton.InferRequestedOutput("age")])
    with pytest.raises(InferenceServerException, match="classification"):
        asked.infer(
            "embedder",
            inputs_of(inputs, binary=True),
            outputs=[triton.InferRequestedOutput("embedding", class_count=3)],
        )


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"[]", 422),
        (b'{"inputs": []}', 422),
        (b'{"inputs": [{"name": "image", "shape": [1], "datatype": "UINT8", "data": [300]}]}', 422),
        (
            b'{"inputs": [{"name": "image", "shape": [1, 112, 112, 3], "datatype": "BYTES", "data": ["a"]}]}',
            422,
        ),
        (
            b'{"inputs": [{"name": "image", "shape": [2, 1], "datatype": "UINT8", "data": [[1], [2, 3]]}]}',
            422,
        ),
    ],
)
def test_a_request_that_does_not_fit_is_a_problem(address, body, status):
    answer = httpx.post(f"http://{address}/embedder/v2/models/embedder/infer", content=body, timeout=60)
    assert answer.status_code == status
    assert answer.json()["status"] == status
    assert answer.json()["error"] == answer.json()["detail"]


def _chips_message(chips):
    return ChipsRequest(chips=chips.tobytes()).to_msgpack()


def _embeddings(body):
    return np.stack([np.frombuffer(one.values, "<f4") for one in EmbedReply.from_msgpack(body).embeddings])


def _window(chip):
    return ChipWindow(open_session("embedder", ServiceSettings(provider="cpu", threads=1))[0].info).cut(chip)
