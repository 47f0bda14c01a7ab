"""What the internet answered lately, by address, in the service's own database: workers share it, and losing it
costs only that links are asked again. So a fault of it is only logged."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import sqlalchemy as sa

from bot.database import insert, opened
from rules.evidence import Answer, Reach, answer_from, as_plain

log = logging.getLogger(__name__)

# Seconds for which an answer is believed without asking again. What is unknown is always asked again.
BELIEVED = {Reach.REACHABLE: 86_400, Reach.REFUSED: 86_400, Reach.BROKEN: 3_600, Reach.GONE: 600}
_LONGEST = 2_000  # characters of an address that are worth remembering
_TABLES = sa.MetaData()
_ANSWERS = sa.Table(
    "greffier_answers",
    _TABLES,
    sa.Column("url", sa.String, primary_key=True),
    sa.Column("answer", sa.String, nullable=False),
    sa.Column("at", sa.Float, nullable=False, index=True),
)


class Answers:
    """The answers in the database at `url`; safe to share between threads and processes."""

    def __init__(self, url: str) -> None:
        """Open the database, creating its table where it is missing."""
        self._engine = opened(url, _TABLES)

    def fresh(self, urls: Iterable[str]) -> dict[str, Answer]:
        """Return the answers that need not be asked again."""
        now = time.time()
        return {url: got for url, got, at in self._read(urls) if now - at < BELIEVED.get(got.outcome, 0)}

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Remember answers, save those that are unknown."""
        now = time.time()
        rows = [
            {"url": url, "answer": json.dumps(as_plain(got)), "at": now}
            for url, got in answers.items()
            if got.outcome in BELIEVED and len(url) <= _LONGEST
        ]
        if not rows:
            return
        row = insert(self._engine, _ANSWERS)
        changed = {"answer": row.excluded.answer, "at": row.excluded.at}
        try:
            with self._engine.begin() as connection:
                connection.execute(row.on_conflict_do_update(index_elements=["url"], set_=changed), rows)
        except (sa.exc.SQLAlchemyError, UnicodeError):
            log.exception("these answers are not remembered")

    def forget(self) -> None:
        """Delete what is no longer believed in any case."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_ANSWERS).where(_ANSWERS.c.at < time.time() - max(BELIEVED.values())))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _read(self, urls: Iterable[str]) -> Iterator[tuple[str, Answer, float]]:
        """Yield what is known; what can't be read, or is of another version, is not."""
        try:
            with self._engine.connect() as connection:
                rows = connection.execute(sa.select(_ANSWERS).where(_ANSWERS.c.url.in_(list(urls)))).all()
        except (sa.exc.SQLAlchemyError, UnicodeError):
            log.exception("what was answered before can't be read: all is asked again")
            return
        for row in rows:
            with suppress(ValueError, TypeError, KeyError):
                yield row.url, answer_from(json.loads(row.answer)), row.at
