"""Traces for OpenTelemetry, an optional library, where they are asked for: a delivery, the review that
answers it, each request to GitHub.

They are made of the events of the log that tell how long something took, in every process. A span is known by what
names it in the log, so that the receiver and the workers need tell each other nothing: the trace is that of the first
delivery that a review answers, to which the review leads back, with links to the other ones.
https://opentelemetry.io/docs/specs/otlp/
"""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context

from bot import logs

_PATIENCE = 2  # seconds for the collector, also as a process ends


class Spans(logging.Handler):
    """Makes a span of each event that tells how many `seconds` it took, and sends it to the collector at `endpoint`,
    such as `http://collector:4318/v1/traces`."""

    def __init__(self, endpoint: str) -> None:
        super().__init__(logging.INFO)
        self._names = _Names()
        self._made = TracerProvider(id_generator=self._names, resource=Resource.create({"service.name": "greffier"}))
        self._made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint, timeout=_PATIENCE)))
        self._tracer = self._made.get_tracer("greffier")

    def emit(self, record: logging.LogRecord) -> None:
        """Make the span that an event tells of, where it tells of one."""
        told = logs.told(record)
        if "seconds" not in told:
            return
        first, *others = [*told.get("deliveries", ()), *filter(None, [told.get("delivery"), told.get("job")])] or [""]
        review = f"{told.get('job')} {told.get('attempt')}"
        if "delivery" in told:
            name, self._names.next, parent = "delivery", (first, first), None
        elif "conclusion" in told:
            name, self._names.next, parent = "review", (first, review), _known(first, first)
        else:
            name, self._names.next = f"github {told.get('purpose')}", (first, str(time.time_ns()) + review)
            parent = _known(first, review if "pull" in told else first)
        end = int(record.created * 1e9)
        span = self._tracer.start_span(
            name,
            context=set_span_in_context(NonRecordingSpan(parent)) if parent else None,
            links=[Link(_known(one, one)) for one in others if one in told.get("deliveries", ())],
            attributes={key: _plain(value) for key, value in told.items() if value is not None},
            start_time=end - int(told["seconds"] * 1e9),
        )
        span.end(end)

    def flush(self) -> None:
        """Send what is left: the process ends."""
        self._made.force_flush(_PATIENCE * 1000)


class _Names(IdGenerator):
    """Makes the ids of the next span of this thread of what names it: (its trace, itself)."""

    def __init__(self) -> None:
        self._local = threading.local()

    @property
    def next(self) -> tuple[str, str]:
        """What names the next span."""
        names: tuple[str, str] = self._local.next
        return names

    @next.setter
    def next(self, names: tuple[str, str]) -> None:
        self._local.next = names

    def generate_trace_id(self) -> int:
        """Return 128 bits."""
        return _bits(self.next[0], 16)

    def generate_span_id(self) -> int:
        """Return 64 bits."""
        return _bits(self.next[1], 8)

    def is_trace_id_random(self) -> bool:
        """Return False: they are not."""
        return False


def _known(trace: str, span: str) -> SpanContext:
    return SpanContext(_bits(trace, 16), _bits(span, 8), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))


def _bits(name: str, size: int) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:size], "big")


def _plain(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [str(one) for one in value]
    return value if isinstance(value, bool | int | float) else str(value)
