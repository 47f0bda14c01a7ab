"""What GitHub shows of us, and the writes that change it. Plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.desired import CheckRun, Comment


@dataclass(frozen=True, slots=True)
class OwnComment:
    """A comment of ours in the conversation. `id` is GitHub's node id."""

    id: str
    body: str
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class OwnThread:
    """A review comment of ours, and what became of it. `line` is None once its lines left the diff;
    `hidden` is why it is minimised (`resolved`, `outdated`, …), empty where it shows; `answered`
    tells whether somebody else wrote below it."""

    id: str
    fingerprint: str
    path: str
    start_line: int | None
    line: int | None
    body: str
    hidden: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Observed:
    """What GitHub shows of us on a pull request. `check` is the external id of our last check run on
    `head`; `labels` are those of ours that the request wears, `label_ids` gives the node ids of those that the
    repository has, both by the names that we give them."""

    head: str
    pull_id: str
    repository_id: str
    summaries: tuple[OwnComment, ...] = ()
    threads: tuple[OwnThread, ...] = ()
    labels: frozenset[str] = frozenset()
    label_ids: Mapping[str, str] = field(default_factory=dict)
    check: str = ""


@dataclass(frozen=True, slots=True)
class CreateLabel:
    """Make a label of ours in the repository. `color` is six hexadecimal digits."""

    name: str
    color: str
    description: str


@dataclass(frozen=True, slots=True)
class PostReview:
    """Post one review of commit `head` with comments on lines."""

    head: str
    body: str
    comments: tuple[Comment, ...]


@dataclass(frozen=True, slots=True)
class PostSummary:
    """Post the summary comment."""

    body: str


@dataclass(frozen=True, slots=True)
class EditSummary:
    """Give the summary comment another text."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class EditComment:
    """Give a review comment another text."""

    id: str
    body: str


@dataclass(frozen=True, slots=True)
class Hide:
    """Minimise a comment. `reason` is RESOLVED, OUTDATED or DUPLICATE."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Show:
    """Show a minimised comment again."""

    id: str


@dataclass(frozen=True, slots=True)
class AddLabels:
    """Put labels of ours on the pull request."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RemoveLabels:
    """Take labels of ours off the pull request."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PostCheckRun:
    """Post a completed check run on commit `head`. It comes last: its `external_id` says that all was written."""

    head: str
    external_id: str
    check: CheckRun


Write = (
    CreateLabel
    | PostReview
    | PostSummary
    | EditSummary
    | EditComment
    | Hide
    | Show
    | AddLabels
    | RemoveLabels
    | PostCheckRun
)
