"""The history: every attempt at a review, with what was judged and written, for the pages. Losing it loses no review.

It shares the journal's database. One attempt is one row; those in a row that come to the same, such as the hourly looks
at a request where nothing happens, are one row too, so that what was said before stays in sight.
"""

from __future__ import annotations

import json
import time
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from bot.database import insert, opened
from bot.state import PullRef

FAILED = "failed"  # the conclusion of an attempt that did not end
QUIET = ("unchanged", "untouched", "closed")  # of those that said nothing

_TABLES = sa.MetaData()
_ATTEMPTS = sa.Table(
    "greffier_attempts",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("pull", sa.String, nullable=False),
    sa.Column("installation", sa.BigInteger),
    sa.Column("head", sa.String, nullable=False),
    sa.Column("conclusion", sa.String, nullable=False),
    sa.Column("asked", sa.Float),
    sa.Column("started", sa.Float, nullable=False, index=True),
    sa.Column("finished", sa.Float, nullable=False),
    sa.Column("calls", sa.Integer, nullable=False),
    sa.Column("writes", sa.Integer, nullable=False),
    sa.Column("told", sa.LargeBinary, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),
    sa.Column("first", sa.Float),
    sa.Index("greffier_attempts_of_a_pull", "pull", "started"),
)
_WORKERS = sa.Table(
    "greffier_workers",
    _TABLES,
    sa.Column("name", sa.String, primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)
_BRIEF = [column for column in _ATTEMPTS.columns if column.name not in ("id", "told")]


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a review. `conclusion` is that of `bot.review.Review`, or FAILED. Times are Unix times;
    `asked` is when the first delivery came that it answers, None where none did. `calls` and `writes` count.

    `told` is plain data, empty in lists: `entries` as in `review.schema.json`, `written` (the writes as
    YAML), `asked` (what came of each address, in both languages), `notes`, `calls` (method, purpose, status,
    seconds), and `reason`, why it failed.

    `repeats` is how many attempts just before it came to the same, and `first` when the first of them began.
    """

    pull: str
    installation: int | None
    head: str
    conclusion: str
    asked: float | None
    started: float
    finished: float
    calls: int
    writes: int
    told: Mapping[str, Any] = field(default_factory=dict)
    repeats: int = 0
    first: float | None = None


class History:
    """The history in the database at `url`; safe to share between threads and processes."""

    def __init__(self, url: str) -> None:
        """Open the history, creating its tables where they are missing."""
        self._engine = opened(url, _TABLES)

    def add(self, attempt: Attempt) -> None:
        """Keep an attempt; where it repeats the last one of its pull request, in the place of that one."""
        newest = sa.select(_ATTEMPTS).where(_ATTEMPTS.c.pull == attempt.pull).order_by(_ATTEMPTS.c.id.desc()).limit(1)
        with self._engine.begin() as connection:
            row = connection.execute(newest).first()
            last = _attempt(row._mapping) if row else None
            if row and last and _repeats(last, attempt):
                first = last.started if last.first is None else last.first
                folded = replace(attempt, repeats=last.repeats + 1, first=first)
                connection.execute(sa.update(_ATTEMPTS).where(_ATTEMPTS.c.id == row.id).values(_row(folded)))
            else:
                connection.execute(sa.insert(_ATTEMPTS).values(_row(attempt)))

    def of(self, pull: PullRef, limit: int = 50, before: float | None = None) -> Sequence[Attempt]:
        """Return the latest attempts at one pull request with all that was told, newest first; those that began
        `before` a Unix time, where one is given."""
        query = sa.select(_ATTEMPTS).where(_ATTEMPTS.c.pull == str(pull)).order_by(_ATTEMPTS.c.started.desc())
        if before is not None:
            query = query.where(_ATTEMPTS.c.started < before)
        with self._engine.connect() as connection:
            return [_attempt(row._mapping) for row in connection.execute(query.limit(limit))]

    def answered(self, pull: PullRef) -> float:
        """Return when the last attempt began that ended; 0 where there is none."""
        query = sa.select(sa.func.max(_ATTEMPTS.c.started)).where(_ATTEMPTS.c.pull == str(pull), _ENDED)
        with self._engine.connect() as connection:
            return float(connection.scalar(query) or 0)

    def since(self, start: float, pulls: Iterable[str] | None = None) -> Sequence[Attempt]:
        """Return the attempts begun since a Unix time, of some pull requests or of all, oldest first."""
        query = sa.select(*_BRIEF).where(_ATTEMPTS.c.started >= start).order_by(_ATTEMPTS.c.started)
        if pulls is not None:
            query = query.where(_ATTEMPTS.c.pull.in_(set(pulls)))
        with self._engine.connect() as connection:
            return [_attempt(row._mapping) for row in connection.execute(query)]

    def alive(self, worker: str) -> None:
        """Record that a worker is at work."""
        row = insert(self._engine, _WORKERS).values(name=worker, at=time.time())
        with self._engine.begin() as connection:
            connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": row.excluded.at}))

    def workers(self) -> Mapping[str, float]:
        """Return when each worker was last at work, as Unix times by name."""
        with self._engine.connect() as connection:
            return {row.name: row.at for row in connection.execute(sa.select(_WORKERS).order_by(_WORKERS.c.name))}

    def check(self) -> None:
        """Raise where the database can't be written: one row is, and taken back."""
        with self._engine.connect() as connection, connection.begin() as transaction:
            connection.execute(sa.insert(_WORKERS).values(name=f"check-{time.time_ns()}", at=0))
            transaction.rollback()

    def forget(self, keep: float) -> None:
        """Delete what is older than `keep` seconds."""
        before = time.time() - keep
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_ATTEMPTS).where(_ATTEMPTS.c.started < before))
            connection.execute(sa.delete(_WORKERS).where(_WORKERS.c.at < before))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()


_ENDED = _ATTEMPTS.c.conclusion != FAILED


# When the last attempt began that ended, for each pull request.
ANSWERED = (
    sa.select(_ATTEMPTS.c.pull, sa.func.max(_ATTEMPTS.c.started).label("at"))
    .where(_ENDED)
    .group_by(_ATTEMPTS.c.pull)
    .subquery()
)


def _repeats(last: Attempt, new: Attempt) -> bool:
    """Whether an attempt tells nothing that the last one did not tell. One that answers a delivery does."""
    if (last.head, last.conclusion) != (new.head, new.conclusion):
        return False
    if new.conclusion == FAILED:
        return bool(last.told["reason"] == new.told["reason"])
    return new.conclusion in QUIET and last.asked is None and new.asked is None


def _row(attempt: Attempt) -> dict[str, Any]:
    return asdict(attempt) | {"told": zlib.compress(json.dumps(attempt.told).encode("ascii"))}


def _attempt(row: Mapping[Any, Any]) -> Attempt:
    values = {name: value for name, value in row.items() if name != "id"}
    if "told" in values:
        values["told"] = json.loads(zlib.decompress(values["told"]))
    return Attempt(**values)
