"""What REST lets a client write on a pull request: comments, reviews, labels, reactions."""

from __future__ import annotations

import re
from typing import Any

from bot.playground.access import Refusal
from bot.playground.call import REPOSITORY, Call, Route, found
from bot.playground.model import Comment, Label, ReviewComment
from bot.playground.shapes import REACTIONS
from bot.playground.strict import LONGEST_BODY, Key, failed

Answer = tuple[int, Any]
WRITE = ({"pull_requests": "write"},)
BODY = Key(required=True, longest=LONGEST_BODY, blank=False)


def comment(call: Call) -> Answer:
    """A comment of the conversation."""
    body, pull, now = call.keys({"body": BODY})["body"], call.pull, call.store.clock()
    made = Comment(call.store.next_id(), call.who.user, body, now, now, call.who.app)
    pull.comments.append(made)
    pull.happen("commented", made.author, now, made)
    return 201, call.shapes.comment(pull, made)


def edit_comment(call: Call) -> Answer:
    """Another text for one's own comment."""
    body = call.keys({"body": BODY})["body"]
    pull, made = found(
        (pull, made)
        for pull in call.repository.pulls.values()
        for made in pull.comments
        if made.id == call.arguments["id"]
    )
    own(call, made)
    made.body, made.updated = body, call.store.clock()
    return 200, call.shapes.comment(pull, made)


def add_labels(call: Call) -> Answer:
    """Labels added to those that are there; one that the repository lacks is made, in grey."""
    items = call.body if isinstance(call.body, list) else call.keys({"labels": Key(list, required=True)})["labels"]
    named = [item.get("name") if isinstance(item, dict) else item for item in items]
    names = [name for name in named if isinstance(name, str) and name.strip()]
    if not names or names != named:
        raise failed("Label", "name", "invalid")
    pull = call.pull
    for name in names:
        if len(name) > 50:
            raise failed("Label", "name", "custom", "name is too long (maximum is 50 characters)")
        label = call.store.label(call.repository, name)
        if label not in pull.labels:
            pull.labels.append(label)
            pull.happen("labeled", call.who.user, call.store.clock(), label)
    return 200, [call.shapes.label(call.repository, label) for label in pull.labels]


def remove_label(call: Call) -> Answer:
    """A label taken off; 404 where it was not."""
    pull = call.pull
    label = call.repository.labels.get(call.arguments["name"].casefold())
    if label is None or label not in pull.labels:
        raise Refusal(404, "Label does not exist")
    pull.labels.remove(label)
    pull.happen("unlabeled", call.who.user, call.store.clock(), label)
    return 200, [call.shapes.label(call.repository, label) for label in pull.labels]


def create_label(call: Call) -> Answer:
    """A label of the repository; names are compared without regard to case."""
    keys = {"name": Key(required=True, blank=False), "color": Key(), "description": Key()}
    body, repository = call.keys(keys), call.repository
    name, color, description = body["name"], body.get("color", "ededed"), body.get("description")
    if name.casefold() in repository.labels:
        raise failed("Label", "name", "already_exists")
    if len(name) > 50 or len(description or "") > 100:
        raise failed("Label", "name" if len(name) > 50 else "description", "invalid")
    if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
        raise failed("Label", "color", "invalid")
    label = Label(call.store.next_id(), name, color, description)
    repository.labels[name.casefold()] = label
    return 201, call.shapes.label(repository, label)


def react(call: Call) -> Answer:
    """A reaction to a comment of the conversation; 200 when the same person had it already."""
    content = call.keys({"content": Key(required=True, among=REACTIONS)})["content"]
    made = found(
        made
        for pull in call.repository.pulls.values()
        for made in (*pull.comments, *pull.review_comments)
        if made.id == call.arguments["id"] and isinstance(made, ReviewComment) == ("/pulls/" in call.url)
    )
    people = made.reactions.setdefault(content, [])
    status = 200 if call.who.user in people else 201
    if status == 201:
        people.append(call.who.user)
    return status, call.shapes.reaction(made.id * 10 + REACTIONS.index(content), call.who.user, content, made.updated)


def own(call: Call, made: Comment) -> None:
    """Refuse where a comment was written by somebody else."""
    if made.author is not call.who.user:
        raise Refusal(403, "Resource not accessible by integration")


ISSUE = REPOSITORY + "/issues/<int:number>"
COMMENT = REPOSITORY + "/issues/comments/<int:id>"
LABELS = ({"issues": "write"}, {"pull_requests": "write"})
ROUTES = (
    Route("POST", ISSUE + "/comments", comment, "issues/comments#create-an-issue-comment", WRITE),
    Route("PATCH", COMMENT, edit_comment, "issues/comments#update-an-issue-comment", WRITE),
    Route("POST", ISSUE + "/labels", add_labels, "issues/labels#add-labels-to-an-issue", WRITE),
    Route("DELETE", ISSUE + "/labels/<path:name>", remove_label, "issues/labels#remove-a-label-from-an-issue", WRITE),
    Route("POST", REPOSITORY + "/labels", create_label, "issues/labels#create-a-label", LABELS),
    Route("POST", COMMENT + "/reactions", react, "reactions/reactions#create-reaction-for-an-issue-comment", WRITE),
)
