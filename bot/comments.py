"""Write the review comment on one finding, in Markdown: what is wrong, the fix to click, why it matters."""

from __future__ import annotations

from bot import wording
from bot.markers import fingerprint, mark
from bot.phrases import correction, message, reason, suggestion
from bot.quoting import folded
from bot.wording import Lang, say
from rules.model import Finding


def comment_body(finding: Finding, clickable: bool) -> str:
    """Return the body of the review comment on one finding; `clickable` when the comment stands on
    the very lines that the fix replaces, so that GitHub can apply it."""
    parts = [f"{mark(fingerprint(finding))}\n{_point(finding, 'fr', clickable)}"]
    if finding.fix and clickable:
        parts.append(suggestion(finding.fix))
    english = f"{_point(finding, 'en', clickable)}\n\n{reason(finding, 'en')}"
    return "\n\n".join([*parts, reason(finding, "fr"), folded(wording.ENGLISH, english)])


def review_body(comments: int) -> str:
    """Return the sentence under which GitHub shows so many comments on lines."""
    words = wording.REVIEW[comments > 1]
    return f"{words.fr.format(n=comments)}\n\n<sub>{words.en.format(n=comments)}</sub>"


def _point(finding: Finding, lang: Lang, clickable: bool) -> str:
    text = f"**{say(wording.BADGE[finding.rule.severity], lang)}.** {message(finding, lang)}"
    return "\n\n".join([text, *([] if clickable else correction(finding.fix, lang))])
