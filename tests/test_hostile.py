"""What an ill-meant entry costs: each of these would keep a careless pattern busy for minutes, or for ever."""

from __future__ import annotations

import pytest

from rules.catalogue import Catalogue, World
from rules.document import MAX_BYTES, parse
from rules.engine import judge
from rules.loader import load_rules

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


@pytest.mark.parametrize("text", ENTRIES.values(), ids=ENTRIES)
def test_an_entry_made_to_be_slow_is_judged(text: str, sample: Catalogue) -> None:
    document = parse("_data/api/hostile.md", f"---\n{text}")
    assert len(document.text.encode()) < MAX_BYTES
    world = World(Catalogue([*sample.documents.values(), document], sample.files), sample)
    assert not [verdict for verdict in judge(load_rules(), document, world) if verdict.reason.startswith("broken")]
