"""Checks of criterion F on one entry: what the site needs in each field to publish the page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

from rules.catalogue import LOGOS, SCREENSHOTS, World, fold
from rules.checks.reading import shown
from rules.checks.references import names_in
from rules.checks.wording import IN_HEADER
from rules.document import Document, Timestamp, Value, right_folder
from rules.fixes import as_scalar, with_value, with_words, without
from rules.model import Check, Fault, Fix, Proof, Statement
from rules.nearest import nearest

_IMAGE = re.compile(r"\.(?:png|jpe?g|gif|svg|webp)$", re.IGNORECASE)
_OTHER_SUFFIX = re.compile(r"(?:\.(?:txt|markdown|mdx|md\w*|ya?ml|html?))+$", re.IGNORECASE)
_PAPER = re.compile(r"\.(?:docx?|odt|rtf|pdf|pages|xlsx?|ods|pptx?|zip)$", re.IGNORECASE)
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_OPENNESS = {"-1": -1, "0": 0, "1": 1, "true": 1}
_STAGING = "staging.datapass"
_MOST_LINES = 20  # between the first and the last link that one fix corrects
_TEXTS = ("content_intro", "contact_link", "doc_tech_external")
_LISTS = ("datagouv_uuid",)


def file_without_md(document: Document, _: World) -> Iterator[Statement]:
    """A file in a catalogue folder whose name does not end in `.md` is ignored by the site."""
    name = document.path.rpartition("/")[2]
    if name.endswith(".md"):
        return
    if _IMAGE.search(name):
        folder = SCREENSHOTS if document.path.startswith("_data/service/") else LOGOS
        yield Fault("", {"image": f"{folder}/{name}"})
    elif paper := _PAPER.search(name):
        stem = document.path.removesuffix(paper[0])
        yield Fault("", {"paper": name, "copy": f"{_OTHER_SUFFIX.sub('', stem)}.md"})
    else:
        yield Fault("", {"name": _OTHER_SUFFIX.sub("", document.path) + ".md"})


def file_misplaced(document: Document, _: World) -> Iterator[Statement]:
    """A file beside the folders that the site reads, or below them, is ignored by the site."""
    folder, name = document.path.rsplit("/", 1)
    meant = right_folder(document.path)
    if meant and folder != meant:
        yield Fault("", {"folder": folder, "place": f"{meant}/{name}"})


def _written(key: str, told: Callable[[Document, str, Value], Fault]) -> Check:
    """Return the check that the text the site prints from `key` is there, and is a text; `told` is what to say else."""

    def check(document: Document, _: World) -> Iterator[Statement]:
        value = document.data.get(key)
        if isinstance(value, str) and value.strip():
            yield Proof(f"/{key}", {"value": value})
        else:
            yield told(document, f"/{key}", value)

    return check


def _no_words(document: Document, pointer: str, value: Value) -> Fault:
    """Tell what stands in place of words: nothing, a comment, several values, a number."""
    line, last = document.span(pointer)
    typed = document.raw_line(line).partition(":")[2].strip()
    if value in (None, "") and typed.startswith("#") and not IN_HEADER.match(typed):
        fix = Fix(line, line, f"{pointer[1:]}: {as_scalar(typed)}")
        return Fault(pointer, {"comment": typed}, fix=fix)
    if value and isinstance(value, list | dict):
        return Fault(pointer, {"several": typed if typed and line == last else shown(value)})
    return Fault(pointer, _seen(value), fix=_as_text(document, pointer, value))


def _no_file(_: Document, pointer: str, value: Value) -> Fault:
    return Fault(pointer, _seen(value))


title_written = _written("title", _no_words)
tagline_written = _written("tagline", _no_words)
description_written = _written("description", _no_words)
name_written = _written("name", _no_words)
screenshot_written = _written("screenshot", _no_file)
logo_written = _written("logo", _no_file)


def is_open(document: Document, _: World) -> Iterator[Statement]:
    """`is_open` is the number -1, 0 or 1."""
    value = document.data.get("is_open")
    if isinstance(value, int) and not isinstance(value, bool) and value in (-1, 0, 1):
        yield Proof("/is_open", {"value": str(value)})
    else:
        facts = _seen(value)
        number = _OPENNESS.get(str(facts.get("value")).strip())
        fix = None if number is None else with_value(document, "/is_open", number)
        yield Fault("/is_open", {"quoted": value} if number is not None and isinstance(value, str) else facts, fix=fix)


def last_update(document: Document, _: World) -> Iterator[Statement]:
    """`last_update` is a text: a date in the ISO order becomes a date object, which breaks the site's build."""
    value = document.data.get("last_update")
    if isinstance(value, str) and value.strip():
        yield Proof("/last_update", {"value": value})
        return
    day = _french_date(value)
    fix = with_value(document, "/last_update", day) if day else None
    yield Fault("/last_update", _seen(value) | ({"date": day} if day else {}), fix=fix)


