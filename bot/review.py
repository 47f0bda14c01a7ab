"""THE SPINE: from a pull request's reference to the writes on GitHub. Read this first."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.desired import CheckRun, Desired
from bot.errors import Retry, TooLarge, Unplaced
from bot.external_id import answered, judged
from bot.forge.calls import Call
from bot.forge.changes import loses_files, touches_catalogue
from bot.forge.forge import Forge
from bot.plan import plan
from bot.reconcile import reconcile
from bot.state import Pull, PullRef
from bot.unjudged import UNTOUCHED, once, too_large
from bot.writes import Observed, Write
from rules.evidence import Answer
from rules.judgement import judge_request
from rules.model import EntryVerdict, Rule

log = logging.getLogger(__name__)

NO_CHECKS = "Pas de check run : GitHub les réserve aux Apps, et ceci est un jeton personnel."
NO_COMMENTS = "GitHub refuse les commentaires sur les lignes : le message de synthèse dit tout."


@dataclass(frozen=True, slots=True)
class Review:
    """What a review came to. `conclusion` is `success`, `failure` or `action_required`; or why nothing was
    judged: `closed`, `untouched` (no entry of the catalogue), `unchanged` (this very judgement was written
    before) or `too_large` (there is more than can be read). `writes` were sent when `posted`, and are what would
    be sent otherwise; `calls` are the requests to GitHub, `evidence` is what the internet answered."""

    ref: PullRef
    head: str
    conclusion: str
    entries: tuple[EntryVerdict, ...] = ()
    writes: tuple[Write, ...] = ()
    posted: bool = False
    notes: tuple[str, ...] = ()
    calls: tuple[Call, ...] = ()
    evidence: Mapping[str, Answer] = field(default_factory=dict)


def review(
    ref: PullRef,
    forge: Forge,
    rules: Sequence[Rule],
    *,
    post: bool = True,
    again: bool = False,
    since: int | None = None,
    later: bool = False,
    pass_untouched: bool = False,
    gather: Callable[[Pull], Mapping[str, Answer]] = lambda _: {},
) -> Review:
    """Review a pull request as it is now; `again` reviews it even where nothing changed since the last time, but
    once: a check run newer than `since` is the answer, whose receipt was lost.
    `gather` asks the internet about its links; `later` asks it once more, though nothing else changed.
    `pass_untouched` gives a check run that passes to a request that touches no entry, which is shown nothing otherwise.

    Nothing that counts is kept between two reviews: whatever happened to the last one, this one looks at what
    GitHub shows and sends the difference. Raises Retry where time will mend it (the head moved meanwhile is one
    case), and Refused where an operator must act.
    """
    seen = forge.glance(ref)
    again = again and since in (None, seen.run)
    first = judged(ref, seen.head, seen.base, rules, seen.turn)
    if not seen.open:
        return Review(ref, seen.head, "closed", calls=forge.calls)
    passes = UNTOUCHED if pass_untouched and forge.has_checks else None
    done = seen.check.startswith(f"{first}:") or (forge.knows(seen, first) and bool(seen.check or not passes))
    if done and not again and not later:
        return Review(ref, seen.head, "unchanged", calls=forge.calls)

    def unjudged(conclusion: str, check: CheckRun | None, *notes: str) -> Review:
        writes = once(seen.head, first, check, seen.check, again=again) if check and forge.has_checks else ()
        if post:
            forge.write(ref, writes, Observed(seen.head, "", ""))
            forge.remember(seen, first)
        return Review(ref, seen.head, conclusion, (), writes, post, notes, forge.calls)

    try:
        files = forge.files(seen)
        concerned = touches_catalogue(files) or seen.labelled
        if not concerned and not loses_files(files):
            return unjudged("untouched", passes)
        pull, observed = forge.read(seen, files)
    except TooLarge as limit:
        return unjudged("too_large", too_large(limit.text), str(limit))
    pull = replace(pull, evidence=gather(pull))
    entries = judge_request(rules, pull.before, pull.after, pull.changes, pull.evidence)
    if not concerned and not entries:
        return unjudged("untouched", passes)

    def decide(observed: Observed, *, on_lines: bool = True) -> tuple[Desired, tuple[Write, ...]]:
        if observed.head != pull.head:
            raise Retry(f"{ref}: the head moved while it was judged", 0)
        desired = plan(pull, entries, on_lines=on_lines)
        return desired, reconcile(desired, observed, answered(first, desired) if forge.has_checks else "", again=again)

    desired, writes = decide(observed)
    notes: tuple[str, ...] = () if forge.has_checks else (NO_CHECKS,)
    if post:
        try:
            forge.write(ref, writes, observed)
        except Unplaced as refusal:  # the summary said that a correction is in a comment: it must say it itself
            log.warning("%s", refusal)
            _, observed = forge.read(seen, files)
            desired, writes = decide(observed, on_lines=False)
            forge.write(ref, writes, observed)
            notes += (NO_COMMENTS,)
        forge.remember(seen, first)
    return Review(ref, pull.head, desired.check.conclusion, entries, writes, post, notes, forge.calls, pull.evidence)
