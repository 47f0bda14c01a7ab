"""No value of a contributor gets out of its quotes, whatever it holds: the messages are rendered, and looked at."""

import json
import re
from collections.abc import Iterable
from html.parser import HTMLParser

from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bot.phrases import MOST_FIXED, correction, fits, message, suggestion
from bot.plan import plan
from bot.quoting import MARKDOWN, MARKDOWN_LINE, MOST_PASTED, PLAIN, cell, code, fence, fill, plain
from bot.state import Pull
from rules.catalogue import Catalogue
from rules.document import parse
from rules.judgement import Change, judge_request
from rules.model import Fix, Rule

MARK = "ZZZ"  # begins every hostile value, and is in nothing else
WEB = "https://forge.example/"
HOSTILE = (
    "@equipe-catalogue", "![](https://pixel.example/a.png)", "[x](https://evil.example)", "<img src=x>", "<script>",
    "</details>", "</summary>", "</code>", "<!-- greffier:summary -->", "-->", "`", "``", "\n```\n", "\n````\n", "~~~",
    "\n",     "\n\n",
    "\r", "\t", "|", "\\", "\\|", "# ", "- ", "1. ", "> ", "    ", "https://evil.example", "&lt;",
    "&#64;", "{near}", "{",
    "#12", "owner/repo#1", "**", "_", "\u202e", "\u2028", "\u200b", "\x00", "\x1b[31m", ":tada:",
    "suggestion", "$$", "é",
)  # fmt: skip
values = st.lists(st.sampled_from(HOSTILE) | st.text(max_size=8), max_size=8).map(lambda parts: MARK + "".join(parts))
paths = values.map(lambda name: f"_data/api/{name.replace('/', '_')}.md")

