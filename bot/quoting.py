"""Make a contributor's value inert: no mention, link, image, HTML, marker, fence or hidden direction survives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from rules.model import Facts

MOST_IN_ALL = 60_000  # characters of a message: GitHub refuses it over 65,536
MOST_SHOWN = 200  # characters of one value: enough to recognise it
MOST_PASTED = 4_000  # characters of a value of several lines
MOST_LISTED = 20  # items of a list
_FACT = re.compile(r"\{(\w+)\}")
_CODE = re.compile(r"`([^`\n]+)`")


@dataclass(frozen=True, slots=True)
class Quote:
    """How sentences show a value, one of several lines, and the code that stands in their own words."""

    value: Callable[[str], str]
    lines: Callable[[str], str]
    words: Callable[[str], str] = str


def visible(value: str) -> str:
    """Return `value` with each control, format or direction character, and odd line ends, spelt out as `\\u202e`."""
    if value.isprintable():  # as nearly every value is
        return value
    hidden = (c for c in set(value) - {"\n"} if unicodedata.category(c).startswith(("C", "Zl", "Zp")))
    return value.translate({ord(c): f"\\u{ord(c):04x}" for c in hidden})


def code(value: str) -> str:
    """Return one line of Markdown code: GitHub reads nothing inside it. Longer values are cut."""
    text = _cut(" ".join(visible(value).split()), MOST_SHOWN)
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(value: str, info: str = "") -> str:
    """Return a fenced block that `value` can't close."""
    ticks = "`" * max(3, _longest_run(value) + 1)
    return f"{ticks}{info}\n{value}\n{ticks}"


def plain(value: str) -> str:
    """Return a value between French quotes, for plain text; nothing in it can move the cursor."""
    return f"« {_cut(' '.join(visible(value).split()), MOST_SHOWN)} »"


def plain_words(sentences: str) -> str:
    """Return sentences of ours for plain text: their code stands between French quotes."""
    return _CODE.sub(r"« \1 »", sentences)


def cell(markdown: str) -> str:
    """Return Markdown that fits in one cell of a table."""
    return " ".join(markdown.split()).replace("|", "\\|")


def fill(sentences: str, facts: Facts, quote: Quote) -> str:
    """Return the sentences with their `{facts}` quoted. A line that names a missing fact is left out."""
    lines = (line for line in sentences.splitlines() if all(name in facts for name in _FACT.findall(line)))
    return "\n".join(_FACT.sub(lambda found: _shown(facts[found.group(1)], quote), quote.words(line)) for line in lines)


def _shown(value: str | int | tuple[str, ...], quote: Quote) -> str:
    if isinstance(value, tuple):
        more = [f"… (+ {len(value) - MOST_LISTED})"] if len(value) > MOST_LISTED else []
        return ", ".join([*map(quote.value, value[:MOST_LISTED]), *more])
    if isinstance(value, int):
        return str(value)
    return quote.lines(value) if "\n" in value else quote.value(value)


def _pasted(value: str) -> str:
    return f"\n\n{fence(_cut(visible(value), MOST_PASTED))}\n"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def folded(title: str, body: str) -> str:
    """Return Markdown that GitHub shows under `title` (HTML), closed until it is clicked."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


MARKDOWN = Quote(code, _pasted)
MARKDOWN_LINE = Quote(code, code)
PLAIN = Quote(plain, _pasted, plain_words)
