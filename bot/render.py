"""Write the summary and the comments in Markdown: the verdict first, then what to do, then the rest folded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from urllib.parse import quote as url_quote
from urllib.parse import urlencode

from bot import wording
from bot.markers import SUMMARY, fingerprint, mark
from bot.phrases import correction, evidence, message, question, suggestion, why
from bot.quoting import cell, code, visible
from bot.state import Pull
from bot.wording import Lang, say
from rules.loader import load_criteria
from rules.model import CriterionVerdict, EntryVerdict, Finding, Outcome, Placed, Severity, Text

MOST_CHARACTERS = 60_000  # GitHub refuses bodies over 65,536
MOST_ITEMS = 50  # numbered points in the summary; the check run has them all


def comment_body(finding: Finding, clickable: bool) -> str:
    """Return the body of the review comment on one finding; `clickable` when the comment stands on
    the very lines that the fix replaces, so that GitHub can apply it."""
    french, english = (_point(finding, lang, clickable) for lang in ("fr", "en"))
    badge = say(wording.BADGE[finding.rule.severity], "fr")
    return "\n\n".join(
        [
            f"{mark(fingerprint(finding))}\n**{badge} : {finding.rule.title.fr}**",
            french,
            *([suggestion(finding.fix)] if finding.fix and clickable else []),
            _why(finding, "fr"),
            _folded(wording.ENGLISH, f"**{finding.rule.title.en}**\n\n{english}\n\n{_why(finding, 'en')}"),
        ]
    )


def summary_body(pull: Pull, entries: Sequence[EntryVerdict]) -> str:
    """Return the one summary comment. It holds no clock, so the same judgement gives the same text."""
    parts = [SUMMARY, *_first_screen(pull, entries, "fr")]
    optional = [
        _folded_list(wording.ADVICE, _advice(entries), pull),
        _folded_list(wording.OLD, _already_there(entries), pull),
        _folded(say(wording.READ, "fr"), _read(entries)),
        _folded(wording.ENGLISH, "\n\n".join(_first_screen(pull, entries, "en"))),
    ]
    foot = f"<sub>{say(wording.JUDGED, 'fr').format(head=pull.head[:7])} {say(wording.HELP, 'fr')}</sub>"
    for part in filter(None, optional):
        if sum(map(len, parts)) + len(part) + len(foot) < MOST_CHARACTERS - 1_000:
            parts.append(part)
    return "\n\n".join([*parts, foot])


def review_body(comments: int) -> str:
    """Return the sentence under which GitHub shows so many comments on lines."""
    words = wording.REVIEW[comments > 1]
    return f"{words.fr.format(n=comments)}\n\n<sub>{words.en.format(n=comments)}</sub>"


def to_correct(entries: Iterable[EntryVerdict]) -> list[Finding]:
    """Return the findings that block, and that this request brought. What it breaks from afar is
    already told by the finding on the entry that breaks it."""
    faults = (finding for entry in entries if entry.touched for finding in entry.findings)
    return [finding for finding in faults if finding.introduced and finding.rule.severity is Severity.BLOCKING]


def to_decide(entries: Iterable[EntryVerdict]) -> list[Placed]:
    """Return the questions that people must answer."""
    asked = (_asked(criterion) for entry in entries for criterion in entry.criteria)
    return [placed for placed in asked if placed]


def _asked(criterion: CriterionVerdict) -> Placed | None:
    return criterion.question if criterion.outcome is Outcome.CANT_TELL else None


def _advice(entries: Iterable[EntryVerdict]) -> list[Finding]:
    return [f for entry in entries for f in entry.findings if f.introduced and f.rule.severity is Severity.ADVISORY]


def _already_there(entries: Iterable[EntryVerdict]) -> list[Finding]:
    return [f for entry in entries for f in entry.findings if not f.introduced]


def _first_screen(pull: Pull, entries: Sequence[EntryVerdict], lang: Lang) -> list[str]:
    faults, questions = to_correct(entries), to_decide(entries)
    parts = [f"### {wording.verdict(len(faults), len(questions), lang)}"]
    if faults:
        parts += [f"#### {say(wording.TO_DO, lang)}", _numbered(faults, lang, pull)]
    if questions:
        lines = [
            f"- **{asked.rule.criterion}** · {_place(asked, lang, pull)} : {_inline(asked, lang)}"
            for asked in questions
        ]
        parts += [f"#### {say(wording.TO_DECIDE, lang)}", "\n".join(lines[:MOST_ITEMS])]
    tables = [_entry_table(entry, lang, alone=len(entries) == 1) for entry in entries if entry.touched]
    return [*parts, f"#### {say(wording.CRITERIA, lang)}", *tables[:MOST_ITEMS]]


def _numbered(findings: Sequence[Finding], lang: Lang, pull: Pull) -> str:
    items = []
    for number, finding in enumerate(findings[:MOST_ITEMS], 1):
        text = f"**{say(finding.rule.title, lang)}** · {_place(finding, lang, pull)}\n\n{_point(finding, lang, False)}"
        links = _links(finding, lang, pull)
        items.append(f"{number}. " + _indented("\n\n".join(filter(None, [text, links]))))
    if len(findings) > MOST_ITEMS:
        items.append(say(wording.LEFT_OUT, lang).format(n=len(findings) - MOST_ITEMS))
    return "\n".join(items)


def _point(finding: Finding, lang: Lang, clickable: bool) -> str:
    text = message(finding, lang)
    return text if clickable or not finding.fix else f"{text}\n\n{correction(finding.fix, lang)}"


def _why(finding: Finding, lang: Lang) -> str:
    return f"<sub>{say(wording.WHY, lang)} {why(finding, lang)} ({finding.rule.criterion}, {finding.rule.id})</sub>"


def _inline(asked: Placed, lang: Lang) -> str:
    return "<br>".join(question(asked, lang).split("\n"))


def _place(placed: Finding | Placed, lang: Lang, pull: Pull) -> str:
    where = (
        say(wording.LINE, lang).format(line=placed.line)
        if placed.key or placed.line > 1
        else say(wording.WHOLE_FILE, lang)
    )
    text = f"{code(placed.path)}, {where}"
    return f"[{text}]({pull.read_url}{url_quote(placed.path)}?plain=1#L{placed.line})" if pull.read_url else text


def _links(finding: Finding, lang: Lang, pull: Pull) -> str:
    """Return ready doors for who does not know git: GitHub's editor on the line, or the missing file filled in."""
    if not pull.edit_url:
        return ""
    if "sheet" in finding.facts and "new_path" in finding.facts:
        folder, _, name = str(finding.facts["new_path"]).rpartition("/")
        query = urlencode({"filename": name, "value": str(finding.facts["sheet"])})
        address = f"{pull.edit_url.replace('/edit/', '/new/', 1)}{url_quote(folder)}?{query}"
        return f"[{say(wording.CREATE, lang)}]({address})"
    return f"[{say(wording.EDIT, lang)}]({pull.edit_url}{url_quote(finding.path)}#L{finding.line})"


