"""The addresses that an entry sends its readers to, and those of them that the request brings."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from rules.catalogue import SWAGGERS, World
from rules.checks.reading import is_address, text_of
from rules.document import Document
from rules.evidence import Answer, Description
from rules.model import Kind

FIELDS = {
    Kind.API: (
        "doc_tech_link",
        "doc_tech_external",
        "account_link",
        "datapass_link",
        "monitoring_link",
        "stats_detail_link",
    ),
    Kind.SERVICE: ("link",),
    Kind.PRODUCER: ("site", "siteAPI", "siteOpenData", "annuaire"),
}
_PUBLIC = "public"  # what the site serves
_IN_TEXT = re.compile(r"\bhref=[\"'](https?://[^\"'\s]+)|\]\((https?://[^)\s]+)|(?<![\"'=(])(https?://[^\s<>\"')\]]+)")


class Link(NamedTuple):
    """An address and the JSON pointer of the field that holds it. `eligible` is false in the text of a case of
    `access_page` that gives no access."""

    key: str
    url: str
    eligible: bool = True

    @property
    def field(self) -> str:
        """The top-level key."""
        return self.key.split("/")[1]


def links(document: Document) -> Iterator[Link]:
    """Yield every address of the entry that a browser can follow, in the order of the fields."""
    for key in FIELDS.get(document.kind, ()):
        url = text_of(document, key)
        if is_address(url):
            yield Link(f"/{key}", url)
    cases = document.data.get("access_page")
    for n, case in enumerate(cases if isinstance(cases, list) else ()):
        if isinstance(case, dict):
            for found in _IN_TEXT.finditer(str(case.get("description"))):
                url = next(filter(None, found.groups())).rstrip(".,;:!?")
                if is_address(url):
                    yield Link(f"/access_page/{n}/description", url, case.get("is_eligible") != -1)


def introduced(document: Document, world: World) -> frozenset[tuple[str, str]]:
    """Return the addresses that the request brings, each with its top-level field: what an entry said
    before is no doing of the request."""
    previous = world.previous(document)
    old = {(link.field, link.url) for link in links(previous)} if previous else set()
    return frozenset({(link.field, link.url) for link in links(document)} - old)


def asked(document: Document, world: World) -> Mapping[str, Answer]:
    """Return what came of the addresses that the request brings, as far as they were asked for."""
    urls = {url for _, url in introduced(document, world)} if world.evidence else ()
    return {url: world.evidence[url] for url in urls if url in world.evidence}


def described(document: Document, world: World) -> Description | None:
    """Return what was read in the file of `doc_tech_link`, where the request brings that address or that file."""
    link = text_of(document, "doc_tech_link")
    got = world.evidence.get(link)
    if got and (link.startswith("/") or ("doc_tech_link", link) in introduced(document, world)):
        return got.description
    return None


def address_on_site(path: str) -> str:
    """Return the address that a file of the repository has on the site where it may describe an API, else nothing."""
    return path.removeprefix(_PUBLIC) if path.startswith(f"{SWAGGERS}/") else ""
