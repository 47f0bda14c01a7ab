"""Guesses which line of a front matter is at fault, from where the parser stopped, and how it should read.

Lines here are 0-based indexes in the list of the file's lines, ends removed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.model import Facts
from rules.yaml_guess import Guess, Stop
from rules.yaml_lines import TEXT_MARK, indent, is_key, last_below, lead_of, line_above, quote, split_line
from rules.yaml_values import backslash, colonless, glued, quotes, special

_ITEM = re.compile(r"(\s*-\s+)(\S(?:.*\S)?)\s*")
_ODD_SPACE = re.compile(r"[^\S ]")


def guesses(lines: list[str], stop: Stop) -> Iterator[Guess]:
    """Yield what may be at fault, the likeliest first."""
    if stop.reason == "duplicated mapping key":
        yield _duplicate(lines, stop)
        return
    above = max(line_above(lines, stop.line), stop.first)
    if _is_list_under_text(lines, above, stop.line):
        yield _two_values(lines, above, stop.line)
        return
    suspects = list(dict.fromkeys([stop.line, stop.opened, above]))
    for at in suspects:
        yield from _tab(lines, at)
    for at in suspects:
        yield from glued(lines, at)
        yield from colonless(lines, at)
    if stop.reason.endswith("escape character"):
        yield from backslash(lines, stop)
    if stop.reason.startswith("mapping values"):
        yield from _colon(lines, stop)
    for at in suspects:
        yield from special(lines, at)
    yield from quotes(lines, stop)
    for at in suspects:
        yield from _fallen(lines, at, stop)
    for at in suspects:
        yield from _misplaced(lines, at)


def _duplicate(lines: list[str], stop: Stop) -> Guess:
    first, second = stop.opened, stop.line
    ends = last_below(lines, first, stop.last), last_below(lines, second, stop.last)
    values = [
        "\n".join([lines[at].partition(":")[2].strip(), *lines[at + 1 : end + 1]]).strip()
        for at, end in zip((first, second), ends, strict=True)
    ]
    facts: Facts = {"key": stop.key, "first_line": first + 1, "first": values[0], "second": values[1]}
    alone = [lines[at].partition(":")[0].strip(" '\"") == stop.key for at in (first, second)]  # nothing before it
    if alone[1] and first != second and (values[0] == values[1] or not values[1]):
        return Guess("yaml-duplicate-key", second, ends[1], 0, [], {**facts, "keep": stop.key})
    if alone[0] and not values[0]:
        return Guess("yaml-duplicate-key", first, ends[0], 0, [], {**facts, "keep": stop.key})
    nested = [not lines[at].partition(":")[2].strip() for at in (first, second)]
    if all(alone) and all(nested):  # what stands under each may be all that the other lacks: both are kept
        grouped = [*lines[first : ends[0] + 1], *lines[second + 1 : ends[1] + 1], *lines[ends[0] + 1 : second]]
        facts = {"key": stop.key, "first_line": first + 1, "second_line": second + 1}
        return Guess("yaml-duplicate-key", second, ends[1], indent(lines[second]), grouped, facts, first)
    return Guess("yaml-duplicate-key", second, ends[1], indent(lines[second]), None, {**facts, "keep": stop.key})


def _tab(lines: list[str], at: int) -> Iterator[Guess]:
    """A tab, or a space that is not the usual one, indents: the lines around have most often the same."""
    found = _ODD_SPACE.search(lead_of(lines[at]))
    if not found:
        return
    odd = found[0]
    start = end = at
    while start > 0 and odd in lead_of(lines[start - 1]):
        start -= 1
    while end < len(lines) - 1 and odd in lead_of(lines[end + 1]):
        end += 1
    code = "yaml-tab" if odd == "\t" else "yaml-special-character"
    for width in (2, 4, 0) if odd == "\t" else (1, 0):
        new = [lead_of(line).replace(odd, " " * width) + line.lstrip() for line in lines[start : end + 1]]
        yield Guess(code, start, end, lines[start].index(odd), new, {"character": odd})


def _colon(lines: list[str], stop: Stop) -> Iterator[Guess]:
    """An unquoted « : » in a value, or a key that is deeper than the one above, which has a value."""
    at, line = stop.line, lines[stop.line]
    item = _ITEM.fullmatch(line)
    if item and not is_key(item[2]):  # words of a list, not a key
        facts: Facts = {"key": "", "value": item[2], "character": ":"}
        yield Guess("yaml-colon-in-value", at, at, stop.column, [item[1] + quote(item[2])], facts)
    parts = split_line(line)
    if parts and stop.column >= len(parts[0]):
        before, value, comment = parts
        facts = {"key": before.strip(" -:"), "value": value, "character": ":"}
        yield Guess("yaml-colon-in-value", at, at, stop.column, [before + quote(value) + comment], facts)
        return
    begun = line_above(lines, at)
    if is_key(line.lstrip()):
        aligned = " " * indent(lines[begun]) + line.lstrip()
        yield Guess("yaml-indentation", at, at, indent(line), [aligned], {"text": line.strip()})
    while begun > stop.first and indent(lines[begun]) >= indent(line):
        begun = line_above(lines, begun)
    parts = split_line(lines[begun])
    if parts:
        value = "\n".join([parts[1] + parts[2], *lines[begun + 1 : at + 1]])
        facts = {"key": parts[0].strip(" -:"), "value": value, "character": ":"}
        yield Guess("yaml-colon-in-value", at, at, stop.column, (parts[0] + quote(value)).split("\n"), facts, begun)


def _is_list_under_text(lines: list[str], above: int, at: int) -> bool:
    deeper = lines[at].lstrip().startswith("- ") and indent(lines[at]) > indent(lines[above])
    return deeper and bool(split_line(lines[above]))


def _two_values(lines: list[str], above: int, at: int) -> Guess:
    """A key that has both a text and, under it, a list: one of them belongs to the key of the line before."""
    before, value, comment = split_line(lines[above]) or ("", "", "")
    facts: Facts = {"key": before.strip(" -:"), "value": value}
    neighbour = re.fullmatch(r"(\s*)(?:(#)\s*)?([\w-]+):\s*", lines[above - 1])
    if neighbour and before.rstrip(": ").endswith("_link") and not neighbour[2]:
        new = [lines[above], lines[above - 1]]
    elif neighbour and neighbour[3].endswith("_link"):
        new = [f"{neighbour[1]}{neighbour[3]}: {value}", before.rstrip() + comment]
    else:
        return Guess("yaml-text-and-list", above, at, len(before), None, facts)
    return Guess("yaml-text-and-list", above, above, len(before), new, facts, above - 1)


def _fallen(lines: list[str], at: int, stop: Stop) -> Iterator[Guess]:
    """Text that should be under a `key: |`, and is not indented as it is."""
    top = line_above(lines, at)
    while top > stop.first and not is_key(lines[top].lstrip(" -")):
        top = line_above(lines, top)
    parts = split_line(lines[max(top, 0)])
    if top < stop.first or not parts:
        return
    is_text = bool(TEXT_MARK.fullmatch(lines[top]))
    base = indent(lines[top])
    inside = [indent(line) for line in lines[top + 1 : at] if indent(line) > base and line.strip()]
    depth = inside[0] if inside and is_text else base + 2
    end = top + 1
    while end <= stop.last and not (is_key(lines[end].lstrip(" -")) and indent(lines[end]) < depth):
        end += 1
    low = [below for below in range(top + 1, end) if lines[below].strip() and indent(lines[below]) < depth]
    if not low or all(lines[below].startswith("#") for below in low):
        return
    start = low[0] if is_text else top + 1
    fallen = set(low)
    new = [" " * depth + lines[i].lstrip() if i in fallen else lines[i] for i in range(start, low[-1] + 1)]
    if not is_text:
        new = [parts[0].rstrip() + " |", " " * depth + parts[1] + parts[2], *new]
    facts: Facts = {"key": parts[0].strip(" -:"), "text": lines[low[0]].strip()}
    yield Guess("yaml-text-outside-block", low[0], low[-1], 0, new, facts, None if is_text else top)


def _misplaced(lines: list[str], at: int) -> Iterator[Guess]:
    """A line, or the lines that it opens, which should be as deep as one of the lines above."""
    depths: list[int] = []
    above = at
    while len(depths) < 4 and (above := line_above(lines, above)) >= 0:
        if indent(lines[above]) not in (*depths, indent(lines[at])):
            depths.append(indent(lines[above]))
    text = lines[at].strip()
    for depth in depths:
        yield Guess("yaml-indentation", at, at, indent(lines[at]), [" " * depth + text], {"text": text})