def _entry_table(entry: EntryVerdict, lang: Lang, alone: bool) -> str:
    names = load_criteria()
    rows = [
        f"| **{criterion.criterion}** {say(names[criterion.criterion].title, lang)} | {_outcome(criterion, lang)} "
        f"| {cell(_grounds(criterion, entry, lang))} |"
        for criterion in sorted(entry.criteria, key=lambda one: list(names).index(one.criterion))
    ]
    table = "\n".join([say(wording.HEADER, lang), "| --- | --- | --- |", *rows])
    if alone:
        return f"{code(entry.path)}\n\n{table}"
    signs = " ".join(wording.OUTCOMES[criterion.outcome][0] for criterion in entry.criteria)
    # GitHub reads no Markdown inside <summary>: the path is quoted as HTML.
    return _folded(f"<code>{escape(visible(entry.path))}</code> {signs}", table)


def _outcome(criterion: CriterionVerdict, lang: Lang) -> str:
    sign, words = wording.OUTCOMES[criterion.outcome]
    return f"{sign} {say(words, lang)}"


def _grounds(criterion: CriterionVerdict, entry: EntryVerdict, lang: Lang) -> str:
    """Return why a criterion ended as it did: the faults by name, else the evidence, else why nobody can tell."""
    if criterion.outcome is Outcome.FAILED:
        faults = [
            f
            for f in entry.findings
            if f.rule.criterion == criterion.criterion and f.rule.severity is Severity.BLOCKING
        ]
        return " · ".join(dict.fromkeys(say(finding.rule.title, lang) for finding in faults))
    if _asked(criterion):
        return say(wording.ASKED, lang)
    if criterion.outcome is Outcome.CANT_TELL:
        return say(wording.UNREADABLE if criterion.reason == "unreadable" else wording.BROKEN, lang)
    return " · ".join(dict.fromkeys(evidence(proof, lang) for proof in criterion.evidence))


def _folded_list(title: Text, findings: Sequence[Finding], pull: Pull) -> str:
    if not findings:
        return ""
    return _folded(say(title, "fr").format(n=len(findings)), _numbered(findings, "fr", pull))


def _read(entries: Iterable[EntryVerdict]) -> str:
    return "\n".join(f"- {code(entry.path)}" for entry in list(entries)[:MOST_ITEMS])


def _folded(title: str, body: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{body}\n\n</details>"


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line else "" for line in text.splitlines()).lstrip()
