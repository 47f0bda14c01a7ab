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


def introduced(document: Document, world: World) -> frozenset[str]:
    """Return the addresses that the request brings: what an entry said before, in whichever field, is no doing of
    the request."""
    previous = world.previous(document)
    old = {link.url for link in links(previous)} if previous else set()
    return frozenset({link.url for link in links(document)} - old)


def asked(document: Document, world: World) -> Mapping[str, Answer]:
    """Return what came of the addresses that the request brings, as far as they were asked for."""
    urls = introduced(document, world) if world.evidence else ()
    return {url: world.evidence[url] for url in urls if url in world.evidence}


def new_file(document: Document, world: World) -> str:
    """Return the address of the file that describes the API where the request names it, or may change it: that of a
    file of the site. Nothing where it was named before."""
    link, previous = text_of(document, "doc_tech_link"), world.previous(document)
    known = previous is not None and text_of(previous, "doc_tech_link") == link
    return link if link.startswith("/") or not known else ""


def of_file(document: Document, world: World) -> Answer | None:
    """Return what came of the file of `doc_tech_link`, where the request brings that address or that file."""
    return world.evidence.get(new_file(document, world))


def described(document: Document, world: World) -> Description | None:
    """Return what was read in that file."""
    got = of_file(document, world)
    return got.description if got else None


def address_on_site(path: str) -> str:
    """Return the address that a file of the repository has on the site where it may describe an API, else nothing."""
    return path.removeprefix(_PUBLIC) if path.startswith(f"{SWAGGERS}/") else ""
