"""Reads YAML as the site does: libyaml parses, what js-yaml 3.14 does otherwise is put right here.

The site's reader is https://github.com/nodeca/js-yaml/blob/3.14.1/lib/js-yaml/loader.js.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import yaml
from yaml._yaml import CParser
from yaml.events import AliasEvent, MappingEndEvent, MappingStartEvent, ScalarEvent, SequenceEndEvent, StreamEndEvent

from rules.site_scalars import SCALAR_TAGS, Value, convert, key_text, resolve
from rules.site_tabs import without_tabs

MAX_DEPTH = 64
MAX_NODES = 20_000  # the largest front matter of the catalogue has under 1,000
MAX_NAMED = 5_000_000  # characters of all the pointers, each of which repeats the keys above it

# The stubs of PyYAML say that marks may be missing: those of a parser never are.
Event = Any
Mark = Any

# Lines end here for both parsers; the other line ends of Unicode are plain characters for js-yaml.
LINE_END = re.compile(r"\r\n|\r|\n")
_FOREIGN = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_UNPRINTABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]")
# Where JavaScript writes one character as two; an escaped backslash before them is only that.
_PAIR = re.compile(r"(?<!\\)((?:\\\\)*)\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_GLUED_COMMENT = re.compile(r"(?:[&!]\S*\s+)*[|>][-+0-9]*#")
_TAG = "tag:yaml.org,2002:"


class Loaded(NamedTuple):
    """`lines` gives for each JSON pointer the first and last line, 0-based, of the key to its value's end."""

    value: Value
    lines: dict[str, tuple[int, int]]


class Refused(Exception):
    """The site would refuse this text. Lines and columns are 0-based. `opened_line` is where what failed
    began: the key of a mapping, the opening quote, the first of two equal keys."""

    def __init__(self, reason: str, line: int, column: int, opened_line: int | None = None, key: str = "") -> None:
        super().__init__(reason)
        self.reason, self.line, self.column, self.key = reason, line, column, key
        self.opened_line = line if opened_line is None else opened_line


class TooDeep(Refused):
    """The nesting, the number of values, or the length of their keys, is beyond what an entry may hold."""


class Unprintable(Refused):
    """A text holds the control character `key`."""


def load(text: str) -> Loaded:
    """Return what the site reads in the YAML `text`, which holds no lone surrogate.

    Raises Refused where the site stops with an error, and where the text is nested or repeated beyond reason.
    """
    shield = _shield(text)
    shielded = {new: chr(old) for old, new in shield.items()}
    text = text.translate(shield) if shield else text
    try:
        return _Reader(text, shielded).document()
    except yaml.MarkedYAMLError:
        text = "\n".join(without_tabs(LINE_END.split(_PAIR.sub(_joined, text))))
    try:
        return _Reader(text, shielded).document()
    except yaml.MarkedYAMLError as error:
        mark: Mark = error.problem_mark
        opened = error.context_mark.line if error.context_mark else None
        reason = f"{error.context or ''} {error.problem}".strip()
        raise Refused(reason, mark.line, mark.column, opened) from None


def _shield(text: str) -> dict[int, str]:
    """Map each character that libyaml refuses, or takes for a line end, to a private one that `text` lacks."""
    foreign = set(_FOREIGN.findall(text))
    free = (chr(code) for code in range(0xF0000, 0xFFFFE) if chr(code) not in text)
    return {ord(char): next(free) for char in sorted(foreign)}


def _joined(pair: re.Match[str]) -> str:
    """Return two escaped halves of a character as the one escape that libyaml knows."""
    high, low = (int(half, 16) & 0x3FF for half in pair.group(2, 3))
    return f"{pair[1]}\\U{0x10000 + (high << 10) + low:08X}"


