"""What an ill-meant entry costs: each of these would keep a careless pattern busy for minutes, or for ever."""

from __future__ import annotations

from collections import Counter

import pytest

from rules.catalogue import Catalogue, World
from rules.document import MAX_BYTES, Document, parse
from rules.engine import MOST_STATEMENTS, judge
from rules.loader import load_rules
from rules.model import Outcome

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
