"""Checks of criterion A3: where the technical documentation is, as the entry declares it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.catalogue import PUBLIC, SWAGGERS, World, strings
from rules.checks.reading import FILE_NAME, is_real, shown, text_of, whole_address
from rules.checks.references import names_in
from rules.document import Document
from rules.fixes import with_key, with_value
from rules.links import asked
from rules.model import Facts, Fault, Proof, Statement
from rules.nearest import nearest

_KEYS = ("doc_tech_link", "doc_tech_external")
_SWAGGERS = "swaggers/"  # on the site, the files that describe APIs
_DESCRIPTION = re.compile(r"openapi|swagger|\.(?:json|ya?ml)\b", re.IGNORECASE)


def declared(document: Document, world: World) -> Iterator[Statement]:
    """The entry gives at least one address of the technical documentation."""
    links = tuple(link for key in _KEYS if (link := text_of(document, key)))
    if links:
        key = next(key for key in _KEYS if text_of(document, key))
        unopened = tuple(link for link in links if link not in asked(document, world))
        if unopened:  # what became of the others is told by who asked
            yield Proof(f"/{key}", {"links": unopened})
        return
    old = text_of(document, "doc_tech")
    new_key = "doc_tech_link" if _DESCRIPTION.search(old) else "doc_tech_external"
    there = next((key for key in _KEYS if key in document.data), None)
    facts: Facts
    if there:
        value = document.data[there]
        facts = {"there": f"{there}:"} | ({"items": shown(value)} if value else {}) | ({"moved": old} if old else {})
    elif old:
        facts = {"old": old, "new_key": new_key}
    else:
        facts = {"openapi_key": f"{_KEYS[0]}:", "page_key": f"{_KEYS[1]}:"}
    line = document.line(f"/{there}" if there else "/doc_tech" if old else "/title")
    fix = with_key(document, "/doc_tech", new_key) if old and not there else None
    if there and len(items := strings(document.data[there])) == 1 and is_real(items[0]):
        fix = with_value(document, f"/{there}", items[0])
    yield Fault("/doc_tech_link", facts, line, fix=fix)


def placeholder(document: Document, world: World) -> Iterator[Statement]:
    """The addresses of the documentation are real ones, not those of the template."""
    for key in _KEYS:
        link = text_of(document, key)
        if not link or (link.startswith(("/", _SWAGGERS)) and link != "/"):  # a path of the site
            continue
        if is_real(link):
            if link not in asked(document, world):
                yield Proof(f"/{key}", {"value": link})
        else:
            named = FILE_NAME.fullmatch(link)
            ours = f"/swaggers/{named[1]}" if named and f"{SWAGGERS}/{named[1]}" in world.after.files else None
            better = ours or whole_address(link)
            fix = with_value(document, f"/{key}", better) if better else None
            yield Fault(f"/{key}", {"value": link} | ({"near": ours} if ours else {}), fix=fix)


def swagger_exists(document: Document, world: World) -> Iterator[Statement]:
    """A description kept on the site itself is among its files."""
    for key in _KEYS:
        link = text_of(document, key)
        if link.startswith(("/", _SWAGGERS)):
            yield from _on_site(f"/{key}", link, document, world)


def _on_site(key: str, link: str, document: Document, world: World) -> Iterator[Statement]:
    """Look a path of the site up in its folder; nothing is said where the names there are not known, as the site
    answers at addresses that are no files too."""
    path = link.lstrip("/")
    if link.startswith("/") and PUBLIC + path in world.after.files:
        yield Proof(key, {"value": link})
        return
    folder = _SWAGGERS if path.startswith(_SWAGGERS) else path[: path.rfind("/") + 1]
    place, name = f"{PUBLIC}{folder}".rstrip("/"), path.removeprefix(folder)
    if place not in world.after.folders:
        return
    names = names_in(world.after, place)
    if not folder:
        names = [other for other in names if "/" not in other and "." in name]
    if names:
        near = nearest(name, names)
        right = f"/{folder}{near}"
        fix = with_value(document, key, right) if near else None
        yield Fault(key, {"value": link} | ({"near": right} if near else {}), fix=fix)
