"""Faults of a front matter: the culprit line, and a correction that really reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from rules.document import Problem, parse
from rules.loader import load_rules
from rules.yaml_lines import quote

PATH = "_data/api/api-meteo.md"


@dataclass(frozen=True)
class Case:
    """`yaml` is the front matter; `fixed` the same corrected, None where no fix may be offered."""

    name: str
    code: str
    lines: tuple[int, int]
    column: int
    yaml: str
    fixed: str | None


CASES = [
    Case("a colon in a value", "yaml-colon-in-value", (3, 3), 18,
         "title: Météo\ntagline: Le ciel : demain\nproducer: m",
         "title: Météo\ntagline: 'Le ciel : demain'\nproducer: m"),
    Case("a colon and an apostrophe", "yaml-colon-in-value", (2, 2), 13,
         "tagline: L'a: b # note", "tagline: \"L'a: b\" # note"),
    Case("a colon in a list item", "yaml-colon-in-value", (3, 3), 11,
         "themes:\n  - a b: c: d", "themes:\n  - 'a b: c: d'"),
    Case("two colons far apart", "yaml-colon-in-value", (2, 2), 10,
         "title: a : b\nproducer: m\ntagline: c : d", "title: 'a : b'\nproducer: m\ntagline: 'c : d'"),
    Case("a colon on the second line of a value", "yaml-colon-in-value", (3, 3), 10,
         "title: Un\n  Nombre : deux\nproducer: m", "title: 'Un\n  Nombre : deux'\nproducer: m"),
    Case("a colon on the third line of a value", "yaml-colon-in-value", (5, 5), 10,
         "title: Un\n\n   deux\n  Nombre : trois\nproducer: m",
         "title: 'Un\n\n   deux\n  Nombre : trois'\nproducer: m"),
    Case("a key that is too deep", "yaml-indentation", (3, 3), 2,
         "title: a\n tagline: b\nproducer: m", "title: a\ntagline: b\nproducer: m"),
    Case("a key that is not deep enough", "yaml-indentation", (5, 5), 4,
         "access_page:\n  - who: [a]\n    is_eligible: 1\n   description: b",
         "access_page:\n  - who: [a]\n    is_eligible: 1\n    description: b"),
    Case("text that fell out of a block", "yaml-text-outside-block", (4, 6), 1,
         "intro: |\n  Un.\nDeux.\n\nTrois.\ntitle: a", "intro: |\n  Un.\n  Deux.\n\n  Trois.\ntitle: a"),
    Case("text that never was in its block", "yaml-text-outside-block", (4, 4), 1,
         "intro: |\n\nUn deux.\ntitle: a", "intro: |\n\n  Un deux.\ntitle: a"),
    Case("a long text without a block", "yaml-text-outside-block", (4, 4), 1,
         "intro: Un.\n\nDeux.\ntitle: a", "intro: |\n  Un.\n\n  Deux.\ntitle: a"),
    Case("two different values", "yaml-duplicate-key", (4, 4), 1, "link: a\ntitle: t\nlink: b", None),
    Case("twice the same value", "yaml-duplicate-key", (5, 6), 1,
         "link:\n  - a\n\nlink:\n  - a\n\ntitle: t", "link:\n  - a\n\n\ntitle: t"),
    Case("an empty key, then its value", "yaml-duplicate-key", (2, 2), 1,
         "link:\ntitle: t\nlink: b", "title: t\nlink: b"),
    Case("a value, then an empty key", "yaml-duplicate-key", (4, 4), 1,
         "link: b\ntitle: t\nlink:", "link: b\ntitle: t"),
    Case("two lists", "yaml-duplicate-key", (6, 8), 1,
         "link:\n  - a\n\ntitle: t\nlink:\n  - a\n  - b", "link:\n  - a\n  - a\n  - b\n\ntitle: t"),
    Case("two mappings that share a key", "yaml-duplicate-key", (5, 7), 1,
         "2023:\n  3:\n    - a\n2023:\n  3:\n    - b\ntitle: t", None),
    Case("two mappings", "yaml-duplicate-key", (5, 7), 1,
         "2023:\n  3:\n    - a\n2023:\n  4:\n    - b\ntitle: t", "2023:\n  3:\n    - a\n  4:\n    - b\ntitle: t"),
    Case("a list and a text", "yaml-duplicate-key", (4, 4), 1, "link:\n  - a\nlink: b", None),
    Case("twice in one line", "yaml-duplicate-key", (3, 3), 1,
         "title: t\nx: {a: 1, a: 1}\ny: 2", None),
    Case("an empty key that opens an item", "yaml-duplicate-key", (4, 4), 5,
         "page:\n  - who:\n    who: [a]", None),
    Case("a Markdown link", "yaml-special-character", (2, 2), 7,
         "link: [a](https://a.fr)\ntitle: t", "link: '[a](https://a.fr)'\ntitle: t"),
    Case("a comment glued to the mark of a text", "yaml-special-character", (3, 3), 8,
         "title: t\nintro: |-# à revoir\n  Un.", "title: t\nintro: |- # à revoir\n  Un."),
    Case("an at sign", "yaml-special-character", (2, 2), 8, "title: @a\nlink: b", "title: '@a'\nlink: b"),
    Case("stars", "yaml-special-character", (3, 3), 5, "list:\n  - **a** b", "list:\n  - '**a** b'"),
    Case("a no-break space that indents", "yaml-special-character", (4, 4), 3,
         "list:\n  - who: b\n  \u00a0 is: c", "list:\n  - who: b\n    is: c"),
    Case("a quote that is not closed", "yaml-quote", (2, 2), 8,
         "title: \"a b\nlink: c", "title: 'a b'\nlink: c"),
    Case("an apostrophe between apostrophes", "yaml-quote", (2, 2), 8,
         "title: 'L'eau'\nlink: c", "title: \"L'eau\"\nlink: c"),
    Case("an apostrophe after a quote that is not closed", "yaml-quote", (2, 2), 8,
         "title: 'L'API des bacs\nlink: c", "title: \"L'API des bacs\"\nlink: c"),
    Case("an apostrophe after a word between quotes", "yaml-quote", (2, 2), 8,
         "title: 'Bacs' et l'eau\nlink: c", "title: \"'Bacs' et l'eau\"\nlink: c"),
    Case("two words between quotes", "yaml-quote", (2, 2), 8,
         "title: 'Bacs' et 'eau'\nlink: c", "title: \"'Bacs' et 'eau'\"\nlink: c"),
    Case("a backslash between double quotes", "yaml-backslash", (2, 2), 19,
         'title: "a\\n L\'eau \\d" # b\nlink: c', "title: 'a\\n L''eau \\d' # b\nlink: c"),
    Case("a backslash on the second line of a text", "yaml-quote", (2, 2), 8, 'title: "a\n  \\d"\nlink: c', None),
    Case("words after the quotes", "yaml-quote", (2, 2), 8,
         'title: "a" b c\nlink: c', "title: '\"a\" b c'\nlink: c"),
    Case("quotes everywhere", "yaml-quote", (2, 2), 4,
         "a: 'x' y\nb: 'x' y\nc: 'x' y\nd: 'x' y\ne: 'x' y", None),
    Case("tabs that indent", "yaml-tab", (3, 4), 1, "list:\n\t- a\n\t- b\ntitle: c", "list:\n  - a\n  - b\ntitle: c"),
    Case("no space after a key", "yaml-key-without-space", (3, 3), 8,
         "title: a\ntagline:b\nproducer: m", "title: a\ntagline: b\nproducer: m"),
    Case("no key has its space", "yaml-key-without-space", (2, 2), 6, "title:a\ntagline:b", "title: a\ntagline: b"),
    Case("no colon after a key", "yaml-key-without-colon", (3, 3), 8,
         "contact_link: a\nis_open 1\ntitle: b", "contact_link: a\nis_open: 1\ntitle: b"),
    Case("an equals sign after a key", "yaml-key-without-colon", (3, 3), 8,
         "contact_link: a\nis_open = 1", "contact_link: a\nis_open: 1"),
    Case("a full-width colon after a key", "yaml-key-without-colon", (3, 3), 8,
         "contact_link: a\nis_open\uff1a 1\ntitle: b", "contact_link: a\nis_open: 1\ntitle: b"),
    Case("no colon above a list", "yaml-key-without-colon", (3, 3), 7,
         "title: a\nthemes\n  - b\nlink: c", "title: a\nthemes:\n  - b\nlink: c"),
    Case("a text that begins with the word of a key", "yaml-text-outside-block", (3, 3), 1,
         "intro: Un\ndescription du bac\ntitle: b", "intro: |\n  Un\n  description du bac\ntitle: b"),
    Case("two versions side by side", "yaml-conflict", (3, 7), 1,
         "title: a\n<<<<<<< HEAD\nlink: b\n=======\nlink: c\n>>>>>>> d", None),
    Case("two versions, the first of which is empty", "yaml-conflict", (3, 6), 1,
         "title: a\n<<<<<<< HEAD\n=======\nlink: c\n>>>>>>> d", None),
    Case("marks of a merge that do not follow each other", "front-matter-not-a-mapping", (2, 2), 1,
         "=======\n>>>>>>> d\n<<<<<<< HEAD", None),
    Case("a list under a text", "yaml-text-and-list", (2, 3), 14, "access_page: https://a.fr\n  - who: [a]", None),
    Case("a list under the next key", "yaml-text-and-list", (3, 3), 16,
         "access_page:\ndatapass_link: https://a.fr\n  - who: [a]\ntitle: t",
         "datapass_link: https://a.fr\naccess_page:\n  - who: [a]\ntitle: t"),
    Case("a link on the key of the list", "yaml-text-and-list", (3, 3), 14,
         "# datapass_link:\naccess_page: https://a.fr # non\n  - who: [a]\ntitle: t",
         "datapass_link: https://a.fr\naccess_page: # non\n  - who: [a]\ntitle: t"),
    Case("a control character", "file-not-text", (2, 2), 9, "title: a\x08b", "title: ab"),
    Case("a key that the text would swallow", "yaml-text-outside-block", (3, 5), 1,
         "intro: |\nUn.\nTitle: deux\nTrois", "intro: |\n  Un.\n  Title: deux\n  Trois"),
    Case("two documents", "yaml-unreadable", (3, 3), 1, "--- a\n--- b", None),
    Case("a list", "front-matter-not-a-mapping", (2, 2), 1, "- a\n- b", None),
    Case("a sentence", "front-matter-not-a-mapping", (2, 2), 1, "Bonjour", None),
    Case("nothing", "front-matter-empty", (2, 2), 1, "# rien", None),
    Case("an empty mapping", "front-matter-empty", (2, 2), 1, "{}", None),
    Case("too deep", "yaml-too-deep", (2, 2), 68, "a: " + "[" * 70, None),
]  # fmt: skip


def problem_of(text: str) -> Problem:
    problem = parse(PATH, text).problem
    assert problem is not None
    return problem


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_fault_is_told_and_corrected(case: Case, end: str) -> None:
    text = f"---\n{case.yaml}\n---\n\nLe corps.\n".replace("\n", end)
    problem = problem_of(text)
    assert (problem.code, (problem.line, problem.end_line), problem.column) == (case.code, case.lines, case.column)
    assert problem.facts["stopped"] == problem.stopped_line
    fixed = problem.fix and problem.fix.apply(text)
    assert fixed == (case.fixed and f"---\n{case.fixed}\n---\n\nLe corps.\n".replace("\n", end))


@pytest.mark.parametrize(
    ("text", "code", "line", "fixed"),
    [
        ("title: a\n---\nb\n", "front-matter-missing", 1, "---\ntitle: a\n---\nb\n"),
        ("\n---\ntitle: a\n---\nb\n", "front-matter-missing", 1, "---\ntitle: a\n---\nb\n"),
        ("--\ntitle: a\n---\nb\n", "front-matter-missing", 1, "---\ntitle: a\n---\nb\n"),
        ("--- \ntitle: a\n---\nb\n", "front-matter-missing", 1, "---\ntitle: a\n---\nb\n"),
        ("---title: a\nb: c\n---\nd\n", "front-matter-missing", 1, "---\ntitle: a\nb: c\n---\nd\n"),
        ("title: a\nb\n", "front-matter-missing", 1, None),
        ("# Titre\n", "front-matter-missing", 1, None),
        ("", "front-matter-missing", 1, None),
        ("---\ntitle: a\n----\nb\n", "front-matter-unclosed", 3, "---\ntitle: a\n---\nb\n"),
        ("---\ntitle: a\nlist:\n  - b\n\nTexte\n", "front-matter-unclosed", 4,
         "---\ntitle: a\nlist:\n  - b\n---\n\nTexte\n"),
        ("---\ntitle: a", "front-matter-unclosed", 2, "---\ntitle: a\n---"),
        ("---\nrien\n", "front-matter-unclosed", 1, None),
        ("---\ntitle: a\nb: c\n\n### D\n\nTexte\n", "front-matter-unclosed", 3,
         "---\ntitle: a\nb: c\n---\n\n### D\n\nTexte\n"),
        ("---\ntitle: a\n# b\n### c\nd: e\n# f\n\n# G\n- h\n", "front-matter-unclosed", 6,
         "---\ntitle: a\n# b\n### c\nd: e\n# f\n---\n\n# G\n- h\n"),
        ("---\ntitle: a\n\n### B\n\nTexte\n\n---\nFin\n", "front-matter-unclosed", 2,
         "---\ntitle: a\n---\n\n### B\n\nTexte\n\n---\nFin\n"),
        ("---\ntitle: |\n  a\n### B\nTexte\n---\nFin\n", "yaml-text-outside-block", 4,
         "---\ntitle: |\n  a\n  ### B\n  Texte\n---\nFin\n"),
        ("---\ntitle: a\n\nTexte\n---\nFin\n", "yaml-text-outside-block", 4,
         "---\ntitle: |\n  a\n\n  Texte\n---\nFin\n"),
        ("---\ntitle: a\n<<<<<<< b\nlink: c\n=======\n>>>>>>> d\nTexte\n", "yaml-conflict", 3, None),
        ("---\ntitle: a\n---\ntagline: b\n# c\nthemes:\n  - d\n---\ne\n", "front-matter-cut", 3,
         "---\ntitle: a\ntagline: b\n# c\nthemes:\n  - d\n---\ne\n"),
        ("---\ntitle: a\n...\n\ntagline: b\n---\ne\n", "front-matter-cut", 3, "---\ntitle: a\n\ntagline: b\n---\ne\n"),
        ("---\ntitle: a\n---\ntagline: b : c\n---\ne\n", "front-matter-cut", 3, None),
        ("---\ntitle: a: b\nTexte\n", "front-matter-unclosed", 1, None),
    ],
)  # fmt: skip
def test_a_missing_marker_is_told_and_added(text: str, code: str, line: int, fixed: str | None) -> None:
    problem = problem_of(text)
    assert (problem.code, problem.line) == (code, line)
    assert (problem.fix and problem.fix.apply(text)) == fixed


@pytest.mark.parametrize(
    "body",
    [
        "tagline: b\n",  # nothing closes it
        "tagline: b\nTexte.\n---\n",
        "title: b\n---\n",  # the header has it
        "Note: b\n---\n",
        "Texte.\ntagline: b\n---\n",
    ],
)
def test_a_text_that_looks_like_a_field_is_none(body: str) -> None:
    assert parse(PATH, f"---\ntitle: a\n---\n{body}").problem is None


def test_every_fault_has_a_rule() -> None:
    sources = "".join(file.read_text("utf-8") for file in Path("rules").glob("*.py"))
    codes = set(re.findall(r'"((?:yaml|front-matter|file)-[a-z-]+)"', sources))
    assert "yaml-conflict" in codes
    assert codes <= {rule.id for rule in load_rules()}


def test_the_two_values_of_a_key_are_told() -> None:
    facts = problem_of("---\nlink: a\ntitle: t\nlink:\n  - b\n---\n").facts
    assert facts == {"stopped": 4, "key": "link", "first_line": 2, "first": "a", "second": "- b", "keep": "link"}


def test_a_file_with_many_faults_is_tried_a_bounded_number_of_times() -> None:
    problem = problem_of("---\n" + "".join(f"k{i}: a : b\n" for i in range(50)) + "---\n")
    assert (problem.code, problem.line, problem.fix) == ("yaml-colon-in-value", 2, None)
    assert problem_of("---\n" + "k: [\n" * 40_000 + "---\n").fix is None
    lines = "".join(f"k{i}: v\n{i}\n" for i in range(9000))
    assert problem_of(f"---\n@: [\n{lines}").fix is None


@pytest.mark.parametrize(
    ("value", "quoted"),
    [("a: b", "'a: b'"), ("l'a", '"l\'a"'), ('l\'a "b"', "'l''a \"b\"'"), ("l'a\\b", "'l''a\\b'")],
)
def test_quotes_change_a_value_least(value: str, quoted: str) -> None:
    assert quote(value) == quoted