def texts(document: Document, _: World) -> Iterator[Statement]:
    """The fields that the site prints as they are hold text."""
    for key in _TEXTS:
        value = document.data.get(key)
        if value is not None and not isinstance(value, str):
            # An address is no number: between quotation marks, it would still lead nowhere.
            fix = None if key == "doc_tech_external" else _as_text(document, f"/{key}", value)
            yield Fault(f"/{key}", _seen(value), fix=fix)


def lists(document: Document, _: World) -> Iterator[Statement]:
    """The fields that the site goes through item by item hold lists."""
    for key in _LISTS:
        value = document.data.get(key)
        if value is not None and not isinstance(value, list):
            fix = with_value(document, f"/{key}", [value]) if isinstance(value, str) and value.strip() else None
            yield Fault(f"/{key}", _seen(value), fix=fix)


def staging_datapass(document: Document, _: World) -> Iterator[Statement]:
    """No link leads to the trial site of Datapass. One fault for each field, one for the text below."""
    if _STAGING not in document.text:  # nothing to look at: most entries stop here
        return
    lines: dict[str, list[int]] = {}
    for number, line in enumerate(document.text.split("\n"), 1):
        if _STAGING in line:
            lines.setdefault(document.field_at(number), []).append(number)
    for key, (first, *others) in lines.items():
        last = max((number for number in others if number < first + _MOST_LINES), default=first)
        link = next(word for word in re.split(r"[\s\"'<>()\[\]]+", document.raw_line(first)) if _STAGING in word)
        yield Fault(key, {"link": link}, first, last, with_words(document, first, last, _STAGING, "datapass"))


def _image(key: str, folder: str) -> Check:
    def check(document: Document, world: World) -> Iterator[Statement]:
        value = document.data.get(key)
        if not isinstance(value, str) or not value.strip():
            return
        files, name = world.after.files, value.rpartition("/")[2]
        if "/" in value:
            fix = with_value(document, f"/{key}", name) if f"{folder}/{name}" in files else None
            yield Fault(f"/{key}", {"address": value, "folder": folder}, fix=fix)
        elif f"{folder}/{value}" in files:
            yield Proof(f"/{key}", {"value": value, "folder": folder})
        elif names := names_in(world.after, folder):
            near = nearest(value, names)
            alike = near is not None and fold(near) == fold(value)
            facts = {"file": value, "folder": folder} | ({"near": near} if near else {})
            yield Fault(f"/{key}", facts, fix=with_value(document, f"/{key}", near) if near and alike else None)

    return check


logo_file = _image("logo", LOGOS)
screenshot_file = _image("screenshot", SCREENSHOTS)


def roadmap_shape(document: Document, _: World) -> Iterator[Statement]:
    """The news of the site: year, month from 1 to 12, list of events that each have a type and a text."""
    faults = (fault for year, months in document.data.items() for fault in _year(document, year, months))
    if first := next(faults, None):
        yield first
        yield from faults
    else:
        yield Proof("", {"count": len(document.data)})


def _year(document: Document, year: str, months: Value) -> Iterator[Fault]:
    if not re.fullmatch(r"\d{4}", year):
        yield Fault(f"/{year}", {"year": year})
    elif not isinstance(months, dict):
        yield Fault(f"/{year}", {"empty_year": year})
    else:
        for month, events in months.items():
            yield from _month(document, year, month, events)


def _month(document: Document, year: str, month: str, events: Value) -> Iterator[Fault]:
    pointer = f"/{year}/{month}"
    if month not in {str(n) for n in range(1, 13)}:
        yield Fault(pointer, {"month": month, "year_of": year})
    elif not isinstance(events, list):
        what = "empty_month" if events is None else "unlisted_month"
        fix = without(document, pointer) if events is None else None
        yield Fault(pointer, {what: month, "year_of": year}, fix=fix)
    else:
        for n, event in enumerate(events):
            missing = [key for key in ("type", "what") if not (isinstance(event, dict) and event.get(key))]
            if missing:
                yield Fault(f"{pointer}/{n}", {"value": str(event), "missing": tuple(missing)})


def _seen(value: Value) -> dict[str, str | tuple[str, ...]]:
    """Return the value as the fact `value`, and nothing where there is nothing to quote."""
    return {} if value in (None, "", []) else {"value": shown(value)}


def _as_text(document: Document, pointer: str, value: Value) -> Fix | None:
    """Return the fix that puts a number or a date between quotes, where the file says it as we read it."""
    written = str(value)
    if not isinstance(value, int | float | Timestamp) or written not in document.raw_line(document.line(pointer)):
        return None
    return with_value(document, pointer, written)


def _french_date(value: Value) -> str | None:
    found = _ISO_DATE.match(value.text) if isinstance(value, Timestamp) else None
    try:
        return date(*(int(part) for part in found.groups())).strftime("%d/%m/%Y") if found else None
    except ValueError:
        return None
