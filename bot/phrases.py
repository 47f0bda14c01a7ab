"""Turn one finding, proof or question into sentences, for Markdown or for plain text."""

from __future__ import annotations

from bot import wording
from bot.quoting import MARKDOWN, PLAIN, Quote, fence, fill, visible
from bot.replies import MOST_LINKS
from bot.wording import Lang, say
from rules.evidence import Answer
from rules.model import Facts, Finding, Fix, Placed

MOST_FIXED = 8_000  # characters of a fix that a comment may hold


def message(finding: Finding, lang: Lang, quote: Quote = MARKDOWN) -> str:
    """Return what is wrong and how to mend it."""
    more = f"\n{say(wording.ONLY_FIRST, lang)}" if "only_first" in finding.facts else ""
    return fill(say(finding.rule.message, lang) + more, _known(finding), quote)


def question(asked: Placed, lang: Lang, quote: Quote = MARKDOWN) -> str:
    """Return the one exact question that a person is asked, with what was seen."""
    return fill(say(asked.rule.question, lang), _known(asked), quote)


def evidence(proof: Placed, lang: Lang, quote: Quote) -> str:
    """Return what satisfied a rule, the value quoted: the rule's own words, else `key: value`."""
    if proof.unchanged:
        return say(wording.UNCHANGED, lang)
    facts = _known(proof)
    if proof.rule.evidence.fr:
        return fill(say(proof.rule.evidence, lang), facts, quote)
    return fill("{key} : {value}" if lang == "fr" else "{key}: {value}", facts, quote) or quote.value(str(facts["key"]))


def answered(url: str, got: Answer, lang: Lang) -> str:
    """Return in plain text what came of asking for an address: the outcome and its reason, where it led, until which
    day its certificate holds."""
    more = " ".join(filter(None, (str(got.status or ""), got.why)))
    told = [f"{say(wording.ANSWERED[got.outcome], lang)}{f' ({more})' if more else ''}"]
    told += [say(wording.LED, lang).format(value=PLAIN.value(got.final))] if got.final else []
    told += [say(wording.UNTIL, lang).format(value=got.until)] if got.until else []
    return f"{PLAIN.value(url)} : {', '.join(told)}" if lang == "fr" else f"{PLAIN.value(url)}: {', '.join(told)}"


def unasked(n: int, lang: Lang) -> str:
    """Return how many addresses nobody asked for, and why."""
    return say(wording.UNASKED, lang).format(n=n, most=MOST_LINKS)


def why(finding: Finding, lang: Lang) -> str:
    """Return the first sentence of the rule's explanation."""
    text = " ".join(say(finding.rule.why, lang).split("\n\n")[0].split())
    return text.split(". ")[0].rstrip(".") + "."


def reason(finding: Finding, lang: Lang) -> str:
    """Return in Markdown, in small letters, why it matters: the criterion and the rule, linked to its page
    where it has one."""
    title = say(finding.rule.title, lang)
    rule = say(wording.RULE, lang).format(title=f"[{title}]({finding.rule.page})" if finding.rule.page else title)
    return f"<sub>{say(wording.WHY, lang)} {why(finding, lang)} {rule} ({finding.rule.criterion}).</sub>"


def correction(fix: Fix | None, lang: Lang) -> list[str]:
    """Return a fix as Markdown to read and copy, where no button can be shown: a paragraph, or none where
    there is no fix that a message can hold whole."""
    if fix is None or not fits(fix):
        return []
    if fix.text is None:
        count = fix.end_line - fix.start_line + 1
        return [say(wording.DELETE, lang) if count == 1 else say(wording.DELETE_LINES, lang).format(n=count)]
    return [f"{say(wording.WRITE, lang)}\n\n{fence(visible(fix.text), 'yaml')}"]


def suggestion(fix: Fix) -> str:
    """Return a fix as GitHub's suggestion block: one click applies it to the commented lines.
    https://docs.github.com/en/pull-requests/collaborating-with-pull-requests/reviewing-changes-in-pull-requests"""
    return fence(fix.text, "suggestion") if fix.text is not None else "```suggestion\n```"


def fits(fix: Fix) -> bool:
    """Whether a fix is short enough to be offered whole in a comment, all its characters made visible."""
    return len(visible(fix.text or "")) <= MOST_FIXED


def _known(placed: Finding | Placed) -> Facts:
    key = placed.key.strip("/").split("/")[0]
    return {"path": placed.path, "line": placed.line, **({"key": key} if key else {}), **placed.facts}
