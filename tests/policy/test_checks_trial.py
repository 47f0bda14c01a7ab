"""The check of criterion A5: which sentences say how an API can be tried, and which leave it open."""

import sys

import pytest

from rules.catalogue import Catalogue, World
from rules.checks import trial
from rules.document import parse
from rules.model import Proof, Question


def said(text: str) -> list[Proof | Question]:
    document = parse(
        "_data/api/a.md", f"---\nis_open: -1\ndoc_tech_link: https://a.example/openapi.json\n---\n{text}\n"
    )
    return list(trial.can_be_tried(document, World(Catalogue([document]))))


@pytest.mark.parametrize(
    "sentence",
    [
        "Un bac à sable est fourni à tous.",
        "Les jetons de test sont affichés dans la documentation.",
        "Un environnement d’intégration est accessible sans compte.",
    ],
)
def test_the_sentence_is_the_proof(sentence: str) -> None:
    (proof,) = said(f"L'API est utile. {sentence} Elle est rapide.")
    assert isinstance(proof, Proof)
    assert proof.facts["sentence"] == sentence


@pytest.mark.parametrize(
    "sentence",
    [
        "Il n'y a pas de bac à sable.",
        "Une fois le dossier validé, un accès au bac à sable est fourni.",
        "Contactez-nous pour obtenir des jetons de test.",
    ],
)
def test_a_way_on_request_is_quoted_in_the_question(sentence: str) -> None:
    assert said(f"- {sentence}\n- Autre chose.") == [Question("/is_open", {"sentence": sentence})]


def test_the_free_way_is_found_after_the_other() -> None:
    (proof,) = said("Le bac à sable est fourni sur demande.\n\nUne instance publique répond à tous.")
    assert isinstance(proof, Proof)


def test_letters_that_grow_in_lower_case_move_nothing() -> None:
    sentence = "Un bac à sable İ est ouvert."
    (proof,) = said(f"{'İ' * 8} d'abord. {sentence} {'İ' * 8}")
    assert isinstance(proof, Proof)
    assert proof.facts["sentence"] == sentence
    assert said("İİİİİİİİ sandbox")  # looked at once, where it was found again for ever


def test_all_other_letters_keep_their_length() -> None:
    assert [char for char in map(chr, range(sys.maxunicode + 1)) if len(char.lower()) != 1] == ["İ"]


def test_a_template_comment_says_nothing() -> None:
    assert said("<!-- Un bac à sable est ouvert à tous. -->") == [Question("/is_open")]
