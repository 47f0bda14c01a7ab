"""What is shown of a request that touches no entry, where its repository merges nothing without our check run."""

from __future__ import annotations

from bot.desired import CheckRun
from bot.writes import PostCheckRun

_MARK = ":untouched"
_SAID = CheckRun(
    "success",
    "Aucune fiche du catalogue n'est touchée",
    "Cette demande ne touche aucune fiche du catalogue : il n'y a rien à relire.\n\n"
    "*This request touches no entry of the catalogue: there is nothing to review.*",
    (),
)


def nothing_to_judge(head: str, first: str, last: str, again: bool) -> tuple[PostCheckRun, ...]:
    """Return the check run that passes, once per head: `first` is what was judged, `last` the external id of our
    last check run there. `again` posts another one, for who asked."""
    return () if last.endswith(_MARK) and not again else (PostCheckRun(head, f"{first}{_MARK}", _SAID),)
