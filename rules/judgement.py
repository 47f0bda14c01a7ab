"""Judge a whole request: every touched entry as it will be, told apart from what was already there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from rules.catalogue import Catalogue, World, removed
from rules.document import Document
from rules.engine import judge
from rules.evidence import Answer
from rules.model import (
    CriterionVerdict,
    EntryVerdict,
    Fault,
    Finding,
    Kind,
    Outcome,
    Placed,
    Proof,
    Question,
    Rule,
    Severity,
    Verdict,
)

MOST_ADVICE = 5  # pieces of advice per entry: more would only nag


class Change(NamedTuple):
    """One file of a request. `path` is where it stands at the head (at the base when `gone`);
    `previous` is where it stood at the base, None for a new file."""

    path: str
    previous: str | None = None
    gone: bool = False


def judge_request(
    rules: Sequence[Rule],
    before: Catalogue,
    after: Catalogue,
    changes: Iterable[Change],
    evidence: Mapping[str, Answer] | None = None,
) -> tuple[EntryVerdict, ...]:
    """Return the verdict of every catalogue entry that the changes touch, then of those that they
    break from afar, through another entry or a file of the site. A finding that the base has too is
    marked as not introduced. `evidence` is what the internet answered, by address."""
    changes = tuple(changes)
    world, old_world = World(after, before, moved(changes), evidence or {}), World(before)
    entries = [
        _entry(rules, document, world, old_world)
        for change in changes
        if (document := _document(change, before, after)) is not None
    ]
    touched = {change.path for change in changes}
    deprived = {document.path: document for document in _deprived(world, before, changes)}
    dependents = deprived | {document.path: document for document in _dependents(world, before, changes)}
    for path, document in dependents.items():
        if path not in touched:
            entry = _entry(rules, document, world, old_world)
            broken = tuple(f for f in entry.findings if f.introduced and f.rule.severity is Severity.BLOCKING)
            if broken:
                entries.append(entry._replace(findings=broken, touched=path in deprived))
    return tuple(entries)


def moved(changes: Iterable[Change]) -> dict[str, str]:
    """Return where the entries that the request keeps stood before, by where they are."""
    return {change.path: change.previous for change in changes if change.previous and not change.gone}


def judge_catalogue(
    rules: Sequence[Rule], before: Catalogue, after: Catalogue, changes: Iterable[Change]
) -> tuple[EntryVerdict, ...]:
    """Return the verdict of entries taken as they are: all their findings count as new, and questions about
    those that were already listed before are not asked again."""
    changes = tuple(changes)
    world = World(after, before, moved(changes))
    entries = (after.documents.get(change.path) for change in changes)
    return tuple(_entry(rules, document, world, None) for document in entries if document)


def _document(change: Change, before: Catalogue, after: Catalogue) -> Document | None:
    if not change.gone:
        return after.documents.get(change.path)
    document = before.documents.get(change.path)
    return removed(document) if document and document.kind is not Kind.STRAY else None


def _dependents(world: World, before: Catalogue, changes: Iterable[Change]) -> Iterator[Document]:
    """Yield the entries, once each, that name what the changes take away: an API's title, a producer's slug."""
    seen: dict[str, Document] = {}
    for change in changes:
        old = before.documents.get(change.previous or change.path)
        if old is None:
            continue
        if old.kind is Kind.API and str(old.data.get("title")) not in world.titles:
            seen |= {document.path: document for document in world.after.naming.get(str(old.data.get("title")), ())}
        if old.kind is Kind.PRODUCER and old.slug not in world.after.producers:
            seen |= {document.path: document for document in world.after.apis_of_producer.get(old.slug, ())}
    yield from seen.values()


def _deprived(world: World, before: Catalogue, changes: Iterable[Change]) -> Iterator[Document]:
    """Yield the entries that name a file of the site which the changes take away: only they can tell it."""
    for change in changes:
        path = change.previous or change.path
        if path in before.files and path not in world.after.files:
            yield from world.after.needing.get(path, ())


def _entry(rules: Sequence[Rule], document: Document, world: World, old_world: World | None) -> EntryVerdict:
    verdicts = judge(rules, document, world)
    known: frozenset[tuple[str, str, str]] = frozenset()
    previous = world.previous(document)
    if old_world is not None and previous is not None:
        old = judge(rules, previous, old_world, most=None)  # else what is left of many would pass for new
        known = frozenset(finding.fingerprint for finding in _findings(old, replace(previous, path=document.path)))
    findings = [
        finding._replace(introduced=finding.fingerprint not in known) for finding in _findings(verdicts, document)
    ]
    return EntryVerdict(document.path, document.kind, _criteria(verdicts, document), _worth_telling(findings))


def _findings(verdicts: Iterable[Verdict], document: Document) -> Iterator[Finding]:
    for verdict in verdicts:
        for fault in verdict.statements:
            if isinstance(fault, Fault):
                first, last = document.span(fault.key)
                yield Finding(
                    verdict.rule,
                    document.path,
                    fault.key,
                    fault.line or first,
                    fault.end_line or fault.line or last,
                    fault.facts,
                    True,
                    fault.fix,
                )


def _worth_telling(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return every blocking finding, then the few pieces of advice that the request itself brought:
    one of each rule before a second one of any, those with a fix to click first."""
    findings = tuple(findings)
    blocking = [finding for finding in findings if finding.rule.severity is Severity.BLOCKING]
    advice = [finding for finding in findings if finding.rule.severity is Severity.ADVISORY and finding.introduced]
    seen: Counter[str] = Counter()
    turns = []
    for finding in sorted(advice, key=lambda finding: finding.fix is None):
        turns.append((seen[finding.rule.id], finding))
        seen[finding.rule.id] += 1
    turns.sort(key=lambda turn: turn[0])
    return (*blocking, *(finding for _, finding in turns[:MOST_ADVICE]))


