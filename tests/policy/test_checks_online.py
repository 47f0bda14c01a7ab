"""What the internet answered about an entry: what may block, what is only told, and what is nobody's fault."""

from __future__ import annotations

from pathlib import Path

import pytest

import rules as rules_package
from rules.catalogue import Catalogue, World
from rules.document import Document, parse
from rules.evidence import Answer, Description, Reach, answer_from, as_plain
from rules.examples import examples_of
from rules.judgement import Change, conclusion, judge_request
from rules.links import Link, address_on_site, introduced, links
from rules.loader import RuleFileError, load_rules
from rules.model import EntryVerdict, Outcome, Rule

PATH = "_data/api/api-courants.md"
GONE = Answer(Reach.GONE, 404)
PAGE, FILE = "https://marees.gouv.example/doc", "https://marees.gouv.example/openapi.json"


def api(**fields: str) -> Document:
    lines = "\n".join(f"{name}: {value}" for name, value in {"title": "API Courants", **fields}.items())
    return parse(PATH, f"---\n{lines}\n---\n")


def judged(
    rules: tuple[Rule, ...], document: Document, evidence: dict[str, Answer], *before: Document
) -> tuple[EntryVerdict, ...]:
    change = Change(PATH, PATH if before else None)
    return judge_request(rules, Catalogue(before), Catalogue([document]), [change], evidence)


def faults(entries: tuple[EntryVerdict, ...]) -> set[str]:
    online = {"documentation-online", "access-online", "service-online", "link-answers", "link-https", "openapi-file"}
    return {finding.rule.id for entry in entries for finding in entry.findings} & online


def outcome(entries: tuple[EntryVerdict, ...], criterion: str) -> Outcome:
    return next(one.outcome for entry in entries for one in entry.criteria if one.criterion == criterion)


def test_where_nothing_was_asked_nothing_changes(rules: tuple[Rule, ...]) -> None:
    document = api(doc_tech_external=PAGE, doc_tech_link=FILE, is_open="1")
    assert judged(rules, document, {}) == judge_request(rules, Catalogue([]), Catalogue([document]), [Change(PATH)])
    said = [proof.facts for one in judged(rules, document, {})[0].criteria for proof in one.evidence]
    assert {"links": (FILE, PAGE)} in said


@pytest.mark.parametrize("reach", Reach)
def test_only_what_is_gone_may_block(rules: tuple[Rule, ...], reach: Reach) -> None:
    entries = judged(rules, api(doc_tech_external=PAGE), {PAGE: Answer(reach)})
    expected = {Reach.GONE: Outcome.FAILED, Reach.UNKNOWN: Outcome.CANT_TELL}.get(reach, Outcome.PASSED)
    assert outcome(entries, "A3") is expected
    assert faults(entries) == {
        Reach.GONE: {"documentation-online"},
        Reach.BROKEN: {"link-answers"},
    }.get(reach, set())


def test_only_where_the_criterion_needs_it(rules: tuple[Rule, ...]) -> None:
    both = api(doc_tech_external=PAGE, doc_tech_link=FILE)
    for other, expected in ((Answer(Reach.REACHABLE), Outcome.PASSED), (Answer(Reach.UNKNOWN), Outcome.CANT_TELL)):
        entries = judged(rules, both, {PAGE: GONE, FILE: other})
        assert outcome(entries, "A3") is expected
        assert faults(entries) == {"link-answers"}
    # One that was not asked for may work.
    assert faults(judged(rules, both, {PAGE: GONE})) == {"link-answers"}
    assert faults(judged(rules, api(datapass_link=PAGE), {PAGE: GONE})) == {"link-answers"}


def test_an_entry_older_than_the_request_never_suffers(rules: tuple[Rule, ...]) -> None:
    evidence = {PAGE: GONE, FILE: Answer(Reach.REACHABLE, description=Description(fault="page", origin=False))}
    old = api(doc_tech_external=PAGE, doc_tech_link=FILE, account_link="http://a.example", is_open="0")
    new = api(doc_tech_external=PAGE, doc_tech_link=FILE, account_link="http://a.example", is_open="0", tagline="T")
    evidence["http://a.example"] = evidence["https://a.example"] = Answer(Reach.REACHABLE)
    assert faults(judged(rules, new, evidence, old)) == set()
    assert faults(judged(rules, new, evidence)) == {"link-https", "link-answers", "openapi-file"}


