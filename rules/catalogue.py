"""Read-only view of the whole catalogue: every document by path, every file name, and who names whom."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache
from typing import TypeVar

from rules.document import Document, kind_of
from rules.evidence import Answer
from rules.model import Kind

_Key = TypeVar("_Key")

PUBLIC = "public/"  # what the site serves
# Folders whose files entries name: whether they are there is part of the answer.
SWAGGERS = "public/swaggers"
LOGOS = "public/images/api-logo"
SCREENSHOTS = "public/images/service-screenshot"
_FILES = {Kind.PRODUCER: {"logo": LOGOS}, Kind.SERVICE: {"screenshot": SCREENSHOTS}}
_ON_SITE = ("doc_tech_link", "doc_tech_external")  # an address, or a path of the site

_LONGEST_NAME = 500  # characters compared: sorting many accents on one letter would take for ever


def fold(text: str) -> str:
    """Return a name without case, accents, punctuation or doubled spaces, to compare it kindly with others."""
    return _folded(text[:_LONGEST_NAME])


@lru_cache(maxsize=1 << 16)  # each slip is compared with every name of the catalogue
def _folded(name: str) -> str:
    return " ".join(re.findall(r"\w+", _unaccented(name).replace("_", " ")))


class Catalogue:
    """The documents of one commit and the names of all its files (images, swaggers, resources)."""

    def __init__(self, documents: Iterable[Document], files: Iterable[str] = ()) -> None:
        self.documents: Mapping[str, Document] = {document.path: document for document in documents}
        self.files: frozenset[str] = frozenset(files) | self.documents.keys()

    def of(self, kind: Kind) -> Iterator[Document]:
        """Yield the documents of one kind."""
        return (document for document in self.documents.values() if document.kind is kind)

    @cached_property
    def producers(self) -> Mapping[str, Document]:
        """Producer sheets by slug, the name by which an API names its producer."""
        return {document.slug: document for document in self.of(Kind.PRODUCER)}

    @cached_property
    def producers_by_folded_name(self) -> Mapping[str, tuple[Document, ...]]:
        """Producer sheets by what people call them: file name, name and acronym, case and accents aside."""
        return _grouped(
            (called, document)
            for document in self.producers.values()
            for names in [(document.slug, document.data.get("name"), document.data.get("acronym"))]
            for called in {fold(str(name or "")) for name in names} - {""}
        )

    @cached_property
    def apis_by_title(self) -> Mapping[str, tuple[Document, ...]]:
        """APIs by exact title, the name by which services and guides name them."""
        return _grouped((str(document.data["title"]), document) for document in self.of(Kind.API) if _titled(document))

    @cached_property
    def by_folded_title(self) -> Mapping[tuple[Kind, str], tuple[Document, ...]]:
        """Entries by kind and title, case and accents aside: two in a group look the same to a reader."""
        return _grouped(
            ((document.kind, fold(str(document.data["title"]))), document)
            for document in self.documents.values()
            if _titled(document)
        )

    @cached_property
    def by_folded_path(self) -> Mapping[str, tuple[Document, ...]]:
        """Entries by path, case and accents aside: two in a group would share a public address."""
        return _grouped((_unaccented(document.path), document) for document in self.documents.values())

    @cached_property
    def apis_of_producer(self) -> Mapping[str, tuple[Document, ...]]:
        """APIs by the producer slug that they name."""
        return _grouped((str(document.data.get("producer")), document) for document in self.of(Kind.API))

    @cached_property
    def naming(self) -> Mapping[str, tuple[Document, ...]]:
        """Services and guides by each API title that they name in `api`."""
        return _grouped(
            (title, document)
            for kind in (Kind.SERVICE, Kind.GUIDE)
            for document in self.of(kind)
            for title in strings(document.data.get("api"))
        )

    @cached_property
    def partnered(self) -> Mapping[str, tuple[Document, ...]]:
        """APIs by each partner that they name."""
        return _grouped(
            (name, document) for document in self.of(Kind.API) for name in strings(document.data.get("partners"))
        )

    @cached_property
    def folders(self) -> frozenset[str]:
        """The folders that hold a file, even deep below."""
        return frozenset(path[:end] for path in self.files for end, letter in enumerate(path) if letter == "/")

    @cached_property
    def needing(self) -> Mapping[str, tuple[Document, ...]]:
        """Entries by the path of each file of the site that they name: logo, screenshot, documentation."""
        return _grouped((path, document) for document in self.documents.values() for path in _needed(document))

    def same_path(self, document: Document) -> tuple[Document, ...]:
        """Return the entries whose path differs from this one's by case and accents only, itself included."""
        return self.by_folded_path.get(_unaccented(document.path), ())


