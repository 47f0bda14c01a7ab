"""Compare what GitHub should show with what it shows, and return the fewest writes between them. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from bot.comments import review_body
from bot.desired import Comment, Desired
from bot.external_id import same_answer
from bot.plan import LABELS
from bot.writes import (
    AddLabels,
    CreateLabel,
    EditComment,
    EditSummary,
    Hide,
    Observed,
    OwnThread,
    PostCheckRun,
    PostReview,
    PostSummary,
    RemoveLabels,
    Show,
    Write,
)

_BY_US = ("resolved", "outdated")  # why we hide; what a person hid for another reason stays hidden


def reconcile(desired: Desired, observed: Observed, external_id: str, *, again: bool = False) -> tuple[Write, ...]:
    """Return the writes in the order that reads well: what is new first, the check run last.

    `external_id` is that of the check run to come, empty where there can be none (a personal token);
    `again` posts it even when the same one is there, because somebody asked for it.
    """
    new, changed = _comments(desired, observed)
    writes: list[Write] = [*_missing_labels(desired, observed)]
    if new:
        writes.append(PostReview(desired.head, review_body(len(new)), tuple(new)))
    writes += [*_summary(desired, observed), *changed, *_labels(desired, observed)]
    if external_id and (again or not same_answer(observed.check, external_id)):
        writes.append(PostCheckRun(desired.head, external_id, desired.check))
    return tuple(writes)


def _comments(desired: Desired, observed: Observed) -> tuple[list[Comment], list[Write]]:
    """Return the comments to post, and what becomes of those that are there.

    A comment stays as long as its finding stands on its lines; one whose lines were rewritten gives way to
    a new one. Nothing that somebody answered is hidden.
    """
    new: list[Comment] = []
    writes: list[Write] = []
    kept: set[str] = set()
    for comment in desired.comments:
        here = [thread for thread in observed.threads if _stands(thread, comment)]
        if not here:
            new.append(comment)
            continue
        thread = min(here, key=lambda thread: bool(thread.hidden))
        kept.add(thread.id)
        if thread.hidden in _BY_US:
            writes.append(Show(thread.id))
        if not same_text(thread.body, comment.body):
            writes.append(EditComment(thread.id, comment.body))
    told = {comment.fingerprint for comment in desired.comments}
    for thread in observed.threads:
        if thread.hidden or thread.answered or thread.id in kept:
            continue
        if thread.fingerprint not in desired.standing:
            writes.append(Hide(thread.id, "RESOLVED"))
        elif thread.fingerprint in told or thread.line is None:
            writes.append(Hide(thread.id, "OUTDATED"))
    return new, writes


def _stands(thread: OwnThread, comment: Comment) -> bool:
    """Whether a thread is where a comment should be: GitHub moves it along with its lines."""
    place = (thread.fingerprint, thread.path, thread.start_line, thread.line)
    return place == (comment.fingerprint, comment.path, comment.start_line, comment.line)


def _summary(desired: Desired, observed: Observed) -> Iterator[Write]:
    """Yield the summary when it is missing, its new text when it differs; a second one is hidden."""
    if not observed.summaries:
        yield PostSummary(desired.summary)
        return
    first, *others = observed.summaries
    if not same_text(first.body, desired.summary):
        yield EditSummary(first.id, desired.summary)
    yield from (Hide(other.id, "DUPLICATE") for other in others if not other.hidden)


def _missing_labels(desired: Desired, observed: Observed) -> Iterator[Write]:
    for name in sorted(desired.labels - observed.label_ids.keys()):
        yield CreateLabel(name, *LABELS[name])


def _labels(desired: Desired, observed: Observed) -> Iterator[Write]:
    """Yield the labels to add and to remove, among ours only."""
    if desired.labels - observed.labels:
        yield AddLabels(tuple(sorted(desired.labels - observed.labels)))
    if observed.labels - desired.labels:
        yield RemoveLabels(tuple(sorted(observed.labels - desired.labels)))


def same_text(one: str, other: str) -> bool:
    """Whether two texts are the same for GitHub, which may change line ends and trim."""
    return "\n".join(one.split("\r\n")).strip() == "\n".join(other.split("\r\n")).strip()
