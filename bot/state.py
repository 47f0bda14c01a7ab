"""A pull request as it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.catalogue import Catalogue
from rules.evidence import UNASKED, Answer
from rules.judgement import Change

MOST_DESCRIBED = 4 * 1024 * 1024  # bytes of a file that describes an API


@dataclass(frozen=True, slots=True)
class PullRef:
    """Where a pull request lives: `owner/repo#number`."""

    owner: str
    repo: str
    number: int

    def __str__(self) -> str:
        return f"{self.owner}/{self.repo}#{self.number}"

    @property
    def key(self) -> str:
        """The same for every way of writing it: GitHub's names have no case."""
        return str(self).casefold()


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as it is now. `hunks` gives, by path, the lines of the head that a comment may
    stand on, one range per hunk of the diff; `read_url` and `edit_url` are the web addresses under
    which a path of the head is shown and edited, empty where there is no web page. `descriptions` has the
    files that describe APIs among those of the request, by the address they will have on the site, and `evidence`
    what the internet answered, by address: nothing as long as nobody asked."""

    head: str
    base: str
    before: Catalogue
    after: Catalogue
    changes: tuple[Change, ...]
    hunks: Mapping[str, tuple[range, ...]] = field(default_factory=dict)
    ref: PullRef | None = None
    read_url: str = ""
    edit_url: str = ""
    descriptions: Mapping[str, bytes] = field(default_factory=dict)
    evidence: Mapping[str, Answer] = field(default_factory=dict)

    @property
    def asked(self) -> Mapping[str, Answer]:
        """What came of the addresses that were asked for: the files of the site are read from the request."""
        return {url: got for url, got in self.evidence.items() if got != UNASKED and not url.startswith("/")}

    @property
    def unasked(self) -> int:
        """How many addresses nobody asked for, because the request has so many."""
        return sum(got == UNASKED for got in self.evidence.values())
