"""What several checks read in an entry: the text of a field, the prose, and a sentence of it worth quoting."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from rules.document import Document, Timestamp

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_END = re.compile(r"[.!?](?=\s|$)")
_MARKUP = re.compile(r"^[\s>*#|-]+|(?<![\s*|])[\s*|]+$")
_BARE = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,}(?:[/?#]\S*)?", re.IGNORECASE)
FILE_NAME = re.compile(r"(?:\./)?([\w.-]+\.(?:json|ya?ml|pdf|html?|docx?))", re.IGNORECASE)
_NO = r"\s\x00-\x1f\x7f-\x9f\ud800-\udfff"  # nor control characters, which no database takes, nor halves of one
_HOST = re.compile(rf"https?://([^{_NO}/?#:@]+\.[^{_NO}/?#:@.]{{2,}})(?:[:/?#][^{_NO}]*)?\Z", re.IGNORECASE)
_INVENTED = frozenset({"doc-tech-de-votre-site.fr", "ma-super-api.fr", "example.com", "example.org"})
_LEFTOVER = re.compile(r"xxx|\btodo\b|\ba compl[ée]ter\b|à compl[ée]ter", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto:)?[^\s@/]+@([^\s@/?]+\.[a-z]{2,})", re.IGNORECASE)


def text_of(document: Document, key: str) -> str:
    """Return what the field says, trimmed; nothing where it is absent, empty or made of several values."""
    value = document.data.get(key)
    return "" if value is None or isinstance(value, list | dict) else str(value).strip()


def prose(document: Document) -> str:
    """Return the introduction and the text under the header, without what Markdown hides."""
    return _prose(text_of(document, "content_intro"), document.body)[0]


def sentences_with(document: Document, cues: tuple[str, ...]) -> Iterator[str]:
    """Yield the sentences of the prose that hold one of the `cues` (in lower case), the earliest cue first."""
    text, lowered = _prose(text_of(document, "content_intro"), document.body)
    for cue in cues:
        at = lowered.find(cue)
        while at >= 0:
            line_start, line_end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
            line_end = line_end if line_end >= 0 else len(text)
            start = max((end.end() for end in _END.finditer(text, line_start, at)), default=line_start)
            end = _END.search(text, at, line_end)
            yield _MARKUP.sub("", text[start : end.end() if end else line_end])
            at = lowered.find(cue, line_end)


@lru_cache(maxsize=4)  # an entry is asked all its rules in a row
def _prose(introduction: str, body: str) -> tuple[str, str]:
    """Return the prose as it is written and, letter for letter, in lower case with straight apostrophes, to look
    for words."""
    text = f"{introduction}\n\n{body}"
    if "<!--" in text:
        closed = text.rfind("-->") + 3  # beyond, no comment ends: looking for its end would take for ever
        text = _COMMENT.sub("", text[:closed]) + text[closed:]
    return text, text.replace("İ", "I").lower().replace("’", "'")  # « İ » alone has two letters in lower case


def is_address(value: str) -> bool:
    """Whether `value` is an address that a browser can follow."""
    return bool(_HOST.match(value))


def is_real(value: str) -> bool:
    """Whether `value` is such an address, and not one that a template gives as an example."""
    return is_address(value) and host(value) not in _INVENTED and not _LEFTOVER.search(value)


def whole_address(value: str) -> str | None:
    """Return an address that lacks only its `https://`, with it; None for any other text, a file name among them."""
    found = _BARE.fullmatch(value)
    return f"https://{value}" if found and not FILE_NAME.fullmatch(value) and is_real(f"https://{value}") else None


def host(value: str) -> str:
    """Return the domain of a web or e-mail address; nothing for any other text."""
    found = _HOST.match(value) or _MAIL.match(value)
    return found.group(1).lower() if found else ""


def shown(value: object) -> str | tuple[str, ...]:
    """Return a front matter value as a fact to quote: a list of texts item by item, the rest as it is typed."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return str(value) if isinstance(value, str | Timestamp) else json.dumps(value, ensure_ascii=False, default=str)
