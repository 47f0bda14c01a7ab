"""Checks of criterion A4: where access is asked for, and whether the entry contradicts itself about it."""

from __future__ import annotations

from collections.abc import Iterator

from rules.catalogue import World
from rules.checks.reading import is_real, sentences_with, text_of, whole_address
from rules.document import Document
from rules.fixes import with_key, with_value, without
from rules.model import Fault, Proof, Statement

_LINKS = ("account_link", "datapass_link")
_REQUEST = (
    "demande d'habilitation",
    "demande d'accès",
    "datapass",
    "créer un compte",
    "créez un compte",
    "créez votre compte",
    "obtenir une clé",
)
_FREE = (
    "api est ouverte à tous",
    "api est en accès libre",
    "api est libre d'accès",
    "api est librement accessible",
    "api est accessible librement",
    "api est accessible à tous sans",
    "sans inscription",
    "sans authentification",
)
_NOT_SO = ("pas ", "sauf ", "bac à sable", "essai", "test", "démonstration")


def account_link_needed(document: Document, _: World) -> Iterator[Statement]:
    """An API used with an account says where to create one."""
    if text_of(document, "is_open") != "0":
        return
    link, datapass = (text_of(document, key) for key in _LINKS)
    if is_real(link):
        yield Proof("/account_link", {"value": link})
    elif link:
        whole = whole_address(link)
        yield Fault(
            "/account_link", {"value": link}, fix=with_value(document, "/account_link", whole) if whole else None
        )
    elif "account_link" in document.data:
        yield Fault("/is_open", {"at": document.line("/account_link")})
    else:
        fix = with_key(document, "/datapass_link", "account_link") if datapass else None
        yield Fault("/is_open", {"datapass": datapass} if datapass else {"to_add": "account_link:"}, fix=fix)


def account_or_datapass(document: Document, _: World) -> Iterator[Statement]:
    """An entry sends its readers to one place: an account or a request, not both."""
    account, datapass = (text_of(document, key) for key in _LINKS)
    if account and datapass:
        fix = (
            without(document, "/datapass_link") if account == datapass or text_of(document, "is_open") == "0" else None
        )
        yield Fault("/account_link", {"value": account, "datapass": datapass}, fix=fix)
    elif account or datapass:
        yield Proof("/account_link" if account else "/datapass_link", {"value": account or datapass})


def open_but_request(document: Document, _: World) -> Iterator[Statement]:
    """An API said to be open does not describe a request for access."""
    if text_of(document, "is_open") != "1":
        return
    key = next((key for key in ("access_page", *_LINKS) if document.data.get(key)), None)
    if key:
        yield Fault("/is_open", {"field": key})
    elif sentence := next(sentences_with(document, _REQUEST), None):
        yield Fault("/is_open", {"sentence": sentence})
    else:
        yield Proof("/is_open", {"value": "1"})


def closed_but_open(document: Document, _: World) -> Iterator[Statement]:
    """An API said to need an account or a request is not described as open to all."""
    if text_of(document, "is_open") not in ("-1", "0"):
        return
    found = sentences_with(document, _FREE)
    sentence = next((text for text in found if not any(word in text.lower() for word in _NOT_SO)), None)
    if sentence:
        yield Fault("/is_open", {"value": text_of(document, "is_open"), "sentence": sentence})
