"""The words of the judgement: what a rule is, what a check may say, what comes out.

All are named tuples, as a run makes thousands of them: dataclasses take four times as long to make, and
eight times to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from rules.evidence import Answer

if TYPE_CHECKING:
    from rules.catalogue import World
    from rules.document import Document


class Outcome(StrEnum):
    """What became of a rule or a criterion, in the words of W3C EARL."""

    PASSED = "passed"
    FAILED = "failed"
    CANT_TELL = "cant_tell"
    INAPPLICABLE = "inapplicable"


class Severity(StrEnum):
    """How grave a fault is: it keeps the request from being published, or it is only advice."""

    BLOCKING = "blocking"
    ADVISORY = "advisory"


class Decider(StrEnum):
    """Who has the last word: the machine alone, or a person where no check could settle it."""

    MACHINE = "machine"
    HUMAN = "human"


class Kind(StrEnum):
    """What a file is for the catalogue; it decides which rules apply."""

    API = "api"
    SERVICE = "service"
    PRODUCER = "producer"
    GUIDE = "guide"
    ROADMAP = "roadmap"
    STRAY = "stray"  # in a catalogue folder, but named so that the site never reads it
    REMOVED = "removed"  # an entry that the request deletes: judged by what it leaves behind


# Facts are the contributor's own values, raw: `bot.render` quotes and escapes them.
Facts = Mapping[str, str | int | tuple[str, ...]]
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Text(NamedTuple):
    """The same sentence in both languages; French is what most people read."""

    fr: str = ""
    en: str = ""


class Fix(NamedTuple):
    """Lines `start_line` to `end_line` (1-based, inclusive) become `text`; no text deletes them."""

    start_line: int
    end_line: int
    text: str | None

    def apply(self, content: str) -> str:
        """Return `content` as it reads once the fix is clicked; its line ends are kept."""
        lines = content.split("\n")
        end = "\r" if lines[0].endswith("\r") else ""
        new = [] if self.text is None else [line + end for line in self.text.split("\n")]
        return "\n".join(lines[: self.start_line - 1] + new + lines[self.end_line :])


class Fault(NamedTuple):
    """A check found something wrong. `key` is a JSON pointer into the front matter (`/producer`);
    `line` and `end_line` are needed only where no key tells them."""

    key: str
    facts: Facts = NOTHING
    line: int | None = None
    end_line: int | None = None
    fix: Fix | None = None


class Proof(NamedTuple):
    """A check found what satisfies the rule: the value at `key`, and what else it saw."""

    key: str
    facts: Facts = NOTHING


class Question(NamedTuple):
    """A check could not settle it: a person must, and here is what was looked at."""

    key: str
    facts: Facts = NOTHING


class CantTell(Exception):
    """A check can't answer until another field is mended, which a rule of its own tells: `key` is that field."""

    def __init__(self, key: str) -> None:
        super().__init__(key)
        self.key = key


Statement = Fault | Proof | Question

# A check is a small generator: it says what it found, and nothing where the rule has no object.
Check = Callable[["Document", "World"], Iterator[Statement]]


class Example(NamedTuple):
    """A fenced block of a rule file. `others` are files that stand beside it, by path; `before` are
    files as they were before the request; `evidence` is what the internet answered, by address. `line` is
    where the finding must land (bad ones only)."""

    good: bool
    path: str
    text: str
    line: int | None = None
    others: Mapping[str, str] = NOTHING
    before: Mapping[str, str] = NOTHING
    evidence: Mapping[str, Answer] = NOTHING


class Criterion(NamedTuple):
    """A heading of `criteria.md`: A1 … A5, S1, S2 of the contact page, and F (can be published)."""

    id: str
    title: Text
    statement: Text


class Rule(NamedTuple):
    """One file of `rules/admission`; `id` is its name. See `rules/loader.py` for the format.

    `check` is the function that decides: the one that the file names, or the one that asks a person.
    `reads` names the keys that the rule looks at (`body` is the text under the front matter); the
    first one is where its finding lands by default. A rule that reads nothing judges the file
    itself, so it also runs where the front matter can't be read. `page` is the address where people
    read about it, empty where there is none; `body` is the text of the file under its header.
    """

    id: str
    criterion: str
    source: str
    decider: Decider
    severity: Severity
    applies_to: tuple[Kind, ...]
    reads: tuple[str, ...]
    title: Text
    why: Text
    check: Check
    message: Text = Text()
    evidence: Text = Text()
    question: Text = Text()
    body: str = ""
    page: str = ""

    @property
    def key(self) -> str:
        """The JSON pointer of the key that the rule is about; empty for the file itself."""
        return f"/{self.reads[0]}" if self.reads and self.reads[0] != "body" else ""


class Verdict(NamedTuple):
    """What one rule says of one document. `reason` tells why a rule could not answer: `unreadable` (the front
    matter), `field: …` (one that must be mended first) or `broken: …` (the rule itself raised)."""

    rule: Rule
    outcome: Outcome
    statements: tuple[Statement, ...] = ()
    reason: str = ""


class Finding(NamedTuple):
    """A fault, placed: what a contributor is told. Lines are 1-based lines of the file at the head."""

    rule: Rule
    path: str
    key: str
    line: int
    end_line: int
    facts: Facts
    introduced: bool
    fix: Fix | None

    @property
    def fingerprint(self) -> tuple[str, str, str]:
        """What it is for ever: rule, path and key, never the line. An item of a list, and a place in
        the body, is known by its value, so that one inserted above does not make it another finding."""
        parent, _, last = self.key.rpartition("/")
        in_body = not self.key and "body" in self.rule.reads
        by_value = "value" in self.facts and (last.isdigit() or in_body)
        return (self.rule.id, self.path, f"{parent}={self.facts['value']}" if by_value else self.key)


class Placed(NamedTuple):
    """A proof or a question, with the rule that words it and the line where to read it. `unchanged`
    is true where an entry already listed keeps what the question was about, so nobody is asked again."""

    rule: Rule
    path: str
    key: str
    line: int
    facts: Facts
    unchanged: bool = False


class CriterionVerdict(NamedTuple):
    """One criterion for one entry. `reason` is set where a rule of ours raised, however the criterion ended
    (`broken: …`), else where it ended `cant_tell` because the entry must be mended first: the whole front matter
    (`unreadable`), or one field (`field: …`)."""

    criterion: str
    outcome: Outcome
    evidence: tuple[Placed, ...] = ()
    question: Placed | None = None
    reason: str = ""


class EntryVerdict(NamedTuple):
    """Everything said of one entry. `touched` is false for an entry that the request breaks through another
    one, whose own finding tells it."""

    path: str
    kind: Kind
    criteria: tuple[CriterionVerdict, ...]
    findings: tuple[Finding, ...]
    touched: bool = True
