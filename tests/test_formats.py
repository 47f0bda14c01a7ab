"""Each form of a review: the contract of its readers, on every made-up request and on hostile ones."""

import json
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import click
import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from bot.clone import read
from bot.commands.check import FORMATS
from bot.plan import plan
from bot.quoting import visible
from bot.state import Pull
from rules.catalogue import Catalogue
from rules.document import parse
from rules.judgement import Change, conclusion, judge_catalogue, judge_request
from rules.model import EntryVerdict, Rule
from tests.conftest import SAMPLE

PROJECT = Path(__file__).parent.parent
SCHEMA = json.loads((PROJECT / "bot/formats/review.schema.json").read_text("utf-8"))
# The official schema, in npm's @microsoft/jest-sarif.
SARIF = PROJECT / "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
NAMES = sorted(pull.name for pull in (SAMPLE.parent / "pulls").iterdir())
PATH = "_data/api/a:b,c%d\n::error::x\u202e.md"
Review = tuple[Pull, tuple[EntryVerdict, ...]]


@pytest.fixture(scope="session", params=[*NAMES, "everything", "hostile name", "deletion"])
def review(request: pytest.FixtureRequest, demo: Path, rules: tuple[Rule, ...], sample: Catalogue) -> Review:
    """A made-up request and its judgement."""
    if request.param in NAMES:
        pull, _ = read(demo, head=request.param)
        return pull, judge_request(rules, pull.before, pull.after, pull.changes)
    if request.param == "everything":
        changes = tuple(Change(path, path) for path in sample.documents)
        return Pull("0", "0", sample, sample, changes), judge_catalogue(rules, sample, sample, changes)
    if request.param == "deletion":
        gone = "_data/producteurs/office-marees.md"
        left = [document for document in sample.documents.values() if document.path != gone]
        after, changes = Catalogue(left, sample.files - {gone}), (Change(gone, gone, gone=True),)
    else:
        entry = parse(
            PATH,
            '---\r\ntitle: "x: %0A\\r\\n::warning::y"\r\ntagline: a\u202e\x1b[31m\x07: b\r\nis_open: "1"\r\n---\r\n',
        )
        after, changes = Catalogue([*sample.documents.values(), entry], sample.files), (Change(PATH),)
    pull = Pull("0" * 40, "1" * 40, sample, after, changes)
    return pull, judge_request(rules, sample, after, changes)


def written(form: str, review: Review, lang: str = "fr") -> str:
    text = import_module(f"bot.formats.{form}").write(*review, lang)
    assert isinstance(text, str)
    return text


def test_every_format_has_its_test() -> None:
    assert set(FORMATS) == {
        name.split("_")[1] for name in globals() if re.match("test_(text|json|mark|sarif|github)", name)
    }


def test_json_keeps_its_contract(review: Review) -> None:
    data = json.loads(written("json", review))
    Draft202012Validator.check_schema(SCHEMA)
    assert [f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(data)] == []
    assert data["conclusion"] == conclusion(review[1])
    assert written("json", review) == written("json", review, "en")
    told = [finding for entry in data["entries"] for finding in entry["findings"]]
    assert [finding["rule"] for finding in told] == [one.rule.id for entry in review[1] for one in entry.findings]


