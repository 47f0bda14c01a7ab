"""A review to read in a terminal: the verdict, what to correct, what people must decide, the proofs, then advice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from textwrap import indent

import click

from bot import wording
from bot.phrases import answered, evidence, message, question, unasked, why
from bot.quoting import PLAIN, plain_words, visible
from bot.state import Pull
from bot.wording import Lang, say
from rules.judgement import tally, to_correct, to_decide
from rules.loader import load_criteria
from rules.model import CriterionVerdict, EntryVerdict, Finding, Outcome, Placed, Severity, Text

MOST_ENTRIES = 20  # told one by one

_COLOURS = {"failure": "red", "action_required": "yellow", "success": "green"}
_NOTHING = Text(
    "Aucune fiche ne change : rien à relire. `--all` relit tout le catalogue, `--base` compare à une autre version.",
    "No entry changes: nothing to review. `--all` reviews the whole catalogue, `--base` compares with something else.",
)
_QUESTIONS = Text(
    "{n} en tout. Pour les lire, nommez une fiche ou un dossier, par exemple {path}.",
    "{n} in all. To read them, name an entry or a folder, {path} for instance.",
)
_AFAR = Text("Ce que cette demande casse ailleurs", "What this request breaks elsewhere")
_ADVICE = Text("Conseils, rien d'obligatoire", "Advice, nothing compulsory")
_ANSWERS = Text("Ce qu'internet a répondu", "What the internet answered")
_OLD = Text("Déjà présent, pas de votre fait", "Already there, not your doing")


def write(pull: Pull, entries: Sequence[EntryVerdict], lang: Lang) -> str:
    """Return the review in one language, with the colours of a terminal."""
    if not entries:
        return say(_NOTHING, lang)
    blocking, asked = to_correct(entries), to_decide(entries)
    told = [finding for entry in entries if entry.touched for finding in entry.findings]
    afar = [finding for entry in entries if not entry.touched for finding in entry.findings]
    old = [finding for finding in told if not finding.introduced]
    advice = [finding for finding in told if finding.introduced and finding.rule.severity is Severity.ADVISORY]
    result = tally(entries)
    parts = [
        click.style(wording.verdict(result, lang), fg=_COLOURS[result.conclusion], bold=True),
        *_section(wording.TO_DO, (_finding(pull, finding, lang) for finding in blocking), lang),
        *_section(_AFAR, (_finding(pull, finding, lang) for finding in afar), lang),
        *_section(wording.TO_DECIDE, _questions(asked, len(entries), lang), lang),
        *_section(wording.CRITERIA, _criteria([entry for entry in entries if entry.touched], lang), lang),
        *_section(_OLD, (_finding(pull, finding, lang) for finding in old), lang),
        *_section(_ADVICE, (_finding(pull, finding, lang) for finding in advice), lang),
        *_section(_ANSWERS, _answers(pull, lang), lang),
    ]
    return "\n\n".join(parts)


def _answers(pull: Pull, lang: Lang) -> list[str]:
    """Return what the internet answered, address by address, and how many were not asked for."""
    lines = [f"  {answered(url, got, lang)}" for url, got in pull.asked.items()]
    lines += [f"  {unasked(pull.unasked, lang)}"] if pull.unasked else []
    return ["\n".join(lines)] if lines else []


def _section(title: Text, parts: Iterable[str], lang: Lang) -> list[str]:
    parts = list(parts)
    return [click.style(say(title, lang), underline=True), *parts] if parts else []


def _finding(pull: Pull, finding: Finding, lang: Lang) -> str:
    colour = "red" if finding.rule.severity is Severity.BLOCKING else "cyan"
    badge = click.style(say(wording.BADGE[finding.rule.severity], lang), fg=colour, bold=True)
    lines = [
        f"{_place(finding)}  {badge}",
        indent(message(finding, lang, PLAIN), "  "),
        *_correction(pull, finding),
        click.style(
            f"  {say(wording.WHY, lang)} {plain_words(why(finding, lang))} "
            f"({finding.rule.criterion}, {finding.rule.id})",
            dim=True,
        ),
    ]
    return "\n".join(lines)


def _correction(pull: Pull, finding: Finding) -> Iterator[str]:
    """Yield the lines that the fix takes away, then those that it writes."""
    fix, document = finding.fix, pull.after.documents.get(finding.path)
    if fix is None or document is None:
        return
    for number in range(fix.start_line, fix.end_line + 1):
        yield click.style(f"  - {visible(document.raw_line(number))}", fg="red")
    for line in fix.text.split("\n") if fix.text is not None else ():
        yield click.style(f"  + {visible(line)}", fg="green")


def _questions(asked: Sequence[Placed], entries: int, lang: Lang) -> Iterable[str]:
    """Return the questions; of many entries, how to read them: the criteria tell how many there are."""
    if entries <= MOST_ENTRIES or not asked:
        return (_question(placed, lang) for placed in asked)
    return [say(_QUESTIONS, lang).format(n=len(asked), path=visible(asked[0].path).replace("\n", " "))]


def _question(asked: Placed, lang: Lang) -> str:
    return (
        f"{_place(asked)}  {click.style(asked.rule.criterion, bold=True)}\n{indent(question(asked, lang, PLAIN), '  ')}"
    )


def _criteria(entries: Sequence[EntryVerdict], lang: Lang) -> Iterable[str]:
    """Return the criteria of each entry with their grounds; of many entries, how many ended in which way."""
    if len(entries) <= MOST_ENTRIES:
        return (_entry_criteria(entry, lang) for entry in entries)
    counts = Counter(
        (criterion.criterion, *wording.outcome(criterion)) for entry in entries for criterion in entry.criteria
    )
    lines = []
    for name, criterion in load_criteria().items():
        ends = [f"{sign} {say(words, lang)} {n}" for (one, sign, words), n in counts.items() if one == name]
        if ends:
            lines.append(f"  {name}  {say(criterion.title, lang)} : {', '.join(ends)}")
    return ["\n".join(lines)]


def _entry_criteria(entry: EntryVerdict, lang: Lang) -> str:
    names = load_criteria()
    lines = [click.style(visible(entry.path).replace("\n", " "), bold=True)]
    for criterion in sorted(entry.criteria, key=lambda one: list(names).index(one.criterion)):
        sign, outcome = wording.outcome(criterion)
        title = say(names[criterion.criterion].title, lang)
        lines.append(f"  {sign} {criterion.criterion}  {title} : {say(outcome, lang)}")
        lines += [f"       {ground}" for ground in _grounds(criterion, lang)]
    return "\n".join(lines)


def _grounds(criterion: CriterionVerdict, lang: Lang) -> Iterable[str]:
    if criterion.outcome is Outcome.CANT_TELL and criterion.question is None:
        return [say(wording.why_open(criterion), lang)]
    return dict.fromkeys(" ".join(evidence(proof, lang, PLAIN).split()) for proof in criterion.evidence)


def _place(placed: Finding | Placed) -> str:
    return click.style(f"{visible(placed.path)}:{placed.line}".replace("\n", " "), bold=True)
