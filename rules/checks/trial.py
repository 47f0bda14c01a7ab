"""Check of criterion A5: how the API can be tried without asking anybody."""

from __future__ import annotations

from collections.abc import Iterator

from rules.catalogue import World
from rules.checks.documentation import placeholder, swagger_exists
from rules.checks.online import UNREAD
from rules.checks.reading import sentences_with, text_of
from rules.document import Document
from rules.evidence import UNASKED, Description
from rules.links import of_file
from rules.model import Fault, Proof, Question, Statement

_WAYS = (
    "bac à sable",
    "bac-à-sable",
    "sandbox",
    "jeton de test",
    "jetons de test",
    "token de test",
    "tokens de test",
    "clé de test",
    "instance publique",
    "instance de test",
    "de démonstration",
    "démonstrateur",
    "environnement de test",
    "environnement de préproduction",
    "environnement de pré-production",
    "environnement de recette",
    "environnement d'essai",
    "environnement d'intégration",
    "données fictives",
)
# A way to try that comes after somebody's answer, or does not exist, settles nothing.
_ON_REQUEST = (
    "dossier",
    "validé",
    "validation",
    "sur demande",
    "après ",
    "contactez",
    "demander",
    "une fois",
    "habilitation",
    "bientôt",
    "pas de ",
    "pas d'",
    "aucun",
    " ni ",
)


def can_be_tried(document: Document, world: World) -> Iterator[Statement]:
    """The API is open and described by OpenAPI, or the entry names a way to try it."""
    link, got = text_of(document, "doc_tech_link"), of_file(document, world)
    said = got.description if got else None
    looked: dict[str, str] = {}
    if link and _refused(document, world):
        looked = {"refused": link}
    elif text_of(document, "is_open") == "1" and link:
        if got is None or got == UNASKED:
            yield Proof("/doc_tech_link", {"openapi": link})
            return
        if said and (said.called or said.open_operation):
            yield Proof("/doc_tech_link", {"called": said.called} if said.called else {"free": said.open_operation})
            return
        looked = {_doubt(said): link}
    found = list(sentences_with(document, _WAYS))
    free = next((text for text in found if not any(word in text.lower() for word in _ON_REQUEST)), None)
    if free:
        yield Proof("/is_open", {"sentence": free})
    else:
        yield Question("/is_open", {**looked, **({"sentence": found[0]} if found else {})})


def _doubt(said: Description | None) -> str:
    """Return what keeps the file of an open API from being enough."""
    if said is None:
        return "unopened"
    if said.fault in UNREAD:
        return "unread"
    return "locked" if said.format else "other"


def _refused(document: Document, world: World) -> bool:
    """Whether `doc_tech_link` can't lead to a file, as the entry alone tells."""
    said = (*placeholder(document, world), *swagger_exists(document, world))
    return any(isinstance(one, Fault) and one.key == "/doc_tech_link" for one in said)
