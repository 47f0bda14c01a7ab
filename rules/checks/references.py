"""Checks of criterion F between entries: who is named, by whom, and at which public address."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from urllib.parse import unquote

from rules.catalogue import SWAGGERS, Catalogue, World, fold
from rules.document import Document, kind_of
from rules.fixes import as_scalar
from rules.model import Fault, Kind, Statement
from rules.nearest import nearest

_MOST_OTHERS = 20  # entries named as looking the same: a request may bring thousands
_ADDRESSES = {Kind.API: "/les-api/", Kind.PRODUCER: "/producteurs/"}
_LINK = re.compile(r"/(les-api|producteurs|swaggers)/([\w.%-]*\w)")  # found by its first letter: fast
_BEFORE_LINK = re.compile(r"(?:^|[^\w./:-]|https?://api\.gouv\.fr)$")
# Where what a link of the site leads to stands in the catalogue.
_TARGETS = {
    "les-api": ("_data/api", ".md"),
    "producteurs": ("_data/producteurs", ".md"),
    "swaggers": (SWAGGERS, ""),
}


def names_in(catalogue: Catalogue, folder: str) -> list[str]:
    """Return the file names of a folder, to suggest one; none where the catalogue came without them."""
    return sorted(path[len(folder) + 1 :] for path in catalogue.files if path.startswith(f"{folder}/"))


def title_unique(document: Document, world: World) -> Iterator[Statement]:
    """No other entry of the kind has the same title, case and accents aside."""
    title = document.data.get("title")
    if isinstance(title, str) and title.strip():
        yield from _alone("/title", title, document, world.after.by_folded_title[document.kind, fold(title)])


def address_unique(document: Document, world: World) -> Iterator[Statement]:
    """No other entry of the folder has the same file name, case and accents aside."""
    yield from _alone("", document.slug, document, world.after.same_path(document))


def _alone(key: str, value: str, document: Document, alike: tuple[Document, ...]) -> Iterator[Statement]:
    others = tuple(islice((other.path for other in alike if other.path != document.path), _MOST_OTHERS))
    if others:
        yield Fault(key, {"value": value, "others": others})


def title_still_named(document: Document, world: World) -> Iterator[Statement]:
    """A title that the request takes away is no longer named by any service: the build stops there."""
    yield from _title_left(document, world, Kind.SERVICE)


def title_in_guides(document: Document, world: World) -> Iterator[Statement]:
    """A title that the request takes away is no longer named by any guide."""
    yield from _title_left(document, world, Kind.GUIDE)


def _title_left(document: Document, world: World, kind: Kind) -> Iterator[Statement]:
    previous = _previous(document, world, Kind.API)
    old = previous.data.get("title") if previous else None
    if not isinstance(old, str) or old in world.titles:
        return
    named_by = tuple(other.path for other in world.after.naming.get(old, ()) if other.kind is kind)
    new = document.data.get("title")
    if named_by and document.kind is Kind.REMOVED:
        yield Fault("", {"gone": old, "named_by": named_by, "remove": f"- {as_scalar(old)}"})
    elif named_by and isinstance(new, str):
        yield Fault("/title", {"old": old, "new": new, "named_by": named_by, "entry": f"- {as_scalar(new)}"})


def producer_still_named(document: Document, world: World) -> Iterator[Statement]:
    """A producer sheet that the request renames or removes is no longer named by any API."""
    yield from _producer_left(document, world, world.after.apis_of_producer)


def partner_still_named(document: Document, world: World) -> Iterator[Statement]:
    """A producer sheet that the request renames or removes is no longer a partner of any API."""
    yield from _producer_left(document, world, world.after.partnered)


def _producer_left(document: Document, world: World, naming: Mapping[str, tuple[Document, ...]]) -> Iterator[Statement]:
    previous = _previous(document, world, Kind.PRODUCER)
    if previous is None or previous.slug in world.after.producers:
        return
    named_by = tuple(other.path for other in naming.get(previous.slug, ()))
    if named_by and document.kind is Kind.REMOVED:
        yield Fault("", {"gone": previous.slug, "named_by": named_by})
    elif named_by:
        name = as_scalar(document.slug)
        change = {"old": previous.slug, "new": document.slug, "entry": f"producer: {name}", "partner": f"- {name}"}
        yield Fault("", {**change, "named_by": named_by})


def public_address_kept(document: Document, world: World) -> Iterator[Statement]:
    """The page keeps the address that people have bookmarked and that other sites link to."""
    for kind, address in _ADDRESSES.items():
        previous = _previous(document, world, kind)
        if previous is not None and document.kind is Kind.REMOVED:
            yield Fault("", {"gone": address + previous.slug})
        elif previous is not None and previous.path != document.path:
            yield Fault("", {"old": address + previous.slug, "new": address + document.slug})


def _previous(document: Document, world: World, kind: Kind) -> Document | None:
    """Return the entry as it was, where it is of that kind and the request changes or removes it."""
    if kind_of(document.path) is not kind:
        return None
    if document.kind is Kind.REMOVED:
        return document
    previous = world.previous(document)
    return None if previous is document else previous


def internal_link(document: Document, world: World) -> Iterator[Statement]:
    """A link to a page or a description file of the site leads somewhere."""
    text, files = document.text, world.after.files
    line, counted = 1, 0
    names: dict[str, list[str]] = {}  # of the entries that a link may lead to
    told = set()
    for match in _LINK.finditer(text):
        folder, suffix = _TARGETS[match.group(1)]
        name = unquote(match.group(2))
        before = text[max(0, match.start() - 40) : match.start()]
        if f"{folder}/{name}{suffix}" in files or not _BEFORE_LINK.search(before):
            continue
        line, counted = line + text.count("\n", counted, match.start()), match.start()
        key = document.field_at(line)
        if key == "/doc_tech_link" or (key, name) in told:
            continue
        told.add((key, name))
        if folder not in names:
            names[folder] = [other.removesuffix(suffix) for other in names_in(world.after, folder)]
        if names[folder]:
            near = nearest(name, names[folder])
            place = match.group(0).removesuffix(match.group(2))
            yield Fault(key, {"value": match.group(0)} | ({"near": place + near} if near else {}), line)
