"""OpenTelemetry: one trace across gateway, services, Redis and PostgreSQL. Spans cost nothing until it is configured."""

import os
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager

from opentelemetry import propagate, trace
from opentelemetry.trace import SpanKind, Status, StatusCode
from structlog.typing import EventDict, WrappedLogger

from contracts.version import __version__

_TRACER = "hexaface"
_SERVER_ERRORS = 500
# Headers by which a caller names its trace (W3C Trace Context; Zipkin's B3): without SDK it goes on through us.
_PARENTS = frozenset({"traceparent", "b3", "x-b3-traceid"})


class TracingError(Exception):
    """Tracing was asked for and its packages are not installed."""


def configure_tracing(service: str) -> None:
    """Send spans to the collector at `OTEL_EXPORTER_OTLP_ENDPOINT`; nothing without it. Raises TracingError."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # optional: the extra `tracing`
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # optional: the extra `tracing`
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # optional: the extra `tracing`
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # optional: the extra `tracing`
    except ImportError as error:
        raise TracingError(
            "OTEL_EXPORTER_OTLP_ENDPOINT is set, but OpenTelemetry's SDK is not installed; install hexaface[tracing]"
        ) from error
    resource = Resource.create({"service.name": f"hexaface-{service}", "service.version": __version__})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)


def _configured() -> bool:
    """Whether an SDK was set up, by us or by whoever runs us (`opentelemetry-instrument`)."""
    return not isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider)


@contextmanager
def server_span(name: str, headers: Mapping[str, str]) -> Iterator[trace.Span]:
    """The span of a request that came in, child of the caller's span when its headers name one.

    FastAPI since 0.165 opens one itself when the SDK is there; that one is used.
    """
    current = trace.get_current_span()
    if current.is_recording():
        yield current
        return
    if not _PARENTS & headers.keys() and not _configured():
        yield trace.INVALID_SPAN
        return
    tracer = trace.get_tracer(_TRACER)
    context = propagate.extract(headers)
    with tracer.start_as_current_span(name, context=context, kind=SpanKind.SERVER) as span:
        yield span


def describe_request(name: str, status: int) -> None:
    """Complete the current span once its route and status are known."""
    span = trace.get_current_span()
    span.update_name(name)
    span.set_attribute("http.response.status_code", status)
    if status >= _SERVER_ERRORS:
        span.set_status(Status(StatusCode.ERROR))


@contextmanager
def client_span(name: str, **attributes: str) -> Iterator[trace.Span]:
    """The span of a call that goes out; marked as failed by an exception, whose text stays out of the trace.

    A call of no request (a probe's, the upkeep's) is not traced: every few seconds it would be a trace of its own.
    """
    if not trace.get_current_span().get_span_context().is_valid:
        yield trace.INVALID_SPAN
        return
    tracer = trace.get_tracer(_TRACER)
    with tracer.start_as_current_span(
        name,
        kind=SpanKind.CLIENT,
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except BaseException as error:
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def inject(headers: MutableMapping[str, str]) -> None:
    """Name the current span in the headers of a call that goes out."""
    propagate.inject(headers)


def current_trace_id() -> str | None:
    """The current trace's id, 32 hexadecimal digits; None without tracing."""
    context = trace.get_current_span().get_span_context()
    return f"{context.trace_id:032x}" if context.is_valid else None


def add_trace_id(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: `trace_id` in every line of a traced request."""
    trace_id = current_trace_id()
    if trace_id is not None:
        event["trace_id"] = trace_id
    return event
