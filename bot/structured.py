"""JSON or YAML of a stranger, read as JSON's types alone: nothing in it may cost more than it weighs.

YAML is built from the events of its parser. So no tag is obeyed, no date or sexagesimal number exists (neither does
in YAML 1.2), and what is nested or repeated is counted before it is made.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
)

MOST_YAML = 512 * 1024  # bytes: they take half a second at most
MOST_NODES, MOST_DEPTH, MOST_TAGS = 300_000, 100, 100
_MARKS = str.maketrans("", "", ",[{")
# https://yaml.org/spec/1.2.2/#103-core-schema
_CONSTANTS = {"": None, "~": None, "null": None, "Null": None, "NULL": None} | {
    text: value for value in (True, False) for text in (str(value), str(value).lower(), str(value).upper())
}
_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,300}|[0-9]{1,300}(?:\.[0-9]{0,300})?)(?:[eE][-+]?[0-9]{1,3})?")


class Unreadable(Exception):
    """The text can't be read; the argument is the `fault` of its description."""


def parsed(text: bytes) -> object:
    """Return what a text in UTF-8 holds: JSON where it begins like an object of it, else YAML.
    Raises Unreadable, whatever the text."""
    try:
        decoded = text.decode("utf-8")
        return _json(decoded) if decoded.startswith("{") else _yaml(decoded)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise Unreadable("not-text") from error


def _json(text: str) -> object:
    if len(text) - len(text.translate(_MARKS)) > 2 * MOST_NODES:  # some may stand in sentences
        raise Unreadable("too-large")
    value: object = json.loads(text)
    left, seen = [value], 0
    while left:
        one = left.pop()
        seen += 1 + len(one) if isinstance(one, dict | list) else 0
        if seen > MOST_NODES:
            raise Unreadable("too-large")
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()
    return value


@dataclass(slots=True)
class _Open:
    """A list or a mapping (`pairs`) that is being read. `start` is how many nodes came before it."""

    anchor: str | None
    start: int
    pairs: bool
    items: list[object] = field(default_factory=list)

    def value(self) -> object:
        """Return what is there once all is read: a mapping has its own keys before those that it merges (`<<`)."""
        if not self.pairs:
            return self.items
        merged: dict[str, object] = {}
        own: dict[str, object] = {}
        for key, value in zip(self.items[::2], self.items[1::2], strict=True):
            if not isinstance(key, str):
                raise Unreadable("not-text")
            if key == "<<":
                for source in reversed(value if isinstance(value, list) else [value]):
                    if not isinstance(source, dict):
                        raise Unreadable("not-text")
                    merged |= source
            else:
                own[key] = value
        return merged | own


def _yaml(text: str) -> object:
    # Each tag that is declared is compared with all others, however deep in libyaml.
    if len(text.encode()) > MOST_YAML or text.count("%TAG") > MOST_TAGS:
        raise Unreadable("too-large")
    nodes = documents = 0
    value: object = None
    opened: list[_Open] = []
    anchors: dict[str, tuple[object, int]] = {}  # what each one names, and how many nodes that is
    for event in yaml.parse(text, yaml.CSafeLoader):
        anchor = event.anchor if isinstance(event, NodeEvent) else None
        if isinstance(event, AliasEvent):
            if anchor not in anchors:  # none before it, or one that would hold itself
                raise Unreadable("not-text")
            value, size = anchors[str(anchor)]
            nodes += size
        elif isinstance(event, ScalarEvent):
            is_key = bool(opened) and opened[-1].pairs and not len(opened[-1].items) % 2
            value, size, nodes = event.value if is_key else _scalar(event), 1, nodes + 1
        elif isinstance(event, CollectionStartEvent):
            nodes += 1
            opened.append(_Open(anchor, nodes - 1, isinstance(event, MappingStartEvent)))
            if len(opened) > MOST_DEPTH:
                raise Unreadable("too-large")
            continue
        elif isinstance(event, CollectionEndEvent):
            ended = opened.pop()
            value, anchor, size = ended.value(), ended.anchor, nodes - ended.start
        else:
            documents += isinstance(event, DocumentStartEvent)
            if documents > 1:
                raise Unreadable("not-text")
            continue
        if nodes > MOST_NODES:
            raise Unreadable("too-large")
        if anchor and not isinstance(event, AliasEvent):
            anchors[anchor] = value, size
        if opened:
            opened[-1].items.append(value)
    return value


def _scalar(event: ScalarEvent) -> object:
    """Return the value of a scalar: what is quoted or tagged is text."""
    text = str(event.value)
    if not event.implicit[0]:
        return text
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
