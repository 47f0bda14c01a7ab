"""Checks of criterion A1: who produces the API, and whether the catalogue knows this body as a public one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from rules.catalogue import World, fold, strings
from rules.checks.reading import host, text_of
from rules.document import Document, parse
from rules.fixes import as_scalar, between, with_key, with_value, without
from rules.model import Facts, Fault, Fix, Kind, Proof, Question, Statement
from rules.nearest import nearest

_FOLDER = "_data/producteurs"
_MOST_NAMED = 3  # listed APIs named as evidence: enough to recognise the producer
NAME_TO_WRITE = "Nom complet de l'organisme"  # in a sheet ready to paste, where the entry doesn't give it
_PLACEHOLDERS = frozenset({"identifiant_fournisseur", "identifiant-fournisseur"})  # of the templates
_ORIGIN = re.compile(r"https?://[^\s/?#]+")


def declared(document: Document, world: World) -> Iterator[Statement]:
    """The entry says who produces the API; the 2019 template called it `owner`."""
    slug = text_of(document, "producer")
    if slug:
        yield Proof("/producer", {"value": slug})
        return
    there = "producer" in document.data
    listed = strings(document.data.get("producer"))
    owner = text_of(document, "owner")
    near = _known(owner, world) if owner else None
    line = document.line("/producer" if there else "/owner" if owner else "/title")
    facts: dict[str, str | tuple[str, ...]] = {"empty" if there else "absent": "producer:"}
    fix = None
    if listed:
        facts = {"listed": listed}
        only = listed[0] if len(listed) == 1 and listed[0] in world.after.producers else None
        fix = with_value(document, "/producer", only) if only else None
    elif near:
        facts |= {"owner": owner, "near_there" if there else "near": near}
        fix = _declaring(document, near)
    elif owner:
        slug = _slug(text_of(document, "owner_acronym") or owner)
        entry = f"producer: {as_scalar(slug)}"
        sheet = {"new_path": f"{_FOLDER}/{slug}.md", "sheet": _sheet(document, owner, slug)}
        facts |= {"owner": owner, **sheet, "entry_there" if there else "entry": entry}
    else:
        facts |= {"folder_there" if there else "folder": _FOLDER}
    yield Fault("/producer", facts, line, fix=fix)


def has_sheet(document: Document, world: World) -> Iterator[Statement]:
    """The body that the entry names has its own sheet."""
    value, written = text_of(document, "producer"), document.data.get("producer")
    sheet = world.after.producers.get(value)
    if sheet is not None and isinstance(written, str) and written != value:
        yield Fault(
            "/producer", {"value": written, "near": value, "edges": value}, fix=with_value(document, "/producer", value)
        )
    elif sheet is not None:
        yield Proof("/producer", {"value": value})
    elif value:
        slug = _slug(value)
        facts: Facts = {"value": value, "new_path": f"{_FOLDER}/{slug}.md"}
        if value in _PLACEHOLDERS:
            yield Fault("/producer", {"left": value, "folder": _FOLDER})
        elif stray := next((one.path for one in world.after.of(Kind.STRAY) if _is_sheet_of(one, value)), None):
            yield Fault("/producer", {**facts, "stray": stray})
        elif near := _renamed(value, world) or _known(value, world):
            exact = near == slug and slug in world.after.producers  # no other body can have that sheet
            told = {"value": value, "exact": near} if exact else {**facts, "near": near}
            yield Fault("/producer", told, fix=with_value(document, "/producer", near))
        else:
            wanted = {} if slug == value else {"slug": slug}
            yield Fault("/producer", {**facts, **wanted, "sheet": _sheet(document, value, slug)})


def is_public(document: Document, world: World) -> Iterator[Statement]:
    """The body is in charge of a public service: one that already has listed APIs was found so, any
    other is put to the team, by its APIs where the request brings some."""
    of_sheet = document.kind is Kind.PRODUCER
    slug = document.slug if of_sheet else text_of(document, "producer")
    sheet = world.after.producers.get(slug)
    if sheet is None:
        return
    key = "/name" if of_sheet else "/producer"
    name = text_of(sheet, "name")
    name = slug if name in ("", NAME_TO_WRITE) else name
    previous = world.previous(document)
    listed = world.before.apis_of_producer.get(slug, ()) if world.before else ()
    count = len(listed) - (previous is not None and text_of(previous, "producer") == slug)
    if count > 0:
        named = tuple(islice((text_of(api, "title") or api.slug for api in listed if api is not previous), _MOST_NAMED))
        more = {"others": count - _MOST_NAMED} if count > _MOST_NAMED else {}
        yield Proof(key, {"name": name, "apis": named, **more})
    elif not of_sheet or slug not in world.after.apis_of_producer:
        yield Question(key, {"name": name, "about": slug, **_evidence(document, sheet)})


def _known(name: str, world: World) -> str | None:
    """Return the slug of the producer whose slug, name or acronym looks most like `name`."""
    labels = {
        label: slug
        for slug, sheet in world.after.producers.items()
        for label in (text_of(sheet, "acronym"), text_of(sheet, "name"), slug)
        if label
    }
    near = nearest(name, labels)
    return labels[near] if near else None


def _renamed(slug: str, world: World) -> str | None:
    """Return the new slug of a sheet that the request itself renames."""
    old = f"{_FOLDER}/{slug}.md"
    new = next((new for new, previous in (world.moved or {}).items() if previous == old), None)
    return new.rpartition("/")[2].removesuffix(".md") if new else None


def _slug(name: str) -> str:
    """Return a name for the file of a sheet."""
    return fold(name).replace(" ", "-") or "nom-court-du-fournisseur"


def _is_sheet_of(document: Document, value: str) -> bool:
    return document.path.startswith(f"{_FOLDER}/") and fold(document.slug) == fold(value)


def _declaring(document: Document, slug: str) -> Fix | None:
    """Return the fix that names the producer in place of `owner`."""
    there = "producer" in document.data
    first = without(document, "/owner") if there else with_key(document, "/owner", "producer")
    new = first and parse(document.path, first.apply(document.text))
    second = new and with_value(new, "/producer", slug)
    return between(document.text.split("\n"), second.apply(new.text).split("\n")) if new and second else None


def _sheet(document: Document, name: str, slug: str) -> str:
    """Return a producer sheet filled in with what the API says, ready to paste."""
    origin = _ORIGIN.match(text_of(document, "external_site"))
    full = text_of(document, "owner") or (name if " " in name else NAME_TO_WRITE)
    acronym = text_of(document, "owner_acronym") or (name if name.isupper() else "")
    lines = [
        "---",
        f"name: {as_scalar(full)}",
        *([f"acronym: {as_scalar(acronym)}"] if acronym else []),
        f"logo: {slug}.png",
        "type: Etablissement public",
        *([f"site: {as_scalar(origin.group())}"] if origin else []),
        "---",
    ]
    return "\n".join(lines)


def _evidence(document: Document, sheet: Document) -> Facts:
    """Return what helps a person to tell: the type, the domains and the directory's page, as declared."""
    said = [text_of(sheet, key) for key in ("site", "contact", "siteAPI")] + [text_of(document, "contact_link")]
    domains = dict.fromkeys(filter(None, map(host, said)))
    official = tuple(domain for domain in domains if f".{domain}".endswith(".gouv.fr"))
    others = tuple(domain for domain in domains if domain not in official)
    kind, page = text_of(sheet, "type"), text_of(sheet, "annuaire")
    found: Facts = {"type": kind, "official": official, "elsewhere": others, "annuaire": page}
    return {name: value for name, value in found.items() if value}