class _Reader:
    def __init__(self, text: str, shielded: dict[str, str]) -> None:
        self.text = text
        self.rows = LINE_END.split(text)
        self.shielded = shielded
        self.unshield = str.maketrans(shielded)
        self.next: Callable[[], Event] = CParser(text + "\n").get_event
        self.lines: dict[str, tuple[int, int]] = {}
        self.anchors: dict[str, tuple[Value, int]] = {}
        self.nodes = self.named = 0
        self.last = 0  # the line where the last value read ends

    def document(self) -> Loaded:
        self.next()  # the start of the stream
        if isinstance(self.next(), StreamEndEvent):
            return Loaded(None, {})
        value = self.node(self.next(), "", 0)
        self.next()  # the end of the document
        end = self.next()
        if not isinstance(end, StreamEndEvent):
            raise Refused("a second document", end.start_mark.line, 0)
        return Loaded(value, self.lines)

    def node(self, event: Event, pointer: str, depth: int) -> Value:
        self.nodes += 1
        self.named += len(pointer)
        if depth > MAX_DEPTH or self.nodes > MAX_NODES or self.named > MAX_NAMED:
            raise TooDeep("too deep", event.start_mark.line, event.start_mark.column)
        before = self.nodes
        if isinstance(event, AliasEvent):
            return self.alias(event)
        value: Value
        if isinstance(event, ScalarEvent):
            value = self.scalar(event)
        elif isinstance(event, MappingStartEvent):
            value = self.mapping(event, pointer, depth)
        else:
            value = self.sequence(event, pointer, depth)
        if event.anchor:
            self.anchors[event.anchor] = (value, self.nodes - before + 1)
        return value

    def alias(self, event: Event) -> Value:
        if event.anchor not in self.anchors:
            raise Refused("unidentified alias", event.start_mark.line, event.start_mark.column)
        value, size = self.anchors[event.anchor]
        self.nodes += size  # a rule that walks the values meets them again
        self.last = event.end_mark.line
        return value

    def scalar(self, event: Event) -> Value:
        start, end = event.start_mark, event.end_mark
        if start.index < end.index:  # an absent value is said to be on the line of what follows
            self.last = end.line
        if event.style in ("|", ">"):
            if _GLUED_COMMENT.match(self.text, start.index):
                raise Refused("a comment glued to the mark of a block text", start.line, start.column)
            self.last = min(end.line, len(self.rows)) - 1
            while not self.rows[self.last].strip():
                self.last -= 1
        text: str = event.value
        if self.shielded:
            text = self.reveal(event)
        if event.tag is None:
            return text if event.style else resolve(text)
        if event.tag == "!":
            return text or None if not event.style else text
        tag = event.tag.removeprefix(_TAG)
        if tag not in SCALAR_TAGS:
            raise Refused(f"unknown tag {event.tag}", start.line, start.column)
        try:
            return convert(text, tag)
        except ValueError as error:
            raise Refused(str(error), start.line, start.column) from None

    def reveal(self, event: Event) -> str:
        """Put back the characters that libyaml was spared; quotes admit some that no other text may hold."""
        raw = self.text[event.start_mark.index : event.end_mark.index]
        for char, real in self.shielded.items():
            if char in raw and _UNPRINTABLE.match(real) and (real < " " or event.style not in ("'", '"')):
                before = LINE_END.split(raw.partition(char)[0])
                raise Unprintable("control character", event.start_mark.line + len(before) - 1, 0, key=real)
        shown: str = event.value.translate(self.unshield)
        return shown

    def sequence(self, event: Event, pointer: str, depth: int) -> list[Value]:
        self.check_tag(event, "seq")
        items: list[Value] = []
        self.last = event.start_mark.line
        while not isinstance(item := self.next(), SequenceEndEvent):
            path = f"{pointer}/{len(items)}"
            items.append(self.node(item, path, depth + 1))
            self.lines[path] = (item.start_mark.line, max(item.start_mark.line, self.last))
        self.close(event, item)
        return items

    def mapping(self, event: Event, pointer: str, depth: int) -> dict[str, Value]:
        self.check_tag(event, "map")
        result: dict[str, Value] = {}
        merged: set[str] = set()  # keys that came by `<<`, and that may be said again
        self.last = event.start_mark.line
        while not isinstance(key := self.next(), MappingEndEvent):
            start = key.start_mark
            name = key_text(self.node(key, f"{pointer}/?", depth + 1))
            path = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            said = self.next()
            begun = said.start_mark
            if isinstance(said, ScalarEvent) and said.style in ("|", ">") and _is_left_of(begun, start):
                raise Refused("a block text that is not indented", begun.line, begun.column)
            value = self.node(said, path, depth + 1)
            if name == "<<" and (key.tag == f"{_TAG}merge" or not (key.tag or key.style)):
                self.merge(value, result, merged, start)
                continue
            if name in result and name not in merged:
                raise Refused("duplicated mapping key", start.line, start.column, self.lines[path][0], name)
            result[name] = value
            merged.discard(name)
            self.lines[path] = (start.line, max(start.line, self.last))
        self.close(event, key)
        return result

    def merge(self, value: Value, result: dict[str, Value], merged: set[str], start: Mark) -> None:
        for source in value if isinstance(value, list) else [value]:
            if not isinstance(source, dict):
                raise Refused("cannot merge", start.line, start.column)
            for name in source.keys() - result.keys():
                result[name] = source[name]
                merged.add(name)

    def close(self, event: Event, end: Event) -> None:
        if event.flow_style:
            self.last = end.end_mark.line

    def check_tag(self, event: Event, tag: str) -> None:
        if event.tag not in (None, "!", _TAG + tag):
            raise Refused(f"unknown tag {event.tag}", event.start_mark.line, event.start_mark.column)


def _is_left_of(value: Mark, key: Mark) -> bool:
    return bool(value.line > key.line and value.column <= key.column)
