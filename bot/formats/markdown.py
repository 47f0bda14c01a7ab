"""A review as it would be posted on GitHub: the summary, then each comment under its line."""

from __future__ import annotations

from collections.abc import Sequence

from bot.desired import Comment
from bot.plan import plan
from bot.quoting import code, visible
from bot.state import Pull
from bot.wording import Lang
from rules.model import EntryVerdict


def write(pull: Pull, entries: Sequence[EntryVerdict], _lang: Lang) -> str:
    """Return every message that would be posted, as Markdown. What no screen shows is spelt out here only:
    the suggestions that GitHub gets hold it, so that a click changes nothing else."""
    desired = plan(pull, entries)
    return visible("\n\n".join([desired.summary, *(_comment(comment) for comment in desired.comments)]))


def _comment(comment: Comment) -> str:
    lines = f"{comment.start_line}-{comment.line}" if comment.start_line != comment.line else str(comment.line)
    return f"---\n\n{code(f'{comment.path}:{lines}')}\n\n{comment.body}"
