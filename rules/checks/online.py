"""Checks of criteria A3, A4 and S2 with what the internet answered: nothing is said where nothing was asked.

Only an address that is gone, that the request brings, and without which its criterion fails, is a fault that
may block. What a site does to a robot, or fails to do today, is never the contributor's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from rules.catalogue import World
from rules.checks.reading import host, text_of
from rules.document import Document
from rules.evidence import UNASKED, Answer, Reach
from rules.fixes import with_key, with_value
from rules.links import Link, described, introduced, links
from rules.model import Facts, Fault, Fix, Kind, Proof, Question, Statement

_WORKS = {Reach.REACHABLE: "reached", Reach.REFUSED: "walled", Reach.BROKEN: "insecure"}
_CERTIFICATES = {"expired": "expired", "name": "misnamed"}  # all other faults of one: `untrusted`
_INNER = ("private", "forbidden")
UNREAD = {"too-large": "large", "compressed": "packed", "unread": "unread"}  # files at which nobody could look
_MOST_SERVERS = 3  # told


def documentation(document: Document, world: World) -> Iterator[Statement]:
    """One of the addresses of the documentation opens."""
    yield from _one_works(_of_documentation(document, world), document, world)


def access(document: Document, world: World) -> Iterator[Statement]:
    """Where access must be asked for, one of the addresses to do so opens."""
    yield from _one_works(_of_access(document, world), document, world)


def service(document: Document, world: World) -> Iterator[Statement]:
    """The service opens."""
    yield from _one_works(_links(document, world), document, world)


def answer(document: Document, world: World) -> Iterator[Statement]:
    """Every other address opens, and its certificate is valid."""
    needed = [_of_documentation(document, world), _of_access(document, world), _of_service(document, world)]
    told = {said.key for one in needed for said in _one_works(one, document, world) if isinstance(said, Fault)}
    wrong: dict[str, dict[str, tuple[str, ...]]] = {}
    reached: dict[str, str] = {}
    led: dict[str, dict[str, tuple[str, ...]]] = {}
    for link, got in _asked(_links(document, world), document, world):
        if got.outcome is Reach.REACHABLE:
            reached[link.url] = link.key
            _lead(led, link._replace(key=""), got)
        elif got.outcome is Reach.BROKEN or (got.outcome is Reach.GONE and link.key not in told):
            _add(wrong, link, _trouble(got))
    for key, facts in wrong.items():
        yield Fault(key, facts)
    if reached and not wrong:
        yield Proof(next(iter(reached.values())), {"reached": tuple(reached), **led.get("", {})})


def https(document: Document, world: World) -> Iterator[Statement]:
    """An address without protection is not given where the protected one opens."""
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for link, _ in _asked(_links(document, world), document, world):
        secure = world.evidence.get(protected(link.url))
        opens = secure is not None and secure.outcome is Reach.REACHABLE and not protected(secure.final)
        if document.kind is not Kind.SERVICE and opens:
            _add(found, link, "value")
    for key, facts in found.items():
        yield Fault(
            key, {**facts, "secure": tuple(map(protected, facts["value"]))}, fix=_protecting(document, key, facts)
        )


def description(document: Document, world: World) -> Iterator[Statement]:
    """The file of `doc_tech_link` is one that the site can show."""
    key, link, said = "/doc_tech_link", text_of(document, "doc_tech_link"), described(document, world)
    if said is None:
        return
    if said.fault in UNREAD:
        yield Proof(key, {UNREAD[said.fault]: link})
    elif not said.format:
        fix = with_key(document, key, "doc_tech_external") if said.fault == "page" else None
        yield Fault(key, {"page" if said.fault == "page" else "value": link}, fix=fix)
    elif said.fault:
        yield Fault(key, {"format": said.format, "objection": said.fault, "place": said.place})
    else:
        servers = said.servers[:_MOST_SERVERS]
        facts: Facts = {"format": said.format, "title": said.title, "operations": said.operations}
        more: Facts = {"servers": servers, "free": said.open_operation}
        yield Proof(key, {**facts, **{name: value for name, value in more.items() if value}})


def other_origins(document: Document, world: World) -> Iterator[Statement]:
    """The site's own pages may load the file of `doc_tech_link` from where it is."""
    said = described(document, world)
    if said and said.format and said.origin is not None:
        facts: Facts = {"value": text_of(document, "doc_tech_link")}
        yield Proof("/doc_tech_link", facts) if said.origin else Fault("/doc_tech_link", facts)


