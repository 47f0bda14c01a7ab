"""What is shown of a request that is not judged: it touches no entry, or there is more than can be read. Pure."""

from __future__ import annotations

from bot.desired import CheckRun
from bot.external_id import same_answer, unjudged
from bot.wording import LANGS, TOO_LARGE, UNJUDGED, say
from bot.writes import PostCheckRun
from rules.model import Text

UNTOUCHED = CheckRun(
    "success",
    "Aucune fiche du catalogue n'est touchée",
    "Cette demande ne touche aucune fiche du catalogue : il n'y a rien à relire.\n\n"
    "*This request touches no entry of the catalogue: there is nothing to review.*",
    (),
)


def too_large(limit: Text) -> CheckRun:
    """Return the check run of a request that can't be read whole: a person must act."""
    fr, en = (f"{say(limit, lang)} {say(UNJUDGED, lang)}" for lang in LANGS)
    return CheckRun("action_required", say(TOO_LARGE, "fr"), f"{fr}\n\n<sub>{en}</sub>", ())


def once(head: str, first: str, check: CheckRun, last: str, *, again: bool) -> tuple[PostCheckRun, ...]:
    """Return the write that shows `check` on `head`, none where `last`, the external id of our last check run
    there, says the same. `first` is what was looked at; `again` shows it anew, for who asked."""
    write = PostCheckRun(head, unjudged(first, check), check)
    return (write,) if again or not same_answer(last, write.external_id) else ()
