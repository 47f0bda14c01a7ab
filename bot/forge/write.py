"""Send writes in their order: reviews and check runs by REST, what is between them in one GraphQL document.

REST refuses a review with a line outside the diff; GraphQL would drop the comment without a word.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TypeVar

from bot.desired import Annotation, Comment
from bot.errors import Absent, Invalid, Retry, Unplaced
from bot.forge import queries
from bot.forge.connection import Connection
from bot.forge.glance import CHECK
from bot.state import PullRef
from bot.writes import (
    AddLabels,
    CreateLabel,
    EditComment,
    EditSummary,
    Hide,
    Observed,
    PostCheckRun,
    PostReview,
    PostSummary,
    RemoveLabels,
    Show,
    Write,
)

Item = TypeVar("Item")

_MOST_ANNOTATIONS = 50  # in one request: https://docs.github.com/rest/checks/runs#create-a-check-run
_MOST_MUTATIONS = 50  # in one document: GitHub stops after 10 s
# The button of the check run; whoever clicks it sends a `requested_action` of this identifier.
AGAIN = {"label": "Relire", "description": "Relire la demande maintenant", "identifier": "relire"}


class Writer:
    """Writes to one pull request, as it was observed."""

    def __init__(self, connection: Connection, ref: PullRef, observed: Observed) -> None:
        self._connection, self._observed = connection, observed
        self._repository, self._number = f"/repos/{ref.owner}/{ref.repo}", ref.number
        self._labels = dict(observed.label_ids)

    def send(self, writes: Sequence[Write]) -> None:
        """Send the writes. Raises Retry, or Refused, at the first that fails: what was sent before stays."""
        for sort, group in groupby(writes, key=_sort):
            if sort is PostReview:
                for write in group:
                    if isinstance(write, PostReview):
                        self._review(write)
            elif sort is PostCheckRun:
                for write in group:
                    if isinstance(write, PostCheckRun):
                        post_check_run(self._connection, self._repository, write)
            elif sort is CreateLabel:
                self._create_labels([write for write in group if isinstance(write, CreateLabel)])
            else:
                for part in in_parts(list(group), _MOST_MUTATIONS):
                    fields, inputs = zip(*map(self._mutation, part), strict=True)
                    document = queries.mutation([(field, "clientMutationId") for field in fields])
                    try:
                        self._connection.mutate(document, queries.numbered(inputs), "conversation")
                    except Absent as error:
                        raise Retry(f"what was read is deleted since: {error}", 0) from error

    def _review(self, write: PostReview) -> None:
        """Post a review. GitHub takes all its comments or none."""
        body = {
            "commit_id": write.head,
            "event": "COMMENT",
            "body": write.body,
            "comments": [_on_lines(comment) for comment in write.comments],
        }
        try:
            self._connection.write("POST", f"{self._repository}/pulls/{self._number}/reviews", "review", body)
        except Invalid as error:
            raise Unplaced(str(error)) from error

    def _create_labels(self, writes: Sequence[CreateLabel]) -> None:
        repository = self._observed.repository_id
        inputs = [
            {"repositoryId": repository, "name": one.name, "color": one.color, "description": one.description}
            for one in writes
        ]
        document = queries.mutation([("createLabel", "label { id name }")] * len(writes))
        try:
            made = self._connection.mutate(document, queries.numbered(inputs), "labels")
        except Invalid as error:
            raise Retry(f"another job may just have made the labels: {error}", 1) from error
        self._labels |= {answer["label"]["name"]: answer["label"]["id"] for answer in made.values()}

    def _mutation(self, write: Write) -> tuple[str, Mapping[str, object]]:
        """Return the name of a write's mutation and its input. https://docs.github.com/graphql/reference/mutations"""
        pull = self._observed.pull_id
        match write:
            case PostSummary(body):
                return "addComment", {"subjectId": pull, "body": body}
            case EditSummary(id, body):
                return "updateIssueComment", {"id": id, "body": body}
            case EditComment(id, body):
                return "updatePullRequestReviewComment", {"pullRequestReviewCommentId": id, "body": body}
            case Hide(id, reason):
                return "minimizeComment", {"subjectId": id, "classifier": reason}
            case Show(id):
                return "unminimizeComment", {"subjectId": id}
            case AddLabels(names):
                return "addLabelsToLabelable", {"labelableId": pull, "labelIds": [self._labels[name] for name in names]}
            case RemoveLabels(names):
                ids = [self._labels[name] for name in names]
                return "removeLabelsFromLabelable", {"labelableId": pull, "labelIds": ids}
            case _:
                raise AssertionError(f"{write} is no mutation")


def post_check_run(connection: Connection, repository: str, write: PostCheckRun) -> None:
    """Post a check run, 50 annotations at a time. It is completed by the last request only, so that one
    broken off in the middle is never taken for a finished one."""
    path = f"{repository}/check-runs"
    first, *others = list(in_parts(write.check.annotations, _MOST_ANNOTATIONS)) or [()]
    output: dict[str, object] = {"title": write.check.title, "summary": write.check.summary}
    done = {"status": "completed", "conclusion": write.check.conclusion, "actions": [AGAIN]}
    state = {"status": "in_progress"} if others else done
    noted = output | {"annotations": [_note(one) for one in first]}
    body = {"name": CHECK, "head_sha": write.head, "external_id": write.external_id, "output": noted, **state}
    run = connection.write("POST", path, "check run", body)
    for number, part in enumerate(others, 1):
        state = done if number == len(others) else {}
        noted = output | {"annotations": [_note(one) for one in part]}
        body = {"output": noted, **state}
        connection.write("PATCH", f"{path}/{run['id']}", "more annotations", body)


def in_parts(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield the items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _sort(write: Write) -> type | None:
    """Return the writes that go by themselves by type, and None for those that share a document."""
    return type(write) if isinstance(write, PostReview | PostCheckRun | CreateLabel) else None


def _on_lines(comment: Comment) -> dict[str, object]:
    """Return a comment as a review holds it: GitHub refuses a range of one line.
    https://docs.github.com/rest/pulls/reviews#create-a-review-for-a-pull-request"""
    place: dict[str, object] = {"path": comment.path, "line": comment.line, "side": "RIGHT", "body": comment.body}
    if comment.start_line < comment.line:
        place |= {"start_line": comment.start_line, "start_side": "RIGHT"}
    return place


def _note(one: Annotation) -> dict[str, object]:
    return {
        "path": one.path,
        "start_line": one.start_line,
        "end_line": one.end_line,
        "annotation_level": one.level,
        "title": one.title[:255],
        "message": one.message[:60_000],
    }
