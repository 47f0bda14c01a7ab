"""Comments rendered as GitHub renders them: its Markdown, then only the HTML that it lets through.

https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

_MENTION = re.compile(r"(?<![\w/@.])(@[a-z\d](?:[a-z\d-]{0,38})(?:/[\w-]+)?)", re.IGNORECASE)
# https://github.com/gjtorikian/html-pipeline/blob/main/lib/html_pipeline/sanitization_filter.rb
_TAGS = """
a b blockquote br code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i ins kbd li ol p pre q s samp small span
strike strong sub summary sup table tbody td tfoot th thead tr tt ul var
"""
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS.split()),
    attributes={"a": {"href", "title"}, "details": {"open"}, "ol": {"start"}, "td": {"align"}, "th": {"align"}},
    url_schemes={"http", "https", "mailto"},
    link_rel="nofollow noopener noreferrer",
)


class Part(NamedTuple):
    """A stretch of a comment: HTML, or the lines that a suggestion block puts in place of those commented."""

    html: Markup = Markup("")
    suggestion: tuple[str, ...] | None = None


@lru_cache(maxsize=2048)
def parts(body: str) -> tuple[Part, ...]:
    """Return a comment on the diff, cut at its suggestion blocks."""
    return tuple(part for part in _parts(_MARKDOWN.parse(body)) if part.html or part.suggestion is not None)


@lru_cache(maxsize=2048)
def render(body: str) -> Markup:
    """Return a comment as HTML that holds nothing but text, links and its layout: no image, script, style or name."""
    return _html(_MARKDOWN.parse(body))


def _parts(tokens: Sequence[Token]) -> Iterator[Part]:
    start = 0
    for index, token in enumerate(tokens):
        if token.type == "fence" and token.level == 0 and token.info.strip() == "suggestion":
            yield Part(_html(tokens[start:index]))
            yield Part(suggestion=tuple(token.content.removesuffix("\n").split("\n")) if token.content else ())
            start = index + 1
    yield Part(_html(tokens[start:]))


def _html(tokens: Sequence[Token]) -> Markup:
    html: str = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return Markup(_CLEANER.clean(html))  # noqa: S704 - cleaned


def _name_people(state: StateCore) -> None:
    """Make mentions strong, as GitHub makes them links: whoever is called shows."""
    for block in state.tokens:
        if block.children:
            block.children = [piece for token in block.children for piece in _named(token)]


def _named(token: Token) -> Iterator[Token]:
    if token.type != "text":
        yield token
        return
    for index, text in enumerate(_MENTION.split(token.content)):
        mention = index % 2
        if mention:
            yield Token("strong_open", "strong", 1)
        yield Token("text", "", 0, content=text)
        if mention:
            yield Token("strong_close", "strong", -1)


def _image(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    """Show an image as a link to it: this page asks nothing of other sites, and an image may count its readers."""
    token = tokens[index]
    link = Token("link_open", "a", 1, attrs={"href": token.attrs["src"]})
    text = Token("text", "", 0, content=token.content or str(token.attrs["src"]))
    return self.render([link, text, Token("link_close", "a", -1)], options, env)


def _github() -> MarkdownIt:
    """Return a parser set as GitHub's is for comments, where a line end is a line end."""
    made = MarkdownIt("gfm-like", {"html": True, "breaks": True})
    if made.linkify:
        made.linkify.set({"fuzzy_link": False, "fuzzy_email": False, "fuzzy_ip": False})  # no link without its scheme
    made.core.ruler.push("people", _name_people)
    made.add_render_rule("image", _image)
    return made


_MARKDOWN = _github()
