"""Advice on fields: what no single example of a rule file can show."""

from __future__ import annotations

import pytest

from rules.catalogue import Catalogue, World
from rules.checks import access_page, fields, themes
from rules.document import parse
from rules.model import CantTell, Check, Fault, Kind

PATH = "_data/api/api-bacs.md"


def faults(check: Check, text: str, sample: Catalogue, path: str = PATH) -> list[Fault]:
    return [said for said in check(parse(path, text), World(sample)) if isinstance(said, Fault)]


@pytest.mark.parametrize(
    ("written", "right"),
    [
        ("2024-01-31 12:00 environ", "31/01/2024"),
        ("1/2/2024", "01/02/2024"),
        ("01.02.24", "01/02/2024"),
        ("le 3 févr 2024", "03/02/2024"),
        ("12 mar. 2024", None),
        ("30/02/2024", None),
        ("31/12/2023 puis 2024-01-01", None),
        ("hier", None),
    ],
)
def test_a_date_is_put_right_when_it_can_be_only_one(written: str, right: str | None, sample: Catalogue) -> None:
    (fault,) = faults(fields.date_format, f'---\nlast_update: "{written}"\n---\n', sample)
    assert fault.facts.get("date") == right
    assert (fault.fix is not None) == (right is not None)


def test_an_unreadable_date_is_the_business_of_another_rule(sample: Catalogue) -> None:
    for value in ("2024-01-31", "2024", '""', ""):
        assert not faults(fields.date_format, f"---\ntitle: A\nlast_update: {value}\n---\n", sample)


@pytest.mark.parametrize("written", ["écrivez-nous", "[écrivez-nous]"])
def test_what_the_site_cannot_show_says_nothing_of_who_may_ask(written: str, sample: Catalogue) -> None:
    with pytest.raises(CantTell, match="access_page"):
        faults(access_page.needed, f"---\nis_open: -1\naccess_page: {written}\n---\n", sample)


def test_lists_that_are_no_lists_are_the_business_of_another_rule(sample: Catalogue) -> None:
    text = "---\nthemes: Batellerie\npartners: OMI\n---\n"
    assert not faults(themes.outside_list, text, sample)
    assert not faults(fields.partner_known_producer, text, sample)
    text = "---\nthemes: [1, '', {a: 1}]\npartners: [1, {a: OMI}]\n---\n"
    assert not faults(themes.outside_list, text, sample)
    assert not faults(fields.partner_known_producer, text, sample)


def test_a_name_that_two_producers_share_is_left_alone(sample: Catalogue) -> None:
    twins = [parse(f"_data/producteurs/{slug}.md", "---\nname: Bacs\nacronym: BAC\n---\n") for slug in ("un", "deux")]
    both = Catalogue([*sample.documents.values(), *twins])
    assert not faults(fields.partner_known_producer, "---\npartners: [BAC]\n---\n", both)


def test_a_field_is_not_renamed_over_another(sample: Catalogue) -> None:
    text = "---\nexternal_site: https://a.example\nextrenal_site: https://b.example\n---\n"
    (fault,) = faults(fields.unknown_field, text, sample)
    assert "near" not in fault.facts
    assert fault.fix is None


@pytest.mark.parametrize(
    ("written", "renamed"),
    [
        ("partenaires:\n  - OMI\n  - Amicale", "partners:\n  - office-marees\n  - Amicale"),
        ("partenaires: [OMI, Office des marées intérieures]", "partners: [office-marees, office-marees]"),
        ("theme:\n  - transports\n  - Batellerie", None),  # a theme that only a person can choose
        ("theme:\n  - transports", "themes:\n  - Transport"),
        ("last_updated: 1/2/2024", "last_update: 01/02/2024"),
        ("last_updated: hier", None),
        ("theme: [" + ", ".join(["transports", "energies", "cultures", "emplois", "santes", "justice"]) + "]", None),
    ],
)
def test_what_a_field_holds_takes_the_form_that_its_right_name_wants(
    written: str, renamed: str | None, sample: Catalogue
) -> None:
    text = f"---\ntitle: A\n{written}\n---\n"
    (fault,) = faults(fields.unknown_field, text, sample)
    fixed = fault.fix and parse(PATH, fault.fix.apply(text))
    assert (fixed and fixed.data) == (renamed and parse(PATH, f"---\ntitle: A\n{renamed}\n---\n").data)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Transport, energie ; Droit & Justice", ["Transport", "Energie", "Droit & Justice"]),
        ("Transport\n  - Transports\n  - Energie", ["Transport", "Energie"]),
        ("\n  -Transport\n  -Energie", ["Transport", "Energie"]),
        ("Administration & législation/Santé", ["Administration & législation", "Santé"]),
        ("Transport, Batellerie", None),
        ('","', None),
    ],
)
def test_themes_that_are_no_list_become_one(written: str, meant: list[str] | None, sample: Catalogue) -> None:
    text = f"---\ntitle: A\nthemes: {written}\n---\n"
    (fault,) = faults(themes.listed, text, sample)
    assert (fault.fix and parse(PATH, fault.fix.apply(text)).data["themes"]) == meant


def test_a_field_with_a_slash_has_its_own_line(sample: Catalogue) -> None:
    document = parse(PATH, "---\ntitle: A\ndate/heure: 12\n---\n")
    (fault,) = (said for said in fields.unknown_field(document, World(sample)) if isinstance(said, Fault))
    assert document.line(fault.key) == 3


def test_old_field_and_unknown_field_never_speak_of_the_same(sample: Catalogue) -> None:
    for kind, folder in ((Kind.API, "api"), (Kind.PRODUCER, "producteurs")):
        assert fields.FIELDS[kind].isdisjoint(fields.OLD_FIELDS[kind])
        text = "---\n" + "".join(f"{name}: x\n" for name in fields.OLD_FIELDS[kind]) + "---\n"
        assert not faults(fields.unknown_field, text, sample, f"_data/{folder}/bacs.md")


def test_the_old_name_of_a_missing_field_is_left_to_the_rule_that_asks_for_it(sample: Catalogue) -> None:
    assert not faults(fields.old_template_field, "---\nowner: OMI\ndoc_tech: https://a.example\n---\n", sample)
    text = "---\ndoc_tech: https://a.example\ndoc_tech_external: https://a.example\n---\n"
    (fault,) = faults(fields.old_template_field, text, sample)
    assert fault.facts["new"] == ("doc_tech_link",)
