"""Mechanical fixes: small edits of a front matter, offered only where the result reads as exactly what is wanted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, cast

from rules.document import Document, parse
from rules.model import Fix
from rules.site_yaml import Refused, load
from rules.yaml_lines import TEXT_MARK, lead_of

_LEAD = re.compile(r"(?: *-(?= |$))* *")
_KEY = re.compile(r"(\"[^\"]*\"|'[^']*'|[^\s:#](?:[^:#]*[^\s:#])?)\s*:(?=\s|$)")
_COMMENT = re.compile(r"(?<!\s)\s+#.*$")
_MOST_VALUES, _MOST_CHARACTERS = 1_000, 64_000  # of a header read again to verify a fix: over twice the largest
_SHARED = re.compile(r"&(?<!\S&)\S")  # an anchor: several keys may have that value


def with_value(document: Document, pointer: str, value: str | int | Sequence[str]) -> Fix | None:
    """Return the fix that gives the key or list item at `pointer` another value; its comment stays."""
    wanted, parent, name = _copy(document, pointer)
    if parent is None:
        return None
    old, parent[name] = parent[name], value if isinstance(value, str | int) else list(value)
    first, last = document.span(pointer)
    raw = document.raw_line(first)
    lead = cast("re.Match[str]", _LEAD.match(raw)).group()
    label = _KEY.match(raw, len(lead)) if isinstance(name, str) else None
    head = lead.rstrip() if label is None else raw[: label.end()]
    comment = _COMMENT.search(raw, len(head)) if raw[len(head) :].lstrip()[:1] not in ("'", '"') else None
    alone = first == last and not _SHARED.search(document.text)
    for written in _writings(value, len(lead)):
        start, newline, rest = written.partition("\n")
        line = f"{head} {start}".rstrip() + (comment.group() if comment and first == last else "")
        fix = Fix(first, last, line + newline + rest)
        if alone and not newline and _stands_alone(raw, name, old) and _stands_alone(line, name, value):
            return fix
        if _verified(document, fix, wanted):
            return fix
    if isinstance(parent, list) and all(isinstance(item, str) for item in parent):
        return with_value(document, pointer.rpartition("/")[0], parent)  # the items stand on one line: `[a, b]`
    return None


def with_key(document: Document, pointer: str, new_key: str) -> Fix | None:
    """Return the fix that gives the key at `pointer` another name; None where that name is taken."""
    wanted, parent, name = _copy(document, pointer)
    if not isinstance(parent, dict) or new_key in parent:
        return None
    value = parent[new_key] = parent.pop(name)
    line, last = document.span(pointer)
    raw, *rest = map(document.raw_line, range(line, last + 1))
    label = _KEY.match(raw, cast("re.Match[str]", _LEAD.match(raw)).end())
    if label is None:
        return None
    text = f"{raw[: label.start(1)]}{as_scalar(new_key)}{raw[label.end(1) :]}"
    fix = Fix(line, line, text)
    old, new = "\n".join([raw, *rest]), "\n".join([text, *rest])
    if not _SHARED.search(document.text) and _stands_alone(old, name, value) and _stands_alone(new, new_key, value):
        return fix
    return _verified(document, fix, wanted)


def without(document: Document, pointer: str) -> Fix | None:
    """Return the fix that deletes the lines of the key or list item at `pointer`."""
    wanted, parent, name = _copy(document, pointer)
    if parent is None:
        return None
    first, last = document.span(pointer)
    fix = Fix(first, last, None)
    lines = "\n".join(map(document.raw_line, range(first, last + 1)))
    alone = len(parent) > 1 and not _SHARED.search(document.text)
    # A blank or indented line below, a comment at times, could fall into a text above.
    if alone and document.raw_line(last + 1)[:1].strip() and _stands_alone(lines, name, parent[name]):
        return fix
    del parent[name]
    return _verified(document, fix, wanted)


def with_line_after(document: Document, pointer: str, line: str) -> Fix | None:
    """Return the fix that adds `line` (one or several `key: value`, indented as their first line is)
    under the key at `pointer`, beside it."""
    wanted, parent, _ = _copy(document, pointer)
    try:
        added = load(line).value
    except Refused:
        return None
    if not isinstance(parent, dict) or not isinstance(added, dict) or parent.keys() & added.keys():
        return None
    parent.update(added)
    first, last = document.span(pointer)
    column = cast("re.Match[str]", _LEAD.match(document.raw_line(first))).end()
    lines = [document.raw_line(last), *(" " * column + part for part in line.split("\n"))]
    return _verified(document, Fix(last, last, "\n".join(lines)), wanted)


def with_words(document: Document, first: int, last: int, old: str, new: str) -> Fix | None:
    """Return the fix that writes `new` for `old` on lines `first` to `last`, where every key stays as it is."""
    fix = Fix(first, last, "\n".join(document.raw_line(n).replace(old, new) for n in range(first, last + 1)))
    result = _read_again(document, fix)
    return fix if result and result.problem is None and result.spans == document.spans else None


def into_text_above(document: Document, pointer: str) -> Fix | None:
    """Return the fix that gives the lines of a main field back to the text of several lines above them, out of which
    they fell; None where no such text stands right above."""
    first, last = document.span(pointer)
    above = document.field_at(next((n for n in range(first - 1, 1, -1) if document.raw_line(n).strip()), 0))
    old = document.data.get(above[1:])
    opened, end = document.span(above)
    inside = [line for line in map(document.raw_line, range(opened + 1, end + 1)) if line.strip()]
    if not isinstance(old, str) or not inside or not TEXT_MARK.fullmatch(document.raw_line(opened)):
        return None
    lead = lead_of(inside[0])
    fix = Fix(first, last, "\n".join(f"{lead}{document.raw_line(n)}".rstrip() for n in range(first, last + 1)))
    result = _read_again(document, fix)
    data = result.data if result and result.body == document.body else {}
    new = data.get(above[1:])
    kept = {key: value for key, value in document.data.items() if key not in (pointer[1:], above[1:])}
    same = isinstance(new, str) and new.startswith(old.rstrip()) and _exact({**kept, above[1:]: new}) == _exact(data)
    return fix if same else None


def without_words(document: Document, start: int, end: int) -> Fix | None:
    """Return the fix that takes away the characters from `start` to `end` of the file, and the lines that they leave
    empty, where the header says the same."""
    before, after = document.text[:start], document.text[end:]
    first, last = before.count("\n") + 1, document.text.count("\n", 0, end) + 1
    rest = (before[before.rfind("\n") + 1 :] + after.partition("\n")[0]).rstrip()
    fix = Fix(first, last, rest or None)
    return fix if first >= document.body_line else _verified(document, fix, document.data)


def between(old: list[str], new: list[str]) -> Fix:
    """Return the smallest range of lines that makes `new` of `old`."""
    start = 0
    while start < min(len(old), len(new)) and old[start] == new[start]:
        start += 1
    end = 0
    while end < min(len(old), len(new)) - start and old[-1 - end] == new[-1 - end]:
        end += 1
    if start == len(old) - end:  # nothing but new lines: say them with the line that precedes or follows
        if start:
            start -= 1
        else:
            end -= 1
    text = new[start : len(new) - end]
    return Fix(start + 1, len(old) - end, "\n".join(text) if text else None)


def as_scalar(text: str) -> str:
    """Return `text` as it must be typed on a line of a front matter: bare where that reads the same, else quoted."""
    try:
        if load(f"- {text}").value == [text]:
            return text
    except Refused:
        pass
    if re.search(r"[\0-\x1f]", text):
        return json.dumps(text, ensure_ascii=False)
    if not re.search(r'["\\]', text):
        return f'"{text}"'
    return "'" + text.replace("'", "''") + "'"


def _writings(value: str | int | Sequence[str], column: int) -> Iterator[str]:
    """Yield the ways to write a value after its key, the plainest first."""
    if isinstance(value, int):
        yield str(value)
    elif not isinstance(value, str):
        yield "".join(f"\n{' ' * column}  - {as_scalar(item)}" for item in value)
    elif "\n" in value:
        mark = "|" if value.endswith("\n") else "|-"
        lines = (value.removesuffix("\n")).split("\n")
        yield "\n".join([mark, *(f"{' ' * column}  {line}".rstrip() for line in lines)])
    else:
        yield as_scalar(value)


def _copy(document: Document, pointer: str) -> tuple[Any, Any, Any]:
    """Return a copy of the data, the part of it that holds `pointer` (None where nothing does), the name there."""
    wanted: Any = _unshared(document.data)
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")]
    parent = wanted
    try:
        for part in way[1:]:
            parent = parent[int(part) if isinstance(parent, list) else part]
        name: Any = int(last) if isinstance(parent, list) else last
        parent[name]
    except (KeyError, IndexError, ValueError, TypeError):
        return wanted, None, None
    return wanted, parent, name


def _unshared(value: Any) -> Any:
    """Return a copy where the values that YAML aliases share stand apart, as a reader sees them."""
    if isinstance(value, dict):
        return {key: _unshared(item) for key, item in value.items()}
    return [_unshared(item) for item in value] if isinstance(value, list) else value


def _stands_alone(lines: str, name: str | int, value: object) -> bool:
    """Whether lines read by themselves as this one key or list item: then nothing around bears on them,
    and changing them changes nothing else. Reading these lines spares reading the whole file again."""
    if "\r" in lines:  # lines for the site, not for the fix
        return False
    try:
        alone = load(lines.strip()).value
    except Refused:
        return False
    return _exact(alone) == _exact({name: value} if isinstance(name, str) else [value])


def _verified(document: Document, fix: Fix, wanted: object) -> Fix | None:
    """Return the fix when the file it makes has the `wanted` data and the same body."""
    result = _read_again(document, fix)
    same = result and not result.problem and _exact(result.data) == _exact(wanted) and result.body == document.body
    return fix if same else None


def _read_again(document: Document, fix: Fix) -> Document | None:
    """Return the file as the fix makes it; None where its header is so huge that it is no person's work, or where
    the lines of the fix are not those of the site."""
    header = len(document.text) - len(document.body)
    if len(document.spans) > _MOST_VALUES or header > _MOST_CHARACTERS:
        return None
    if any("\r" in document.raw_line(number) for number in range(fix.start_line, fix.end_line + 1)):
        return None
    return parse(document.path, fix.apply(document.text))


def _exact(data: object) -> str:
    """Return the data as text: for Python 1, 1.0 and true are equal, for the site they are not."""
    return json.dumps(data, sort_keys=True, default=repr)