@dataclass(frozen=True)
class World:
    """All that a rule may look at beside its document: the catalogue as the request leaves it, as it
    was before (None when nothing is compared), where renamed entries were (`moved`: new path to old), and
    what the internet answered, by address (`evidence`: empty where nothing was asked)."""

    after: Catalogue
    before: Catalogue | None = None
    moved: Mapping[str, str] | None = None
    evidence: Mapping[str, Answer] = field(default_factory=dict)

    def previous(self, document: Document) -> Document | None:
        """Return the entry as it was before the request; None for a new entry."""
        if self.before is None:
            return None
        path = (self.moved or {}).get(document.path, document.path)
        return self.before.documents.get(path)

    @cached_property
    def titles(self) -> frozenset[str]:
        """Titles that a service may name. An entry that can't be read at the moment keeps the title
        it had: its own fault is told once, on its own file."""
        kept = (self.previous(document) for document in self.after.of(Kind.API) if document.problem)
        return frozenset(self.after.apis_by_title) | {str(old.data["title"]) for old in kept if old and _titled(old)}

    @cached_property
    def retitled(self) -> Mapping[str, str]:
        """Old title to new, for the APIs that the request renames."""
        pairs = ((self.previous(document), document) for document in self.after.of(Kind.API) if self.before)
        return {
            str(old.data["title"]): str(new.data["title"])
            for old, new in pairs
            if old is not None and old is not new and _titled(old) and _titled(new)
            if old.data["title"] != new.data["title"]
        }


def counts(path: str) -> bool:
    """Whether a file at `path` may change what a rule says: an entry, or what entries name."""
    return kind_of(path) is not None or path.startswith((f"{SWAGGERS}/", f"{LOGOS}/", f"{SCREENSHOTS}/"))


def removed(document: Document) -> Document:
    """Return the entry as one that the request deletes: rules judge what it leaves behind."""
    return replace(document, kind=Kind.REMOVED)


def strings(value: object) -> tuple[str, ...]:
    """Return the strings of a list value; anything else counts as an empty list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()


def _needed(document: Document) -> Iterator[str]:
    for key, folder in _FILES.get(document.kind, {}).items():
        yield f"{folder}/{document.data.get(key)}"
    if document.kind is Kind.API:
        links = (str(document.data.get(key)) for key in _ON_SITE)
        yield from {PUBLIC + link.lstrip("/") for link in links if link.startswith("/")}


def _titled(document: Document) -> bool:
    return isinstance(document.data.get("title"), str)


def _unaccented(text: str) -> str:
    """Return the beginning of `text` without case and accents."""
    letters = text[:_LONGEST_NAME]
    if letters.isascii():
        return letters.lower()
    letters = unicodedata.normalize("NFKD", letters)
    return "".join(c for c in letters if not unicodedata.combining(c)).casefold()


def _grouped(pairs: Iterable[tuple[_Key, Document]]) -> Mapping[_Key, tuple[Document, ...]]:
    groups: dict[_Key, list[Document]] = {}
    for key, document in pairs:
        groups.setdefault(key, []).append(document)
    return {key: tuple(documents) for key, documents in groups.items()}
