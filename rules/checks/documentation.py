"""Checks of criterion A3: where the technical documentation is, as the entry declares it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.catalogue import SWAGGERS, World
from rules.checks.reading import is_address, is_real, text_of
from rules.checks.references import names_in
from rules.document import Document
from rules.fixes import with_key, with_value
from rules.links import asked
from rules.model import Fault, Proof, Statement
from rules.nearest import nearest

_KEYS = ("doc_tech_link", "doc_tech_external")
_OF_SITE = ("/", "/swaggers/", "swaggers/")  # paths of the site itself; only its swaggers are files that we know
_DESCRIPTION = re.compile(r"openapi|swagger|\.(?:json|ya?ml)\b", re.IGNORECASE)
_BARE = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#]\S*)?$", re.IGNORECASE)


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
    line = document.line(next((f"/{key}" for key in (*_KEYS, "doc_tech") if key in document.data), "/title"))
    fix = with_key(document, "/doc_tech", new_key) if old else None
    to_add = {"openapi_key": f"{_KEYS[0]}:", "page_key": f"{_KEYS[1]}:"}
    yield Fault("/doc_tech_link", {"old": old, "new_key": new_key} if old else to_add, line, fix=fix)


def placeholder(document: Document, world: World) -> Iterator[Statement]:
    """The addresses of the documentation are real ones, not those of the template."""
    for key in _KEYS:
        link = text_of(document, key)
        if not link or link.startswith(_OF_SITE):
            continue
        if is_real(link):
            if link not in asked(document, world):
                yield Proof(f"/{key}", {"value": link})
        else:
            whole = _BARE.match(link) and f"https://{link}"
            fix = with_value(document, f"/{key}", whole) if whole and is_address(whole) else None
            yield Fault(f"/{key}", {"value": link}, fix=fix)


def swagger_exists(document: Document, world: World) -> Iterator[Statement]:
    """A description kept on the site itself is among its files."""
    link = text_of(document, "doc_tech_link")
    if not link.startswith(_OF_SITE[1:]):
        return
    path = "public/" + link.lstrip("/")
    if path in world.after.files and link.startswith("/"):
        yield Proof("/doc_tech_link", {"value": link})
    elif names := names_in(world.after, SWAGGERS):
        near = nearest(path.removeprefix(f"{SWAGGERS}/"), names)
        if near:
            right = f"/swaggers/{near}"
            fix = with_value(document, "/doc_tech_link", right)
            yield Fault("/doc_tech_link", {"value": link, "near": right}, fix=fix)
        else:
            yield Fault("/doc_tech_link", {"value": link})
