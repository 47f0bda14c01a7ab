"""Which addresses of a request are asked for, and what their answers mean for the rules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from bot.openapi import MOST_BYTES, Described, describe
from bot.replies import Ask, Limits, Reply
from bot.state import Pull
from rules.catalogue import World
from rules.checks.online import protected
from rules.checks.reading import text_of
from rules.document import Document
from rules.evidence import Answer, Reach
from rules.judgement import moved
from rules.links import introduced, links

if TYPE_CHECKING:
    from bot.answers import Answers
    from bot.probe import Network
    from bot.settings import Settings

MOST_LINKS = 40  # asked for one review; the evidence of the others says that they were not opened
PATIENT = Limits(deadline=20, each=10)  # once the first review is written, there is no hurry
_FILE = "doc_tech_link"
_TIME_MAY_TELL = ("", "slow", "connection")  # why an answer is unknown that may be known later


@dataclass(frozen=True, slots=True)
class Asker:
    """How links are asked for. `allowed` names hosts that need not be public; `calls` is whether one harmless
    request may be made to an open API; `memory` is what was answered lately; `network` is another way to the
    internet than the real one."""

    limits: Limits = field(default_factory=Limits)
    allowed: frozenset[str] = frozenset()
    calls: bool = True
    memory: Answers | None = None
    network: Network | None = None

    def gather(self, pull: Pull, heard: Callable[[int, int], None] = lambda *_: None) -> dict[str, Answer]:
        """Return what the internet answers about the links that the request brings, by address, within the
        limits. `heard` is told how many are known, of how many."""
        answers = {at: Answer(Reach.REACHABLE, description=describe(content).description) for at, content in _own(pull)}
        asks = wanted(pull)[:MOST_LINKS]
        known = self._known(asks)
        answers |= known
        start, count = time.monotonic(), len(known)

        def told(*_: object) -> None:
            nonlocal count
            count += 1
            heard(count, len(asks))

        replies = self._ask([one for one in asks if one.url not in known], self.limits, told)
        found = {one.url: _answer(one, replies[one.url]) for one in asks if one.url in replies}
        new = {url: answer for url, (answer, _) in found.items()}
        new |= self._called(pull, found, replace(self.limits, deadline=self._left(start)))
        if self.memory:
            self.memory.put(new)
            silent = [url for url, answer in new.items() if _may_tell(answer)]
            new |= self.memory.standing(silent)
        return answers | new

    def _known(self, asks: Iterable[Ask]) -> dict[str, Answer]:
        if self.memory is None:
            return {}
        fresh = self.memory.fresh(one.url for one in asks)
        unread = {one.url for one in asks if one.most}
        return {
            url: answer
            for url, answer in fresh.items()
            if answer.outcome is not Reach.REACHABLE or answer.description or url not in unread
        }

    def _ask(self, asks: list[Ask], limits: Limits, heard: Callable[..., None] = lambda *_: None) -> dict[str, Reply]:
        if not asks:
            return {}
        from bot.probe import Network, ask  # only who asks pays for it

        return ask(asks, limits, self.network or Network(self.allowed), heard)

    def _left(self, start: float) -> float:
        return max(0.5, (self.limits.deadline or 0) - (time.monotonic() - start))

    def _called(
        self, pull: Pull, found: Mapping[str, tuple[Answer, Described | None]], limits: Limits
    ) -> dict[str, Answer]:
        """Call each open API once, where its file tells a request that needs nothing; return the answers about
        the files, with what came of it."""
        open_ = {text_of(document, _FILE) for document in _touched(pull) if text_of(document, "is_open") == "1"}
        calls = {url: said.call for url, (_, said) in found.items() if url in open_ and said and said.call}
        replies = self._ask([Ask(call, once=True) for call in calls.values()] if self.calls else [], limits)
        told: dict[str, Answer] = {}
        for url, call in calls.items():
            answer, reply = found[url][0], replies.get(call)
            if answer.description and reply and reply.outcome is Reach.REACHABLE:
                told[url] = answer._replace(description=answer.description._replace(called=call))
            elif answer.description and reply and reply.outcome is Reach.REFUSED:
                told[url] = answer._replace(description=answer.description._replace(open_operation=""))
        return told


def gathering(
    settings: Settings, memory: Answers | None = None, *, patient: bool = False
) -> Callable[[Pull], Mapping[str, Answer]]:
    """Return how the service's operator wants links asked for, if at all; `patient` takes its time."""
    if not settings.probe:
        return lambda _: {}
    limits = PATIENT if patient else Limits(settings.probe_deadline)
    return Asker(limits, settings.probe_hosts, settings.probe_calls, memory).gather


def wanted(pull: Pull) -> list[Ask]:
    """Return what to ask for: the addresses that the request brings, then the protected form of the plain ones."""
    world = World(pull.after, pull.before, moved(pull.changes))
    asks: dict[str, Ask] = {}
    for document in _touched(pull):
        fresh = introduced(document, world)
        for link in links(document):
            if (link.field, link.url) in fresh:
                most = MOST_BYTES if link.field == _FILE else 0
                asks[link.url] = max(Ask(link.url, most), asks.get(link.url, Ask(link.url)), key=lambda one: one.most)
    twins = [protected(url) for url in asks if protected(url)]
    return [*asks.values(), *(Ask(url) for url in twins if url not in asks)]


def unsettled(evidence: Mapping[str, Answer]) -> bool:
    """Whether asking again later may tell more."""
    return any(map(_may_tell, evidence.values()))


def _may_tell(answer: Answer) -> bool:
    return answer.outcome is Reach.UNKNOWN and answer.why in _TIME_MAY_TELL


def _touched(pull: Pull) -> list[Document]:
    paths = (change.path for change in pull.changes if not change.gone)
    return [pull.after.documents[path] for path in paths if path in pull.after.documents]


def _own(pull: Pull) -> Iterable[tuple[str, bytes]]:
    """Yield the files of the request that its own entries name."""
    named = {text_of(document, _FILE) for document in _touched(pull)}
    return ((at, content) for at, content in pull.descriptions.items() if at in named)


def _answer(one: Ask, reply: Reply) -> tuple[Answer, Described | None]:
    """Return what a reply means, and what was read in the file where one was asked for."""
    answer = Answer(reply.outcome, reply.status, reply.why, reply.final)
    if not one.most or reply.outcome is not Reach.REACHABLE:
        return answer, None
    said = describe(reply.body, reply.final or one.url)
    return answer._replace(description=said.description._replace(origin=reply.origin)), said