_TAGS = {
    "a",
    "br",
    "code",
    "details",
    "em",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "sub",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
_PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


class Looked(HTMLParser):
    """What a reader would get of a message: faults are tags, links, comments or text that a value brought."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.quoted = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _TAGS or (tag == "a" and not str(dict(attrs)["href"]).startswith((WEB, "https://api.gouv.fr/"))):
            self.faults.append(f"<{tag} {attrs}>")
        if set(dict(attrs)) - {"href", "class", "start", "style"}:
            self.faults.append(f"{attrs}")
        if tag not in ("br", "hr"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}>")

    def handle_comment(self, data: str) -> None:
        if not re.fullmatch(r" greffier:(summary|finding [0-9a-f]{16}) ", data):
            self.faults.append(f"<!--{data}-->")

    def handle_data(self, data: str) -> None:
        if "code" in self.open:
            self.quoted += data
        elif MARK in data or "evil" in data or "equipe" in data:
            self.faults.append(data)


def looked(markdown: str) -> Looked:
    page = Looked()
    page.feed(_PARSER.render(markdown))
    page.close()
    page.faults += [f"<{tag}> left open" for tag in page.open]
    return page


def assert_inert(markdowns: Iterable[str]) -> None:
    for markdown in markdowns:
        assert looked(markdown).faults == [], markdown


@given(values)
def test_code_shows_the_value_and_nothing_else(value: str) -> None:
    for markdown in (code(value), f"Le champ {code(value)} et {code(value)}.", f"- {code(value)}\n- rien"):
        assert_inert([markdown])
    if not re.search(r"[^ -~é]|  ", value):
        assert looked(code(value)).quoted == value.strip()


@given(values)
def test_a_fence_is_never_closed_by_what_it_holds(value: str) -> None:
    assert_inert([f"Avant\n\n{fence(value)}\n\n**après**", f"{fence(value, 'suggestion')}\n\n@nous"])
    assert "<strong>après</strong>" in _PARSER.render(f"{fence(value)}\n\n**après**")


@given(values, values)
def test_a_cell_stays_one_cell(value: str, other: str) -> None:
    table = f"| a | b |\n| --- | --- |\n| {cell(code(value))} | {cell(code(other))} |"
    assert_inert([table])
    assert _PARSER.render(table).count("<td>") == 2
    assert _PARSER.render(table).count("<tr>") == 2


@given(values, values)
@example("ZZZ{other}", "ZZZ{value}")
def test_a_sentence_with_values(value: str, other: str) -> None:
    facts = {"value": value, "other": other, "list": (value, other), "n": 3}
    text = fill("Le champ {value} n'est pas {other}.\nVoir {list}, {n} fois.\nRien {absent}.", facts, MARKDOWN)
    assert_inert([text])
    assert "absent" not in text


@given(values)
def test_a_terminal_is_never_steered(value: str) -> None:
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069]", plain(value))


def test_a_pasted_value_is_cut_as_it_is_shown() -> None:
    """One hidden character takes up to seven once it is spelt out."""
    for value in ("\u202e\n" * MOST_PASTED, "\n" + "x" * 9_000):
        assert len(fill("{value}", {"value": value}, MARKDOWN)) < MOST_PASTED + 20
    assert fill("{value}", {"value": "\n" + "x" * 9_000}, MARKDOWN).endswith("x…\n```\n")


@given(values)
def test_a_line_of_markdown_stays_one(value: str) -> None:
    told = "<br>".join(fill("Le titre {value}.\nDit {value}", {"value": value}, MARKDOWN_LINE).split("\n"))
    assert_inert([f"- {told}"])
    assert "\n" not in told
    assert looked(f"- {told}").quoted.count("<br>") == 0


def test_plain_text_has_no_markdown_of_ours() -> None:
    assert fill("Écrivez `is_open: 1`, pas {value}.", {"value": "`0`"}, PLAIN) == (
        "Écrivez « is_open: 1 », pas « `0` »."
    )


def test_no_rule_puts_a_value_between_its_own_backticks(rules: tuple[Rule, ...]) -> None:
    """A value brings its own: between others, they would close them."""
    told = [text for rule in rules for text in (rule.message, rule.question, rule.evidence)]
    sentences = [line for text in told for lang in (text.fr, text.en) for line in lang.splitlines()]
    assert [line for line in sentences if any("{" in part for part in line.split("`")[1::2])] == []


def test_a_correction_shows_what_it_holds_and_a_suggestion_is_exact() -> None:
    fix = Fix(1, 1, "title: a\x1b[31m\u202e\a")
    assert correction(fix, "fr") == ["À écrire à la place :\n\n```yaml\ntitle: a\\u001b[31m\\u202e\\u0007\n```"]
    assert suggestion(fix) == f"```suggestion\n{fix.text}\n```"


def test_a_correction_is_whole_or_is_not_shown() -> None:
    for text in ("x" * (MOST_FIXED + 1), "\x1b" * (MOST_FIXED // 2)):
        assert not fits(Fix(1, 1, text))
        assert correction(Fix(1, 1, text), "fr") == []
    assert "x" * MOST_FIXED in correction(Fix(1, 1, "x" * MOST_FIXED), "fr")[0]
    assert correction(None, "fr") == []


FIELDS = ("title", "tagline", "producer", "doc_tech_link", "last_update", "account_link", "contact_link", "unknown_key")


def hostile_pull(path: str, value: str, rules: tuple[Rule, ...], sample: Catalogue) -> list[str]:
    """Return every message on a request that adds two entries; every field of one is `value`."""
    quoted = json.dumps(value)
    header = "\n".join([*(f"{field}: {quoted}" for field in FIELDS), f"themes: [{quoted}]", f"partners: [{quoted}]"])
    document = parse(path, f"---\n{header}\nis_open: 0\n{quoted}: 1\n---\n# {value}\n{value}\n")
    other = parse("_data/api/autre.md", "---\n---\n")
    after = Catalogue([*sample.documents.values(), document, other], sample.files)
    changes = (Change(path), Change(other.path))
    hunks = {path: (range(1, document.text.count("\n") + 1),)}
    pull = Pull("0" * 40, "1" * 40, sample, after, changes, hunks, None, WEB, f"{WEB}edit/")
    desired = plan(pull, judge_request(rules, sample, after, changes))
    assert desired.comments
    return [desired.summary, *(comment.body for comment in desired.comments)]


@settings(deadline=None)
@given(paths, values)
@example("_data/api/ZZZ\n\n![](https://pixel.example/a.png).md", "ZZZ")
@example("_data/api/ZZZ.md", "ZZZ\n```\n\u2028")
def test_every_message_on_a_hostile_entry(rules: tuple[Rule, ...], sample: Catalogue, path: str, value: str) -> None:
    assert_inert(hostile_pull(path, value, rules, sample))


def test_a_flood_of_hostile_names(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """Where they are too many to be told whole, they are told briefly, and as inert."""
    paths = [f"_data/api/{n} ZZZ</code></details><img src=x> @equipe `` ![x](y).md" for n in range(200)]
    documents = [parse(path, f"---\ntitle: A{'b' * 7 * n}\n---\n") for n, path in enumerate(paths)]
    after = Catalogue([*sample.documents.values(), *documents], sample.files)
    changes = tuple(map(Change, paths))
    desired = plan(Pull("0" * 40, "1" * 40, sample, after, changes), judge_request(rules, sample, after, changes))
    assert re.search(r"</details>\n\n- `", desired.summary)
    assert_inert([desired.summary, desired.check.summary])


def test_the_looking_glass_sees(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    """The tests above would notice: unquoted, each of these shows."""
    for value in (
        "@equipe",
        "![](https://evil.example)",
        "<script>",
        "</details>",
        "<!-- x -->",
        "https://evil.example",
    ):
        assert looked(f"Le champ {value} {MARK}").faults
    assert not looked("Le champ `a`").faults
    assert MARK in "".join(hostile_pull("_data/api/ok.md", MARK, rules, sample))


def test_the_last_of_many_points_says_that_there_are_others(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    path = "_data/api/api-courants.md"
    page = "".join(f"  - who: [P{n}]\n    is_eligible: 1\n" for n in range(25))
    after = Catalogue([*sample.documents.values(), parse(path, f"---\ntitle: A\naccess_page:\n{page}---\n")])
    (entry,) = judge_request(rules, sample, after, [Change(path)])
    told = [finding for finding in entry.findings if finding.rule.id == "access-page-entry-complete"]
    assert ["20 premiers" in message(finding, "fr") for finding in told] == [False] * 19 + [True]
    assert "first 20" in message(told[-1], "en")
