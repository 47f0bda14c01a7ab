"""Which addresses of a request are asked for, and what their answers mean for the rules."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeVar

from bot import PROJECT
from bot.openapi import describe
from bot.replies import MOST_LINKS, Ask, Limits, Reply
from bot.state import MOST_DESCRIBED, Pull
from rules.catalogue import World
from rules.checks.online import protected
from rules.checks.reading import text_of
from rules.document import Document
from rules.evidence import UNASKED, Answer, Description, Reach
from rules.judgement import moved
from rules.links import introduced, links, new_file

if TYPE_CHECKING:
    from bot.answers import Answers
    from bot.probe import Network
    from bot.settings import Settings

Heard = TypeVar("Heard")
MOST_READING = 3  # seconds of this machine's time that the files of one review may take to be read
PATIENT = Limits(deadline=20, each=10)  # once the first review is written, there is no hurry
_FILE = "doc_tech_link"
_TIME_MAY_TELL = ("", "slow", "connection")  # why an answer is unknown that may be known later


@dataclass(frozen=True, slots=True)
class Asker:
    """How links are asked for. `allowed` names hosts that need not be public; `calls` is whether one harmless
    request may be made to an open API; `about` is the page that tells who is asking; `memory` is what was answered
    lately; `network` is another way to the internet than the real one."""

    limits: Limits = field(default_factory=Limits)
    allowed: frozenset[str] = frozenset()
    calls: bool = True
    about: str = PROJECT
    memory: Answers | None = None
    network: Network | None = None

    def gather(self, pull: Pull, heard: Callable[[int, int], None] = lambda *_: None) -> dict[str, Answer]:
        """Return what the internet answers about the links that the request brings, by address, within the
        limits. `heard` is told how many are known, of how many."""
        start, reader, brought = time.monotonic(), _Reader(), _brought(pull)
        own = {at: reader.answer(Ask(at, 1), Reply(Reach.REACHABLE, body=content)) for at, content in _own(pull)}
        open_ = _open_files(pull) if self.calls else []
        asks = wanted(pull)[: MOST_LINKS - bool(open_)]
        answers = dict.fromkeys(brought, UNASKED) | own | self._known(asks)
        left = [one for one in asks if answers.get(one.url, UNASKED) == UNASKED]
        count = len(asks) - len(left)

        def told(one: Ask, reply: Reply) -> Answer:
            nonlocal count
            count += 1
            heard(count, len(asks))
            return reader.answer(one, reply)

        new = self._ask(left, self.limits, told)
        answers |= new
        spent = time.monotonic() - start
        called = self._called(
            open_, answers, replace(self.limits, deadline=max(0.5, (self.limits.deadline or 0) - spent))
        )
        if self.memory:
            self.memory.put({**new, **{url: answer for url, answer in called.items() if url not in own}})
        return answers | called

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

    def _ask(self, asks: list[Ask], limits: Limits, heard: Callable[[Ask, Reply], Heard]) -> dict[str, Heard]:
        if not asks:
            return {}
        from bot.probe import Network, ask  # only who asks pays for it

        return ask(asks, limits, self.network or Network(self.allowed, about=self.about), heard)

    def _called(self, files: Iterable[str], answers: Mapping[str, Answer], limits: Limits) -> dict[str, Answer]:
        """Call one open API, once, where its file tells a request that needs nothing: the first of the request that
        is not known to answer. Return the answer about its file, with what came of it."""
        for url in files:
            answer = answers.get(url)
            said = answer.description if answer else None
            if answer and said and said.call and not said.called:
                replies = self._ask([Ask(said.call, once=True)], limits, lambda _, reply: reply.outcome)
                if replies[said.call] is Reach.REACHABLE:
                    return {url: answer._replace(description=said._replace(called=said.call))}
                if replies[said.call] is Reach.REFUSED:
                    return {url: answer._replace(description=said._replace(open_operation="", call=""))}
                return {}
        return {}


class _Reader:
    """Reads the files of one review, as long as they do not take too long together."""

    def __init__(self) -> None:
        self._spent = 0.0

    def answer(self, one: Ask, reply: Reply) -> Answer:
        """Return what a reply means, and what the file says where one was asked for."""
        answer = Answer(reply.outcome, reply.status, reply.why, reply.final, reply.until)
        if not one.most or reply.outcome is not Reach.REACHABLE:
            return answer
        if self._spent >= MOST_READING:
            return answer._replace(outcome=Reach.UNKNOWN, status=0, why="slow")
        start = time.thread_time()
        compressed = reply.why == "compressed"
        said = Description(fault="compressed") if compressed else describe(reply.body, reply.final or one.url)
        self._spent += time.thread_time() - start
        origin = None if one.url.startswith("/") else reply.origin
        return answer._replace(why="", description=said._replace(origin=origin))


def gathering(
    settings: Settings, memory: Answers | None = None, *, patient: bool = False
) -> Callable[[Pull], Mapping[str, Answer]]:
    """Return how the service's operator wants links asked for, if at all; `patient` takes its time."""
    if not settings.probe:
        return lambda _: {}
    limits = PATIENT if patient else Limits(settings.probe_deadline)
    return asker(settings, limits, memory).gather


def asker(settings: Settings, limits: Limits, memory: Answers | None = None) -> Asker:
    """Return how the operator wants links asked for."""
    return Asker(limits, settings.probe_hosts, settings.probe_calls, settings.public_url or PROJECT, memory)


def wanted(pull: Pull) -> list[Ask]:
    """Return what to ask for: the addresses that the request brings, then the protected form of the plain ones."""
    asks = _brought(pull)
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


def _brought(pull: Pull) -> dict[str, Ask]:
    """Return the addresses that the request brings, each with what to keep of it."""
    world = World(pull.after, pull.before, moved(pull.changes))
    asks: dict[str, Ask] = {}
    for document in _touched(pull):
        fresh, file = introduced(document, world), new_file(document, world)
        for link in links(document):
            if link.field == _FILE and link.url == file:
                asks[link.url] = Ask(link.url, MOST_DESCRIBED)
            elif link.url in fresh:
                asks.setdefault(link.url, Ask(link.url))
    return asks


def _open_files(pull: Pull) -> list[str]:
    """Return the addresses of the files that describe open APIs."""
    return [text_of(one, _FILE) for one in _touched(pull) if text_of(one, "is_open") == "1" and text_of(one, _FILE)]


def _own(pull: Pull) -> Iterable[tuple[str, bytes]]:
    """Yield the files of the request that its own entries name."""
    named = {text_of(document, _FILE) for document in _touched(pull)}
    return ((at, content) for at, content in pull.descriptions.items() if at in named)