def test_the_schema_of_the_contract_is_strict() -> None:
    """A key more, a key less, a key of another type: each is refused, at every level."""
    review = json.loads(
        '{"conclusion": "failure", "entries": [{"path": "a", "kind": "api", "criteria": [{"id": "A1",'
        '"outcome": "passed", "evidence": [{"path": "a", "key": "/a", "line": 1,'
        '"text": {"fr": "a", "en": "b"}}], "question": {"fr": "a",'
        '"en": "b"}, "reason": "unreadable"}],'
        '"findings": [{"rule": "a", "criterion": "A1", "severity": "blocking", "path": "a", "key": "",'
        '"line": 1, "end_line": 1, "introduced": true, "message": {"fr": "a", "en": "b"},'
        '"suggestion": {"start_line": 1, "end_line": 1, "text": null}}]}]}'
    )
    validator = Draft202012Validator(SCHEMA)
    assert validator.is_valid(review)

    def objects(data: Any) -> list[dict[str, Any]]:
        inside = data.values() if isinstance(data, dict) else data if isinstance(data, list) else ()
        return ([data] if isinstance(data, dict) else []) + [found for item in inside for found in objects(item)]

    for data in objects(review):
        data["more"] = 1
        assert not validator.is_valid(review)
        del data["more"]
        for key, value in list(data.items()):
            del data[key]
            assert not validator.is_valid(review)
            data[key] = ["another type"]
            assert not validator.is_valid(review)
            data[key] = value
    assert validator.is_valid(review)


def test_sarif_is_valid_and_its_fixes_fix(review: Review) -> None:
    pull, entries = review
    data = json.loads(written("sarif", review))
    (run,) = data["runs"]
    findings = [finding for entry in entries for finding in entry.findings]
    assert len(run["results"]) == len(findings)
    for result, finding in zip(run["results"], findings, strict=True):
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == finding.rule.id
        if finding.fix:
            ((change,),) = [fix["artifactChanges"] for fix in result["fixes"]]
            ((replacement,),) = [change["replacements"]]
            region, new = replacement["deletedRegion"], replacement["insertedContent"]["text"]
            assert region["startColumn"] == region["endColumn"] == 1
            text = pull.after.documents[finding.path].text
            lines = text.splitlines(keepends=True)
            fixed = "".join([*lines[: region["startLine"] - 1], new, *lines[region["endLine"] - 1 :]])
            assert fixed == finding.fix.apply(text)
    if not SARIF.exists():
        pytest.skip(f"the official schema is not in {SARIF}")
    schema = json.loads(SARIF.read_text("utf-8"))
    assert [f"{error.json_path}: {error.message}" for error in Draft7Validator(schema).iter_errors(data)] == []
    data["runs"][0]["tool"].pop("driver")
    assert not Draft7Validator(schema).is_valid(data)


def test_github_annotations_are_one_line_each(review: Review) -> None:
    pull, entries = review
    *commands, verdict = written("github", review).split("\n")
    known = {*pull.after.documents, *pull.before.documents}
    new = [finding for entry in entries for finding in entry.findings if finding.introduced]
    asked = [one for entry in entries for one in entry.criteria if one.outcome == "cant_tell" and one.question]
    pending = [entry for entry in entries if any(one.reason for one in entry.criteria)]
    assert len(commands) == len(new) + len(asked) + len(pending)
    assert not verdict.startswith("::")
    for command in commands:
        found = re.fullmatch(r"::(error|notice) file=([^,:]*),line=(\d+),endLine=(\d+),title=([^,:]*)::(.*)", command)
        assert found, command
        assert found[2].replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",").replace("%25", "%") in known
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", command)
    errors = sum(command.startswith("::error") for command in commands)
    assert (errors > 0) is (conclusion(entries) == "failure")


def test_text_tells_everything_and_nothing_steers_the_terminal(review: Review) -> None:
    _, entries = review
    for lang in ("fr", "en"):
        text = click.unstyle(written("text", review, lang))
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
        for entry in entries:
            for finding in entry.findings:
                assert f"{finding.line}  " in text
                assert f"({finding.rule.criterion}, {finding.rule.id})" in text
                for line in (finding.fix.text or "").split("\n") if finding.fix else ():
                    assert f"  + {visible(line)}".rstrip() in text
            for criterion in entry.criteria if entry.touched else ():
                assert re.search(rf" {criterion.criterion}  ", text)


def test_markdown_is_what_would_be_posted(review: Review) -> None:
    desired = plan(*review)
    text = written("markdown", review)
    assert text.startswith(visible(desired.summary))
    for comment in desired.comments:
        assert visible(comment.body) in text
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)
    assert text.count("<!-- greffier:") == 1 + len(desired.comments)
