"""Every example of every rule file is a test, and so are the laws that rule files obey."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest

import rules.checks
from rules.catalogue import Catalogue, World, removed
from rules.document import MAX_BYTES, Document, kind_of, parse
from rules.engine import judge
from rules.examples import examples_of
from rules.judgement import Change, judge_request
from rules.loader import RuleFileError, load_criteria, load_rules
from rules.model import Check, Decider, Example, Fault, Finding, Kind, Outcome, Proof, Question, Rule, Statement, Text

RULES = load_rules()
ALWAYS = {"path", "key", "line"}
# What no rule file can show.
GENERATED = {"file-too-large": Example(False, "_data/api/exemple.md", "a" * (MAX_BYTES + 1), 1)}


def examples(rule: Rule) -> list[Example]:
    return [*examples_of(rule), *([GENERATED[rule.id]] if rule.id in GENERATED else [])]


def numbered(rule: Rule) -> Iterator[tuple[str, Example]]:
    counts: Counter[str] = Counter()
    for example in examples(rule):
        word = "good" if example.good else "bad"
        counts[word] += 1
        yield f"{rule.id}[{word}-{counts[word]}]", example


EXAMPLES = [pytest.param(rule, example, id=name) for rule in RULES for name, example in numbered(rule)]
BAD = [param for param in EXAMPLES if not param.values[1].good]  # type: ignore[union-attr]
EACH_RULE = pytest.mark.parametrize("rule", [pytest.param(rule, id=rule.id) for rule in RULES])


class Request:
    """The request that an example stands for: the sample catalogue before, and after."""

    def __init__(self, example: Example, sample: Catalogue) -> None:
        gone = not example.text and example.path in example.before
        names = {kind_of(path): path for path in example.before if path != example.path}
        self.previous = example.path if example.path in example.before else names.get(kind_of(example.path))
        self.before = _with(sample, example.before)
        after = _with(self.before, {**example.others, example.path: example.text})
        left = {example.path} if gone else {self.previous} - {example.path}
        kept = [document for path, document in after.documents.items() if path not in left]
        self.after = Catalogue(kept, after.files - left)
        self.change = Change(example.path, self.previous, gone)
        moved = {} if gone else {example.path: self.previous or example.path}
        self.evidence = example.evidence
        self.world = World(self.after, self.before, moved, self.evidence)
        self.document = removed(self.before.documents[example.path]) if gone else self.after.documents[example.path]

    def statements(self, rule: Rule) -> list[Statement]:
        return [said for verdict in judge([rule], self.document, self.world) for said in verdict.statements]

    def findings(self, rules: tuple[Rule, ...]) -> list[Finding]:
        entries = judge_request(rules, self.before, self.after, [self.change], self.evidence)
        return [finding for entry in entries if entry.touched for finding in entry.findings]


def _with(catalogue: Catalogue, texts: dict[str, str]) -> Catalogue:
    documents = dict(catalogue.documents) | {path: parse(path, text) for path, text in texts.items() if kind_of(path)}
    return Catalogue(documents.values(), catalogue.files | texts.keys())


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_example(rule: Rule, example: Example, sample: Catalogue) -> None:
    request = Request(example, sample)
    if not example.good:
        assert request.document.kind in rule.applies_to, f"{example.path} is no file that the rule applies to"
    for verdict in judge(RULES, request.document, request.world):
        assert not verdict.reason.startswith("broken"), verdict
    said = request.statements(rule)
    if example.good:
        assert not [statement for statement in said if not isinstance(statement, Proof)]
        return
    asked = [request.document.line(statement.key) for statement in said if isinstance(statement, Question)]
    if rule.decider is Decider.MACHINE and not asked:
        found = request.findings((rule,))
        assert found, "no finding"
        assert all(finding.introduced for finding in found)
        asked = [finding.line for finding in found]
    assert example.line is None or example.line in asked


@pytest.mark.parametrize(("rule", "example"), BAD)
def test_a_fix_mends_its_finding_and_creates_none(rule: Rule, example: Example, sample: Catalogue) -> None:
    request = Request(example, sample)
    # Where the header becomes readable, the rules that could not answer now do: theirs is nothing new.
    rules = tuple(one for one in RULES if not (request.document.problem and one.reads))
    known = {finding.fingerprint for finding in request.findings(rules)}
    for finding in request.findings((rule,)):
        if finding.fix is not None:
            text = finding.fix.apply(request.document.text)
            mended = example._replace(good=True, text=text, line=None)
            left = {finding.fingerprint for finding in Request(mended, sample).findings(rules)}
            assert finding.fingerprint not in left
            assert left <= known


@EACH_RULE
def test_both_languages_fill_the_same_placeholders(rule: Rule, sample: Catalogue) -> None:
    said = [said for example in examples(rule) for said in Request(example, sample).statements(rule)]
    for text, type_ in ((rule.message, Fault), (rule.evidence, Proof), (rule.question, Question)):
        named = _placeholders(text.fr)
        assert named == _placeholders(text.en)
        given = {name for statement in said if isinstance(statement, type_) for name in statement.facts}
        assert named <= given | ALWAYS, f"no example gives {named - given - ALWAYS}"
    assert rule.title.fr
    assert rule.title.en
    assert rule.why.fr
    assert rule.why.en


def _placeholders(sentences: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", sentences))


@pytest.mark.parametrize(("rule", "example"), EXAMPLES)
def test_whatever_is_said_has_words(rule: Rule, example: Example, sample: Catalogue) -> None:
    """A line that names a missing fact is left out: one at least must remain."""
    for statement in Request(example, sample).statements(rule):
        text: Text = {Fault: rule.message, Proof: rule.evidence, Question: rule.question}[type(statement)]
        if isinstance(statement, Proof) and not text.fr:
            assert statement.key, "a proof without a key needs words of its own"
            continue
        known = ALWAYS | statement.facts.keys()
        for sentences in (text.fr, text.en):
            assert [line for line in sentences.splitlines() if _placeholders(line) <= known]


@EACH_RULE
def test_who_decides_and_how(rule: Rule) -> None:
    good = [example for example in examples(rule) if example.good]
    bad = [example for example in examples(rule) if not example.good]
    if rule.decider is Decider.MACHINE:
        assert good, "no good example"
        assert bad, "no bad example"
        assert rule.message.fr
    else:
        assert rule.question.fr
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.id)


def test_every_criterion_is_served() -> None:
    assert {rule.criterion for rule in RULES} == set(load_criteria())


def test_at_most_one_human_rule_per_criterion_and_kind() -> None:
    asked = Counter(
        (rule.criterion, kind) for rule in RULES if rule.decider is Decider.HUMAN for kind in rule.applies_to
    )
    assert not [place for place, count in asked.items() if count > 1]


def test_no_check_without_a_rule() -> None:
    used = {rule.check for rule in RULES}
    unused = [f"{module}.{name}" for module, name, check in _checks() if check not in used]
    assert not unused


def _checks() -> Iterator[tuple[str, str, Check]]:
    """Every public function of `rules.checks` that looks at a document in a world."""
    for info in iter_modules(rules.checks.__path__):
        module = import_module(f"rules.checks.{info.name}")
        for name, function in inspect.getmembers(module, inspect.isfunction):
            types = [parameter.annotation for parameter in inspect.signature(function).parameters.values()]
            if function.__module__ == module.__name__ and not name.startswith("_") and types == ["Document", "World"]:
                yield info.name, name, function


GOOD_FILE = """---
criterion: A1
source: doctrine
decider: machine
severity: advisory
applies_to: [api]
reads: [title]
check: published.title_written
message: {fr: Il manque un titre., en: A title is missing.}
---
# Titre
Pourquoi.
## Title
Why.
"""


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("criterion: A1", "criterion: A1: x", "rules/admission/bad.md:2: "),
        ("criterion: A1\n", "", "rules/admission/bad.md:2: `criterion` is missing"),
        ("criterion: A1", "criterion: Z9", "rules/admission/bad.md:2: `criterion` must be one of: A1, A2"),
        ("source: doctrine", "source: rumour", "rules/admission/bad.md:3: `source` must be one of"),
        ("severity: advisory", "severity: dice", "rules/admission/bad.md:5: `severity` must be one of: blocking"),
        ("decider: machine", "decider: [dice]", "rules/admission/bad.md:4: `decider` must be one of"),
        ("severity: advisory", "severity: advisory\nseverty: x", "rules/admission/bad.md:6: `severty` is not known"),
        ("applies_to: [api]", "applies_to: api", "rules/admission/bad.md:6: `applies_to` must be a list of"),
        ("applies_to: [api]", "applies_to: [moon]", "rules/admission/bad.md:6: `applies_to` must be a list of"),
        ("applies_to: [api]", "applies_to: []", "rules/admission/bad.md:6: `applies_to` must be a list of"),
        ("reads: [title]", "reads: title", "rules/admission/bad.md:7: `reads` must be a list of keys"),
        (", en: A title is missing.", "", "rules/admission/bad.md:9: `message` must hold a sentence in `fr` and one"),
        ("check: published.title_written\n", "", "`check` is needed where a machine decides"),
        ("published.title_written", "nowhere.nothing", "rules/admission/bad.md:8: No module named"),
        ("published.title_written", "published.nothing", "rules/admission/bad.md:8: module"),
        ("## Title\nWhy.\n", "", "two headings wanted"),
        ("Why.\n", "Why.\n```md beside _data/api/a.md\n```\n", "must follow an example"),
        ("Why.\n", "Why.\n```md good\n```\n```yaml evidence\nhttps://a.example: {outcome: odd}\n```\n", "« evidence »"),
    ],
)
def test_a_wrong_rule_file_stops_the_program(tmp_path: Path, old: str, new: str, said: str) -> None:
    (tmp_path / "good.md").write_text(GOOD_FILE)
    assert [rule.id for rule in load_rules(tmp_path)] == ["good"]
    assert GOOD_FILE.count(old) == 1
    (tmp_path / "bad.md").write_text(GOOD_FILE.replace(old, new))
    with pytest.raises(RuleFileError, match=re.escape(said)):
        assert [examples_of(rule) for rule in load_rules(tmp_path)]


def test_a_person_decides_where_no_check_is_named(sample: Catalogue, tmp_path: Path) -> None:
    words = "question: {fr: Est-ce bien ?, en: Is it right?}\n---"
    text = re.sub(r"check:.*\n(message.*)\n---", words, GOOD_FILE.replace("machine", "human"))
    (tmp_path / "asked.md").write_text(text)
    (rule,) = load_rules(tmp_path)
    document: Document = parse("_data/api/nouvelle.md", "---\ntitle: Nouvelle\n---\n")
    (verdict,) = judge([rule], document, World(sample, sample))
    assert verdict.outcome is Outcome.CANT_TELL
    assert verdict.statements == (Question("/title"),)
    assert document.kind is Kind.API
