"""YAML as the site reads it: types, refusals, tabs, odd characters, and what hostile texts cost."""

from __future__ import annotations

import math

import pytest

from rules.site_scalars import Timestamp, Value, key_text
from rules.site_tabs import without_tabs
from rules.site_yaml import LINE_END, Refused, TooDeep, Unprintable, load


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None), ("~", None), ("null", None), ("NULL", None), ("nUll", "nUll"),
        ("true", True), ("False", False), ("yes", "yes"), ("on", "on"),
        ("0", 0), ("-0", 0), ("+12", 12), ("1_000", 1000), ("1_", "1_"), ("_1", "_1"),
        ("0b101", 5), ("0b_1", 1), ("0b", "0b"), ("0x1F", 31), ("-0xf", -15), ("017", 15), ("08", "08"),
        ("12:30", 750), ("-1:30", -90), ("0:30", "0:30"), ("1:60", "1:60"), ("1:30.5", 90.5), ("00:30.", 30),
        ("9007199254740993", 9007199254740992.0), ("1.5", 1.5), ("1.0", 1), ("1e3", 1000), ("-2.5E-1", -0.25),
        (".5", 0.5), ("1.", 1), (".", "."), ("1.2.3", "1.2.3"), ("-.5", "-.5"),
        (".inf", math.inf), ("-.INF", -math.inf), (".iNf", ".iNf"),
        ("2024-01-31", Timestamp("2024-01-31")), ("2024-1-31", "2024-1-31"), ("31/01/2024", "31/01/2024"),
        ("2024-1-3 4:05:06.7 +01:00", Timestamp("2024-1-3 4:05:06.7 +01:00")),
        ("2024-01-31T10:00:00Z", Timestamp("2024-01-31T10:00:00Z")),
        ("'1'", "1"), ('"2024-01-31"', "2024-01-31"), ("! 1", "1"), ("!", None), ("! ''", ""),
        ("!!str 1", "1"), ("!!str", ""), ("!!int '3'", 3), ("!!float 1", 1), ("!!null ~", None),
        ("!!bool 'true'", True),
        ("!!timestamp 2024-01-31", Timestamp("2024-01-31")), ("!!merge <<", "<<"), ("<<", "<<"),
        ("!!seq [1]", [1]), ("!!map {a: 1}", {"a": 1}), ("! [1]", [1]),
    ],
)  # fmt: skip
def test_a_value_is_what_the_site_reads(text: str, value: Value) -> None:
    read = load(f"key: {text}").value
    assert isinstance(read, dict)
    assert read["key"] == value
    assert type(read["key"]) is type(value)


def test_numbers_that_javascript_does_not_hold() -> None:
    read = load(f"nan: .nan\nodd: ._e1\nbig: {'9' * 5000}\nhex: -0x{'f' * 5000}\nsexa: 1{':1' * 5000}").value
    assert isinstance(read, dict)
    assert [str(read[key]) for key in read] == ["nan", "nan", "inf", "-inf", "inf"]


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (None, "null"), (True, "true"), (False, "false"), (1, "1"), (1.5, "1.5"), (math.inf, "Infinity"),
        (-math.inf, "-Infinity"), (math.nan, "NaN"), ("a", "a"), (Timestamp("2024-01-31"), "2024-01-31"),
        ([1, None, "a"], "1,,a"), ({"a": 1}, "[object Object]"),
    ],
)  # fmt: skip
def test_a_key_has_the_name_that_javascript_gives_it(key: Value, text: str) -> None:
    assert key_text(key) == text


@pytest.mark.parametrize("text", ["", "# only a comment", "--- \n..."])
def test_nothing_is_read_as_null(text: str) -> None:
    assert load(text).value is None


def test_lines_go_from_the_key_to_the_end_of_its_value() -> None:
    text = (
        "title: a\nlist:\n  - one\n  -\n  - {a: 1,\n     b/c~d: 2}\n"
        "text: |\n  first\n\n  last\n\n\nfolded: >\n  x\n\n# end\nempty:\nquoted: 'a\n  b'\nplain: a\n  b"
    )
    assert load(text).lines == {
        "/title": (0, 0), "/list/0": (2, 2), "/list/1": (3, 3), "/list/2/a": (4, 4), "/list/2/b~1c~0d": (5, 5),
        "/list/2": (4, 5), "/list": (1, 5), "/text": (6, 9), "/folded": (12, 13), "/empty": (16, 16),
        "/quoted": (17, 18), "/plain": (19, 20),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "reason", "line", "opened"),
    [
        ("a: 1\nb: 2\na: 3", "duplicated mapping key", 2, 0),
        ("1: a\n'1': b", "duplicated mapping key", 1, 0),
        ("a: {b: 1, b: 2}", "duplicated mapping key", 0, 0),
        ("a: b: c", "mapping values are not allowed in this context", 0, 0),
        ("a: 1\n--- b", "a second document", 1, 1),
        ("a: 1\n: b", "while parsing a block mapping did not find expected key", 1, 0),
        ("a: *b", "unidentified alias", 0, 0),
        ("a: &a [*a]", "unidentified alias", 0, 0),
        ("a: !!set {b}", "unknown tag tag:yaml.org,2002:set", 0, 0),
        ("a: !b c", "unknown tag !b", 0, 0),
        ("a: !!int b", "'b' is no int", 0, 0),
        ("a: !!null b", "'b' is no null", 0, 0),
        ("a: !!merge b", "'b' is no merge", 0, 0),
        ("a:\n  b:\n  |\n   c", "a block text that is not indented", 2, 2),
        ("<<: 1", "cannot merge", 0, 0),
        ("a: |# b\n  c", "a comment glued to the mark of a block text", 0, 0),
        ("a: &x !!str >-2#\n  c", "a comment glued to the mark of a block text", 0, 0),
        ('a: "b', "while scanning a quoted scalar found unexpected end of stream", 1, 0),
    ],
)
def test_what_the_site_refuses_is_refused(text: str, reason: str, line: int, opened: int) -> None:
    with pytest.raises(Refused) as caught:
        load(text)
    assert (caught.value.reason, caught.value.line, caught.value.opened_line) == (reason, line, opened)


