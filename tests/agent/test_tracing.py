"""Traces as a collector gets them: a real OTLP receiver, a real service, its spans at its end."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from agent import tracing
from tests.agui import Sent, send
from tests.service import CLIENT, running_service

NODES = {"recall", "guard", "answer", "authorize", "decide", "act", "verify", "record"}


class Collector:
    """An OTLP receiver over HTTP: what it was sent, and under which address."""

    def __init__(self) -> None:
        self.paths: set[str] = set()
        self.bodies: list[bytes] = []
        collector = self

        class Receive(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.paths.add(self.path)
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Receive)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        requests = [ExportTraceServiceRequest.FromString(body) for body in self.bodies]
        return [
            span
            for request in requests
            for resource in request.resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    thread = threading.Thread(target=made.server.serve_forever)
    thread.start()
    yield made
    made.server.shutdown()
    thread.join()
    made.server.server_close()


def attributes(span: Span) -> dict[str, object]:
    return {item.key: item.value.string_value or item.value.int_value for item in span.attributes}


async def test_a_run_is_one_trace_without_a_word_of_it(
    server_url: str, collector: Collector
) -> None:
    async with running_service(
        server_url, demo=True, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url + "/"
    ) as server:
        client = await server.log_in(CLIENT)
        person = (await client.get("/auth/me")).json()
        sent = Sent("How is my confidence going, says the canary?")
        await send(client, sent)
        await server.stop()
    assert collector.paths == {"/v1/traces"}
    spans = [span for span in collector.spans() if span.trace_id]
    (run,) = [span for span in spans if span.name == "run"]
    assert attributes(run) == {"run_id": sent.run_id, "attempt": 1}
    assert {span.trace_id for span in spans} == {run.trace_id}
    assert {span.name for span in spans} == {"run", "model", "tool", *NODES}
    by_id = {span.span_id: span for span in spans}
    parents = {(span.name, by_id[span.parent_span_id].name) for span in spans if span is not run}
    assert parents == {*((node, "run") for node in NODES), ("model", "answer"), ("tool", "act")}
    assert {span.status.code for span in spans} == {0}
    (tool,) = [span for span in spans if span.name == "tool"]
    assert attributes(tool) == {"tool": "get_metrics", "step": 1, "outcome": "ok"}
    everything = b"".join(collector.bodies).lower()
    for secret in ("canary", "confidence going", CLIENT, person["id"]):
        assert secret.lower().encode() not in everything


async def test_a_collector_that_is_down_holds_nothing_up(server_url: str) -> None:
    async with running_service(
        server_url, demo=True, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:1"
    ) as server:
        client = await server.log_in(CLIENT)
        await send(client, Sent("How is my confidence going?"))
        began = time.monotonic()
        await server.stop()
        assert server.returncode is not None
        assert time.monotonic() - began < 15


def test_off_nothing_is_recorded() -> None:
    with tracing.span("answer", {"step": 1}) as span:
        assert not span.is_recording()
    assert not tracing.start("model").is_recording()
