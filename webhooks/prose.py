"""Text of rule files and of reviews as HTML in which nothing is alive but our own links."""

from __future__ import annotations

import re
from functools import lru_cache

from markdown_it import MarkdownIt
from markupsafe import Markup

from bot.quoting import visible

# The rule files are ours, yet they quote what people write: no HTML and no image passes.
_PROSE = MarkdownIt("commonmark", {"html": False}).disable("image")
# What greffier said holds values of contributors: code is all that is read in it.
_SAID = MarkdownIt("zero").enable(["backticks", "fence"])
_FACT = re.compile(r"\{\w+\}")


@lru_cache(maxsize=1024)
def prose(text: str) -> Markup:
    """Return the Markdown of a rule file as HTML."""
    html: str = _PROSE.render(text)
    return Markup(html)  # noqa: S704 - the parser escapes all but what it makes itself


def said(text: str) -> Markup:
    """Return sentences that greffier said as paragraphs of HTML; what no screen shows is spelt out."""
    html: str = _SAID.render(visible(text))
    return Markup(html)  # noqa: S704 - the parser escapes all but what it makes itself


def sentences(text: str) -> list[Markup]:
    """Return the sentences that a rule may say, one by one, with an ellipsis where a fact comes."""
    lines = (_FACT.sub("…", line).strip() for line in text.splitlines())
    return [said(line) for line in lines if line]