def test_aliases_and_merges_are_followed() -> None:
    text = "a: &a {x: 1}\nb: *a\nc:\n  <<: *a\n  y: 2\n  x: 3\nd: {<<: [*a, {x: 4, z: 5}]}\n'<<': e"
    assert load(text).value == {
        "a": {"x": 1}, "b": {"x": 1}, "c": {"x": 3, "y": 2}, "d": {"x": 1, "z": 5}, "<<": "e",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "a: " + "[" * 100_000,
        "- " * 100_000,
        "z: &a0 [1]\n" + "".join(f"a{i}: &a{i + 1} [*a{i}, *a{i}, *a{i}]\n" for i in range(40)),
        "- a\n" * 30_000,
        f"? {'k' * 150_000}\n: [{'a,' * 19_000}a]",
    ],
    ids=["brackets", "dashes", "aliases", "values", "a long key over many values"],
)
def test_a_text_beyond_reason_is_refused(text: str) -> None:
    with pytest.raises(TooDeep):
        load(text)


@pytest.mark.parametrize("char", ["\u2028", "\u2029", "\x85", "\ufeff"])
def test_a_character_that_libyaml_would_not_take_as_such_is_kept(char: str) -> None:
    read = load(f"a: b{char}c\nd: |\n  {char}e").value
    assert read == {"a": f"b{char}c", "d": f"{char}e\n"}


def test_control_characters_are_refused_where_the_site_refuses_them() -> None:
    assert load('# \x01\na: "\x7f\\x01"').value == {"a": "\x7f\x01"}
    for text, key in [("a: \x7f", "\x7f"), ('a: "\x01"', "\x01"), ("a: |\n  b\n  c\x0c", "\x0c")]:
        with pytest.raises(Unprintable) as caught:
            load(text)
        assert (caught.value.key, caught.value.line) == (key, text.count("\n"))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a:\tb\nc:\t\n  - d", {"a": "b", "c": ["d"]}),
        ("a:\n-\tb\n- \tc: d\n  \te: f", None),
        ("a:\n- \tb: c\n   d: e", {"a": [{"b": "c", "d": "e"}]}),
        ("a: b\n\tc: d", {"a": "b", "c": "d"}),
        ("a: b\n\t\nc: d\n\t# e", {"a": "b", "c": "d"}),
        ("a:\n\t - b\n  - c", {"a": ["b", "c"]}),
        ("a: b\n\tc", None),
        ("a: |\n  b\n\t\nc: d", {"a": "b\n", "c": "d"}),
        ("a: |\n  \t\n  b\nc: d", {"a": "\t\nb\n", "c": "d"}),
        ("a: |2\n  \tb\n\tc: d", {"a": "\tb\n", "c": "d"}),
        ("- |\n \tb\n- c\n-\t\n- - d", ["\tb\n", "c", None, ["d"]]),
        ("a: |\n\n  b\n\n  c\n \t# d\n\te: f", {"a": "\nb\n\nc\n", "e": "f"}),
        ("|\n \tb", "\tb\n"),
    ],
)
def test_tabs_separate_and_do_not_indent(text: str, value: Value) -> None:
    if value is None:
        with pytest.raises(Refused):
            load(text)
    else:
        assert load(text).value == value
    assert len(without_tabs(LINE_END.split(text))) == text.count("\n") + 1


def test_a_text_with_a_nul_is_refused() -> None:
    with pytest.raises(Unprintable):
        load('a: "\0"')
    assert load('a: "\\0"').value == {"a": "\0"}


def test_two_escapes_make_one_character() -> None:
    pair = r"\uD83D\uDE00"
    assert load(f'a: "{pair}{pair} b\\\\{pair}"').value == {"a": "\U0001f600\U0001f600 b\\\U0001f600"}
    assert load(f"a: {pair}\nb: |\n  {pair} # c").value == {"a": pair, "b": f"{pair} # c\n"}
    with pytest.raises(Refused):
        load(f'a: "\\{pair}"')  # half a character is refused, where the site keeps it: no text can hold it