def _criteria(verdicts: Iterable[Verdict], document: Document) -> tuple[CriterionVerdict, ...]:
    groups: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        group = groups.setdefault(verdict.rule.criterion, [])
        if verdict.outcome is not Outcome.INAPPLICABLE:
            group.append(verdict)
    return tuple(_criterion(criterion, group, document) for criterion, group in groups.items())


def _criterion(criterion: str, verdicts: Sequence[Verdict], document: Document) -> CriterionVerdict:
    """Sum up the rules of one criterion: a blocking fault fails it, an open question or a rule that
    could not answer leaves it open, and advice never weighs."""
    binding = [verdict for verdict in verdicts if verdict.rule.severity is Severity.BLOCKING]
    outcomes = {verdict.outcome for verdict in binding}
    by_weight = (Outcome.FAILED, Outcome.CANT_TELL, Outcome.PASSED)
    outcome = next((outcome for outcome in by_weight if outcome in outcomes), Outcome.INAPPLICABLE)
    placed = [
        (statement, _placed(verdict, statement, document))
        for verdict in verdicts
        for statement in verdict.statements
        if isinstance(statement, Proof | Question)
    ]
    reasons = [verdict.reason for verdict in verdicts if verdict.outcome is Outcome.CANT_TELL and verdict.reason]
    waits = next(iter(reasons), "") if outcome is Outcome.CANT_TELL else ""
    return CriterionVerdict(
        criterion,
        outcome,
        tuple(place for statement, place in placed if isinstance(statement, Proof)),
        next((place for statement, place in placed if isinstance(statement, Question)), None),
        next((reason for reason in reasons if reason.startswith("broken")), waits),
    )


def _placed(verdict: Verdict, statement: Proof | Question, document: Document) -> Placed:
    line = document.line(statement.key)
    return Placed(verdict.rule, document.path, statement.key, line, statement.facts, verdict.reason == "unchanged")


def to_correct(entries: Iterable[EntryVerdict]) -> list[Finding]:
    """Return the findings that block, and that this request brought. What it breaks from afar is
    already told by the finding on the entry that breaks it."""
    faults = (finding for entry in entries if entry.touched for finding in entry.findings)
    return [finding for finding in faults if finding.introduced and finding.rule.severity is Severity.BLOCKING]


def to_decide(entries: Iterable[EntryVerdict]) -> list[Placed]:
    """Return the questions that people must answer; one that several entries bring `about` the same body, once."""
    verdicts = (criterion for entry in entries for criterion in entry.criteria)
    asked = [verdict.question for verdict in verdicts if verdict.outcome is Outcome.CANT_TELL and verdict.question]
    return list({(one.rule.id, one.facts.get("about", one.path)): one for one in reversed(asked)}.values())[::-1]


def broken(entries: Iterable[EntryVerdict]) -> list[str]:
    """Return what broke in rules of ours, once each: it is no fault of the entries."""
    reasons = (criterion.reason for entry in entries for criterion in entry.criteria)
    return list(dict.fromkeys(reason for reason in reasons if reason.startswith("broken")))


class Tally(NamedTuple):
    """A judgement in numbers: faults to correct, questions to decide, criteria that wait for a header that can be
    read or for a field to be mended, criteria that a failure of ours leaves open. `conclusion` is that of the check
    run."""

    conclusion: str
    to_correct: int
    to_decide: int
    unreadable: int
    unmended: int
    broken: int


def tally(entries: Sequence[EntryVerdict]) -> Tally:
    """Return a judgement in numbers."""
    reasons = Counter(one.reason.split(":")[0] for entry in entries for one in entry.criteria)
    waiting = (reasons["unreadable"], reasons["field"], reasons["broken"])
    return Tally(conclusion(entries), len(to_correct(entries)), len(to_decide(entries)), *waiting)


def conclusion(entries: Iterable[EntryVerdict]) -> str:
    """Return what the check run concludes: `failure` for a new blocking finding, `action_required`
    where a criterion could not be settled, else `success`."""
    entries = tuple(entries)
    if any(f.introduced and f.rule.severity is Severity.BLOCKING for entry in entries for f in entry.findings):
        return "failure"
    open_ = any(criterion.outcome is Outcome.CANT_TELL for entry in entries for criterion in entry.criteria)
    return "action_required" if open_ else "success"
