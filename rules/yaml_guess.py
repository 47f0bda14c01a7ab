"""What a guess at the fault of a front matter is, and where its reading stopped.

Lines here are 0-based indexes in the list of the file's lines, ends removed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rules.front_matter import FrontMatter
from rules.model import Facts
from rules.site_yaml import Refused


@dataclass(frozen=True, slots=True)
class Guess:
    """Lines `start` to `end` are at fault, from character `column` (0-based) on. Lines `since` (`start` where
    it is not given) to `end` should read `new`, which is None where no one can tell."""

    code: str
    start: int
    end: int
    column: int
    new: list[str] | None
    facts: Facts = field(default_factory=dict)
    since: int | None = None

    def correct(self, lines: list[str]) -> list[str] | None:
        """Return `lines` as they should be."""
        if self.new is None:
            return None
        return lines[: self.start if self.since is None else self.since] + self.new + lines[self.end + 1 :]


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the parser gave up, in the file: `line` and `column`; `opened` is the line where what failed
    began. `first` and `last` are the lines of the YAML."""

    reason: str
    line: int
    column: int
    opened: int
    first: int
    last: int
    key: str

    @classmethod
    def of(cls, refused: Refused, matter: FrontMatter) -> Stop:
        """Place in the file where the reading of its front matter stopped."""
        rows = matter.rows
        column = refused.column + (matter.cut if refused.line == 0 else 0)
        line, opened = (rows[min(at, len(rows) - 1)] - 1 for at in (refused.line, refused.opened_line))
        return cls(refused.reason, line, column, opened, rows[0] - 1, rows[-1] - 1, refused.key)
