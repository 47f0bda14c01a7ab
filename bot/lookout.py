"""Look through all links of a catalogue, politely and over several days: one that fails once is not yet dead.

What was seen is kept in one file, so that a run that was stopped goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.replies import Ask, Limits, Reply
from rules.catalogue import Catalogue
from rules.checks.reading import text_of
from rules.document import Document
from rules.evidence import Answer, Reach, answer_from, as_plain
from rules.links import links
from rules.model import Kind

if TYPE_CHECKING:
    from bot.probe import Network

POLITE = Limits(deadline=None, each=20, again=10, pause=1, per_host=1)
_FAILED = (Reach.GONE, Reach.BROKEN)
_EACH = 20  # answers between two writings of the file


@dataclass(frozen=True, slots=True)
class Place:
    """Where a link stands. `producer` is the slug of who must mend it, empty for a service."""

    producer: str
    path: str
    key: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What was last seen of a link: the answer, its day (ISO), and the days on which it failed since it last
    worked. A day on which nothing could be told changes nothing."""

    answer: Answer
    day: str
    failed: tuple[str, ...] = ()

    def then(self, answer: Answer, day: str) -> Seen:
        """Return what is seen once `answer` came on `day`."""
        if answer.outcome in _FAILED:
            return Seen(answer, day, tuple(dict.fromkeys((*self.failed, day))))
        if answer.outcome is Reach.UNKNOWN and self.failed:
            return replace(self, day=day)
        return Seen(answer, day)


@dataclass
class Lookout:
    """All that is known of the links of a catalogue. `asked` is how many were asked for in this run."""

    places: Mapping[str, tuple[Place, ...]]
    seen: dict[str, Seen] = field(default_factory=dict)
    asked: int = 0

    def due(self, day: str) -> list[str]:
        """Return the links that were not asked for on that day yet."""
        return [url for url in self.places if url not in self.seen or self.seen[url].day != day]

    def dead(self, days: int) -> dict[str, Seen]:
        """Return the links that failed on as many separate days, and never worked in between."""
        return {url: self.seen[url] for url in self.places if url in self.seen and len(self.seen[url].failed) >= days}

    def ask(self, day: str, file: Path, network: Network, limits: Limits, told: Callable[[], None]) -> None:
        """Ask for the links that are due; what is learnt is written to `file` as it comes."""
        from bot.probe import ask

        def heard(one: Ask, reply: Reply) -> None:
            answer = Answer(reply.outcome, reply.status, reply.why, reply.final, reply.until)
            before = self.seen.get(one.url)
            self.seen[one.url] = before.then(answer, day) if before else Seen(answer, day).then(answer, day)
            self.asked += 1
            if self.asked % _EACH == 0:
                self.write(file)
            told()

        try:
            ask([Ask(url) for url in self.due(day)], limits, network, heard)
        finally:
            self.write(file)

    def write(self, file: Path) -> None:
        """Write what is known, whole or not at all; links that the catalogue no longer has are forgotten."""
        kept = {url: seen for url, seen in self.seen.items() if url in self.places}
        plain = {url: {"answer": as_plain(s.answer), "day": s.day, "failed": list(s.failed)} for url, s in kept.items()}
        new = file.with_name(f"{file.name}.new")
        new.write_text(json.dumps(plain, ensure_ascii=False, indent=1) + "\n", "utf-8")
        new.replace(file)


def lookout(catalogue: Catalogue, file: Path) -> Lookout:
    """Return the links of a catalogue with what `file` says of them, if it is there.
    Raises ValueError where the file holds something else."""
    known: dict[str, Any] = json.loads(file.read_text("utf-8")) if file.exists() else {}
    try:
        seen = {url: Seen(answer_from(s["answer"]), s["day"], tuple(s["failed"])) for url, s in known.items()}
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(str(error)) from error
    return Lookout(places_of(catalogue.documents.values()), seen)


def places_of(documents: Iterable[Document]) -> dict[str, tuple[Place, ...]]:
    """Return where each link of the documents stands."""
    places: dict[str, list[Place]] = {}
    for document in documents:
        producer = document.slug if document.kind is Kind.PRODUCER else text_of(document, "producer")
        for link in links(document):
            places.setdefault(link.url, []).append(Place(producer, document.path, link.key))
    return {url: tuple(found) for url, found in places.items()}
