"""Advice on what is written: what no single example of a rule file can show."""

from __future__ import annotations

import pytest

from rules.catalogue import Catalogue, World
from rules.checks import wording
from rules.document import parse
from rules.model import Check, Fault

PATH = "_data/api/api-bacs.md"


def faults(check: Check, text: str) -> list[Fault]:
    return [said for said in check(parse(PATH, text), World(Catalogue([]))) if isinstance(said, Fault)]


@pytest.mark.parametrize(
    ("address", "personal"),
    [
        ("marie.durand@marees.example", True),
        ("durand.jean-marc@marees.example", True),
        ("Hélène_Riviere@marees.example", True),
        ("mehdi.benali@marees.example", True),
        ("aissatou.diallo@marees.example", True),
        ("j.dupont@marees.example", True),
        ("bacs@gmail.com", True),
        ("contact.api@marees.example", False),
        ("support.technique@marees.example", False),
        ("prenom.nom@marees.example", False),
        ("peniche.marees@marees.example", False),  # what the entry is about
        ("courants.littoral@littoral.marees.example", False),  # the domain
        ("dgpt.sg@marees.example", False),
        ("a.b@marees.example", False),
        ("marie.du.pont@marees.example", False),
        ("marie@marees.example", False),
        ("mairie.saint-laurent@marees.example", False),
        ("support.partenaires@marees.example", False),
        ("donnees.marine@marees.example", False),
        ("bacs@ gmail.com", False),
        ("@gmail.com", False),
    ],
)
def test_whose_address_it_is(address: str, personal: bool) -> None:
    text = f'---\ntitle: API Péniches\ncontact_link: "{address}"\n---\n'
    assert bool(faults(wording.personal_email, text)) == personal


def test_a_field_with_two_personal_addresses_is_told_of_once() -> None:
    text = "---\ntitle: A\n---\nmarie.durand@bacs.example\nanne.riviere@bacs.example\n"
    (fault,) = faults(wording.personal_email, text)
    assert (fault.key, fault.line) == ("", 4)


@pytest.mark.parametrize(
    "text",
    [
        "https://bacs.example/?cle=XXXX",
        "`XXX`",
        "```\nTODO\n```",
        "```\nTODO",
        "le XXe siècle",
        "FR76-XXX",
        "ToDoList",
        "ma super API",
        "Les tests écrivent à contact@contact.fr",
    ],
)
def test_what_looks_like_a_placeholder_and_is_none(text: str) -> None:
    assert not faults(wording.template_placeholder, f"---\ntitle: l'API\n---\n{text}\n")


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("L'API XX et les associations XX.", ("API XX", "associations XX")),
        ("voir https://URL ou https://URL", ("https://URL",)),
        ("Lorem ipsum dolor", ("Lorem ipsum",)),
        ("- [ ] Effacer ce texte une fois que vous l'avez lu", ("Effacer ce texte une fois que vous l'avez lu",)),
    ],
)
def test_remains_of_the_templates(text: str, left: tuple[str, ...]) -> None:
    (fault,) = faults(wording.template_placeholder, f"---\ntitle: A\n---\n\n{text}\n")
    assert fault.facts["left"] == left
    assert fault.line == 5


@pytest.mark.parametrize(
    "line",
    [
        "title: Ma Super API  # nom commercial de l'API",
        "tagline: Interrogez l'API ...",
        "contact_link: contact@contact.fr",
        "account_link: https://site-api/user/register",
        "monitoring_link: https://page-statut-de-lapi",
        "stats_detail_link: http://page-stats-dusage-de-lapi",
    ],
)
def test_values_of_the_templates(line: str) -> None:
    (fault,) = faults(wording.template_placeholder, f"---\nproducer: a\n{line}\n---\n")
    assert fault.key == "/" + line.partition(":")[0]


def test_a_placeholder_cut_in_two_lines_lands_on_its_field() -> None:
    (fault,) = faults(wording.template_placeholder, "---\ntitle: A\ncontent_intro: Les associations\n  XX.\n---\n")
    assert fault.line == 3


def test_fields_judged_elsewhere_are_left_to_their_rules() -> None:
    text = "---\nproducer: XXX\ndoc_tech_link: https://URL\nlast_update: TODO\nowner: XXX\n---\n"
    assert not faults(wording.template_placeholder, text)


def test_code_is_no_heading() -> None:
    assert not faults(wording.top_heading, "---\ntitle: A\n---\n~~~\n# commande\n~~~\n#\n## Titre\n")


def test_code_ends_as_it_began() -> None:
    fences = "~~~~\n```\n# commande\n~~~\n# autre\n~~~~\n````md\n```sh\n# a\n```\n# b\n````\n"
    (fault,) = faults(wording.top_heading, f"---\ntitle: A\n---\n{fences}# Titre\n")
    assert (fault.line, fault.facts["better"]) == (16, "## Titre")


def test_a_pin_in_the_text_is_no_comment_of_the_template() -> None:
    assert not faults(
        wording.template_comment, "---\ntitle: A\n---\n## Carte 📍 des gares\n\nVoir le ticket #12 📍 ici\n"
    )


@pytest.mark.parametrize(
    ("text", "mended"),
    [
        ("---\ntitle: A # 📍 un nom\n---\nb\n", "---\ntitle: A\n---\nb\n"),
        ("---\ntitle: A\n---\nb\n\n<!-- PARTIE 1 : la\n description -->\nc\n", "---\ntitle: A\n---\nb\n\nc\n"),
        ("---\ntitle: A\n---\nb <!-- PARTIE 1 --> c\n", "---\ntitle: A\n---\nb  c\n"),
        ("---\ntitle: 'A # 📍 un nom'\n---\nb\n", None),
    ],
)
def test_a_comment_of_the_template_is_taken_away_whole(text: str, mended: str | None) -> None:
    (fault,) = faults(wording.template_comment, text)
    assert (fault.fix and fault.fix.apply(text)) == mended


def test_a_heading_in_both_texts_is_told_of_twice() -> None:
    text = "---\ncontent_intro: |\n  # Un\n---\n# Deux\n"
    assert [(fault.key, fault.line) for fault in faults(wording.top_heading, text)] == [("/content_intro", 3), ("", 5)]


def test_a_heading_told_by_a_folded_line_has_no_place() -> None:
    assert not faults(wording.top_heading, '---\ncontent_intro: "a\\n# Un"\n---\n')
