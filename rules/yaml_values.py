"""Guesses at the faults of one line, in the name of its field or in its value.

Lines here are 0-based indexes in the list of the file's lines, ends removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.fields import FIELDS
from rules.model import Facts
from rules.yaml_guess import Guess, Stop
from rules.yaml_lines import quote, split_line

_GLUED = re.compile(r"(\s*(?:-\s+)*[a-z_]\w*):([^\s:/].*)", re.ASCII)
_COLONLESS = re.compile(r"(\s*(?:-\s+)*)([A-Za-z_]\w*)(?:(\s*[=;：；]\s*)|\s+|$)(.*)")
_CLOSED = re.compile(r"""(?:'(?:[^']|'')*'|"(?:[^"\\]|\\.)*")\s*(?:#.*)?""")
_GLUED_COMMENT = re.compile(r"[|>][-+0-9]*(?=#)")
_SPECIAL = re.compile(r"[@`%*&!{}\[\],>|]|[-?:](?:\s|$)")

_KNOWN = frozenset({"who", "is_eligible"}).union(*FIELDS.values())
# Fields that are also words of the language, with which a line of text may begin.
_WORDS = frozenset({"api", "contact", "data", "description", "image", "link", "short", "site", "tags", "type"})


def glued(lines: list[str], at: int) -> Iterator[Guess]:
    """A field whose colon has no space behind it."""
    match = _GLUED.fullmatch(lines[at])
    if match:
        facts: Facts = {"key": match[1].strip(" -"), "value": match[2]}
        yield Guess("yaml-key-without-space", at, at, match.end(1), [f"{match[1]}: {match[2]}"], facts)


def colonless(lines: list[str], at: int) -> Iterator[Guess]:
    """A known field without its colon, or with another sign in its place."""
    match = _COLONLESS.fullmatch(lines[at])
    if match and match[2] in _KNOWN and (match[3] or match[2] not in _WORDS):
        facts: Facts = {"key": match[2], "sign": (match[3] or "").strip()}
        better = f"{match[1]}{match[2]}: {match[4]}".rstrip()
        yield Guess("yaml-key-without-colon", at, at, match.end(2), [better], {**facts, "better": better.strip()})


def backslash(lines: list[str], stop: Stop) -> Iterator[Guess]:
    """A backslash between double quotes, where it announces a special character."""
    parts = split_line(lines[stop.line])
    if parts and parts[1][0] == '"' and _CLOSED.fullmatch(parts[1]):
        before, value, comment = parts
        facts: Facts = {"key": before.strip(" -:"), "value": value}
        single = "'" + value[1:-1].replace("'", "''") + "'"
        yield Guess("yaml-backslash", stop.line, stop.line, stop.column, [before + single + comment], facts)


def special(lines: list[str], at: int) -> Iterator[Guess]:
    """A value that begins with a sign that has a meaning for the reader."""
    parts = split_line(lines[at])
    if parts and _SPECIAL.match(parts[1]):
        before, value, comment = parts
        facts: Facts = {"key": before.strip(" -:"), "value": value, "character": value[0]}
        mark = _GLUED_COMMENT.match(value)
        new = [f"{before}{f'{mark[0]} {value[mark.end() :]}' if mark else quote(value)}{comment}"]
        yield Guess("yaml-special-character", at, at, len(before), new, facts)


def quotes(lines: list[str], stop: Stop) -> Iterator[Guess]:
    """A value that opens a quote and does not end with it: the last such line before the stop."""
    for at in range(stop.line, stop.first - 1, -1):
        parts = split_line(lines[at])
        if not parts or parts[1][0] not in "'\"" or _CLOSED.fullmatch(parts[1]):
            continue
        before, value = parts[0], (parts[1] + parts[2]).rstrip()
        facts: Facts = {"key": before.strip(" -:"), "value": value, "character": value[0]}
        for text in _meant(value):
            yield Guess("yaml-quote", at, at, len(before), [before + quote(text)], facts)


def _meant(value: str) -> list[str]:
    """Return the texts that a value may stand for, the likeliest first: with the quote that it begins with, or
    without. An apostrophe between two letters is none."""
    mark = value[0]
    if len(value) > 1 and value[-1] == mark:
        inside = value[1:-1]
        first_closes = re.match(rf"(?:[^{mark}]|(?<=\w){mark}(?=\w))*(?<=\S){mark}(?!\w)", inside)
        return [value if first_closes else inside]
    marks = re.findall(rf"(?<!\w){mark}|{mark}(?!\w)", value)
    return [value[1:], value] if len(marks) % 2 else [value, value[1:]]
