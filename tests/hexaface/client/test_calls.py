"""Each call is stated once; both clients' methods follow from it, and nothing that a server refuses is sent."""

import inspect
import json
from email import message_from_bytes

import httpx
import pytest

from contracts.action_units import action_unit
from contracts.api import PublicEmbedding
from contracts.comparison import CompareOptions
from contracts.models import ModelRef
from contracts.options import (
    AnalyzeOptions,
    BulkEnrolOptions,
    EmbedOptions,
    EnrolOptions,
    FindOptions,
    GenerateOptions,
    IdentifyOptions,
    VerifyOptions,
)
from contracts.redaction import RedactOptions
from hexaface.client import calls, comparing, identity_calls
from hexaface.client.clients import AsyncClient, Client
from hexaface.client.errors import InvalidArgumentError

STATED = {
    name: call
    for module in (calls, comparing, identity_calls)
    for name, call in vars(module).items()
    if inspect.isfunction(call) and call.__module__ == module.__name__ and not name.startswith("_")
}
FACE = "123e4567-e89b-12d3-a456-426614174000"


@pytest.mark.parametrize("client", [Client, AsyncClient])
@pytest.mark.parametrize("name", STATED)
def test_every_call_is_a_method_of_both_clients(client, name):
    method, call = getattr(client, name), STATED[name]
    theirs, stated = inspect.signature(method), inspect.signature(call)
    assert list(theirs.parameters.values())[1:] == list(stated.parameters.values())
    assert theirs.return_annotation == stated.return_annotation.__args__[0]
    assert call.__doc__ == method.__doc__
    assert inspect.iscoroutinefunction(method) == (client is AsyncClient)


@pytest.mark.parametrize(
    ("call", "options"),
    [
        (calls.detect, FindOptions),
        (calls.analyze, AnalyzeOptions),
        (calls.analyze_batch, AnalyzeOptions),
        (calls.embed, EmbedOptions),
        (calls.redact, RedactOptions),
        (calls.generate, GenerateOptions),
        (comparing.verify, VerifyOptions),
        (comparing.compare, CompareOptions),
        (comparing.identify, IdentifyOptions),
        (identity_calls.enrol, EnrolOptions),
        (identity_calls.enrol_many, BulkEnrolOptions),
    ],
)
def test_a_call_takes_the_options_of_its_route(call, options):
    parameters = inspect.signature(call).parameters
    assert set() == set(options.model_fields) - set(parameters)
    for name, field in options.model_fields.items():
        if not field.is_required():
            assert field.get_default() == parameters[name].default
        assert not field.description or name == "subjects" or f"{name}: " in call.__doc__


def test_what_was_set_is_sent_and_nothing_else():
    neutral = {"AU1": action_unit(0.5), "AU2": action_unit(0.25, 0.75)}
    fields = sent(lambda client: client.analyze(b"jpeg", features=["emotion", "keypoints"], neutral=neutral))
    assert {"image", "features", "neutral"} == set(fields)
    assert fields["features"] == b"emotion,keypoints"
    assert neutral == AnalyzeOptions.model_validate({"neutral": fields["neutral"].decode()}).neutral
    assert {"image"} == set(sent(lambda client: client.detect(b"jpeg")))
    assert sent(lambda client: client.analyze(b"jpeg", mesh=True))["mesh"] == b"true"


def test_an_enrolments_idempotency_key_travels_as_its_header():
    seen = []
    with recording(seen) as client:
        client.enrol("staff", "ann", b"jpeg", idempotency_key="once")
    assert seen[0].headers["Idempotency-Key"] == "once"
    assert b"idempotency_key" not in seen[0].content


def test_a_name_is_taken_away_and_an_absent_one_stays():
    seen = []
    with recording(seen) as client:
        client.change_subject("staff", "ann", name=None)
        client.change_subject("staff", "ann", metadata={"floor": 3})
    assert [json.loads(request.content) for request in seen] == [{"name": None}, {"metadata": {"floor": 3}}]


@pytest.mark.parametrize(
    "bad", ["..", ".", "", "a/b", "a?b", "%2e%2e", "a b", "ann\n", "-ann", "a" * 129, "ä"]
)
@pytest.mark.parametrize(
    "call",
    [
        lambda client, bad: client.erase_subject("staff", bad),
        lambda client, bad: client.delete_collection(bad),
        lambda client, bad: client.erase_face("staff", bad, FACE),
        lambda client, bad: client.erase_face("staff", "ann", bad),
        lambda client, bad: client.create_subject("staff", bad),
        lambda client, bad: client.enrol_many("staff", [b"jpeg"], [bad]),
        lambda client, bad: client.identify(bad, b"jpeg"),
        lambda client, bad: client.revoke_key(bad),
    ],
)
def test_an_id_that_the_server_would_refuse_is_not_sent(call, bad):
    seen = []
    with recording(seen) as client, pytest.raises(InvalidArgumentError):
        call(client, bad)
    assert seen == []


def test_an_option_out_of_range_is_refused_in_words():
    with pytest.raises(InvalidArgumentError, match="min_score: Input should be less than or equal to 1"):
        calls.detect(b"jpeg", min_score=2)
    with pytest.raises(TypeError, match="unexpected keyword argument 'minscore'"):
        calls.detect(b"jpeg", minscore=2)


def recording(seen):
    """A client whose every request ends in `seen`, answered with an empty object."""

    def answer(request):
        seen.append(request)
        return httpx.Response(200, content=b"{}")

    class Lenient(Client):
        def send(self, call):
            self._http.request(**call.arguments())

    return Lenient(transport=httpx.MockTransport(answer))


def sent(call):
    """The form fields of a call's request."""
    seen = []
    with recording(seen) as client:
        call(client)
    (request,) = seen
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parts = message_from_bytes(head + request.content).get_payload()
    return {
        part.get_param("name", header="Content-Disposition"): part.get_payload(decode=True) for part in parts
    }


def test_an_embedding_stands_for_a_picture_beside_others_as_text_and_alone_as_json():
    model = ModelRef(name="m", version="1", digest="d")
    given = PublicEmbedding(values=[1.0], model=model, dimensions=1)
    beside = comparing.verify(given, b"jpeg", threshold=0.5).arguments()
    assert [name for name, _ in beside["files"]] == ["image_b"]
    assert {"threshold", "embedding_a"} == set(beside["data"])
    assert given == PublicEmbedding.from_json(beside["data"]["embedding_a"].encode())
    alone = comparing.identify("people", given, top_k=1).arguments()
    assert {"top_k": 1, "embedding": given.model_dump()} == alone["json"]
    assert "files" not in alone


def test_an_option_that_is_none_stays_out_of_a_form():
    call = comparing.verify(b"a", b"b", require_live=None, false_match_rate=0.01)
    assert call.arguments()["data"] == {"false_match_rate": "0.01"}
