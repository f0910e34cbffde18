"""One trace across processes: spans collected in memory, the product's own apps."""

import httpx
import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from structlog.testing import capture_logs

from gateway.app import create_app as create_gateway
from hexaface.embedded.process import create_all_in_one
from web.tracing import add_trace_id, client_span, configure_tracing, current_trace_id


@pytest.fixture(scope="module", autouse=True)
def spans():
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


async def test_one_trace_spans_the_gateway_and_every_service_it_asked(spans, photo):
    app = create_all_in_one()
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        spans.clear()
        answer = await client.post(
            "/v1/analyze", files={"image": photo("astronaut")}, data={"features": "embedding,emotion"}
        )
    assert answer.status_code == 200
    found = spans.get_finished_spans()
    names = {span.name for span in found}
    assert {"POST /v1/analyze", "POST /v1/detect", "POST /v1/embed", "POST /v1/emotion"} <= names
    assert {"detector /v1/detect", "embedder /v1/embed", "emotion /v1/emotion"} <= names
    served = [span for span in found if span.kind is trace.SpanKind.SERVER]
    assert {f"{span.context.trace_id:032x}" for span in served} == {answer.headers["x-trace-id"]}


async def test_a_callers_trace_is_continued():
    app = create_all_in_one()
    trace_id = "4bf92f3577b34da6a3ce929d0e0e4736"
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        answer = await client.get("/v1/models", headers={"traceparent": f"00-{trace_id}-00f067aa0ba902b7-01"})
    assert answer.headers["x-trace-id"] == trace_id


async def test_a_problem_names_its_trace_even_when_nobody_expected_it():
    app = create_gateway()

    @app.get("/boom")
    async def boom():
        raise ZeroDivisionError

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    with capture_logs() as events:
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            refused = await client.post("/v1/analyze", json={})
            unexpected = await client.get("/boom")
    assert [refused.status_code, unexpected.status_code] == [422, 500]
    for answer in (refused, unexpected):
        assert answer.json()["trace_id"] == answer.headers["x-trace-id"]
        assert answer.json()["request_id"] == answer.headers["x-request-id"]
    # The log line that the problem points to can be found by either id.
    (event,) = [event for event in events if event["event"] == "request.failed"]
    assert unexpected.json()["request_id"] == event["request_id"]
    assert unexpected.json()["trace_id"] == event["trace_id"]


async def test_a_call_of_no_request_is_no_trace(spans):
    spans.clear()
    with client_span("redis"):
        pass
    assert spans.get_finished_spans() == ()


def test_log_lines_carry_the_trace_id_inside_a_span_only():
    with trace.get_tracer("test").start_as_current_span("work"):
        assert add_trace_id(None, "info", {}) == {"trace_id": current_trace_id()}
    assert add_trace_id(None, "info", {}) == {}


def test_without_an_endpoint_nothing_is_configured(monkeypatch):
    monkeypatch.delenv("OTEL_EXPORTER_OTLP_ENDPOINT", raising=False)
    before = trace.get_tracer_provider()
    configure_tracing("gateway")
    assert trace.get_tracer_provider() is before
