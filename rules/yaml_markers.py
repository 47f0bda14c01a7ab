"""Guesses at the lines that bound a front matter: its `---`, missing or misplaced, and the marks of a merge.

Lines here are 0-based indexes in the list of the file's lines, ends removed.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from rules.model import Facts
from rules.yaml_guess import Guess, Stop
from rules.yaml_lines import KEY, TEXT_MARK, is_key

_MARKER = re.compile(r"\s*(?:[–—-]{2,}|[–—])\s*")
_HEADING = re.compile(r"#{1,6}\s+\S")
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>")


def markers(lines: list[str], opened: bool) -> Iterator[Guess]:
    """Guess where the `---` that opens or closes the front matter should be."""
    keys = [at for at, line in enumerate(lines) if KEY.match(line)]
    glued = lines[0].lstrip("\ufeff").removeprefix("---").lstrip() if lines[0].startswith(("---", "\ufeff---")) else ""
    if KEY.match(glued):
        yield Guess("front-matter-missing", 0, 0, 3, ["---", glued])
    if opened and lines[0].lstrip("\ufeff") != "---":
        yield Guess("front-matter-missing", 0, 0, 3, ["---"])
    if not keys:
        return
    if not opened:
        above = [at for at in range(keys[0]) if _MARKER.fullmatch(lines[at])]
        if above:
            yield Guess("front-matter-missing", 0, above[0], 0, ["---"])
        yield Guess("front-matter-missing", 0, 0, 0, ["---", lines[0]])
        return
    for at in range(keys[0], len(lines)):
        if _MARKER.fullmatch(lines[at]):
            yield Guess("front-matter-unclosed", at, at, 0, ["---"])
    filled = [at for at in range(keys[0], len(lines)) if lines[at].strip()]
    for at, below in zip(filled, [*filled[1:], None], strict=True):
        if below is None or not _goes_on(lines, at, below):
            yield Guess("front-matter-unclosed", at, at, 0, [lines[at], "---"])


def closings(lines: list[str], stop: Stop) -> Iterator[Guess]:
    """Guess that the `---` that closes the front matter is missing, where a line of the text below was taken for it:
    then a heading stands between the last field, which is no text of several lines, and that line."""
    last_key = max((at for at in range(stop.first, stop.last + 1) if is_key(lines[at])), default=stop.last)
    if TEXT_MARK.fullmatch(lines[last_key]):
        return
    filled = [at for at in range(last_key, stop.last + 1) if lines[at].strip()]
    for at, below in pairwise(filled):
        if not _goes_on(lines, at, below):
            if any(_HEADING.match(lines[row]) for row in range(below, stop.last + 1)):
                yield Guess("front-matter-unclosed", at, at, 0, [lines[at], "---"])
            return


def _goes_on(lines: list[str], at: int, below: int) -> bool:
    """Whether the front matter goes on from line `at` to `below`, the next one that is not blank. A `#` begins a
    comment when it is glued to the line above, or when a field follows; else it is a heading of the text."""
    if not lines[below].startswith("#"):
        return bool(KEY.match(lines[below])) or lines[below].startswith((" ", "-"))
    if below == at + 1 and not lines[below].startswith("##"):
        return True
    following = (line for line in lines[below:] if line.strip() and not line.startswith(("#", " ", "-")))
    return is_key(next(following, ""))


def cut(lines: list[str], known: Collection[str], kept: Collection[str], start: int) -> Guess | None:
    """Return the `---` that closes the front matter, which holds the fields `kept`, above fields that the site knows
    and a `---` that was to close it: the text below, from line `start` on, begins with them."""
    end = next((at for at in range(start, len(lines)) if lines[at].rstrip() == "---"), start)
    rows = [line for line in lines[start:end] if line.strip()]
    names = [match[0] for line in rows if (match := KEY.match(line))]
    lost = [name for name in names if name in known and name not in kept]
    if not lost or not KEY.match(rows[0]) or not all(KEY.match(row) or row.startswith((" ", "-", "#")) for row in rows):
        return None
    at = next(row for row in range(start - 1, -1, -1) if lines[row].strip())
    return Guess("front-matter-cut", at, at, 0, [], {"fields": tuple(lost), "end_mark": end + 1})


def conflict(lines: list[str], first: int, last: int) -> Guess | None:
    """Return the first place where two versions of some lines were left side by side; only a person can choose."""
    rows = {mark: [at for at in range(first, last + 1) if lines[at].startswith(mark)] for mark in _CONFLICT}
    start = next(iter(rows[_CONFLICT[0]]), None)
    middle = next((at for at in rows[_CONFLICT[1]] if start is not None and at > start), None)
    end = next((at for at in rows[_CONFLICT[2]] if middle is not None and at > middle), None)
    if start is None or middle is None or end is None:
        return None
    facts: Facts = {"start_mark": start + 1, "middle_mark": middle + 1, "end_mark": end + 1}
    if start + 1 < middle:
        facts = {**facts, "first_start": start + 2, "first_end": middle}
    if middle + 1 < end:
        facts = {**facts, "second_start": middle + 2, "second_end": end}
    return Guess("yaml-conflict", start, end, 0, None, facts)
