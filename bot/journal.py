"""The journal: deliveries received and heads reviewed, for people to read. Losing it loses no review.

It has a file of its own, written in short transactions, so that it never holds the lock of the queue. It shares that
file with the history, in which it looks up what was answered.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from bot.database import insert, opened
from bot.history import ANSWERED
from bot.state import PullRef

log = logging.getLogger(__name__)

SIGNED_OUT = "signed out "  # begins the marks of sessions that ended before their time

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
    sa.Column("ignored", sa.Integer, nullable=False),
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
    `redelivered` counts how often it came again, which ran nothing. One that is `ignored` changes no answer."""

    id: str
    event: str
    action: str
    about: str
    received: datetime
    acknowledged: datetime
    redelivered: int
    ignored: bool = False


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

    def received(
        self, delivery: str, event: str, action: str, about: str, at: float | None = None, *, ignored: bool = False
    ) -> None:
        """Record a delivery that came `at` a Unix time (default: now), or that it came again. The queue has
        it already, save what is `ignored`: a fault here is only logged."""
        now = time.time()
        row = insert(self._engine, _DELIVERIES).values(
            id=delivery,
            event=event,
            action=action,
            about=about,
            received=round(now if at is None else at, 6),  # as exact as what is read, from which lists go on
            acknowledged=now,
            redelivered=0,
            ignored=int(ignored),
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

    def turn(self, name: str, apart: float) -> float:
        """Take the next of the turns called `name`, which all processes take `apart` seconds from each other; returns
        the seconds until it. It is 0 where the database does not answer: each process then keeps its own pace."""
        now = time.time()
        free = sa.case((_MARKS.c.at > now, _MARKS.c.at), else_=now)
        row = insert(self._engine, _MARKS).values(name=name, at=now + apart)
        taken = row.on_conflict_do_update(index_elements=["name"], set_={"at": free + apart}).returning(_MARKS.c.at)
        try:
            with self._engine.begin() as connection:
                return max(float(connection.scalar(taken) or 0) - apart - now, 0)
        except sa.exc.SQLAlchemyError:
            log.exception("the turn can't be shared")
            return 0

    def deliveries(self, limit: int = 100, before: float | None = None) -> Sequence[Received]:
        """Return the latest deliveries, newest first; those that came `before` a Unix time, where one is given."""
        return self._received(_latest(sa.select(_DELIVERIES), limit, before))

    def unanswered(
        self, events: Iterable[str], until: float, limit: int = 100, before: float | None = None
    ) -> Sequence[Received]:
        """Return the deliveries of some events that came `until` a Unix time, however long ago, and that no review
        has answered since: as `deliveries`."""
        return self._received(_latest(_unanswered(sa.select(_DELIVERIES), events, until), limit, before))

    def count_unanswered(self, events: Iterable[str], until: float) -> int:
        """Return how many `unanswered` deliveries there are."""
        with self._engine.connect() as connection:
            return int(connection.scalar(_unanswered(sa.select(sa.func.count(_DELIVERIES.c.id)), events, until)) or 0)

    def asked(self, pull: PullRef, after: float, before: float) -> Sequence[Received]:
        """Return the deliveries about one pull request between two Unix times, oldest first."""
        at = _DELIVERIES.c.received
        query = sa.select(_DELIVERIES).where(_DELIVERIES.c.about == str(pull), at > after, at <= before)
        return self._received(query.where(_DELIVERIES.c.ignored == 0).order_by(at))

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
                    bool(row.ignored),
                )
                for row in connection.execute(query)
            ]

    def forget(self, keep: float) -> None:
        """Delete what is older than `keep` seconds."""
        before = time.time() - keep
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.received < before))
            connection.execute(sa.delete(_REVIEWS).where(_REVIEWS.c.at < before))
            connection.execute(sa.delete(_MARKS).where(_MARKS.c.name.startswith(SIGNED_OUT), _MARKS.c.at < before))

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


def _latest(query: sa.Select[Any], limit: int, before: float | None) -> sa.Select[Any]:
    if before is not None:
        query = query.where(_DELIVERIES.c.received < before)
    return query.order_by(_DELIVERIES.c.received.desc()).limit(limit)


def _unanswered(query: sa.Select[Any], events: Iterable[str], until: float) -> sa.Select[Any]:
    row = _DELIVERIES.c
    return query.outerjoin_from(_DELIVERIES, ANSWERED, ANSWERED.c.pull == row.about).where(
        row.event.in_(sorted(events)),
        row.ignored == 0,
        row.received < until,
        sa.or_(ANSWERED.c.at.is_(None), ANSWERED.c.at < row.received),
    )


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)
