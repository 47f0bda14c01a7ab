"""The made-up catalogue is exemplary, and each made-up pull request shows what it is for."""

from pathlib import Path

import pytest
import yaml

from rules.catalogue import Catalogue
from rules.document import kind_of, parse
from rules.judgement import Change, conclusion, judge_catalogue, judge_request
from rules.model import Outcome, Rule, Severity

PULLS = Path(__file__).parent.parent / "bot/playground/sample/pulls"


def test_the_sample_passes_every_rule(rules: tuple[Rule, ...], sample: Catalogue) -> None:
    entries = judge_catalogue(rules, sample, sample, [Change(path, path) for path in sample.documents])
    assert [finding for entry in entries for finding in entry.findings] == []
    outcomes = {criterion.outcome for entry in entries for criterion in entry.criteria}
    assert outcomes <= {Outcome.PASSED, Outcome.INAPPLICABLE}


@pytest.mark.parametrize(
    ("name", "concluded", "blocking"),
    [
        ("perfect-api", "action_required", set()),
        ("unquoted-colon", "failure", {"yaml-colon-in-value"}),
        ("unknown-producer", "failure", {"producer-has-sheet"}),
        ("renamed-title", "failure", {"title-still-named", "service-api-exists"}),
        ("closed-without-access", "failure", {"access-page-needed"}),
        ("new-service", "action_required", set()),
        ("old-template", "failure", {"producer-declared", "technical-documentation", "api-last-update", "api-themes"}),
        ("hostile", "failure", {"producer-has-sheet", "swagger-exists"}),
    ],
)
def test_a_sample_pull_request(
    rules: tuple[Rule, ...], sample: Catalogue, name: str, concluded: str, blocking: set[str]
) -> None:
    folder = PULLS / name
    pull = yaml.safe_load((folder / "pull.yml").read_text("utf-8"))
    assert {"number", "title", "author", "body"} <= pull.keys()
    files = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    del files["pull.yml"]
    head = dict(sample.documents) | {path: parse(path, files[path].read_bytes()) for path in files if kind_of(path)}
    changes = [Change(path, path if path in sample.documents else None) for path in files if kind_of(path)]
    entries = judge_request(rules, sample, Catalogue(head.values(), sample.files | files.keys()), changes)
    assert conclusion(entries) == concluded
    faults = [finding for entry in entries for finding in entry.findings if finding.rule.severity is Severity.BLOCKING]
    assert {fault.rule.id for fault in faults} == blocking
