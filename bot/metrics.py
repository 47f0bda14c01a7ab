"""Metrics for Prometheus. Each process counts what it does itself; the door also tells the length of the queue.

Counters start at nought with their process, as Prometheus expects. The queue is read at each scrape: all
doors of one database tell the same of it, so take the greatest. `bot/grafana.json` is a dashboard of these.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from rules.evidence import Answer
from rules.model import EntryVerdict, Outcome

log = logging.getLogger(__name__)

_FAST = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
_SLOW = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200)
_FEW = (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 30, 50, 100)


class Waiting(Protocol):
    """A job of the queue: see `bot.jobs.Job`."""

    @property
    def state(self) -> str:
        """The engine's word."""

    @property
    def since(self) -> datetime:
        """The time of its last change, in UTC."""


class DoorMetrics:
    """What a receiver counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._seconds = Histogram(
            "greffier_acknowledge_seconds",
            "From the first byte of a delivery to its answer.",
            buckets=_FAST,
            registry=self.registry,
        )
        self._deliveries = Counter(
            "greffier_deliveries", "Deliveries answered, by HTTP status.", ["status"], registry=self.registry
        )

    def answered(self, status: int, seconds: float) -> None:
        """Count the answer to a delivery."""
        self._seconds.observe(seconds)
        self._deliveries.labels(str(status)).inc()

    def watch(self, unfinished: Callable[[], Sequence[Waiting]], given_up: Callable[[], Sequence[object]]) -> None:
        """Read the queue at each scrape."""
        self.registry.register(_Queue(unfinished, given_up))

    def join(self, worker: Callable[[], str]) -> None:
        """Tell what `worker` returns too, in the words of Prometheus: what the worker beside this door counts."""
        self.registry.register(_Worker(worker))


class _Queue(Collector):
    """The queue, as it is when asked."""

    def __init__(self, unfinished: Callable[[], Sequence[Waiting]], given_up: Callable[[], Sequence[object]]) -> None:
        self._unfinished, self._given_up = unfinished, given_up

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that to register asks nothing of the database."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield how many jobs wait, run, and were given up, and how old the oldest unfinished one is; nothing
        where the queue can't be read."""
        try:
            jobs, dead = self._unfinished(), self._given_up()
        except Exception:
            log.exception("the queue can't be read")
            return
        depth = GaugeMetricFamily("greffier_queue_jobs", "Jobs of the queue that wait or run.", labels=["state"])
        running = sum(job.state == "PENDING" for job in jobs)
        depth.add_metric(["waiting"], len(jobs) - running)
        depth.add_metric(["running"], running)
        yield depth
        oldest = max((time.time() - job.since.timestamp() for job in jobs), default=0)
        yield GaugeMetricFamily("greffier_queue_oldest_seconds", "Age of the oldest unfinished job.", max(oldest, 0))
        yield GaugeMetricFamily("greffier_dead_jobs", "Jobs given up, until retried.", len(dead))


class _Worker(Collector):
    """What the worker beside this door counts, as it tells when asked."""

    def __init__(self, ask: Callable[[], str]) -> None:
        self._ask = ask

    def describe(self) -> Iterable[Metric]:
        """Return nothing, so that to register asks nothing."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield all that it tells; nothing where it does not answer."""
        try:
            yield from list(text_string_to_metric_families(self._ask()))
        except Exception:
            log.exception("the worker does not tell its metrics")


class WorkerMetrics:
    """What a worker counts."""

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._reviews = Counter("greffier_reviews", "Reviews, by conclusion.", ["conclusion"], registry=registry)
        self._latency = Histogram(
            "greffier_review_latency_seconds",
            "From the first delivery that a review answers to its last write.",
            buckets=_SLOW,
            registry=registry,
        )
        self._seconds = Histogram("greffier_review_seconds", "Duration of a review.", buckets=_SLOW, registry=registry)
        self._calls = Histogram(
            "greffier_review_github_calls", "GitHub calls of a review.", buckets=_FEW, registry=registry
        )
        self._writes = Histogram("greffier_review_writes", "Writes of a review.", buckets=_FEW, registry=registry)
        self._left = Gauge(
            "greffier_rate_limit_remaining",
            "GitHub calls left this hour, as last told.",
            ["installation", "resource"],
            registry=registry,
        )
        self._outcomes = Counter("greffier_rule_outcomes", "Outcomes, by rule.", ["rule", "outcome"], registry=registry)
        self._evidence = Counter(
            "greffier_evidence", "Addresses asked, by what came of it.", ["outcome"], registry=registry
        )

    def ended(self, conclusion: str, seconds: float, calls: int, writes: int) -> None:
        """Count an attempt at a review."""
        self._reviews.labels(conclusion).inc()
        self._seconds.observe(seconds)
        self._calls.observe(calls)
        self._writes.observe(writes)

    def waited(self, seconds: float) -> None:
        """Count how long a delivery waited for the last write."""
        self._latency.observe(seconds)

    def left(self, installation: int | None, resource: str, left: int) -> None:
        """Note how many calls of a resource GitHub still allows this hour."""
        self._left.labels(str(installation or "token"), resource).set(left)

    def judged(self, entries: Iterable[EntryVerdict]) -> None:
        """Count what each rule said of each entry, once."""
        for entry in entries:
            said = {(finding.rule.id, Outcome.FAILED) for finding in entry.findings}
            for criterion in entry.criteria:
                said |= {(proof.rule.id, Outcome.PASSED) for proof in criterion.evidence}
                if criterion.question:
                    said.add((criterion.question.rule.id, Outcome.CANT_TELL))
            for rule, outcome in said:
                self._outcomes.labels(rule, outcome.value).inc()

    def asked(self, answers: Iterable[Answer]) -> None:
        """Count what came of asking for addresses."""
        for answer in answers:
            self._evidence.labels(answer.outcome.value).inc()
