"""Decide what GitHub should show of a judgement: summary, comments on lines, labels, check run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from bot.comments import comment_body
from bot.desired import Annotation, CheckRun, Comment, Desired
from bot.markers import fingerprint
from bot.phrases import fits, message
from bot.quoting import MOST_IN_ALL, PLAIN
from bot.render import report_body, summary_body
from bot.state import Pull
from bot.wording import RULE, UNTOUCHED, judgement, say
from rules.judgement import conclusion, tally
from rules.model import EntryVerdict, Finding, Severity

MOST_COMMENTS = 30  # on lines: the summary has the rest
MOST_ANNOTATIONS = 1_000  # of the check run: each fifty cost a request
MOST_NOTED = 15_000  # characters of an annotation: GitHub takes 64 KB

# The labels that greffier owns, each with its colour and its description. All others are people's own.
LABELS: Mapping[str, tuple[str, str]] = {
    "greffier : à corriger": ("b60205", "Le contributeur a des points à corriger"),
    "greffier : à trancher": ("1d76db", "L'équipe du catalogue a une question à trancher"),
    "greffier : conforme": ("0e8a16", "Tous les critères vérifiables sont remplis"),
    "greffier : nouvelle fiche": ("fbca04", "La demande ajoute une fiche au catalogue"),
}
_STATE_LABEL = {
    "failure": "greffier : à corriger",
    "action_required": "greffier : à trancher",
    "success": "greffier : conforme",
}


def plan(pull: Pull, entries: Sequence[EntryVerdict], *, on_lines: bool = True) -> Desired:
    """Return what GitHub should show once `entries` are judged on `pull`; not `on_lines`, the summary tells all
    that comments on lines would."""
    result = conclusion(entries)
    labels = {_STATE_LABEL[result]} if entries else set[str]()  # a request may give up the entries it touched
    added = {change.path for change in pull.changes if change.previous is None}
    if any(entry.path in added for entry in entries):
        labels.add("greffier : nouvelle fiche")
    comments = _comments(pull, entries) if on_lines else []
    report = report_body(pull, entries, frozenset(one.fingerprint for one in comments if one.clickable))
    # GitHub shows the sign of a check run by itself, and its title above its summary.
    title = judgement(tally(entries), "fr") if entries else say(UNTOUCHED, "fr")
    return Desired(
        head=pull.head,
        summary=summary_body(entries, report),
        comments=tuple(comments),
        labels=frozenset(labels),
        check=CheckRun(result, title, report, tuple(islice(_annotations(entries), MOST_ANNOTATIONS))),
        standing=frozenset(fingerprint(finding) for entry in entries for finding in entry.findings),
    )


def _comments(pull: Pull, entries: Iterable[EntryVerdict]) -> list[Comment]:
    """Return one comment per finding that stands on a line of the diff, blocking ones first. Advice
    is given a line only when it offers something to click."""
    told = [f for entry in entries if entry.touched for f in entry.findings if f.introduced]
    told.sort(key=lambda finding: finding.rule.severity is not Severity.BLOCKING)
    placed = [_comment(finding, pull.hunks.get(finding.path, ())) for finding in told if _worth_a_line(finding)]
    return [comment for comment in placed if comment and len(comment.body) < MOST_IN_ALL][:MOST_COMMENTS]


def _worth_a_line(finding: Finding) -> bool:
    return finding.rule.severity is Severity.BLOCKING or finding.fix is not None


def _comment(finding: Finding, hunks: Iterable[range]) -> Comment | None:
    """Place a finding: on the lines that its fix replaces where the diff shows them all, so that it
    can be clicked; else on its first line; None where the diff shows neither."""
    name = fingerprint(finding)
    fix = finding.fix
    if fix and fits(fix) and any(fix.start_line in hunk and fix.end_line in hunk for hunk in hunks):
        return Comment(finding.path, fix.start_line, fix.end_line, comment_body(finding, True), name, True)
    if any(finding.line in hunk for hunk in hunks):
        return Comment(finding.path, finding.line, finding.line, comment_body(finding, False), name)
    return None


def _annotations(entries: Iterable[EntryVerdict]) -> Iterable[Annotation]:
    for entry in entries:
        for finding in entry.findings:
            if finding.introduced:
                level = "failure" if finding.rule.severity is Severity.BLOCKING else "notice"
                title = say(RULE, "fr").format(title=finding.rule.title.fr)
                text = message(finding, "fr", PLAIN)[:MOST_NOTED]
                yield Annotation(finding.path, finding.line, finding.end_line, level, title, text)
