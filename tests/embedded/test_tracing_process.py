"""`hexaface serve` with tracing on: spans reach the collector, problems and log lines name the trace."""

import json
import re
import subprocess
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from hexaface.commands.own_server import OwnServer


class Collector(ThreadingHTTPServer):
    """An OTLP collector that keeps what it is sent."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Receive)
        self.services, self.spans = set(), []

    def take(self, body):
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            names = [a.value.string_value for a in resource.resource.attributes if a.key == "service.name"]
            self.services.update(names)
            self.spans += [
                (span.trace_id.hex(), span.name) for scope in resource.scope_spans for span in scope.spans
            ]


class _Receive(BaseHTTPRequestHandler):
    def do_POST(self):
        self.server.take(self.rfile.read(int(self.headers["Content-Length"])))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def _collecting():
    collector = Collector()
    thread = threading.Thread(target=collector.serve_forever)
    thread.start()
    try:
        yield collector
    finally:
        collector.shutdown()
        thread.join()
        collector.server_close()


@pytest.fixture(scope="module")
def traced(home_factory, photo):
    """One analysis and one refused request of a traced server: the collector, both answers, the log's lines."""
    with _collecting() as collector:
        endpoint = f"http://127.0.0.1:{collector.server_address[1]}"
        own = OwnServer(
            stderr=subprocess.PIPE,
            HEXAFACE_HOME=str(home_factory()),
            HEXAFACE_LOG_FORMAT="json",
            HEXAFACE_LOG_LEVEL="INFO",
            OTEL_EXPORTER_OTLP_ENDPOINT=endpoint,
        )
        lines = []
        reader = threading.Thread(target=lambda: lines.extend(line.decode() for line in own.process.stderr))
        reader.start()
        with own:
            asked = f"{own.url}/v1/analyze"
            analysed = httpx.post(asked, files={"image": photo("astronaut")}, timeout=60)
            refused = httpx.post(asked, files={"image": b"no picture"}, timeout=60)
        reader.join()
        own.process.stderr.close()
        yield collector, analysed, refused, lines


def test_one_trace_of_gateway_services_and_stores_reaches_the_collector(traced):
    collector, analysed, _, _ = traced
    assert analysed.status_code == 200
    names = {name for trace, name in collector.spans if trace == analysed.headers["x-trace-id"]}
    assert {"POST /v1/analyze", "POST /v1/detect", "POST /v1/emotion", "detector /v1/detect"} <= names
    assert "redis" in names or "postgresql" in names
    assert {"hexaface-all-in-one"} == collector.services


def test_a_problem_of_a_service_names_the_trace_of_the_request(traced):
    _, _, refused, _ = traced
    assert refused.status_code == 415
    assert refused.json()["trace_id"] == refused.headers["x-trace-id"]


def test_every_log_line_of_a_request_names_its_trace(traced):
    _, analysed, refused, lines = traced
    events = [json.loads(line) for line in lines if line.startswith("{")]
    served = [event for event in events if event["event"] == "request"]
    assert served
    assert {"gateway", "detector", "emotion"} <= {event["app"] for event in served}
    assert all(re.fullmatch(r"[0-9a-f]{32}", event["trace_id"]) for event in served)
    of_gateway = [event["trace_id"] for event in served if event["app"] == "gateway"]
    assert [analysed.headers["x-trace-id"], refused.headers["x-trace-id"]] == of_gateway
