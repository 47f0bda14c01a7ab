"""A review as SARIF 2.1.0, the format that code scanning tools share.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

from bot import VERSION
from bot.markers import fingerprint
from bot.phrases import message
from bot.quoting import PLAIN, plain_words
from bot.state import Pull
from bot.wording import Lang, say
from rules.model import EntryVerdict, Finding, Fix, Rule, Severity

_LEVELS = {Severity.BLOCKING: "error", Severity.ADVISORY: "note"}
_Json = dict[str, object]


def write(pull: Pull, entries: Sequence[EntryVerdict], lang: Lang) -> str:
    """Return the findings as one run of one tool, with the fixes that can be applied, in ASCII."""
    findings = [finding for entry in entries for finding in entry.findings]
    rules = {finding.rule.id: finding.rule for finding in findings}
    order = {name: index for index, name in enumerate(rules)}
    driver = {
        "name": "greffier",
        "version": VERSION,
        "rules": [_rule(rule, lang) for rule in rules.values()],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, order, pull, lang) for finding in findings],
    }
    return json.dumps({"version": "2.1.0", "runs": [run]}, indent=2)


def _rule(rule: Rule, lang: Lang) -> _Json:
    return {
        "id": rule.id,
        "shortDescription": {"text": say(rule.title, lang)},
        "fullDescription": {"text": plain_words(say(rule.why, lang))},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": [rule.criterion]},
    }


def _result(finding: Finding, order: Mapping[str, int], pull: Pull, lang: Lang) -> _Json:
    return {
        "ruleId": finding.rule.id,
        "ruleIndex": order[finding.rule.id],
        "level": _LEVELS[finding.rule.severity],
        "baselineState": "new" if finding.introduced else "unchanged",
        "message": {"text": message(finding, lang, PLAIN)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": _file(finding.path),
                    "region": {"startLine": finding.line, "endLine": finding.end_line},
                }
            }
        ],
        "partialFingerprints": {"greffier/v1": fingerprint(finding)},
        **({"fixes": [_fix(finding.fix, finding.path, pull)]} if finding.fix else {}),
    }


def _fix(fix: Fix, path: str, pull: Pull) -> _Json:
    """Return the fix as whole lines: from the start of the first to the start of the line after the last."""
    document = pull.after.documents[path]
    end = "\r\n" if document.raw_line(1) != document.text.split("\n", 1)[0] else "\n"
    text = "" if fix.text is None else "".join(line + end for line in fix.text.split("\n"))
    region = {
        "startLine": fix.start_line,
        "startColumn": 1,
        "endLine": fix.end_line + 1,
        "endColumn": 1,
    }
    replacement = {"deletedRegion": region, "insertedContent": {"text": text}}
    return {"artifactChanges": [{"artifactLocation": _file(path), "replacements": [replacement]}]}


def _file(path: str) -> _Json:
    return {"uri": quote(path)}
