"""Where a comment on the diff stands today: GitHub moves it along with its line, or calls it outdated."""

from __future__ import annotations

from collections.abc import Iterator

from bot.playground.diff import Change, follow
from bot.playground.model import Pull, ReviewComment


def change_of(pull: Pull, path: str, commit: str | None = None) -> Change | None:
    """Return the change of a path in a pull request, as of a commit (the head by default)."""
    return next((change for change in pull.changes(commit) if change.path == path), None)


def line_now(pull: Pull, comment: ReviewComment, line: int | None = None) -> int | None:
    """Return the line that a comment (or its start, given as `line`) has in the current diff; None: outdated."""
    line = line or comment.line
    change = change_of(pull, comment.path)
    if line is None or change is None:
        return None
    then, now = (_content(pull, comment, commit) for commit in (comment.commit, pull.head))
    moved = follow(then, now, line) if then is not None and now is not None else None
    return moved if moved is not None and change.hunk_at(comment.side, moved) is not None else None


def is_outdated(pull: Pull, comment: ReviewComment) -> bool:
    """Tell whether the line that was commented is no longer in the diff; a comment on a file never is."""
    return comment.line is not None and line_now(pull, comment) is None


def threads(pull: Pull) -> Iterator[list[ReviewComment]]:
    """Return the conversations on the diff: a first comment and its replies."""
    for first in pull.review_comments:
        if first.reply_to is None:
            yield [first, *(comment for comment in pull.review_comments if comment.reply_to is first)]


def _content(pull: Pull, comment: ReviewComment, commit: str) -> bytes | None:
    objects = pull.repository.objects
    if comment.side == "LEFT":
        commit = objects.merge_base(pull.base, commit) or pull.base
    entry = objects.files(objects.commits[commit].tree).get(comment.path)
    return objects.blob(entry) if entry else None
