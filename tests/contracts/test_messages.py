"""One definition, two formats."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.analysis import CHIP_BYTES, ChipsRequest, Embedding, EmbedReply
from contracts.detection import DetectOptions, DetectReply, DetectRequest
from contracts.faces import Box, ImageSize, Landmarks, LocatedFace, Point
from contracts.models import ModelRef

MODEL = ModelRef(name="m", version="1.0.0", digest="0" * 64)
number = st.floats(-1e6, 1e6)
point = st.builds(Point, x=number, y=number)
face = st.builds(
    LocatedFace,
    box=st.builds(Box, x=number, y=number, width=st.floats(0, 1e6), height=st.floats(0, 1e6)),
    score=st.floats(0, 1),
    landmarks=st.builds(
        Landmarks, left_eye=point, right_eye=point, nose=point, mouth_left=point, mouth_right=point
    ),
    quality=st.none(),
    transform=st.tuples(*[number] * 6),
)
reply = st.builds(
    DetectReply,
    image=st.builds(ImageSize, width=st.integers(1, 9999), height=st.integers(1, 9999)),
    faces=st.lists(face, max_size=3),
    chips=st.none() | st.binary(max_size=50),
    model=st.just(MODEL),
)


@given(reply)
def test_a_message_survives_json_and_messagepack_unchanged(message):
    assert DetectReply.from_json(message.to_json()) == message
    assert DetectReply.from_msgpack(message.to_msgpack()) == message


@given(st.binary(max_size=200))
def test_bytes_travel_raw_in_messagepack_and_as_base64_in_json(data):
    message = DetectRequest(image=data)
    assert data in message.to_msgpack()
    assert DetectRequest.from_json(message.to_json()).image == data


@given(st.binary(max_size=300))
def test_random_bytes_are_no_message_and_nothing_worse(data):
    with pytest.raises(ValueError):  # noqa: PT011  # ValidationError and the decoder's error are both ValueErrors
        DetectRequest.from_msgpack(data)


def test_a_message_cannot_be_changed():
    with pytest.raises(ValidationError):
        MODEL.name = "other"


def test_an_unknown_field_is_refused():
    with pytest.raises(ValidationError, match="extra"):
        DetectOptions(min_sizes=3)


def test_chips_come_whole():
    assert ChipsRequest(chips=bytes(2 * CHIP_BYTES)).count == 2
    with pytest.raises(ValidationError, match="chips must hold"):
        ChipsRequest(chips=bytes(CHIP_BYTES + 1))
    with pytest.raises(ValidationError, match="chips must hold"):
        ChipsRequest(chips=b"")


def test_numbers_that_are_none_are_refused():
    with pytest.raises(ValidationError):
        Point(x=float("nan"), y=0)


def test_fields_that_are_none_are_left_out():
    message = EmbedReply(embeddings=[Embedding(values=b"\0\0\0\0")], dimensions=1, model=MODEL)
    assert b"null" not in message.to_json()
