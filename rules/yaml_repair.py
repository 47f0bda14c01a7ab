"""Explains why a front matter can't be read to someone who has never heard of YAML, with a fix where one works."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from rules.document import Problem
from rules.fixes import between
from rules.front_matter import FrontMatter, front_matter, read
from rules.site_yaml import Refused, TooDeep, Unprintable
from rules.yaml_faults import guesses
from rules.yaml_guess import Guess, Stop
from rules.yaml_lines import KEY
from rules.yaml_markers import closings, conflict, cut, markers

MAX_TRIES = 60
MAX_TRIED_BYTES = 1_000_000  # under a second of reading
MAX_ROUNDS = 4  # faults corrected by one fix

_NOWHERE = Stop("no front matter, or one that lost a key", -1, 0, -1, 0, 0, "")


def explain(text: str, matter: FrontMatter | None, refused: Refused | None) -> Problem:
    """Return the problem of `text`, whose front matter is absent (no `matter`) or `refused`."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    trial = _Trial(text, lines)
    if matter is None or refused is None:
        opened = lines[0].lstrip("\ufeff").rstrip() == "---"
        code = "front-matter-unclosed" if opened and lines[0].endswith("---") else "front-matter-missing"
        if both := conflict(lines, 0, len(lines) - 1):
            return trial.problem(both, both.start, None)
        default = Guess(code, 0, 0, 0, None)
        return trial.first_that_works(markers(lines, opened)) or trial.problem(default, default.start, None)
    stop = Stop.of(refused, matter)
    certain = _certain(lines, stop, refused)
    if certain:
        return trial.first_that_works(iter([certain])) or trial.problem(certain, certain.start, None)
    if unclosed := trial.first_that_works(closings(lines, stop)):
        return unclosed
    code = "front-matter-not-a-mapping" if stop.reason == "not a mapping" else "yaml-unreadable"
    return trial.repaired(
        stop, Guess(code, stop.line, stop.line, stop.column, None, {"text": lines[stop.line].strip()})
    )


def explain_cut(text: str, known: Collection[str], data: Collection[str], body_line: int) -> Problem | None:
    """Return the problem of a text whose front matter reads, but ends above some of its fields: those of `known` that
    are not in `data`. `body_line` is the 1-based line of the text below."""
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    found = cut(lines, known, data, body_line - 1)
    if found is None:
        return None
    trial = _Trial(text, lines)
    return trial.first_that_works(iter([found])) or trial.problem(found, found.start, None)


def _certain(lines: list[str], stop: Stop, refused: Refused) -> Guess | None:
    """Return the fault where the reader tells it without any doubt."""
    line = lines[stop.line]
    if isinstance(refused, TooDeep):
        return Guess("yaml-too-deep", stop.line, stop.line, stop.column, None)
    if isinstance(refused, Unprintable):
        facts = {"character": f"U+{ord(stop.key):04X}"}
        cleaned = line.replace(stop.key, "")
        return Guess("file-not-text", stop.line, stop.line, line.find(stop.key), [cleaned], facts)
    if stop.reason == "empty":
        return Guess("front-matter-empty", stop.line, stop.line, 0, None)
    return conflict(lines, stop.first, stop.last)


class _Trial:
    """Tries corrections of a file, within a bounded number of readings."""

    def __init__(self, text: str, lines: list[str]) -> None:
        self.text, self.lines = text, lines
        self.left = min(MAX_TRIES, 1 + MAX_TRIED_BYTES // (1 + len(text)))

    def first_that_works(self, tries: Iterator[Guess]) -> Problem | None:
        """Return the problem told by the first guess whose correction reads."""
        for guess in tries:
            if self.left <= 0:
                break
            new = guess.correct(self.lines)
            if new and self.stop(new) is None:
                return self.problem(guess, guess.start, new)
        return None

    def repaired(self, stop: Stop, default: Guess) -> Problem:
        """Correct one fault after the other until the file reads; what is told is the first one."""
        lines, stopped = self.lines, stop.line
        told: Guess | None = None
        for _ in range(MAX_ROUNDS):
            tried = list(guesses(lines, stop))
            further: tuple[Guess, list[str], Stop] | None = None
            for guess in tried:
                new = guess.correct(lines) if self.left > 0 else None
                if new is None:
                    continue
                reached = self.stop(new)
                if reached is None:
                    return self.problem(told or guess, stopped, new)
                if reached and not further and reached.line > stop.line and guess.code != "yaml-indentation":
                    further = guess, new, reached
            if further is None:
                told = told or (tried[0] if tried and stop.reason != "not a mapping" else default)
                break
            told = told or further[0]
            _, lines, stop = further
        return self.problem(told or default, stopped, None)

    def stop(self, lines: list[str]) -> Stop | None:
        """Return where the reading of `lines` stops; None when they are read and no key was swallowed."""
        self.left -= 1
        matter = front_matter("\n".join(lines))
        if matter is None:
            return _NOWHERE
        try:
            data, _ = read(matter)
        except Refused as refused:
            return Stop.of(refused, matter)
        before = set(self.lines)
        unchanged = (lines[row - 1] for row in matter.rows if lines[row - 1] in before)
        keys = (match[0] for line in unchanged if (match := KEY.match(line)))
        return None if all(key in data for key in keys) else _NOWHERE

    def problem(self, guess: Guess, stopped: int, new: list[str] | None) -> Problem:
        fix = None if new is None else between(self.lines, new)
        facts = {"stopped": stopped + 1, **guess.facts}
        return Problem(guess.code, guess.start + 1, guess.end + 1, stopped + 1, guess.column + 1, facts, fix)
