"""Checks of advice on the header: fields that the site doesn't know, values that it can't recognise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from rules.catalogue import World, fold
from rules.checks.reading import text_of
from rules.checks.themes import outside_list
from rules.document import Document, parse
from rules.fields import ALSO_CALLED, FIELDS, LISTS, OLD_FIELDS
from rules.fixes import between, into_text_above, with_key, with_value, without
from rules.model import Fault, Fix, Kind, Statement
from rules.nearest import nearest

_SHEETS = ("_data/producteurs/", "_data/service/")
# Old fields of an API that another rule tells of where the entry has none of those that took over.
_TOLD_WHEN_MISSING = {"owner": ("producer",), "doc_tech": ("doc_tech_link", "doc_tech_external")}

_MONTHS = (
    *("janvier", "fevrier", "mars", "avril", "mai", "juin"),
    *("juillet", "aout", "septembre", "octobre", "novembre", "decembre"),
)
_DATE = re.compile(r"\d{2}/\d{2}/\d{4}")
_DAY_FIRST = re.compile(r"(?<![\d/.\-])(\d{1,2})[/.\- ](\d{1,2}|[^\W\d_]{3,9})[/.\- ](\d{4}|\d{2})(?![\d:])")
_YEAR_FIRST = re.compile(r"(?<!\d)(\d{4})[/.\-](\d{1,2})[/.\-](\d{1,2})(?!\d)")
_MOST_VALUES = 5  # put right along with the name of their field: each is a reading of the file
_INITIALS = re.compile(r"\(([^()]+)\)\s*$")


def unknown_field(document: Document, world: World) -> Iterator[Statement]:
    """A field that the site doesn't know; in a guide, only one whose name nearly is a known one."""
    kind = document.kind
    strange = [key for key in document.data if key not in FIELDS[kind] and key not in OLD_FIELDS.get(kind, {})]
    for key in strange:
        free = sorted(FIELDS[kind] - document.data.keys())
        also = ALSO_CALLED.get(key)
        near = also if also in free else nearest(key, free)
        into_text = None if near else into_text_above(document, _pointer(key))
        # A sentence with a colon, fallen out of the text above: it goes back there, and no field has spaces.
        if into_text or (" " in key and not near):
            yield Fault(_pointer(key), {"sentence": key}, fix=into_text)
            continue
        if near:
            yield Fault(_pointer(key), {"field": key, "near": near}, fix=_renamed(document, key, near, world))
        elif kind is not Kind.GUIDE:
            yield Fault(_pointer(key), {"field": key, "unused": key})


def old_template_field(document: Document, world: World) -> Iterator[Statement]:
    """A field of an older template, with what took its place."""
    data = document.data
    for key, heirs in OLD_FIELDS[document.kind].items():
        if key not in data:
            continue
        missing = document.kind is Kind.API and not any(map(data.get, _TOLD_WHEN_MISSING.get(key, heirs)))
        if missing and key in _TOLD_WHEN_MISSING:
            continue  # another rule says so
        if not heirs:
            yield Fault(f"/{key}", {"field": key, "unused": key}, fix=without(document, f"/{key}"))
        elif heirs[0] in _SHEETS:
            producer = text_of(document, "producer")
            told = heirs[0] == "_data/producteurs/" and producer in world.after.producers
            sheet = f"{heirs[0]}{producer}.md" if told else heirs[0]
            yield Fault(f"/{key}", {"field": key, "sheet": sheet}, fix=without(document, f"/{key}") if told else None)
        else:
            taken = any(map(data.get, heirs))
            fix = without(document, f"/{key}") if taken else _renamed(document, key, heirs[0], world)
            yield Fault(f"/{key}", {"field": key, "new": heirs}, fix=fix if len(heirs) == 1 else None)


def date_format(document: Document, _: World) -> Iterator[Statement]:
    """A date of update that is not written day/month/year."""
    value = document.data.get("last_update")
    if not isinstance(value, str) or not value.strip() or (_DATE.fullmatch(value) and _day(value) == value):
        return
    day = _day(value)
    fix = with_value(document, "/last_update", day) if day else None
    yield Fault("/last_update", {"value": value} | ({"date": day} if day else {"example": "31/01/2024"}), fix=fix)


def partner_known_producer(document: Document, world: World) -> Iterator[Statement]:
    """A partner that has a producer sheet, but under another name: its page can't be reached from there."""
    partners = document.data.get("partners")
    known = world.after.producers_by_folded_name
    for n, partner in enumerate(partners if isinstance(partners, list) else ()):
        if not isinstance(partner, str) or partner in world.after.producers:
            continue
        initials = _INITIALS.search(partner)
        named = known.get(fold(partner)) or known.get(fold(initials[1]) if initials else "", ())
        if len(named) == 1:
            pointer, slug = f"/partners/{n}", named[0].slug
            yield Fault(pointer, {"value": partner, "near": slug}, fix=with_value(document, pointer, slug))


def _renamed(document: Document, key: str, new_key: str, world: World) -> Fix | None:
    """Return the fix that gives a field another name, where what it holds suits that one, and its values the form
    that the field has under that name."""
    suits = isinstance(document.data[key], list) == (new_key in LISTS) and new_key != "access_page"
    fix = with_key(document, _pointer(key), new_key) if suits else None
    check = _ON_VALUES.get(new_key)
    if fix is None or check is None:
        return fix
    text = fix.apply(document.text)
    for _ in range(_MOST_VALUES):
        fault = next((said for said in check(parse(document.path, text), world) if isinstance(said, Fault)), None)
        if fault is None:
            return between(document.text.split("\n"), text.split("\n"))
        if fault.fix is None:
            break
        text = fault.fix.apply(text)
    return None


# What is advised on the values of some fields.
_ON_VALUES = {"partners": partner_known_producer, "themes": outside_list, "last_update": date_format}


def _day(text: str) -> str | None:
    """Return the only day that `text` names, as day/month/year; None when it names none or could name several."""
    days = {
        day
        for year, month, number in [
            *((found[3], found[2], found[1]) for found in _DAY_FIRST.finditer(text)),
            *(found.groups() for found in _YEAR_FIRST.finditer(text)),
        ]
        if (day := _calendar_day(year, month, number))
    }
    return days.pop() if len(days) == 1 else None


def _calendar_day(year: str, month: str, number: str) -> str | None:
    if not month.isdigit():
        starts = [name for name in _MONTHS if name.startswith(fold(month))]
        month = str(_MONTHS.index(starts[0]) + 1) if len(starts) == 1 else "0"
    if int(month) > 12:
        month, number = number, month  # the American order: there is no thirteenth month
    try:
        return date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(number)).strftime("%d/%m/%Y")
    except ValueError:
        return None


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
