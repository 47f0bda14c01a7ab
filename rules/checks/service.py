"""Checks of criteria S1 and S2: the listed APIs that a service relies on, and its public address."""

from __future__ import annotations

from collections.abc import Iterator

from rules.catalogue import Catalogue, World, strings
from rules.checks.reading import is_address, text_of
from rules.document import Document
from rules.evidence import Reach
from rules.fixes import with_value
from rules.links import asked
from rules.model import Facts, Fault, Proof, Question, Statement
from rules.nearest import nearest


def names_apis(document: Document, _: World) -> Iterator[Statement]:
    """The service names at least one API, in a list of titles."""
    value = document.data.get("api")
    titles = strings(value)
    if titles and isinstance(value, list) and len(titles) == len(value):
        yield Proof("/api", {"value": titles})
    else:
        single = value.strip() if isinstance(value, str) else ""
        fix = with_value(document, "/api", [single]) if single else None
        line = None if "api" in document.data else document.line("/title")
        yield Fault("/api", {"single": single} if single else {}, line, fix=fix)


def api_exists(document: Document, world: World) -> Iterator[Statement]:
    """Each API that the service names is in the catalogue, by its exact title."""
    value = document.data.get("api")
    named = [(n, item) for n, item in enumerate(value if isinstance(value, list) else ()) if isinstance(item, str)]
    unknown = [(n, title) for n, title in named if title not in world.titles]
    for n, title in unknown:
        pointer = f"/api/{n}"
        if new := world.retitled.get(title):
            yield Fault(pointer, {"value": title, "renamed": new}, fix=with_value(document, pointer, new))
        elif near := nearest(title, sorted(world.titles)):
            yield Fault(pointer, {"value": title, "near": near}, fix=with_value(document, pointer, near))
        else:
            yield Fault(pointer, {"value": title})
    if named and not unknown:
        yield Proof("/api", {"value": tuple(title for _, title in named)})


def essential_feature(document: Document, world: World) -> Iterator[Statement]:
    """An essential feature relies on a listed API: a person tells, once for each service."""
    titles = strings(document.data.get("api"))
    previous = world.previous(document)
    admitted: set[str] = set()
    if previous is not None and world.before is not None:
        admitted = _paths(strings(previous.data.get("api")), world.before)
    kept = tuple(title for title in titles if admitted & _paths((title,), world.after))
    if kept:
        yield Proof("/api", {"kept": kept})
    elif titles:
        name, about = text_of(document, "title") or document.slug, text_of(document, "description")
        facts: Facts = {"title": name, "apis": titles}
        yield Question("/api", {**facts, "about": about} if about else facts)


def link(document: Document, world: World) -> Iterator[Statement]:
    """The service has an address that a browser can follow."""
    value = text_of(document, "link")
    if is_address(value):
        if value not in asked(document, world):  # else who asked tells what became of it
            yield Proof("/link", {"value": value})
        return
    whole = f"https://{value}"
    fix = with_value(document, "/link", whole) if "://" not in value and is_address(whole) else None
    line = None if "link" in document.data else document.line("/title")
    yield Fault("/link", {"value": value} if value else {}, line, fix=fix)


def https(document: Document, world: World) -> Iterator[Statement]:
    """The address of the service is a protected one."""
    value = text_of(document, "link")
    if value.lower().startswith("https://"):
        yield Proof("/link", {"value": value})
    elif value.lower().startswith("http://"):
        secure = "https" + value[4:]
        got = world.evidence.get(secure)
        if got is None or got.outcome is Reach.REACHABLE:
            yield Fault("/link", {"value": value, "secure": secure}, fix=with_value(document, "/link", secure))
        else:
            yield Fault("/link", {"value": value})


def _paths(titles: tuple[str, ...], catalogue: Catalogue) -> set[str]:
    return {api.path for title in titles for api in catalogue.apis_by_title.get(title, ())}
