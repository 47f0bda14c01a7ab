"""Takes lines of YAML apart, in so far as a text that YAML refuses still has keys, values and depths."""

from __future__ import annotations

import re

KEY = re.compile(r"[A-Za-z_][\w-]*(?=:(?:\s|$))", re.ASCII)
# A line that opens a text of several lines.
TEXT_MARK = re.compile(r"(\s*)(?:-\s+)*(?:(?!-\s)[^\s:][^:]*:\s+)?[|>][-+0-9]*\s*(?:#.*)?")
_ENTRY = re.compile(r"(\s*(?:-\s+)*)((?!-\s)[^\s:'\"#\[{][^:]*)(:\s+)(\S.*)")  # lead, key, colon, value
_ITEM = re.compile(r"(\s*(?:-\s+)+)()()(\S.*)")  # the same, where an item has no key


def quote(value: str) -> str:
    """Return `value` between the quotes that change it least."""
    if "'" in value and '"' not in value and "\\" not in value:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def is_key(line: str) -> bool:
    """Tell whether `line` starts with a key of the catalogue rather than with words and a colon."""
    return bool(KEY.match(line)) and line[0].islower()


def indent(line: str) -> int:
    """Return the number of spaces and tabs that `line` starts with."""
    return len(lead_of(line))


def lead_of(line: str) -> str:
    """Return the white space that `line` starts with."""
    return line[: len(line) - len(line.lstrip())]


def split_line(line: str) -> tuple[str, str, str] | None:
    """Return what precedes the value of a line, the value, and the comment that follows it."""
    match = _ENTRY.fullmatch(line) or _ITEM.fullmatch(line)
    if not match:
        return None
    value, space, comment = match[4].partition(" #")
    return match[1] + match[2] + match[3], value.rstrip(), space + comment


def line_above(lines: list[str], at: int) -> int:
    """Return the line above `at` that is not blank, -1 when there is none."""
    at -= 1
    while at >= 0 and not lines[at].strip():
        at -= 1
    return at


def last_below(lines: list[str], at: int, last: int) -> int:
    """Return the last line of what `at` opens: blank or deeper lines, without the blank ones at the end."""
    end = at
    for row in range(at + 1, last + 1):
        if lines[row].strip():
            if indent(lines[row]) <= indent(lines[at]):
                break
            end = row
    return end
