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
from sqlalchemy.dialects import postgresql, sqlite

from bot.state import PullRef

log = logging.getLogger(__name__)

_TABLES = sa.MetaData()
_DELIVERIES = sa.Table(
    "greffier_deliveries",
    _TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("event", sa.String, nullable=False),
    sa.Column("action", sa.String, nullable=False),
    sa.Column("about", sa.String, nullable=False),
    sa.Column("received", sa.Float, nullable=False, index=True),
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


@dataclass(frozen=True, slots=True)
class Received:
    """A delivery. `about` says what it asked to look at, empty where nothing; `redelivered` counts
    how often it came again, which ran nothing."""

    id: str
    event: str
    action: str
    about: str
    received: datetime
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
        made = sa.make_url(url)
        if made.get_backend_name() == "postgresql":
            made = made.set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(made)
        if made.get_backend_name() == "sqlite":
            sa.event.listen(self._engine, "connect", _prepare)
        dialect: Any = sqlite if made.get_backend_name() == "sqlite" else postgresql
        self._insert = dialect.insert
        with self._engine.begin() as connection:
            for table in _TABLES.sorted_tables:  # several processes may start at once
                connection.execute(sa.schema.CreateTable(table, if_not_exists=True))
                for index in table.indexes:
                    connection.execute(sa.schema.CreateIndex(index, if_not_exists=True))

    def received(self, delivery: str, event: str, action: str, about: str) -> None:
        """Record a delivery, or that it came again. The queue has it already: a fault here is only logged."""
        row = self._insert(_DELIVERIES).values(
            id=delivery, event=event, action=action, about=about, received=time.time(), redelivered=0
        )
        again = {"redelivered": _DELIVERIES.c.redelivered + 1}
        try:
            with self._engine.begin() as connection:
                connection.execute(row.on_conflict_do_update(index_elements=["id"], set_=again))
        except sa.exc.SQLAlchemyError:
            log.exception("delivery %s is not in the journal", delivery)

    def reviewed(self, pull: PullRef, head: str, conclusion: str) -> None:
        """Record that a head was reviewed."""
        row = self._insert(_REVIEWS).values(pull=str(pull), head=head, conclusion=conclusion, at=time.time())
        changed = {"conclusion": row.excluded.conclusion, "at": row.excluded.at}
        with self._engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["pull", "head"], set_=changed))

    def deliveries(self, limit: int = 100) -> Sequence[Received]:
        """Return the latest deliveries, newest first."""
        query = sa.select(_DELIVERIES).order_by(_DELIVERIES.c.received.desc()).limit(limit)
        with self._engine.connect() as connection:
            return [
                Received(row.id, row.event, row.action, row.about, _utc(row.received), row.redelivered)
                for row in connection.execute(query)
            ]

    def reviews(self, pull: PullRef | None = None, limit: int = 100) -> Sequence[Reviewed]:
        """Return the latest reviews, of one pull request or of all, newest first."""
        query = sa.select(_REVIEWS).order_by(_REVIEWS.c.at.desc()).limit(limit)
        if pull is not None:
            query = query.where(_REVIEWS.c.pull == str(pull))
        with self._engine.connect() as connection:
            return [Reviewed(row.pull, row.head, row.conclusion, _utc(row.at)) for row in connection.execute(query)]

    def forget(self, keep: float) -> None:
        """Delete what is older than `keep` seconds."""
        before = time.time() - keep
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_DELIVERIES).where(_DELIVERIES.c.received < before))
            connection.execute(sa.delete(_REVIEWS).where(_REVIEWS.c.at < before))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()


def _utc(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def _prepare(connection: Any, _record: Any) -> None:
    for setting in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=10000"):
        connection.execute(f"PRAGMA {setting}")
