"""A review as workflow annotations: a GitHub Action that prints them shows each on its line.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bot import wording
from bot.phrases import message, question
from bot.quoting import PLAIN
from bot.state import Pull
from bot.wording import Lang, say
from rules.judgement import tally, to_decide
from rules.model import EntryVerdict, Finding, Severity


def write(_pull: Pull, entries: Sequence[EntryVerdict], lang: Lang) -> str:
    """Return one command per line: faults first, then questions, advice and what is pending, then the verdict as
    plain text."""
    new = [finding for entry in entries for finding in entry.findings if finding.introduced]
    faults = [finding for finding in new if finding.rule.severity is Severity.BLOCKING]
    advice = [finding for finding in new if finding.rule.severity is Severity.ADVISORY]
    asked = to_decide(entries)
    return "\n".join(
        [
            *(_annotation("error", finding, lang) for finding in faults),
            *(
                _command(
                    "notice",
                    placed.path,
                    placed.line,
                    placed.line,
                    placed.rule.criterion,
                    question(placed, lang, PLAIN),
                )
                for placed in asked
            ),
            *(_annotation("notice", finding, lang) for finding in advice),
            *(command for entry in entries for command in _pending(entry, lang)),
            wording.verdict(tally(entries), lang),
        ]
    )


def _annotation(level: str, finding: Finding, lang: Lang) -> str:
    title = say(wording.RULE, lang).format(title=say(finding.rule.title, lang))
    return _command(level, finding.path, finding.line, finding.end_line, title, message(finding, lang, PLAIN))


def _pending(entry: EntryVerdict, lang: Lang) -> Iterator[str]:
    """Yield why some criteria of an entry could not be settled: once for all those of which the same is said."""
    open_ = [criterion for criterion in entry.criteria if criterion.reason]
    for why in dict.fromkeys(map(wording.why_open, open_)):
        names = ", ".join(criterion.criterion for criterion in open_ if wording.why_open(criterion) == why)
        yield _command("warning" if why == wording.BROKEN else "notice", entry.path, 1, 1, names, say(why, lang))


def _command(level: str, path: str, line: int, end_line: int, title: str, text: str) -> str:
    properties = {"file": path, "line": str(line), "endLine": str(end_line), "title": title}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
