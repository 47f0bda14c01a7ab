"""Checks of the themes of an API: a list that the site can go through, of the names under which people filter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.catalogue import World, fold, strings
from rules.checks.reading import shown
from rules.document import Document
from rules.fields import THEMES
from rules.fixes import with_value, without
from rules.model import Fault, Proof, Statement
from rules.nearest import nearest

_LONGEST = 300  # characters of a text taken for themes on one line: more than all the themes of the list
_BETWEEN = re.compile(r"\s*[,;/]\s*|(?:^|\s+)-\s*")  # themes written on one line; a dash may have lost its space


def listed(document: Document, _: World) -> Iterator[Statement]:
    """`themes` is a list that holds at least one theme and no empty line."""
    value = document.data.get("themes")
    if not isinstance(value, list) or not value:
        meant = _meant(value) if isinstance(value, str) else []
        fix = with_value(document, "/themes", meant) if meant else None
        yield Fault("/themes", {"list": shown(value)} if value else {}, fix=fix)
        return
    empty = [n for n, item in enumerate(value) if not isinstance(item, str) or not item.strip()]
    for n in empty:
        pointer, item = f"/themes/{n}", value[n]
        if item is not None and str(item).strip():
            first, last = document.span(pointer)
            typed = document.raw_line(first).strip().removeprefix("- ") if first == last else ""
            yield Fault(pointer, {"value": typed or shown(item)})
        else:
            yield Fault(pointer, {"blank": document.line(pointer)}, fix=without(document, pointer))
    if not empty:
        yield Proof("/themes", {"value": shown(value)})


def outside_list(document: Document, _: World) -> Iterator[Statement]:
    """A theme under which the API would stand alone."""
    themes = document.data.get("themes")
    items = enumerate(themes if isinstance(themes, list) else ())
    strange = ((n, theme) for n, theme in items if isinstance(theme, str) and theme.strip() and theme not in THEMES)
    for n, theme in strange:
        pointer, near, fix = f"/themes/{n}", _near(theme), None
        if near:
            twice = near in strings(themes)
            fix = without(document, pointer) if twice else with_value(document, pointer, near)
        yield Fault(pointer, {"value": theme} | ({"near": near} if near else {"themes": THEMES}), fix=fix)


def _near(theme: str) -> str | None:
    """Return the theme of the list that is meant, None where no one can tell."""
    part_of = next((name for name in THEMES if fold(theme) in fold(name).split()), None)
    return part_of or nearest(theme, THEMES)


def _meant(text: str) -> list[str]:
    """Return the themes that a text on one line stands for, each once; none where one of them is not of the list."""
    words = [word for word in _BETWEEN.split(text.strip()) if word] if len(text) <= _LONGEST else []
    themes = [word if word in THEMES else _near(word) for word in words]
    return [theme for theme in dict.fromkeys(themes) if theme] if all(themes) else []
