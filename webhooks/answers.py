"""Which review answered which delivery, and how long it took: worked out from the journal and the history. Pure.

A review answers every delivery about its pull request that came before it began: it looks at what is there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

from bot.history import FAILED, Attempt
from bot.journal import Received

# What changes a pull request for certain: the other deliveries may rightly be followed by no review.
SURE = frozenset({"pull_request", "check_run"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a delivery. `attempt` is the review that answered it; while there is none, the last
    that failed. `late` tells of a delivery that should have had a review for a while."""

    delivery: Received
    attempt: Attempt | None
    late: bool = False


def answers(deliveries: Iterable[Received], attempts: Iterable[Attempt], now: float, patience: float) -> list[Answer]:
    """Return what became of each delivery; one is late `patience` seconds after it came, with no review."""
    by_pull: dict[str, list[Attempt]] = {}
    for attempt in attempts:
        by_pull.setdefault(attempt.pull, []).append(attempt)
    return [_answer(delivery, by_pull, now - patience) for delivery in deliveries]


def _answer(delivery: Received, by_pull: Mapping[str, Sequence[Attempt]], before: float) -> Answer:
    if delivery.ignored:
        return Answer(delivery, None)
    came = delivery.received.timestamp()
    after = [attempt for attempt in by_pull.get(delivery.about, ()) if attempt.started >= came]
    ended = [attempt for attempt in after if attempt.conclusion != FAILED]
    late = not ended and came < before and delivery.event in SURE
    return Answer(delivery, min(ended or after[-1:], key=lambda one: one.started, default=None), late)


def percentile(values: Iterable[float], percent: int) -> float | None:
    """Return the smallest value that at least `percent` % of them do not exceed; None where there is none."""
    ordered = sorted(values)
    return ordered[ceil(len(ordered) * percent / 100) - 1] if ordered else None