def test_a_link_that_changes_its_field_is_not_new(rules: tuple[Rule, ...]) -> None:
    """Whatever came of it was so before; but a file that is now to be shown is looked at."""
    assert conclusion(judged(rules, api(doc_tech_external=PAGE), {PAGE: GONE}, api(doc_tech_link=PAGE))) != "failure"
    page = {FILE: Answer(Reach.REACHABLE, description=Description(fault="page"))}
    assert faults(judged(rules, api(doc_tech_link=FILE), page, api(doc_tech_external=FILE))) == {"openapi-file"}


def test_a_link_that_takes_the_place_of_another(rules: tuple[Rule, ...]) -> None:
    entries = judged(rules, api(doc_tech_external=PAGE), {PAGE: GONE}, api(doc_tech_external=FILE))
    assert faults(entries) == {"documentation-online"}
    assert conclusion(entries) == "failure"


@pytest.mark.parametrize(
    ("path", "address"),
    [("public/swaggers/a.json", "/swaggers/a.json"), ("public/images/a.json", ""), ("swaggers/a.json", "")],
)
def test_what_an_address_on_the_site_is_of(path: str, address: str) -> None:
    assert address_on_site(path) == address


def test_links() -> None:
    text = """---
title: API Courants
doc_tech_link: /swaggers/courants.json
account_link: nulle part
monitoring_link: https://etat.example
access_page:
  - is_eligible: 1
    description: |
      <Button href="https://a.example/demande">Ici</Button>, [là](https://b.example/x) ou https://c.example/y.
      Ni [ici](/rechercher-api), ni https://nulle-part
  - is_eligible: -1
    description: <External href='https://d.example'>non</External>
  - is_eligible: 1
  - rien
---
"""
    document, where = parse(PATH, text), "/access_page/0/description"
    assert list(links(document)) == [
        Link("/monitoring_link", "https://etat.example"),
        Link(where, "https://a.example/demande"),
        Link(where, "https://b.example/x"),
        Link(where, "https://c.example/y"),
        Link("/access_page/1/description", "https://d.example", eligible=False),
    ]
    assert introduced(document, World(Catalogue([document]), Catalogue([document]))) == frozenset()
    moved = parse(
        PATH, text.replace("  - is_eligible: -1", "  - is_eligible: 0\n    description: a\n  - is_eligible: -1")
    )
    assert introduced(moved, World(Catalogue([moved]), Catalogue([document]))) == frozenset()


@pytest.mark.parametrize(
    "answer",
    [
        GONE,
        Answer(Reach.REACHABLE, 200, final="https://ici.example"),
        Answer(Reach.REACHABLE, 200, description=Description()),
        Answer(
            Reach.REACHABLE,
            200,
            description=Description(
                "OpenAPI 3.0.3", "f", "/p", "T", 3, ("https://s.example",), "GET /", "https://s.example/", False
            ),
        ),
    ],
)
def test_answers_as_plain_data(answer: Answer) -> None:
    assert answer_from(as_plain(answer)) == answer


def test_plain_data_hold_nothing_needless() -> None:
    assert as_plain(GONE) == {"outcome": "gone", "status": 404}


@pytest.mark.parametrize(
    "block", ["a: {outcome: odd}", "a: {status: 404}", "a: {outcome: gone, other: 1}", "a", "[", ": :"]
)
def test_a_wrong_evidence_block_is_told(tmp_path: Path, block: str) -> None:
    text = (Path(rules_package.__file__).parent / "admission/service-online.md").read_text("utf-8")
    (tmp_path / "wrong.md").write_text(f"{text}\n```yaml evidence\n{block}\n```\n", "utf-8")
    (rule,) = load_rules(tmp_path)
    with pytest.raises(RuleFileError, match="« evidence »"):
        examples_of(rule)
