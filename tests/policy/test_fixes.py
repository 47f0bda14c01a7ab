"""The mechanical fixes: what they write, what they keep, and when they decline."""

import pytest

from rules.document import parse
from rules.fixes import (
    as_scalar,
    into_text_above,
    with_key,
    with_line_after,
    with_value,
    with_words,
    without,
    without_words,
)
from rules.model import Fix

TEXT = """---
title: API Chouettes # nom court
tagline: 'Les # chouettes'
last_update: 2024-01-31
themes: [Nuit, Forêt]
partners:
  - dinum # Sera cliquable
  - lynx
datagouv_uuid: abc
access_page:
  - who:
      - Une mairie
    description: |
      Deux
      lignes
"quoted key": 1
x: &a
  y: 1
z: *a
---
Le corps.
"""
DOCUMENT = parse("_data/api/chouettes.md", TEXT)


def applied(fix: Fix | None) -> list[str]:
    """The lines that the fix leaves in place of those it takes; the rest of the file is unchanged."""
    assert fix is not None
    before, after = TEXT.split("\n"), fix.apply(TEXT).split("\n")
    kept = len(before) - fix.end_line
    assert after[: fix.start_line - 1] == before[: fix.start_line - 1]
    assert after[len(after) - kept :] == before[fix.end_line :]
    return after[fix.start_line - 1 : len(after) - kept]


@pytest.mark.parametrize(
    ("pointer", "value", "lines"),
    [
        ("/title", "API Hiboux", ["title: API Hiboux # nom court"]),
        ("/title", "API : Hiboux", ['title: "API : Hiboux" # nom court']),
        ("/title", 'API "Hiboux": l\'été', ["title: 'API \"Hiboux\": l''été' # nom court"]),
        ("/title", "", ['title: "" # nom court']),
        ("/title", "a\nb", ["title: |- # nom court", "  a", "  b"]),
        ("/tagline", "Hiboux", ["tagline: Hiboux"]),
        ("/last_update", "31/01/2024", ["last_update: 31/01/2024"]),
        ("/last_update", "2024-01-31", ['last_update: "2024-01-31"']),
        ("/themes", ["Nuit"], ["themes:", "  - Nuit"]),
        ("/themes/1", "Bois", ["themes:", "  - Nuit", "  - Bois"]),
        ("/partners/0", "dila", ["  - dila # Sera cliquable"]),
        ("/datagouv_uuid", ["abc", "1"], ["datagouv_uuid:", "  - abc", '  - "1"']),
        ("/access_page/0/who", ["Un", "Deux"], ["  - who:", "      - Un", "      - Deux"]),
        ("/access_page/0/who/0", "Un", ["      - Un"]),
        ("/access_page/0/description", "Un\n\nDeux\n", ["    description: |", "      Un", "", "      Deux"]),
        ("/quoted key", 2, ['"quoted key": 2']),
    ],
)
def test_with_value(pointer: str, value: str | int | list[str], lines: list[str]) -> None:
    assert applied(with_value(DOCUMENT, pointer, value)) == lines


@pytest.mark.parametrize("pointer", ["/absent", "/partners/7", "/partners/x", "/title/deep", ""])
def test_nothing_there_no_fix(pointer: str) -> None:
    assert with_value(DOCUMENT, pointer, "x") is None
    assert without(DOCUMENT, pointer) is None
    assert with_key(DOCUMENT, pointer, "y") is None
    assert with_line_after(DOCUMENT, pointer, "y: 1") is None


def test_a_value_that_another_key_shares_is_left_alone() -> None:
    assert with_value(DOCUMENT, "/x/y", 2) is None  # z would change too
    assert with_value(DOCUMENT, "/x", "what z repeats would be gone") is None


def test_one_is_not_true() -> None:
    document = parse("_data/api/a.md", "---\nis_open: true\n---\n")
    fix = with_value(document, "/is_open", 1)
    assert fix is not None
    assert fix.text == "is_open: 1"


def test_with_key() -> None:
    assert applied(with_key(DOCUMENT, "/title", "titre")) == ["titre: API Chouettes # nom court"]
    assert applied(with_key(DOCUMENT, "/quoted key", "uptime")) == ["uptime: 1"]
    assert applied(with_key(DOCUMENT, "/access_page/0/who", "qui")) == ["  - qui:"]
    assert with_key(DOCUMENT, "/title", "tagline") is None
    assert with_key(parse("_data/api/a.md", "---\n? a\n: 1\n---\n"), "/a", "b") is None


def test_without() -> None:
    assert applied(without(DOCUMENT, "/last_update")) == []
    assert applied(without(DOCUMENT, "/access_page/0/description")) == []
    assert applied(without(DOCUMENT, "/partners/1")) == []
    assert without(DOCUMENT, "/themes/0") is None
    assert without(DOCUMENT, "/access_page/0/who/0") is None  # an emptied list is no list


