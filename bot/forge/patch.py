"""Read the patch of one file, as GitHub lists it: hunks without file headers.

https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_HUNK = re.compile(r"@@ -\S+ \+(\d+)(?:,(\d+))? @@")
_NO_LINE_END = "\\ No newline at end of file"


def hunks(patch: str) -> Iterator[range]:
    """Yield the lines of the head that each hunk shows. A patch that GitHub withholds shows none: no
    comment may stand there, and the summary tells the findings."""
    for line in patch.split("\n"):
        if header := _HUNK.match(line):
            start, size = int(header[1]), int(header[2] or 1)
            if size:
                yield range(start, start + size)


def undone(patch: str, head: str) -> str | None:
    """Return the text that the patch was made from, given what it made; None where they do not fit."""
    new, old, at = _lines(head), [], 0
    rows = patch.split("\n")
    for row, following in zip(rows, [*rows[1:], ""], strict=True):
        if header := _HUNK.match(row):
            start = int(header[1]) - (header[2] != "0")
            old += new[at:start]
            at = start
            continue
        sign, text = row[:1], row[1:] + ("" if following == _NO_LINE_END else "\n")
        if sign in (" ", "+"):
            if new[at : at + 1] != [text]:
                return None
            at += 1
        if sign in (" ", "-"):
            old.append(text)
    return "".join(old + new[at:])


def _lines(text: str) -> list[str]:
    """Return the lines of a text with their ends, cut at line feeds only, as git does."""
    *whole, rest = text.split("\n")
    return [line + "\n" for line in whole] + ([rest] if rest else [])
