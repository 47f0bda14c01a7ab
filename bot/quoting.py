"""Make a contributor's value inert: no mention, link, image, HTML, marker, fence or hidden direction survives."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from rules.model import Facts

MOST_SHOWN = 200  # characters of one value: enough to recognise it
MOST_PASTED = 4_000  # characters of a value of several lines
MOST_LISTED = 20  # items of a list
_FACT = re.compile(r"\{(\w+)\}")

Quote = Callable[[str], str]


def visible(value: str) -> str:
    """Return `value` with each control, format or direction character spelt out as `\\u202e`."""
    if value.isprintable():  # as nearly every value is: no need to look at each character
        return value
    return "".join(c if c in "\n " or unicodedata.category(c)[0] != "C" else f"\\u{ord(c):04x}" for c in value)


def code(value: str) -> str:
    """Return one line of Markdown code: GitHub reads nothing inside it. Longer values are cut."""
    text = " ".join(visible(value).split())
    text = text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + "…"
    ticks = "`" * (_longest_run(text) + 1)
    pad = " " if text.startswith("`") or text.endswith("`") or not text else ""
    return f"{ticks}{pad}{text}{pad}{ticks}"


def fence(value: str, info: str = "") -> str:
    """Return a fenced block that `value` can't close."""
    ticks = "`" * max(3, _longest_run(value) + 1)
    return f"{ticks}{info}\n{value}\n{ticks}"


def plain(value: str) -> str:
    """Return a value between French quotes, for a terminal; nothing in it can move the cursor."""
    text = " ".join(visible(value).split())
    return f"« {text if len(text) <= MOST_SHOWN else text[: MOST_SHOWN - 1] + '…'} »"


def cell(markdown: str) -> str:
    """Return Markdown that fits in one cell of a table."""
    return " ".join(markdown.split()).replace("|", "\\|")


def fill(sentences: str, facts: Facts, quote: Quote = code) -> str:
    """Return the sentences with their `{facts}` quoted. A line that names a missing fact is left
    out; a value of several lines becomes a fenced block of its own."""
    lines = (line for line in sentences.splitlines() if all(name in facts for name in _FACT.findall(line)))
    return "\n".join(_FACT.sub(lambda found: _shown(facts[found.group(1)], quote), line) for line in lines)


def _shown(value: str | int | tuple[str, ...], quote: Quote) -> str:
    if isinstance(value, tuple):
        more = [f"… (+ {len(value) - MOST_LISTED})"] if len(value) > MOST_LISTED else []
        return ", ".join([*map(quote, value[:MOST_LISTED]), *more])
    if isinstance(value, int):
        return str(value)
    return f"\n\n{fence(visible(value[:MOST_PASTED]))}\n" if "\n" in value else quote(value)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)


def folded(title: str, body: str) -> str:
    """Return Markdown that GitHub shows under `title` (HTML), closed until it is clicked."""
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"
