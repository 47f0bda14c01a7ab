"""Ill-meant entries: those that would keep a careless rule busy for ever, and values that no rule expects."""

from __future__ import annotations

from collections import Counter

import pytest

from rules.catalogue import Catalogue, World
from rules.checks.fields import FIELDS, OLD_FIELDS
from rules.document import MAX_BYTES, Document, parse
from rules.engine import MOST_STATEMENTS, judge
from rules.evidence import Answer, Reach
from rules.loader import load_rules
from rules.model import Fault, Kind, Outcome

MANY = 230_000  # characters: what an entry may still hold
ACCENTS = "\u0301\u0323"  # to be sorted
TAB = "\t"
API = "title: API Bacs\ntagline: t\nis_open: -1\nlast_update: 01/01/2020\n"
ENTRIES = {
    "stars": f"{API}---\nquota{'*' * MANY}x",
    "comments": f"{API}---\n{'<!--' * (MANY // 4)}",
    "tags": f'{API}access_page:\n- description: "{"<a " * (MANY // 3)}"\n---\n',
    "mail": f'{API}access_page:\n- description: "x@{"a" * MANY}"\n---\n',
    "spaces": f"{API}themes: x{' ' * MANY}y\n---\n",
    "tabs in a key": f"? titl{TAB * MANY}e\n: x\n---\n",
    "dashes": f"x: |\n  {'- ' * (MANY // 2)}\na: b: c\nd: 'e\n---\n",
    "dashes and a key": f"x: |\n  {'- ' * (MANY // 2)}title: a\nb: c: d\n---\n",
    "an item": f"themes:\n  - a{' ' * MANY}b: c: d\n---\n",
    "a blank line": f"title: x\n{' ' * MANY}\na: https://a.example\n  - who: [b]\n---\n",
    "accents": f'title: "a{ACCENTS * (MANY // 4)}"\npartners: ["b{ACCENTS * 200}"]\n---\n',
}


# Each of these gives one rule as many things to say as an entry may hold values.
LISTS = {
    "audiences": ("api", "access-page-who-is-a-list", "access_page:\n", "- who: x\n"),
    "eligibility": ("api", "access-page-entry-complete", "access_page:\n", "- {is_eligible: oui, description: a}\n"),
    "themes": ("api", "api-themes", "themes:\n", '- ""\n'),
    "near themes": ("api", "theme-outside-list", "themes:\n", "- Transports\n"),
    "unknown fields": ("api", "unknown-field", "", "contact_link#: a\n"),
    "trial links": ("api", "no-staging-datapass", "keywords:\n", "- staging.datapass\n"),
    "broken links": ("api", "internal-link", "keywords:\n", "- /les-api/a#\n"),
    "titles": ("service", "service-api-exists", "api:\n", "- API Hauteurs d'eaux #\n"),
    "months": ("roadmap", "roadmap-shape", "2024:\n", "  #:\n"),
}

URL = "https://a.example/b.json"
VALUES = (
    *("", "~", "0", "1.5", "-1", ".nan", ".inf", "-.inf", "9" * 24, "0x_", "12:30", "true", "2020-01-31", "!!str 3"),
    *('"\\0"', '"a\\0b"', '"\\x85"', '"  "', '"\\n"', "'%'", "/", "'a: b'", "é" * 10_000, "&a [a, *a]", URL, "x@y.z"),
    *("[]", "[1]", "[~]", "[a]", "['']", '["\\0"]', "[[a]]", "[[[[]]]]", "[2020-01-31]", "[.nan, true]", "[{a: 1}]"),
    *("{}", "{a: 1}", "{a: {b: [1]}}", "{[a]: b}", "{1: ~}", "{1: [{type: x}]}", "{2020: {1: [~]}}", f"[{URL}]"),
    "[{who: 1, is_eligible: .nan, description: 2020-01-31}]",
    "[{who: {a: 1}, is_eligible: [1], description: [x]}]",
    f"[{{who: [~], is_eligible: oui, description: '<a href=\"{URL}\">'}}]",
)
BESIDE = {"title": "t", "is_open": -1, "producer": "office-marees", "logo": "x", "owner": "x", "doc_tech_link": URL}
PATHS = {
    Kind.API: "_data/api/{}.md",
    Kind.SERVICE: "_data/service/{}.md",
    Kind.PRODUCER: "_data/producteurs/{}.md",
    Kind.GUIDE: "_data/guides/{}.md",
    Kind.ROADMAP: "_data/roadmap.md",
}


