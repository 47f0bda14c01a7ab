"""A review as JSON, for programs: the contract is `review.schema.json`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from bot.phrases import evidence, message, question
from bot.quoting import PLAIN
from bot.state import Pull
from bot.wording import LANGS, Lang
from rules.judgement import conclusion
from rules.model import CriterionVerdict, EntryVerdict, Finding, Placed


def write(_pull: Pull, entries: Sequence[EntryVerdict], _lang: Lang) -> str:
    """Return the review in both languages, in ASCII: the same bytes whatever the encoding of the output."""
    review = {"conclusion": conclusion(entries), "entries": [entry_data(entry) for entry in entries]}
    return json.dumps(review, indent=2)


def entry_data(entry: EntryVerdict) -> dict[str, object]:
    """Return what is said of one entry, as plain data."""
    return {
        "path": entry.path,
        "kind": entry.kind,
        "criteria": [_criterion(criterion) for criterion in entry.criteria],
        "findings": [_finding(finding) for finding in entry.findings],
    }


def _criterion(criterion: CriterionVerdict) -> dict[str, object]:
    asked = criterion.question
    return {
        "id": criterion.criterion,
        "outcome": criterion.outcome,
        "evidence": [_evidence(proof) for proof in criterion.evidence],
        "question": {lang: question(asked, lang, PLAIN) for lang in LANGS} if asked else None,
        "reason": criterion.reason or None,
    }


def _evidence(proof: Placed) -> dict[str, object]:
    text = {lang: evidence(proof, lang, PLAIN) for lang in LANGS}
    return {"path": proof.path, "key": proof.key, "line": proof.line, "text": text}


def _finding(finding: Finding) -> dict[str, object]:
    fix = finding.fix
    return {
        "rule": finding.rule.id,
        "criterion": finding.rule.criterion,
        "severity": finding.rule.severity,
        "path": finding.path,
        "key": finding.key,
        "line": finding.line,
        "end_line": finding.end_line,
        "introduced": finding.introduced,
        "message": {lang: message(finding, lang, PLAIN) for lang in LANGS},
        "suggestion": {"start_line": fix.start_line, "end_line": fix.end_line, "text": fix.text} if fix else None,
    }
