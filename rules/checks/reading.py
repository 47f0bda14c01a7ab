"""What several checks read in an entry: the text of a field, the prose, and a sentence of it worth quoting."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.document import Document

_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_END = re.compile(r"[.!?](?=\s|$)|\n")
_MARKUP = re.compile(r"^[\s>*#|-]+|[\s*|]+$")
_HOST = re.compile(r"https?://([^\s/?#:@]+\.[^\s/?#:@.]{2,})(?:[:/?#]\S*)?$", re.IGNORECASE)
_MAIL = re.compile(r"(?:mailto:)?[^\s@/]+@([^\s@/?]+\.[a-z]{2,})", re.IGNORECASE)


def text_of(document: Document, key: str) -> str:
    """Return what the field says, trimmed; nothing where it is absent, empty or made of several values."""
    value = document.data.get(key)
    return "" if value is None or isinstance(value, list | dict) else str(value).strip()


def prose(document: Document) -> str:
    """Return the introduction and the text under the header, without what Markdown hides."""
    text = f"{text_of(document, 'content_intro')}\n\n{document.body}"
    return _COMMENT.sub("", text) if "<!--" in text else text


def sentences_with(text: str, cues: tuple[str, ...]) -> Iterator[str]:
    """Yield the sentences of `text` that hold one of the `cues` (in lower case), the earliest cue first."""
    lowered = text.lower()
    seen = set()
    for cue in cues:
        at = lowered.find(cue)
        while at >= 0:
            start = max((end.end() for end in _END.finditer(text, 0, at)), default=0)
            end = _END.search(text, at)
            if start not in seen:
                seen.add(start)
                yield _MARKUP.sub("", text[start : end.end() if end else None])
            at = lowered.find(cue, at + len(cue))


def is_address(value: str) -> bool:
    """Whether `value` is an address that a browser can follow."""
    return bool(_HOST.match(value))


def host(value: str) -> str:
    """Return the domain of a web or e-mail address; nothing for any other text."""
    found = _HOST.match(value) or _MAIL.match(value)
    return found.group(1).lower() if found else ""