def test_with_line_after() -> None:
    assert applied(with_line_after(DOCUMENT, "/tagline", "producer: dinum"))[1] == "producer: dinum"
    lines = applied(with_line_after(DOCUMENT, "/access_page/0/who", "is_eligible: 1"))
    assert lines == ["      - Une mairie", "    is_eligible: 1"]
    lines = applied(with_line_after(DOCUMENT, "/title", "themes2:\n  - Nuit"))
    assert lines[1:] == ["themes2:", "  - Nuit"]
    for line in ("title: again", "no key", "a: b: c"):
        assert with_line_after(DOCUMENT, "/title", line) is None


@pytest.mark.parametrize("below", ["  # note", "", "\n"])
def test_what_is_below_a_deleted_line_does_not_join_the_text_above(below: str) -> None:
    keys = "title: a\ntext: |+\n  Bonjour\nlayout: b\n"
    document = parse("_data/api/a.md", f"---\n{keys}{below}\nend: c\n---\n")
    assert without(document, "/layout") is None
    assert without(parse("_data/api/a.md", f"---\n{keys}end: c\n---\n"), "/layout") == Fix(5, 5, None)


@pytest.mark.parametrize(
    "header", ['---\ris_open: "1"\r# x\r---\rcorps\r', '---\ntitle: a\nis_open: "1"\r# x\nb: c\n---\n']
)
def test_lines_that_end_otherwise_get_no_fix(header: str) -> None:
    document = parse("_data/api/a.md", header)
    assert with_value(document, "/is_open", 1) is None
    assert without(document, "/is_open") is None


def test_with_words() -> None:
    text = '---\nlink: a.b\n"a.b": 1\nb: 2\n---\n'
    document = parse("_data/api/a.md", text)
    assert with_words(document, 2, 2, "a.b", "b") == Fix(2, 2, "link: b")
    assert with_words(document, 2, 3, "a.b", "c") is None  # a key too


def test_without_words() -> None:
    text = "---\ntitle: a # b\ntext: |\n  c # d\n---\ne <x\ny> f\n<z>\n"
    document = parse("_data/api/a.md", text)

    def fix(words: str) -> Fix | None:
        return without_words(document, text.index(words), text.index(words) + len(words))

    assert fix("# b") == Fix(2, 2, "title: a")
    assert fix("# d") is None
    assert fix("<x\ny>") == Fix(6, 7, "e  f")
    assert fix("<z>") == Fix(8, 8, None)


def test_a_header_that_is_no_persons_work_is_not_read_again() -> None:
    for header in ("- a\n" * 1_001, f"- {'a' * 64_000}\n"):
        document = parse("_data/api/a.md", f"---\nx: [a]\nlist:\n{header}---\n")
        assert with_value(document, "/x/0", "b") is None
        assert with_words(document, 2, 2, "a", "b") is None


def test_windows_line_ends_are_kept() -> None:
    text = TEXT.replace("\n", "\r\n")
    fix = with_value(parse("_data/api/a.md", text), "/title", "Autre")
    assert fix is not None
    assert fix.apply(text) == text.replace("API Chouettes", "Autre")


@pytest.mark.parametrize(
    "text", ["true", "12", "2024-01-31", "- a", "a: b", "a #b", "'a", " a", "@a", "é", "a\tb", "a\0", "a\nb", '\x1f"']
)
def test_as_scalar_reads_back(text: str) -> None:
    document = parse("_data/api/a.md", f"---\na: {as_scalar(text)}\n---\n")
    assert document.data == {"a": text}


def test_a_key_inside_braces_that_go_on_is_left_alone() -> None:
    document = parse("_data/api/a.md", "---\nk:\n  {a: 1,\n  b: 2}\n---\n")
    assert with_value(document, "/k/a", 3) is None
    assert without(document, "/k/a") is None


@pytest.mark.parametrize(
    ("header", "mended"),
    [
        ("a: |\n  Un.\nVoici : deux\nb: 1", "a: |\n  Un.\n  Voici : deux\nb: 1"),
        ("a: |\n    Un.\n\nVoici :\n  - deux", "a: |\n    Un.\n\n    Voici :\n      - deux"),
        ("a: Un.\nVoici : deux", None),  # no text of several lines
        ("a: |\nVoici : deux", None),  # nothing to be aligned with
        ("b: 1\nVoici : deux", None),
        ("Voici : deux\na: |\n  Un.", None),
        ("a: &a |\n  Un.\nVoici : *a", None),  # a mark that is not told as that of a text
    ],
)
def test_into_text_above(header: str, mended: str | None) -> None:
    text = f"---\n{header}\n---\nLe corps.\n"
    fix = into_text_above(parse("_data/api/a.md", text), "/Voici")
    assert (fix and fix.apply(text)) == (mended and f"---\n{mended}\n---\nLe corps.\n")
