"""Traces: what a collector on this machine is told of a delivery, its review, and the requests to GitHub."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from bot import logs
from bot.errors import Unusable
from bot.settings import SettingsError, load
from rules.model import Rule
from tests.service import SECRET, service, wait
from tests.standin import files_of, world


class Collector:
    """Takes traces as OpenTelemetry's own collector does."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        bodies = self.bodies

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                assert (self.path, self.headers["Content-Type"]) == ("/v1/traces", "application/x-protobuf")
                bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/v1/traces"

    @property
    def spans(self) -> list[Any]:
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


def test_a_delivery_is_followed_to_the_last_request(
    rules: tuple[Rule, ...], tmp_path: Path, collector: Collector
) -> None:
    """Across the processes, without a word between them."""
    with world(rules, files_of("catalogue")) as github:
        with service(github, tmp_path, OTLP_ENDPOINT=collector.url) as running:
            event = github.people.open_pull(
                "demo/catalogue", "marie", "Une fiche", {"_data/api/n.md": "---\nx: y\n---\n"}
            )
            running.hook.deliver(event)
            wait(lambda: github.repository.check_runs)
            wait(running.settled)
        wait(lambda: {"delivery", "review"} <= {span.name for span in collector.spans})
    spans = collector.spans
    (delivery,) = [span for span in spans if span.name == "delivery"]
    (review,) = [span for span in spans if span.name == "review" and span.trace_id == delivery.trace_id]
    calls = [span for span in spans if span.parent_span_id == review.span_id]
    assert (delivery.parent_span_id, review.parent_span_id) == (b"", delivery.span_id)
    assert {span.trace_id for span in [delivery, review, *calls]} == {delivery.trace_id}
    told = {one.key: one.value for one in review.attributes}
    assert (told["repo"].string_value, told["conclusion"].string_value) == ("demo/catalogue", "failure")
    assert len(calls) == told["calls"].int_value > 3
    assert all(call.name.startswith("github ") for call in calls)
    assert len({call.span_id for call in calls}) == len(calls)
    for body in collector.bodies:
        for secret in (SECRET, *github.settings.private_key.splitlines()[1:-1]):
            assert secret.encode() not in body


def test_they_are_off_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(logging.getLogger().handlers)
    logs.trace(load({}).otlp_endpoint)
    assert logging.getLogger().handlers == before
    with pytest.raises(SettingsError, match="GREFFIER_OTLP_ENDPOINT"):
        load({"GREFFIER_OTLP_ENDPOINT": "collector:4318"})
    monkeypatch.setitem(sys.modules, "bot.traces", None)
    with pytest.raises(Unusable, match=r"greffier\[traces\]"):
        logs.trace("http://127.0.0.1:1/v1/traces")