@pytest.mark.parametrize("text", ENTRIES.values(), ids=ENTRIES)
def test_an_entry_made_to_be_slow_is_judged(text: str, sample: Catalogue) -> None:
    document = parse("_data/api/hostile.md", f"---\n{text}")
    assert len(document.text.encode()) < MAX_BYTES
    world = World(Catalogue([*sample.documents.values(), document], sample.files), sample)
    assert not [verdict for verdict in judge(load_rules(), document, world) if verdict.reason.startswith("broken")]


@pytest.mark.parametrize(("kind", "name", "head", "item"), LISTS.values(), ids=LISTS)
def test_a_rule_looks_no_further_than_what_it_may_say(
    kind: str, name: str, head: str, item: str, sample: Catalogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = next(rule for rule in load_rules() if rule.id == name)
    readings = Counter[int]()

    def counted(path: str, content: str) -> Document:
        readings[len(content)] += 1
        return parse(path, content)

    monkeypatch.setattr("rules.fixes.parse", counted)
    for count in (300, 2_000):
        text = f"---\n{head}{''.join(item.replace('#', str(n)) for n in range(100, 100 + count))}---\n"
        document = parse(f"_data/{kind}/hostile.md" if kind != "roadmap" else "_data/roadmap.md", text)
        world = World(Catalogue([*sample.documents.values(), document], sample.files), sample)
        (verdict,) = judge([rule], document, world)
        assert verdict.outcome is Outcome.FAILED
        assert len(verdict.statements) <= MOST_STATEMENTS
        assert readings.total() <= 2 * MOST_STATEMENTS  # each fix is tried in two ways at most


@pytest.mark.parametrize("kind", PATHS)
def test_no_value_breaks_a_rule(kind: Kind, sample: Catalogue) -> None:
    known = {*FIELDS.get(kind, ()), *OLD_FIELDS.get(kind, ()), "2020", "a/b~c", "__proto__"}
    documents = []
    for key in sorted(known):
        for number, value in enumerate(VALUES):
            header = {name: said for name, said in {**BESIDE, key: value}.items() if name in known}
            text = "".join(f"{name}: {said}\n" for name, said in header.items())
            path = PATHS[kind].format(f"{number}-{key.replace('/', '-')}")
            documents.append(parse(path, f"---\n{text}---\nMarie.Durand@bacs.example\n"))
    world = World(
        Catalogue([*sample.documents.values(), *documents], sample.files), sample, {}, {URL: Answer(Reach.GONE, 404)}
    )
    rules = load_rules()
    for document in documents:
        for verdict in judge(rules, document, world):
            assert not verdict.reason.startswith("broken"), (document.text, verdict.rule.id, verdict.reason)
            for said in verdict.statements:
                if isinstance(said, Fault) and said.fix and not document.problem:
                    assert not parse(document.path, said.fix.apply(document.text)).problem, (document.text, said)


def test_thousands_of_entries_with_one_title_are_not_all_named_by_each() -> None:
    documents = [parse(f"_data/api/{number}.md", "---\ntitle: A\n---\n") for number in range(3_000)]
    world = World(Catalogue(documents))
    rule = next(rule for rule in load_rules() if rule.id == "title-unique")
    named = [said.facts["others"] for one in documents for said in judge([rule], one, world)[0].statements]
    assert {len(others) for others in named if isinstance(others, tuple)} == {20}
