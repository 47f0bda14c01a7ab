"""Write the one summary comment in Markdown: the verdict first, then what to do, then the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from bot import wording
from bot.markers import SUMMARY, fingerprint
from bot.phrases import correction, evidence, message, question, reason
from bot.quoting import MARKDOWN_LINE, cell, code, folded, visible
from bot.state import Pull
from bot.wording import Lang, say
from rules.judgement import to_correct, to_decide
from rules.loader import load_criteria
from rules.model import CriterionVerdict, EntryVerdict, Finding, Outcome, Placed, Severity, Text

# Characters. GitHub refuses bodies over 65,536: a long list ends with how many points are left out.
MOST_IN_ALL = 60_000
MOST_FAULTS, MOST_QUESTIONS, MOST_TABLES, MOST_FOLDED = 16_000, 8_000, 16_000, 8_000


def summary_body(pull: Pull, entries: Sequence[EntryVerdict], clickable: frozenset[str] = frozenset()) -> str:
    """Return the one summary comment. `clickable` names the findings whose fix a comment on the line
    offers. It holds no clock, so that the same judgement gives the same text."""
    page = _Page(pull, clickable)
    parts = [SUMMARY, *page.first_screen(entries, "fr")]
    foot = page.foot()
    for part in page.folds(entries):
        if sum(len(kept) + 2 for kept in [*parts, part, foot]) < MOST_IN_ALL:
            parts.append(part)
    return "\n\n".join([*parts, foot])


class _Page:
    """The summary of one pull request, part by part."""

    def __init__(self, pull: Pull, clickable: frozenset[str]) -> None:
        self.pull, self.clickable = pull, clickable

    def first_screen(self, entries: Sequence[EntryVerdict], lang: Lang) -> list[str]:
        """Return what everybody reads: the verdict, what to do, what to decide, the criteria."""
        faults, questions = to_correct(entries), to_decide(entries)
        parts = [f"### {wording.verdict(len(faults), len(questions), lang)}"]
        if faults:
            parts += [f"#### {say(wording.TO_DO, lang)}", self._numbered(faults, lang, MOST_FAULTS)]
        if questions:
            lines = [
                f"- **{asked.rule.criterion}** · {self._place(asked, lang)}<br>{_inline(asked, lang)}"
                for asked in questions
            ]
            parts += [f"#### {say(wording.TO_DECIDE, lang)}", _fitting(lines, MOST_QUESTIONS, lang)]
        touched = [entry for entry in entries if entry.touched]
        tables = _fitting([_table(entry, lang, len(touched) == 1) for entry in touched], MOST_TABLES, lang)
        return [*parts, f"#### {say(wording.CRITERIA, lang)}", tables]

    def folds(self, entries: Sequence[EntryVerdict]) -> Iterable[str]:
        """Yield what is folded: advice, what was there before, what was read, the English version."""
        told = [finding for entry in entries if entry.touched for finding in entry.findings]
        advice = [one for one in told if one.introduced and one.rule.severity is Severity.ADVISORY]
        for title, findings in ((wording.ADVICE, advice), (wording.OLD, [one for one in told if not one.introduced])):
            if findings:
                yield folded(say(title, "fr").format(n=len(findings)), self._numbered(findings, "fr", MOST_FOLDED))
        read = [f"- {code(entry.path)}" for entry in entries]
        yield folded(say(wording.READ, "fr"), _fitting(read, MOST_FOLDED, "fr"))
        yield folded(wording.ENGLISH, "\n\n".join(self.first_screen(entries, "en")))

    def foot(self) -> str:
        """Return the last line: which commit was judged, what happens next, whom to ask."""
        judged = [say(wording.JUDGED, "fr").format(head=self.pull.head[:7])] if self.pull.head else []
        return f"<sub>{' '.join([*judged, say(wording.AGAIN, 'fr'), say(wording.HELP, 'fr')])}</sub>"

    def _numbered(self, findings: Sequence[Finding], lang: Lang, most: int) -> str:
        items = [f"{number}. {_indented(self._item(finding, lang))}" for number, finding in enumerate(findings, 1)]
        return _fitting(items, most, lang)

    def _item(self, finding: Finding, lang: Lang) -> str:
        parts = [self._place(finding, lang), message(finding, lang)]
        if fingerprint(finding) in self.clickable:
            parts.append(say(wording.CLICK, lang))
        else:
            parts += correction(finding.fix, lang)
        return "\n\n".join([*parts, *self._doors(finding, lang), reason(finding, lang)])

    def _place(self, placed: Finding | Placed, lang: Lang) -> str:
        line, whole = say(wording.LINE, lang).format(line=placed.line), say(wording.WHOLE_FILE, lang)
        text = f"{code(placed.path)}, {line if placed.key or placed.line > 1 else whole}"
        if not self.pull.read_url:
            return text
        return f"[{text}]({self.pull.read_url}{url_quote(placed.path)}?plain=1#L{placed.line})"

    def _doors(self, finding: Finding, lang: Lang) -> list[str]:
        """Return a way in for who does not know git: the missing file filled in, or the editor on the line."""
        if not self.pull.edit_url:
            return []
        if "sheet" in finding.facts and "new_path" in finding.facts:
            folder, _, name = str(finding.facts["new_path"]).rpartition("/")
            query = urlencode({"filename": name, "value": str(finding.facts["sheet"])})
            address = f"{self.pull.edit_url.replace('/edit/', '/new/', 1)}{url_quote(folder)}?{query}"
            return [f"[{say(wording.CREATE, lang)}]({address})"]
        return [f"[{say(wording.EDIT, lang)}]({self.pull.edit_url}{url_quote(finding.path)}#L{finding.line})"]


def _table(entry: EntryVerdict, lang: Lang, alone: bool) -> str:
    names = load_criteria()
    criteria = sorted(entry.criteria, key=lambda one: list(names).index(one.criterion))
    rows = [
        f"| **{one.criterion}** {say(names[one.criterion].title, lang)} | {sign} {say(words, lang)} "
        f"| {cell(_grounds(one, entry, lang))} |"
        for one in criteria
        for sign, words in [wording.outcome(one)]
    ]
    table = "\n".join([say(wording.HEADER, lang), "| --- | --- | --- |", *rows])
    if alone:
        return f"{code(entry.path)}\n\n{table}"
    signs = " ".join(f"{one.criterion} {wording.outcome(one)[0]}" for one in criteria)
    # GitHub reads no Markdown inside <summary>: the path is quoted as HTML.
    path = " ".join(visible(entry.path).split())  # nor stops at a blank line
    return folded(f"<code>{escape(path)}</code> {signs}", table)


def _grounds(criterion: CriterionVerdict, entry: EntryVerdict, lang: Lang) -> str:
    """Return why a criterion ended as it did: the rules broken, else the evidence, else why nobody can tell."""
    if criterion.outcome is Outcome.FAILED:
        faults = (one for one in entry.findings if one.rule.severity is Severity.BLOCKING)
        titles = (say(one.rule.title, lang) for one in faults if one.rule.criterion == criterion.criterion)
        return " · ".join(say(wording.RULE, lang).format(title=title) for title in dict.fromkeys(titles))
    if criterion.outcome is Outcome.CANT_TELL:
        return say(_why_open(criterion), lang)
    return " · ".join(dict.fromkeys(evidence(proof, lang, MARKDOWN_LINE) for proof in criterion.evidence))


def _why_open(criterion: CriterionVerdict) -> Text:
    if criterion.question:
        return wording.ASKED
    return wording.UNREADABLE if criterion.reason == "unreadable" else wording.BROKEN


def _inline(asked: Placed, lang: Lang) -> str:
    return "<br>".join(question(asked, lang, MARKDOWN_LINE).split("\n"))


def _fitting(items: Sequence[str], most: int, lang: Lang) -> str:
    """Return the items that fit in `most` characters, one under the other, then how many are left out."""
    length, count = 0, 0
    while count < len(items) and (length := length + len(items[count]) + 1) <= most:
        count += 1
    left = [f"\n{say(wording.LEFT_OUT, lang).format(n=len(items) - count)}"] if count < len(items) else []
    return "\n".join([*items[:count], *left])


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in text.splitlines()).lstrip()
