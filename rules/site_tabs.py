"""Rewrites the tabs that js-yaml takes for separators and libyaml refuses, so that both read the same.

For js-yaml a tab may stand anywhere between two words, but only spaces count as indentation: a line is as
deep as the spaces that precede its first tab, and a list or mapping that it opens as deep as its first word.
"""

from __future__ import annotations

import re

_BLOCK_TEXT = re.compile(r"(?:^|[\s:-])[|>][-+]?([1-9]?)[-+]?(?:[ \t]+#.*|[ \t]*)$")
_OPENS = re.compile(r"(?:^|[ \t])-[ \t]*$|:[ \t]*(?:#.*)?$")
_DASHES = re.compile(r" *(?:-[ \t]+)*")
_BLANK = " \t"


def without_tabs(rows: list[str]) -> list[str]:
    """Return the lines of a YAML text, as many, so that libyaml reads them as js-yaml reads `rows`."""
    result: list[str] = []
    text = False  # whether we are in a `|` text, whose lines are at least `least` deep
    least, header, found = 0, 0, False  # once its first line is found, that line sets its depth
    depth, opens = -1, True  # of the last line outside such a text: its first key, and whether a value is awaited
    for row in rows:
        rest = row.lstrip(" ")
        spaces = len(row) - len(rest)
        if text and (spaces >= least or not rest):
            if rest and not found:
                if rest[0] == "\t":  # libyaml would not guess a depth from it
                    result[header] = _with_depth(result[header], spaces - least + 1)
                least, found = spaces, True
            result.append(row)
            continue
        words = rest.lstrip(_BLANK)
        if not words or words[0] == "#":
            result.append("#" if text else words)  # for js-yaml too, the text ends here
            text = False
            continue
        # A line that opens a list or a deeper mapping keeps its column, any other only its depth.
        deeper = spaces > depth or (spaces == depth and words[0] == "-")
        lead = len(row) - len(words) if opens and deeper else spaces
        dashes = _DASHES.match(words).end()  # type: ignore[union-attr]
        row = " " * lead + words[:dashes].replace("\t", " ") + words[dashes:]
        result.append(row)
        opens = bool(_OPENS.search(row))
        key = words[dashes:]
        depth = lead + (dashes if key.strip(_BLANK + "-|>+") else words.rindex("-") if "-" in words else 0)
        block = _BLOCK_TEXT.search(row)
        text = bool(block)
        if block:
            least, header, found = depth + int(block[1] or 1), len(result) - 1, bool(block[1])
    return result


def _with_depth(header: str, depth: int) -> str:
    return re.sub(r"([|>])([-+]?[ \t]*(?:#.*)?)$", rf"\g<1>{depth}\2", header)
