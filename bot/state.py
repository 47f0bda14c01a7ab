"""Plain frozen data: a pull request as it is read, what GitHub should show, what it shows, what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rules.catalogue import Catalogue
from rules.judgement import Change


@dataclass(frozen=True, slots=True)
class PullRef:
    """Where a pull request lives: `owner/repo#number`."""

    owner: str
    repo: str
    number: int

    def __str__(self) -> str:
        return f"{self.owner}/{self.repo}#{self.number}"


@dataclass(frozen=True, slots=True)
class Pull:
    """A pull request as it is now. `hunks` gives, by path, the lines of the head that a comment may
    stand on, one range per hunk of the diff; `read_url` and `edit_url` are the web addresses under
    which a path of the head is shown and edited, empty where there is no web page."""

    head: str
    base: str
    before: Catalogue
    after: Catalogue
    changes: tuple[Change, ...]
    hunks: Mapping[str, tuple[range, ...]] = field(default_factory=dict)
    ref: PullRef | None = None
    read_url: str = ""
    edit_url: str = ""


@dataclass(frozen=True, slots=True)
class Comment:
    """A review comment on lines `start_line` to `line` of the head; `fingerprint` names its finding,
    `clickable` tells whether it offers a fix that one click applies."""

    path: str
    start_line: int
    line: int
    body: str
    fingerprint: str
    clickable: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note of the check run on the file view. `level` is `failure`, `warning` or `notice`."""

    path: str
    start_line: int
    end_line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What the check run says. `conclusion` is `success`, `failure` or `action_required`."""

    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Desired:
    """All that GitHub should show of a request judged at commit `head`. `standing` has the fingerprints of
    all its findings, those without a comment of their own too."""

    head: str
    summary: str
    comments: tuple[Comment, ...]
    labels: frozenset[str]
    check: CheckRun
    standing: frozenset[str] = frozenset()


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
    `head`; `label_ids` gives the node ids of the repository's labels that are ours, by name."""

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
