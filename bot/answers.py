"""What the internet answered lately, by address, in the service's own database: workers share it, and losing it
costs only that links are asked again."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping

import sqlalchemy as sa

from bot.database import insert, opened
from rules.evidence import Answer, Reach, answer_from, as_plain

# Seconds for which an answer is believed without asking again. What is unknown is always asked again.
BELIEVED = {Reach.REACHABLE: 86_400, Reach.REFUSED: 86_400, Reach.BROKEN: 3_600, Reach.GONE: 600}
# Seconds for which a site that answered is still believed while it does not answer: it is down, not gone.
REMEMBERED = 30 * 86_400
_STANDING = (Reach.REACHABLE, Reach.REFUSED)
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

    def standing(self, urls: Iterable[str]) -> dict[str, Answer]:
        """Return the last answers of the sites that answered within a month."""
        now = time.time()
        return {url: got for url, got, at in self._read(urls) if got.outcome in _STANDING and now - at < REMEMBERED}

    def put(self, answers: Mapping[str, Answer]) -> None:
        """Remember answers, save those that are unknown."""
        now = time.time()
        rows = [
            {"url": url, "answer": json.dumps(as_plain(got)), "at": now}
            for url, got in answers.items()
            if got.outcome in BELIEVED and len(url) <= _LONGEST
        ]
        if rows:
            row = insert(self._engine, _ANSWERS)
            changed = {"answer": row.excluded.answer, "at": row.excluded.at}
            with self._engine.begin() as connection:
                connection.execute(row.on_conflict_do_update(index_elements=["url"], set_=changed), rows)

    def forget(self) -> None:
        """Delete what is no longer believed in any case."""
        with self._engine.begin() as connection:
            connection.execute(sa.delete(_ANSWERS).where(_ANSWERS.c.at < time.time() - REMEMBERED))

    def close(self) -> None:
        """Release the database."""
        self._engine.dispose()

    def _read(self, urls: Iterable[str]) -> list[tuple[str, Answer, float]]:
        with self._engine.connect() as connection:
            found = connection.execute(sa.select(_ANSWERS).where(_ANSWERS.c.url.in_(list(urls))))
            return [(row.url, answer_from(json.loads(row.answer)), row.at) for row in found]
