"""A file as the site reads it: its front matter, its lines, its body; any bytes in, a document out."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rules.document import MAX_BYTES, Document, kind_of, parse, too_large
from rules.model import Kind

PATH = "_data/api/api-meteo.md"
ENTRY = """\
---
title: API Météo
is_open: -1 # fermée
access_page:
  - who:
      - Une commune
    description: |
      Écrivez-nous.

      <Button href="/contact">Demander</Button>

  - who: [Un particulier]
themes:
- Climat
---

Le temps qu'il fait.
"""


def read(text: str | bytes) -> Document:
    return parse(PATH, text)


def test_an_entry_is_read_with_its_lines() -> None:
    document = read(ENTRY.encode())
    assert document.problem is None
    assert document.kind is Kind.API
    assert document.slug == "api-meteo"
    assert list(document.data) == ["title", "is_open", "access_page", "themes"]
    assert document.data["is_open"] == -1
    assert document.body == "Le temps qu'il fait.\n"
    assert document.body_line == 17
    assert document.span("/title") == (2, 2)
    assert document.span("/access_page") == (4, 12)
    assert document.span("/access_page/0") == (5, 10)
    assert document.span("/access_page/0/description") == (7, 10)
    assert document.span("/access_page/0/description/deeper") == (7, 10)
    assert document.line("/access_page/1/who/0") == 12
    assert document.span("/themes") == (13, 14)
    assert document.span("/absent") == (2, 2)
    assert document.span("") == (1, 1)
    assert document.raw_line(13) == "themes:"
    assert document.raw_line(0) == document.raw_line(99) == ""


@pytest.mark.parametrize(
    ("text", "data", "body", "body_line", "line"),
    [
        ("\ufeff---\na: b\n---\nc", {"a": "b"}, "c", 4, 2),
        ("---\r\na: b\r\n---\r\nc\r\n", {"a": "b"}, "c\r\n", 4, 2),
        ("---\n\n  \u00a0a: b\n\n---\nc", {"a": "b"}, "c", 6, 3),
        ("---\na: b\n...  \n\n\nc", {"a": "b"}, "c", 6, 2),
        ("= yaml =\na: b\n= yaml =\nc", {"a": "b"}, "c", 4, 2),
        ("---\na: b\n---", {"a": "b"}, "", 3, 2),
        ("---\u2028a: b\n---\u2028c", {"a": "b"}, "\u2028c", 2, 1),
        ("---\rx: y\ra: b\r---\nc", {"x": "y", "a": "b"}, "c", 2, 1),
        ("# Titre ---\n---\na: b\n---\nc", {"a": "b"}, "c", 5, 3),
    ],
)
def test_the_front_matter_is_where_the_site_finds_it(
    text: str, data: dict[str, str], body: str, body_line: int, line: int
) -> None:
    document = read(text)
    assert document.problem is None
    assert document.data == data
    assert (document.body, document.body_line) == (body, body_line)
    assert document.line("/a") == line


def test_carriage_returns_are_not_part_of_a_raw_line() -> None:
    assert read("---\r\na: b\r\n---\r\n").raw_line(2) == "a: b"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("_data/api/a.md", Kind.API),
        ("_data/service/a.md", Kind.SERVICE),
        ("_data/producteurs/a.md", Kind.PRODUCER),
        ("_data/guides/a.md", Kind.GUIDE),
        ("_data/roadmap.md", Kind.ROADMAP),
        ("_data/api/a", Kind.STRAY),
        ("_data/guides/a.md.txt", Kind.STRAY),
        ("_data/api/.gitkeep", None),
        ("_data/api/template.md.example", None),
        ("_data/api/old/a.md", Kind.STRAY),
        ("_data/api/_data/_api/a.md", Kind.STRAY),
        ("_data/producteur/a.md", Kind.STRAY),
        ("_data/producteur/a.txt", None),
        ("_data/blog/a.md", None),
        ("api/a.md", None),
        ("_data/a.md", None),
        ("README.md", None),
    ],
)
def test_the_path_tells_the_kind(path: str, kind: Kind | None) -> None:
    assert kind_of(path) is kind
    assert parse(path, "").kind is (kind or Kind.STRAY)


@pytest.mark.parametrize(
    ("content", "code", "line", "column"),
    [
        (b"---\na: b\n---\nc\n\xe9", "file-not-text", 5, 1),
        (b"---\na: \x00b\n---\n", "file-not-text", 2, 4),
        ("---\na: é\ud800\n---\n", "file-not-text", 2, 5),
        (b"---\na: \x01b\n---\n", "file-not-text", 2, 4),
        (b"x" * (MAX_BYTES + 1), "file-too-large", 1, 1),
        ("é" * MAX_BYTES, "file-too-large", 1, 1),
    ],
)
def test_what_is_no_reasonable_text_is_told(content: bytes | str, code: str, line: int, column: int) -> None:
    document = read(content)
    assert document.problem is not None
    assert (document.problem.code, document.problem.line, document.problem.column) == (code, line, column)
    assert document.data == {}


def test_a_file_too_large_is_told_from_its_size_alone() -> None:
    assert too_large(PATH) == parse(PATH, b"x" * (MAX_BYTES + 1))
    assert parse(PATH, b"x" * (MAX_BYTES + 1)).span("/title") == (1, 1)


LIMIT = MAX_BYTES - 100
HOSTILE = {
    "brackets": "a: " + "[" * LIMIT,
    "braces": "a: " + "{a: " * (LIMIT // 4),
    "dashes": "- " * (LIMIT // 2),
    "anchors": "".join(f"k{i}: &k{i} x\n" for i in range(12_000)),
    "spaces": "a" + " " * (LIMIT - 20) + "\nb: c: d",
    "colons": "a: " + ": " * (LIMIT // 2 - 10),
    "duplicates": "a: b\n" * (LIMIT // 5),
    "blank lines": "a: b: c" + "\n" * (LIMIT - 20),
    "fallen lines": "a: |\n" + "x\n" * (LIMIT // 2 - 10),
    "openings that nothing closes": "\ufeff---\n" * (LIMIT // 7),
    "quotes": "a: 'b\n" * (LIMIT // 6),
    "tabs": "a:\n" + "\t- b\n" * (LIMIT // 5 - 1),
    "bars": "a: " + "| " * (LIMIT // 2 - 10),
    "carriage returns": "a: b: c\r" * (LIMIT // 8),
    "control characters": "a: " + "\x01" * (LIMIT - 10),
    "digits": "a: " + "9" * (LIMIT - 10),
    "a huge text": "a: |\n " + "x" * (LIMIT - 10),
}


@pytest.fixture
def impatient() -> Iterator[None]:
    """Give up after so many seconds, a hundred times what is needed: a careless reader would be at it for minutes."""

    def give_up(*_: object) -> None:
        raise TimeoutError

    signal.signal(signal.SIGALRM, give_up)
    signal.alarm(30)
    yield
    signal.alarm(0)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("closed", [True, False])
def test_a_hostile_file_costs_little(name: str, closed: bool) -> None:
    text = f"---\n{HOSTILE[name]}\n" + ("---\n" if closed else "")
    assert len(read(text).text) == len(text)


def well_formed(document: Document) -> None:
    """Check what holds of any document."""
    lines = document.text.count("\n") + 1
    assert bool(document.problem) != bool(document.data)
    assert 1 <= document.body_line <= lines
    for first, last in document.spans.values():
        assert 1 <= first <= last <= lines
    if document.problem:
        problem = document.problem
        assert 1 <= problem.line <= problem.end_line <= lines
        assert 1 <= problem.stopped_line <= lines
        assert problem.column >= 1
        if problem.fix:
            fixed = parse(document.path, problem.fix.apply(document.text))
            assert fixed.problem is None


bounded = settings(deadline=5000, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
yamlish = st.text(st.sampled_from("ab:é-|>'\"[]{}#&*!?%@`,~0.1 \t\n\r\x01\u2028\ufeff"), max_size=80)


@bounded
@given(st.binary(max_size=400))
def test_any_bytes_make_a_document(content: bytes) -> None:
    well_formed(parse(PATH, content))


@bounded
@given(st.text(max_size=200))
def test_any_text_between_markers_makes_a_document(text: str) -> None:
    well_formed(parse(PATH, f"---\n{text}\n---\n"))


@bounded
@given(yamlish, st.booleans())
def test_any_yaml_makes_a_document(text: str, closed: bool) -> None:
    well_formed(parse(PATH, f"---\n{text}\n" + "---\n" * closed))


@bounded
@example([(199, 0, "?\r")])
@given(st.lists(st.tuples(st.integers(0, len(ENTRY)), st.integers(0, 3), yamlish), max_size=3))
def test_an_entry_with_accidents_makes_a_document(accidents: list[tuple[int, int, str]]) -> None:
    text = ENTRY
    for at, gone, added in accidents:
        text = text[:at] + added[:4] + text[at + gone :]
    well_formed(parse(PATH, text))


def test_the_innermost_value_of_each_line() -> None:
    text = "---\ntitle: a\n\npage:\n  - who: b\n    text: |\n      c\n  - {x: 1, y: 2}\n# d\n---\ne\n"
    found = [parse("_data/api/a.md", text).field_at(line) for line in range(1, 12)]
    who, inner = "/page/0/who", "/page/0/text"
    assert found == ["", "/title", "", "/page", who, inner, inner, "/page/1/x", "", "", ""]
