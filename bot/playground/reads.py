"""What REST lets a client read: repositories, pull requests, their files and conversation, git objects."""

from __future__ import annotations

import re
from typing import Any

from bot.playground import git_shapes
from bot.playground.access import Refusal
from bot.playground.call import REPOSITORY, Call, Route
from bot.playground.diff import LARGEST_LINES
from bot.playground.model import Json
from bot.playground.strict import failed

MOST_FILES = 3_000  # https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
LARGEST_BLOB = 100_000_000  # https://docs.github.com/rest/git/blobs#get-a-blob
RAW = ("application/vnd.github.raw", "application/vnd.github.raw+json", "application/vnd.github.v3.raw")

Answer = tuple[int, Any]
PULLS, CONTENTS = ({"pull_requests": "read"},), ({"contents": "read"},)
LABELS = ({"issues": "read"}, {"pull_requests": "read"})


def repository(call: Call) -> Answer:
    """One repository."""
    return 200, call.shapes.full_repository(call.repository)


def pulls(call: Call) -> Answer:
    """Pull requests, the newest first, open ones unless `state` says otherwise."""
    state, head, base = call.query.get("state", "open"), call.query.get("head"), call.query.get("base")
    if state not in ("open", "closed", "all"):
        raise failed("PullRequest", "state", "invalid")
    chosen = [
        pull
        for pull in call.repository.pulls.values()
        if state in ("all", pull.state)
        and base in (None, pull.base_ref)
        and head in (None, f"{(pull.head_repository or pull.repository).owner.login}:{pull.head_ref}")
    ]
    by_update = call.query.get("sort") == "updated"
    up = call.query.get("direction", "desc" if call.query.get("sort", "created") == "created" else "asc") == "asc"
    chosen.sort(key=lambda pull: (pull.updated if by_update else pull.created, pull.number), reverse=not up)
    return 200, [call.shapes.pull_simple(pull) for pull in call.page(chosen)]


def pull(call: Call) -> Answer:
    """One pull request."""
    return 200, call.shapes.pull(call.pull)


def files(call: Call) -> Answer:
    """The changed files; once the patches of an answer reach 20,000 lines, later rows come without one."""
    rows: list[Json] = []
    spent, withheld = 0, call.store.faults.withheld
    for change in call.page(call.pull.changes()[:MOST_FILES]):
        patch = change.patch
        spent += patch.count("\n") + 1 if patch else 0
        counted = spent <= LARGEST_LINES and not (withheld and re.search(withheld, change.path))
        rows.append(call.shapes.file(call.pull, change, patch, counted))
    return 200, rows


def comments(call: Call) -> Answer:
    """The conversation, oldest first."""
    return 200, [call.shapes.comment(call.pull, comment) for comment in call.page(call.pull.comments)]


def review_comments(call: Call) -> Answer:
    """Comments on the diff, oldest first; those of a pending review are its author's alone."""
    seen = [c for c in call.pull.review_comments if c.review.state != "PENDING" or c.author is call.who.user]
    return 200, [call.shapes.review_comment(call.pull, comment) for comment in call.page(seen)]


def reviews(call: Call) -> Answer:
    """Reviews, oldest first; a pending one is its author's alone."""
    seen = [review for review in call.pull.reviews if review.state != "PENDING" or review.author is call.who.user]
    return 200, [call.shapes.review(call.pull, review) for review in call.page(seen)]


def issue_labels(call: Call) -> Answer:
    """The labels of a pull request."""
    return 200, [call.shapes.label(call.repository, label) for label in call.page(call.pull.labels)]


def labels(call: Call) -> Answer:
    """The labels of a repository."""
    return 200, [
        call.shapes.label(call.repository, label) for label in call.page(list(call.repository.labels.values()))
    ]


def permission(call: Call) -> Answer:
    """What a person may do in a repository; everyone may read a public one."""
    user = call.store.users.get(call.arguments["username"].lower())
    if user is None:
        raise Refusal(404, "Not Found")
    role = call.repository.roles.get(user.login, "admin" if user is call.repository.owner else "read")
    level = {"maintain": "write", "triage": "read"}.get(role, role)
    return 200, {"permission": level, "role_name": role, "user": {**call.shapes.user(user), "role_name": role}}


def tree(call: Call) -> Answer:
    """A tree by its own name, or that of a commit or branch."""
    objects, name = call.repository.objects, call.arguments["sha"]
    name = call.repository.branches.get(name, name)
    sha = objects.commits[name].tree if name in objects.commits else name
    if sha not in objects.folders:
        raise Refusal(404, "Not Found")
    truncated = call.store.faults.truncated_trees
    return 200, git_shapes.tree(call.shapes, call.repository, sha, bool(call.query.get("recursive")), truncated)


def blob(call: Call) -> Answer:
    """A blob, in base64 or raw."""
    sha = call.arguments["sha"]
    if not re.fullmatch(r"[0-9a-f]{40}", sha):
        raise Refusal(422, "The sha parameter must be exactly 40 characters and contain only [0-9a-f].")
    content = call.repository.objects.blobs.get(sha)
    if content is None:
        raise Refusal(404, "Not Found")
    if len(content) > LARGEST_BLOB:
        error: dict[str, object] = {"resource": "Blob", "field": "data", "code": "too_large"}
        raise Refusal(403, "This API returns blobs up to 100 MB in size.", [error])
    if call.accept in RAW:
        call.headers["Content-Type"] = "application/vnd.github.raw+json; charset=utf-8"
        return 200, content
    return 200, git_shapes.blob(call.shapes, call.repository, sha, content)


def commit(call: Call) -> Answer:
    """A commit."""
    found = call.repository.objects.commits.get(call.arguments["sha"])
    if found is None:
        raise Refusal(404, "Not Found")
    return 200, git_shapes.commit(call.shapes, call.repository, found)


PULL, ISSUE = REPOSITORY + "/pulls/<int:number>", REPOSITORY + "/issues/<int:number>"
ROUTES = (
    Route("GET", REPOSITORY, repository, "repos/repos#get-a-repository"),
    Route("GET", REPOSITORY + "/pulls", pulls, "pulls/pulls#list-pull-requests", PULLS),
    Route("GET", PULL, pull, "pulls/pulls#get-a-pull-request", PULLS),
    Route("GET", PULL + "/files", files, "pulls/pulls#list-pull-requests-files", PULLS),
    Route("GET", PULL + "/comments", review_comments, "pulls/comments#list-review-comments-on-a-pull-request", PULLS),
    Route("GET", PULL + "/reviews", reviews, "pulls/reviews#list-reviews-for-a-pull-request", PULLS),
    Route("GET", ISSUE + "/comments", comments, "issues/comments#list-issue-comments", PULLS),
    Route("GET", ISSUE + "/labels", issue_labels, "issues/labels#list-labels-for-an-issue", PULLS),
    Route("GET", REPOSITORY + "/labels", labels, "issues/labels#list-labels-for-a-repository", LABELS),
    Route(
        "GET",
        REPOSITORY + "/collaborators/<username>/permission",
        permission,
        "collaborators/collaborators#get-repository-permissions-for-a-user",
    ),
    Route("GET", REPOSITORY + "/git/trees/<path:sha>", tree, "git/trees#get-a-tree", CONTENTS),
    Route("GET", REPOSITORY + "/git/blobs/<sha>", blob, "git/blobs#get-a-blob", CONTENTS),
    Route("GET", REPOSITORY + "/git/commits/<sha>", commit, "git/commits#get-a-commit-object", CONTENTS),
)
