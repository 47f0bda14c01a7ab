"""The journal: deliveries received and heads reviewed, for people to read. Losing it loses no review.

It has a file of its own, written in short transactions, so that it never holds the lock of the queue.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.database import insert, opened
from bot.state import PullRef

log = logging.getLogger(__name__)

_TABLES = sa.MetaData()
_DELIVERIES = sa.Table(
    "greffier_deliveries",
    _TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("about", sa.String, nullable=False, index=True),
    sa.Column("received", sa.Float, nullable=False, index=True),
    sa.Column("acknowledged", sa.Float, nullable=False),
    sa.Column("redelivered", sa.Integer, nullable=False),
)
_REVIEWS = sa.Table(
    "greffier_reviews",
    _TABLES,
    sa.Column("pull", sa.String, primary_key=True),
    sa.Column("head", sa.String, primary_key=True),
    sa.Column("conclusion", sa.String, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)
_MARKS = sa.Table(
    "greffier_marks",
    _TABLES,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery. `about` says what it asked to look at; `acknowledged` is when it was kept for good;
    `redelivered` counts how often it came again, which ran nothing."""

    id: str
    event: str
    action: str
    about: str
    received: datetime
    acknowledged: datetime
    redelivered: int


@dataclass(frozen=True, slots=True)
class Reviewed:
    """The last review of one head, and what it came to: see `bot.review.Review`."""

    pull: str
    head: str
    conclusion: str
    at: datetime


class Journal:
    """The journal in the database at `url`; safe to share between threads and processes."""

    def __init__(self, url: str) -> None:
        """Open the journal, creating its tables where they are missing."""
        self._engine = opened(url, _TABLES)

    def received(self, delivery: str, event: str, action: str, about: str, at: float | None = None) -> None:
        """Record a delivery that came `at` a Unix time (default: now), or that it came again. The queue has
        it already: a fault here is only logged."""
        now = time.time()
        row = insert(self._engine, _DELIVERIES).values(
            id=delivery,
            event=event,
            action=action,
            about=about,
            received=now if at is None else at,
            acknowledged=now,
            redelivered=0,
        )
        self._write(
            row.on_conflict_do_update(index_elements=["id"], set_={"redelivered": _DELIVERIES.c.redelivered + 1})
        )

    def reviewed(self, pull: PullRef, head: str, conclusion: str) -> None:
        """Record that a head was reviewed."""
        row = insert(self._engine, _REVIEWS).values(pull=str(pull), head=head, conclusion=conclusion, at=time.time())
        changed = {"conclusion": row.excluded.conclusion, "at": row.excluded.at}
        self._write(row.on_conflict_do_update(index_elements=["pull", "head"], set_=changed))

    def mark(self, name: str, at: float) -> None:
        """Record up to which Unix time a thing was done."""
        row = insert(self._engine, _MARKS).values(name=name, at=at)
        self._write(row.on_conflict_do_update(index_elements=["name"], set_={"at": row.excluded.at}))

    def marked(self, name: str) -> float:
        """Return up to when a thing was done, 0 where it never was."""
        with self._engine.connect() as connection:
            return float(connection.scalar(sa.select(_MARKS.c.at).where(_MARKS.c.name == name)) or 0)

    def deliveries(self, limit: int = 100) -> Sequence[Received]:
        """Return the latest deliveries, newest first."""
        return self._received(sa.select(_DELIVERIES).order_by(_DELIVERIES.c.received.desc()).limit(limit))

    def asked(self, pull: PullRef, after: float, before: float) -> Sequence[Received]:
        """Return the deliveries about one pull request between two Unix times, oldest first."""
        at = _DELIVERIES.c.received
        query = sa.select(_DELIVERIES).where(_DELIVERIES.c.about == str(pull), at > after, at <= before)
        return self._received(query.order_by(at))

    def reviews(self, pull: PullRef | None = None, limit: int = 100) -> Sequence[Reviewed]:
        """Return the latest reviews, of one pull request or of all, newest first."""
        query = sa.select(_REVIEWS).order_by(_REVIEWS.c.at.desc()).limit(limit)
        if pull is not None:
            query = query.where(_REVIEWS.c.pull == str(pull))
        with self._engine.connect() as connection:
            return [Reviewed(row.pull, row.head, row.conclusion, _utc(row.at)) for row in connection.execute(query)]

    def _received(self, query: sa.Select[Any]) -> Sequence[Received]:
        with self._engine.connect() as connection:
            return [
                Received(
                    row.id,
                    row.event,
                    row.action,
                    row.about,
                    _utc(row.received),
                    _utc(row.acknowledged),
                    row.redelivered,
                )
                for row in connection.execute(query)
            ]

    def forget(self, keep: float) -> None:
        """Delete what is older than `keep` seconds."""
        before = time.time() - keep
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.received < before))
            connection.execute(sa.delete(_REVIEWS).where(_REVIEWS.c.at < before))

    def _write(self, row: sa.Executable) -> None:
        """Write a row. The queue and GitHub have what counts: a fault here is only logged."""
        try:
            with self._engine.begin() as connection:
                connection.execute(row)
        except sa.exc.SQLAlchemyError:
            log.exception("the journal lacks a line")

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
