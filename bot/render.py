"""Write the one summary comment in Markdown: the verdict first, then what to do, then the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from itertools import chain
from textwrap import indent
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from bot import wording
from bot.markers import SUMMARY, fingerprint
from bot.phrases import correction, evidence, message, question, reason, unasked
from bot.quoting import MARKDOWN_LINE, MOST_IN_ALL, cell, code, folded, visible
from bot.state import Pull
from bot.wording import Lang, say
from rules.judgement import tally, to_correct, to_decide
from rules.loader import load_criteria
from rules.model import CriterionVerdict, EntryVerdict, Finding, Outcome, Placed, Severity

# Characters: a long list ends with how many points are left out.
MOST_REPORTED = MOST_IN_ALL - 1_000  # the verdict stands above
MOST_FAULTS, MOST_QUESTIONS, MOST_TABLES, MOST_FOLDED = 16_000, 8_000, 16_000, 8_000
MOST_ADDRESS = 2_000


def summary_body(entries: Sequence[EntryVerdict], report: str) -> str:
    """Return the one summary comment: the verdict, then the report. It holds no clock, so that the same
    judgement gives the same text."""
    return f"{SUMMARY}\n\n{_heading(entries, 'fr')}\n\n{report}"


def report_body(pull: Pull, entries: Sequence[EntryVerdict], clickable: frozenset[str] = frozenset()) -> str:
    """Return all that is told under the verdict. `clickable` names the findings whose fix a comment on the
    line offers."""
    page = _Page(pull, clickable)
    parts, foot = list[str](), page.foot()
    for part in chain(page.first_screen(entries, "fr"), page.folds(entries)):
        if sum(len(kept) + 2 for kept in [*parts, part, foot]) < MOST_REPORTED:
            parts.append(part)
    return "\n\n".join([*parts, foot])


class _Page:
    """The summary of one pull request, part by part."""

    def __init__(self, pull: Pull, clickable: frozenset[str]) -> None:
        self.pull, self.clickable = pull, clickable

    def first_screen(self, entries: Sequence[EntryVerdict], lang: Lang) -> list[str]:
        """Return what everybody reads: what to do, what to decide, the criteria."""
        faults, questions = to_correct(entries), to_decide(entries)
        parts = []
        if faults:
            parts += [f"#### {say(wording.TO_DO, lang)}", self._list(faults, lang, MOST_FAULTS)]
        if questions:
            told = [self._question(asked, lang) for asked in questions]
            parts += [f"#### {say(wording.TO_DECIDE, lang)}", _fitting(told, MOST_QUESTIONS, lang)]
        touched = [entry for entry in entries if entry.touched]
        # A blank line first: else the line would be part of the HTML of the fold before it.
        told = [
            (_table(entry, lang, len(touched) == 1), f"\n- {code(entry.path)} {_signs(entry)}") for entry in touched
        ]
        if told:
            parts += [f"#### {say(wording.CRITERIA, lang)}", _fitting(told, MOST_TABLES, lang)]
        return parts

    def folds(self, entries: Sequence[EntryVerdict]) -> Iterable[str]:
        """Yield what is folded: advice, what was there before, what was read, the English version."""
        told = [finding for entry in entries if entry.touched for finding in entry.findings]
        advice = [one for one in told if one.introduced and one.rule.severity is Severity.ADVISORY]
        for title, findings in ((wording.ADVICE, advice), (wording.OLD, [one for one in told if not one.introduced])):
            if findings:
                yield folded(say(title, "fr").format(n=len(findings)), self._list(findings, "fr", MOST_FOLDED))
        read = [(f"- {code(entry.path)}", "") for entry in entries]
        if read:
            listed = [_fitting(read, MOST_FOLDED, "fr"), *self._unasked("fr")]
            yield folded(say(wording.READ, "fr"), "\n\n".join(listed))
        english = [_heading(entries, "en"), *self.first_screen(entries, "en"), *self._unasked("en")]
        yield folded(wording.ENGLISH, "\n\n".join(english))

    def _unasked(self, lang: Lang) -> list[str]:
        return [unasked(self.pull.unasked, lang)] if self.pull.unasked else []

    def foot(self) -> str:
        """Return the last line: which commit was judged, what happens next, whom to ask."""
        judged = [say(wording.JUDGED, "fr").format(head=self.pull.head[:7])] if self.pull.head else []
        return f"<sub>{' '.join([*judged, say(wording.AGAIN, 'fr'), say(wording.HELP, 'fr')])}</sub>"

    def _list(self, findings: Sequence[Finding], lang: Lang, most: int) -> str:
        items = [
            (_numbered(number, self._item(finding, lang)), _numbered(number, self._brief(finding, lang)))
            for number, finding in enumerate(findings, 1)
        ]
        return _fitting(items, most, lang)

    def _brief(self, finding: Finding, lang: Lang) -> str:
        return f"{self._place(finding, lang)}\n\n{_first_line(message(finding, lang, MARKDOWN_LINE))}"

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
        return _link(text, f"{self.pull.read_url}{url_quote(placed.path)}?plain=1#L{placed.line}") or text

    def _question(self, asked: Placed, lang: Lang) -> tuple[str, str]:
        place = f"- **{asked.rule.criterion}** · {self._place(asked, lang)}"
        lines = question(asked, lang, MARKDOWN_LINE).split("\n")
        return "<br>".join([place, *lines]), "<br>".join([place, lines[0]])

    def _doors(self, finding: Finding, lang: Lang) -> list[str]:
        """Return a way in for who does not know git: the missing file filled in, or the editor on the line."""
        if not self.pull.edit_url:
            return []
        if "sheet" in finding.facts and "new_path" in finding.facts:
            folder, _, name = str(finding.facts["new_path"]).rpartition("/")
            new = f"{self.pull.edit_url.replace('/edit/', '/new/', 1)}{url_quote(folder)}?"
            filled = new + urlencode({"filename": name, "value": str(finding.facts["sheet"])})
            empty = new + urlencode({"filename": name})
            door = _link(say(wording.CREATE, lang), filled) or _link(say(wording.CREATE_EMPTY, lang), empty)
        else:
            address = f"{self.pull.edit_url}{url_quote(finding.path)}#L{finding.line}"
            door = _link(say(wording.EDIT, lang), address)
        return [door] if door else []


def _heading(entries: Sequence[EntryVerdict], lang: Lang) -> str:
    verdict = wording.verdict(tally(entries), lang)
    return f"### {verdict if entries else say(wording.UNTOUCHED, lang)}"


def _link(text: str, address: str) -> str:
    """Return a link; nothing where its address is too long for a message, and for many browsers."""
    return f"[{text}]({address})" if len(address) <= MOST_ADDRESS else ""


def _table(entry: EntryVerdict, lang: Lang, alone: bool) -> str:
    names = load_criteria()
    rows = [
        f"| **{one.criterion}** {say(names[one.criterion].title, lang)} | {sign} {say(words, lang)} "
        f"| {cell(_grounds(one, entry, lang))} |"
        for one in _in_order(entry)
        for sign, words in [wording.outcome(one)]
    ]
    table = "\n".join([say(wording.HEADER, lang), "| --- | --- | --- |", *rows])
    if alone:
        return f"{code(entry.path)}\n\n{table}"
    # GitHub reads no Markdown inside <summary>: the path is quoted as HTML.
    path = " ".join(visible(entry.path).split())  # nor stops at a blank line
    return folded(f"<code>{escape(path)}</code> {_signs(entry)}", table)


def _signs(entry: EntryVerdict) -> str:
    return " ".join(f"{one.criterion} {wording.outcome(one)[0]}" for one in _in_order(entry))


def _in_order(entry: EntryVerdict) -> Iterable[CriterionVerdict]:
    order = list(load_criteria())
    return sorted(entry.criteria, key=lambda one: order.index(one.criterion))


def _grounds(criterion: CriterionVerdict, entry: EntryVerdict, lang: Lang) -> str:
    """Return why a criterion ended as it did: the rules broken, else the evidence, else why nobody can tell."""
    if criterion.outcome is Outcome.FAILED:
        faults = (one for one in entry.findings if one.rule.severity is Severity.BLOCKING)
        titles = (say(one.rule.title, lang) for one in faults if one.rule.criterion == criterion.criterion)
        return "<br>".join(say(wording.RULE, lang).format(title=title) for title in dict.fromkeys(titles))
    if criterion.outcome is Outcome.CANT_TELL:
        return say(wording.ASKED if criterion.question else wording.why_open(criterion), lang)
    return "<br>".join(dict.fromkeys(evidence(proof, lang, MARKDOWN_LINE) for proof in criterion.evidence))


def _fitting(items: Iterable[tuple[str, str]], most: int, lang: Lang) -> str:
    """Return items, one under the other, in `most` characters, then how many are left out. An item that takes
    more than half of the room left is told by its short form, so that none hides all the others."""
    told, left = [], 0
    for whole, short in items:
        item = whole if len(whole) <= most // 2 else short
        if item and len(item) < most:
            told.append(item)
            most -= len(item) + 1
        else:
            left += 1
    return "\n".join([*told, *([f"\n{say(wording.LEFT_OUT, lang).format(n=left)}"] if left else [])])


def _numbered(number: int, text: str) -> str:
    """Return an item of a list, all its lines under the first letter of its text: so they stay in it."""
    mark = f"{number}. "
    return mark + indent(text, " " * len(mark)).lstrip()


def _first_line(text: str) -> str:
    return text.split("\n", 1)[0]
