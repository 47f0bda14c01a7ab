"""Finds the front matter of a file and reads it, as the site does."""

from __future__ import annotations

import re
from itertools import accumulate, repeat
from typing import NamedTuple

from rules.site_scalars import Value
from rules.site_yaml import LINE_END, Refused, load

# The pattern of front-matter 4.0.2, where white space and line ends are JavaScript's. It is cut in two, as a file
# of openings that nothing closes would keep it for minutes, and goes by lines, as by characters it is slower.
# https://github.com/jxson/front-matter/blob/v4.0.2/index.js
_SPACES = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
_LINE_ENDS = "\n\r\u2028\u2029"
_OPENING = re.compile(rf"(?<![^{_LINE_ENDS}])\ufeff?(= yaml =|---)(?![^{_LINE_ENDS}])")
_CLOSINGS = {
    mark: re.compile(rf"(?:[^{_LINE_ENDS}]*[{_LINE_ENDS}])*?({mark}|\.\.\.)[{_SPACES}]*(?![^{_LINE_ENDS}])\n?")
    for mark in ("= yaml =", "---")
}


class FrontMatter(NamedTuple):
    """Where the YAML of a file is: `yaml` is what the site's parser is given, `rows` the 1-based line of the
    file of each of its lines, `cut` how many characters its first line lost; the body starts at `end`."""

    yaml: str
    rows: list[int]
    cut: int
    end: int


def front_matter(text: str) -> FrontMatter | None:
    """Return where the site finds the front matter of `text`, None where it sees none."""
    first = text.partition("\n")[0]
    if "---" not in first and "= yaml =" not in first:
        return None
    unclosed = set()  # marks: where one opening is not closed, neither is a later one
    for opening in _OPENING.finditer(text):
        mark = opening[1]
        closing = _CLOSINGS[mark].match(text, opening.end()) if mark not in unclosed else None
        if closing:
            inside = text[opening.end() : closing.start(1)].lstrip(_SPACES)
            start = closing.start(1) - len(inside)
            inside = inside.rstrip(_SPACES)
            ends = (
                (end != "\r" for end in LINE_END.findall(inside)) if "\r" in inside else repeat(1, inside.count("\n"))
            )
            rows = list(accumulate(ends, initial=1 + text.count("\n", 0, start)))
            return FrontMatter(inside, rows, start - 1 - text.rfind("\n", 0, start), closing.end())
        unclosed.add(mark)
    return None


def read(matter: FrontMatter) -> tuple[dict[str, Value], dict[str, tuple[int, int]]]:
    """Return the keys of a front matter and their lines in the file.

    Raises Refused where the site can't read it, and where what it reads is no mapping or an empty one.
    """
    loaded = load(matter.yaml)
    if not isinstance(loaded.value, dict):
        # The site takes 0, false and the empty text for an absent front matter: `load(yaml) || {}`.
        raise Refused("not a mapping" if loaded.value or loaded.value == [] else "empty", 0, 0)
    if not loaded.value:
        raise Refused("empty", 0, 0)
    rows = matter.rows
    return loaded.value, {key: (rows[first], rows[last]) for key, (first, last) in loaded.lines.items()}
