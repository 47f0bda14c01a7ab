"""The words of the stand-in: people, repositories, pull requests and what stands on them."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from bot.playground.diff import Change, compare
from bot.playground.git import Objects

GREY = "ededed"  # the colour that GitHub gives to a label made by adding it to an issue
Json = dict[str, Any]
Emoji = dict[str, list["User"]]


@dataclass(eq=False, slots=True)
class User:
    """A person, an organisation or an App's bot: `kind` is User, Organization or Bot."""

    id: int
    login: str
    kind: str = "User"


@dataclass(eq=False, slots=True)
class Label:
    """A label of a repository. `color` is six hexadecimal digits."""

    id: int
    name: str
    color: str = GREY
    description: str | None = None


@dataclass(eq=False, slots=True)
class Repository:
    """A repository. `roles` maps a login to admin, maintain, write, triage or read; everyone can read."""

    id: int
    owner: User
    name: str
    objects: Objects
    default_branch: str
    branches: dict[str, str]
    parent: Repository | None = None
    labels: dict[str, Label] = field(default_factory=dict)  # by name, case folded
    roles: dict[str, str] = field(default_factory=dict)
    pulls: dict[int, Pull] = field(default_factory=dict)
    check_runs: list[CheckRun] = field(default_factory=list)
    created: float = 0.0

    @property
    def full_name(self) -> str:
        """OWNER/NAME."""
        return f"{self.owner.login}/{self.name}"


@dataclass(eq=False, slots=True)
class Comment:
    """A comment of the conversation. `minimized` is the reason it is hidden for, in lower case, or None."""

    id: int
    author: User
    body: str
    created: float
    updated: float
    app: App | None = None
    minimized: str | None = None
    reactions: Emoji = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Review:
    """A review: `state` is PENDING, COMMENTED, APPROVED or CHANGES_REQUESTED."""

    id: int
    author: User
    body: str
    state: str
    commit: str
    created: float
    minimized: str | None = None


@dataclass(eq=False, slots=True)
class ReviewComment(Comment):
    """A comment on the diff, where it was made. `line` is None for a comment on the whole file."""

    review: Review = field(kw_only=True)
    path: str = field(kw_only=True)
    commit: str = field(kw_only=True)
    excerpt: str = field(kw_only=True)
    line: int | None = field(kw_only=True, default=None)
    side: str = field(kw_only=True, default="RIGHT")
    start_line: int | None = field(kw_only=True, default=None)
    start_side: str | None = field(kw_only=True, default=None)
    reply_to: ReviewComment | None = field(kw_only=True, default=None)
    resolved: bool = field(kw_only=True, default=False)  # of the thread: told by its first comment


class Happening(NamedTuple):
    """One line of a pull request's timeline: what (GitHub's event name), who, when, and the thing it is about."""

    what: str
    who: User
    when: float
    about: Any = None


@dataclass(eq=False, slots=True)
class Pull:
    """A pull request. `heads` holds every head it ever had; `renames` what its authors declared, new path to old."""

    id: int
    number: int
    repository: Repository
    author: User
    title: str
    body: str
    head_repository: Repository | None  # None: deleted
    head_ref: str
    head: str
    base_ref: str
    base: str
    created: float
    updated: float
    draft: bool = False
    state: str = "open"
    closed: float | None = None
    merged: float | None = None
    heads: list[str] = field(default_factory=list)
    renames: dict[str, str] = field(default_factory=dict)
    labels: list[Label] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    review_comments: list[ReviewComment] = field(default_factory=list)
    timeline: list[Happening] = field(default_factory=list)
    _changes: dict[tuple[str, str | None], list[Change]] = field(default_factory=dict)

    @property
    def merge_base(self) -> str:
        """The commit that the changes are counted from, as in a three-dot comparison."""
        return self.repository.objects.merge_base(self.base, self.head) or self.base

    def changes(self, commit: str | None = None) -> list[Change]:
        """Return the changed files as of a commit of this pull request, the head by default."""
        objects, head = self.repository.objects, commit or self.head
        start = objects.merge_base(self.base, head) or self.base
        if (start, head) not in self._changes:
            trees = objects.commits[start].tree, objects.commits[head].tree
            self._changes[start, head] = compare(objects, *trees, self.renames)
        return self._changes[start, head]

    def commits(self) -> list[str]:
        """Return the shas of its commits, oldest first."""
        return [commit.sha for commit in self.repository.objects.between(self.base, self.head)]

    def move(self, commit: str) -> None:
        """Take another head."""
        self.head = commit
        self.heads.append(commit)
        if self.head_repository:
            self.head_repository.branches[self.head_ref] = commit

    def happen(self, what: str, who: User, when: float, about: Any = None) -> None:
        """Add to the timeline."""
        self.updated = when
        self.timeline.append(Happening(what, who, when, about))

    def has_commit(self, sha: str) -> bool:
        """Tell whether a commit is, or was before a force push, part of this pull request."""
        objects = self.repository.objects
        return any(sha in (head, *(c.sha for c in objects.between(self.base, head))) for head in reversed(self.heads))


@dataclass(eq=False, slots=True)
class CheckRun:
    """A check run. Times are ISO texts as the client gave them; `annotations` and `actions` are in GitHub's form."""

    id: int
    app: App
    name: str
    head_sha: str
    suite: int
    status: str = "queued"
    conclusion: str | None = None
    external_id: str = ""
    details_url: str | None = None
    started_at: str | None = None
    completed_at: str | None = None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    annotations: list[Json] = field(default_factory=list)
    actions: list[Json] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class App:
    """A GitHub App. `public_key` (PEM) verifies its JWTs; `permissions` is what owners are asked for."""

    id: int
    slug: str
    client_id: str
    owner: User
    bot: User
    public_key: str
    permissions: dict[str, str]
    events: list[str]
    created: float
    url: str = ""  # its home page, that of the stand-in where it has none


@dataclass(eq=False, slots=True)
class Installation:
    """An App on an account, for chosen repositories."""

    id: int
    app: App
    account: User
    repositories: list[Repository]
    permissions: dict[str, str]
    created: float


def node_id(kind: str, number: int) -> str:
    """Return the GraphQL id of a thing, in the form of https://docs.github.com/graphql/guides/using-global-node-ids."""
    return f"{kind}_kwDO{urlsafe_b64encode(number.to_bytes(6, 'big')).decode()}"
