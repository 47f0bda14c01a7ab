"""One attempt at a review, watched: told in the log, counted for Prometheus, and kept for the pages.

What fails here is only logged: a review never depends on who watches it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from typing import Any

from bot import logs
from bot.errors import GreffierError
from bot.forge.calls import Call
from bot.formats.json import entry_data
from bot.hint import Target
from bot.history import FAILED, Attempt, History
from bot.journal import Journal
from bot.metrics import WorkerMetrics
from bot.phrases import answered
from bot.review import Review
from bot.wording import LANGS
from bot.written import as_yaml
from rules.evidence import UNASKED

log = logging.getLogger(__name__)


class Watch:
    """Watches the reviews of one worker."""

    def __init__(self, journal: Journal, history: History, metrics: WorkerMetrics) -> None:
        self._journal, self._history, self._metrics = journal, history, metrics

    def review(self, target: Target, calls: Callable[[], Sequence[Call]], act: Callable[[], Review]) -> Review:
        """Return what `act` returns, or raise what it raises; `calls` returns the requests it made."""
        started = time.time()
        deliveries, asked = self._asked(target, started)
        ref = target.ref
        with logs.about(repo=f"{ref.owner}/{ref.repo}", pull=ref.number, deliveries=deliveries):
            try:
                done = act()
            except Exception as fault:
                self._note(target, None, asked, started, calls(), _why(fault))
                raise
            self._note(target, done, asked, started, calls())
            return done

    def _asked(self, target: Target, now: float) -> tuple[list[str], float | None]:
        """Return the deliveries that this review answers, and when the first of them came."""
        try:
            found = self._journal.asked(target.ref, self._history.answered(target.ref), now)
        except Exception:
            log.exception("the journal can't be read")
            return [], None
        return [one.id for one in found], found[0].received.timestamp() if found else None

    def _note(
        self,
        target: Target,
        done: Review | None,
        asked: float | None,
        started: float,
        calls: Sequence[Call],
        reason: str = "",
    ) -> None:
        attempt = Attempt(
            pull=str(target.ref),
            installation=target.installation,
            head=done.head if done else "",
            conclusion=done.conclusion if done else FAILED,
            asked=asked,
            started=started,
            finished=time.time(),
            calls=len(calls),
            writes=len(done.writes) if done else 0,
            told=_told(done, calls, reason),
        )
        self._tell(attempt, calls)
        try:
            self._count(attempt, done, calls)
            self._history.add(attempt)
        except Exception:
            log.exception("this review is not in the history")

    def _tell(self, attempt: Attempt, calls: Sequence[Call]) -> None:
        told = {
            "head": attempt.head,
            "conclusion": attempt.conclusion,
            "seconds": round(attempt.finished - attempt.started, 3),
            "calls": attempt.calls,
            "writes": attempt.writes,
            "rate_left": min((call.left for call in calls if call.left is not None), default=None),
        }
        log.info("review of %s: %s", attempt.pull, attempt.conclusion, extra=told)

    def _count(self, attempt: Attempt, done: Review | None, calls: Sequence[Call]) -> None:
        metrics = self._metrics
        metrics.ended(attempt.conclusion, attempt.finished - attempt.started, attempt.calls, attempt.writes)
        for resource, left in {call.resource: call.left for call in calls if call.left is not None}.items():
            metrics.left(attempt.installation, resource, left)
        if done:
            metrics.judged(done.entries)
            metrics.asked(got for got in done.evidence.values() if got != UNASKED)
            if attempt.asked is not None:
                metrics.waited(attempt.finished - attempt.asked)


def _told(done: Review | None, calls: Sequence[Call], reason: str) -> dict[str, Any]:
    """Return all that the page of a pull request shows of an attempt."""
    return {
        "entries": [entry_data(entry) for entry in done.entries] if done else [],
        "written": as_yaml(done.writes) if done and done.writes else "",
        "asked": [
            {lang: answered(url, got, lang) for lang in LANGS}
            for url, got in (done.evidence if done else {}).items()
            if got != UNASKED
        ],
        "notes": list(done.notes) if done else [],
        "calls": [[call.method, call.purpose, call.status, call.seconds] for call in calls],
        "reason": reason,
    }


def _why(fault: Exception) -> str:
    return str(fault) if isinstance(fault, GreffierError) else f"{type(fault).__name__}: {fault}"