def protected(url: str) -> str:
    """Return the same address in https; empty where it is no plain http address."""
    return f"https{url[4:]}" if url.lower().startswith("http:") else ""


def _links(document: Document, world: World) -> list[Link]:
    return list(links(document)) if world.evidence else []  # nothing can be said where nobody was asked


def _of_documentation(document: Document, world: World) -> list[Link]:
    fields = ("doc_tech_link", "doc_tech_external")
    # A file of the site needs no address: another rule sees that it is there.
    needs = document.kind is Kind.API and not text_of(document, fields[0]).startswith("/")
    return [link for link in _links(document, world) if link.field in fields] if needs else []


def _of_access(document: Document, world: World) -> list[Link]:
    field = {"0": "account_link", "-1": "access_page"}.get(text_of(document, "is_open"))
    needs = document.kind is Kind.API and field
    return [link for link in _links(document, world) if link.field == field and link.eligible] if needs else []


def _of_service(document: Document, world: World) -> list[Link]:
    return _links(document, world) if document.kind is Kind.SERVICE else []


def _one_works(wanted: list[Link], document: Document, world: World) -> Iterator[Statement]:
    """Tell what is known of the addresses of which a criterion needs one that works."""
    asked = list(_asked(wanted, document, world))
    gone: dict[str, dict[str, tuple[str, ...]]] = {}
    works: dict[str, dict[str, tuple[str, ...]]] = {}
    silent: dict[str, dict[str, tuple[str, ...]]] = {}
    for link, got in asked:
        if got.outcome is Reach.GONE:
            _add(gone, link, _trouble(got))
        elif got.outcome is Reach.UNKNOWN:
            _add(silent, link, _silence(got))
        else:
            _add(works, link, _WORKS[got.outcome])
            _lead(works, link, got)
    if works:
        yield from (Proof(key, facts) for key, facts in works.items())
    elif silent:
        yield from (Question(key, facts) for key, facts in silent.items())
    elif len(asked) == len(wanted):
        yield from (Fault(key, facts) for key, facts in gone.items())


def _asked(wanted: Iterable[Link], document: Document, world: World) -> Iterator[tuple[Link, Answer]]:
    """Yield the addresses that the request brings and that were asked for, with what came of it."""
    if world.evidence:
        fresh = introduced(document, world)
        for link in wanted:
            if link.url in fresh and link.url in world.evidence:
                yield link, world.evidence[link.url]


def _silence(got: Answer) -> str:
    if got == UNASKED:
        return "unasked"
    return "inner" if got.why in _INNER else "failing" if got.status else "slow"


def _lead(found: dict[str, dict[str, tuple[str, ...]]], link: Link, got: Answer) -> None:
    """Add where an address leads, if that is another site."""
    if host(got.final) not in ("", host(link.url)):
        _add(found, link._replace(url=got.final), "led")


def _trouble(got: Answer) -> str:
    if got.outcome is Reach.GONE:
        return "missing" if got.status else "nowhere"
    return _CERTIFICATES.get(got.why, "untrusted")


def _add(found: dict[str, dict[str, tuple[str, ...]]], link: Link, fact: str) -> None:
    facts = found.setdefault(link.key, {})
    facts[fact] = tuple(dict.fromkeys((*facts.get(fact, ()), link.url)))


def _protecting(document: Document, key: str, facts: Facts) -> Fix | None:
    """Return the fix that gives the protected addresses, in a field or in the text of a case."""
    text = str(document.data.get(key[1:], ""))
    if key.startswith("/access_page/"):
        cases = document.data["access_page"]
        text = str(cases[int(key.split("/")[2])]["description"])  # type: ignore[index, call-overload]
    for url in facts["value"] if isinstance(facts["value"], tuple) else ():
        text = text.replace(url, protected(url))
    return with_value(document, key, text)
