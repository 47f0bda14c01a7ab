"""Checks of criterion A2: what the API is, under which terms it is offered, and what use others can make of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rules.catalogue import World
from rules.checks.access_page import audiences
from rules.checks.reading import prose, sentences_with, text_of
from rules.document import Document
from rules.model import Facts, Fault, Proof, Question, Statement

_FEWEST_WORDS = 10  # the shortest description that a reader can use
_NO_TEXT = re.compile(r"[#|]|</?\w[^>]*>$")
_TERMS = (
    "licence",
    "libre",
    "conditions d",
    "conditions générales",
    "cgu",
    "ouverte à tous",
    "ouvert à tous",
    "gratuit",
    "inscription",
    "authentification",
    "sans clé",
    "réutilis",
    "habilitation",
)
_LIMITS = ("appels par", "requêtes par", "appels/", "requêtes/", "appels /", "requêtes /", "quota", "volumétrie")


def description(document: Document, _: World) -> Iterator[Statement]:
    """The entry says in a few words what the API is for."""
    lines = (line.strip() for line in prose(document).split("\n"))
    words, first = 0, ""
    for line in lines:
        if line and not _NO_TEXT.match(line):
            words += len(line.split())
            first = first or line
        if words >= _FEWEST_WORDS:
            yield Proof("/content_intro" if text_of(document, "content_intro") else "", {"value": first})
            return
    above = range(document.body_line - 1, 0, -1)
    yield Fault("", line=next((number for number in above if document.raw_line(number).strip()), 1))


def access_terms(document: Document, _: World) -> Iterator[Statement]:
    """The entry says under which terms the API may be used."""
    if text_of(document, "is_open") != "1" and (key := _procedure(document)):
        yield Proof(f"/{key}")
    elif sentence := next(sentences_with(document, _TERMS), None):
        yield Proof("", {"value": sentence})
    else:
        yield Fault("/is_open")


def call_limits(document: Document, _: World) -> Iterator[Statement]:
    """The entry says how many calls may be made."""
    key = next((key for key in ("rate_limiting_resume", "rate_limiting_description") if text_of(document, key)), None)
    if key:
        yield Proof(f"/{key}", {"value": text_of(document, key)})
    elif sentence := next(sentences_with(document, _LIMITS), None):
        yield Proof("", {"value": sentence})
    else:
        yield Fault("/rate_limiting_resume", line=document.line("/title"))


def reuse(document: Document, world: World) -> Iterator[Statement]:
    """The API lets others make services: listed services that use it show it, else a person tells."""
    title = text_of(document, "title") or document.slug
    users = world.before.naming.get(title, ()) if world.before else ()
    if users:
        yield Proof("/is_open", {"services": tuple(text_of(user, "title") or user.slug for user in users)})
        return
    if world.previous(document) and text_of(document, "is_open") == "1":
        yield Proof("/is_open", {"listed": title})
        return
    seen: Facts = {"title": title, "tagline": text_of(document, "tagline"), "audiences": audiences(document)}
    yield Question("/is_open", {name: value for name, value in seen.items() if value})


def _procedure(document: Document) -> str | None:
    return next((key for key in ("access_page", "account_link", "datapass_link") if document.data.get(key)), None)
