"""What REST lets a client write on the diff: reviews and their comments, refused as GitHub does outside the hunks."""

from __future__ import annotations

from typing import Any

from bot.playground.call import REPOSITORY, Call, Route, found
from bot.playground.model import Pull, Review, ReviewComment
from bot.playground.strict import LONGEST_BODY, Key, failed, unprocessable
from bot.playground.threads import change_of
from bot.playground.writes import BODY, WRITE, Answer, own

SIDE = Key(among=("LEFT", "RIGHT"))
PLACE = {
    "path": Key(required=True, blank=False),
    "body": BODY,
    "line": Key(int),
    "side": SIDE,
    "start_line": Key(int),
    "start_side": SIDE,
    "position": Key(int),
}
REVIEW = {
    "commit_id": Key(),
    "body": Key(longest=LONGEST_BODY),
    "event": Key(among=("APPROVE", "REQUEST_CHANGES", "COMMENT")),
    "comments": Key(list, inside=PLACE),
}
REVIEW_COMMENT = {
    **PLACE,
    "commit_id": Key(required=True),
    "subject_type": Key(among=("line", "file")),
}
STATES = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}


class _Misplaced(Exception):  # the two endpoints make an answer of it, each in its form
    """A comment that is not on the diff."""


def review(call: Call) -> Answer:
    """A review with all its comments, or nothing at all: one comment outside the diff refuses the whole."""
    body, pull, now = call.keys(REVIEW), call.pull, call.store.clock()
    event, text = body.get("event"), body.get("body") or ""
    if event in ("COMMENT", "REQUEST_CHANGES") and not text.strip():
        raise unprocessable(f"Body is required for {event} reviews")
    if event is None and any(r.state == "PENDING" and r.author is call.who.user for r in pull.reviews):
        raise unprocessable("User can only have one pending review per pull request")
    state = STATES.get(event or "", "PENDING")
    try:
        commit = _commit(pull, body.get("commit_id") or pull.head)
        made = Review(call.store.next_id(), call.who.user, text, state, commit, now)
        comments = [_place(call, pull, made, item) for item in body.get("comments") or []]
    except _Misplaced as fault:
        raise unprocessable(str(fault)) from None
    pull.reviews.append(made)
    pull.review_comments.extend(comments)
    if event:
        pull.happen("reviewed", made.author, now, made)
    return 200, call.shapes.review(pull, made)


def review_comment(call: Call) -> Answer:
    """One comment on a line or on a file, in a review of its own."""
    body, pull, now = call.keys(REVIEW_COMMENT), call.pull, call.store.clock()
    try:
        commit = _commit(pull, body["commit_id"])
        made = Review(call.store.next_id(), call.who.user, "", "COMMENTED", commit, now)
        whole = body.get("subject_type") == "file"
        comment = _on_file(call, pull, made, body) if whole else _place(call, pull, made, body)
    except _Misplaced as fault:
        raise failed("PullRequestReviewComment", "pull_request_review_thread", "custom", str(fault)) from None
    pull.reviews.append(made)
    pull.review_comments.append(comment)
    pull.happen("reviewed", made.author, now, made)
    return 201, call.shapes.review_comment(pull, comment)


def edit_review_comment(call: Call) -> Answer:
    """Another text for one's own comment on the diff."""
    body = call.keys({"body": BODY})["body"]
    pull, made = _find(call)
    own(call, made)
    made.body, made.updated = body, call.store.clock()
    return 200, call.shapes.review_comment(pull, made)


def _find(call: Call) -> tuple[Pull, ReviewComment]:
    pulls = call.repository.pulls.values()
    pair: tuple[Pull, ReviewComment] = found(
        (pull, made) for pull in pulls for made in pull.review_comments if made.id == call.arguments["id"]
    )
    return pair


def _commit(pull: Pull, sha: str) -> str:
    if sha not in pull.repository.objects.commits or not pull.has_commit(sha):
        raise _Misplaced("Commit is not part of the pull request")
    return sha


def _place(call: Call, pull: Pull, review: Review, item: dict[str, Any]) -> ReviewComment:
    """Put a comment on the lines it names, or refuse as GitHub does where they are not in one hunk of the diff."""
    change = change_of(pull, item["path"], review.commit)
    if change is None:
        raise _Misplaced("Path could not be resolved")
    line, side = item.get("line"), item.get("side", "RIGHT")
    if item.get("position") is not None:
        side, line = change.at_position(item["position"]) or ("RIGHT", None)
    hunk = change.hunk_at(side, line) if line is not None else None
    if line is None or hunk is None:
        raise _Misplaced("Pull request review thread line must be part of the diff")
    start, start_side = item.get("start_line"), item.get("start_side", side)
    if start is not None:
        if start_side == side and start >= line:
            raise _Misplaced("Pull request review thread start line must precede the end line.")
        if change.hunk_at(start_side, start) != hunk:
            raise _Misplaced("Pull request review thread start line must be part of the same hunk as the line.")
    elif "start_side" in item:
        raise _Misplaced("start_side needs a start_line")
    return _new(call, review, item, change.excerpt(side, line), line, side, start, start_side)


def _on_file(call: Call, pull: Pull, review: Review, item: dict[str, Any]) -> ReviewComment:
    if item.keys() & {"line", "side", "start_line", "start_side", "position"}:
        raise _Misplaced("A comment on a file has no line")
    if change_of(pull, item["path"], review.commit) is None:
        raise _Misplaced("Path could not be resolved")
    return _new(call, review, item, excerpt="")


def _new(
    call: Call,
    review: Review,
    item: dict[str, Any],
    excerpt: str,
    line: int | None = None,
    side: str = "RIGHT",
    start: int | None = None,
    start_side: str | None = None,
) -> ReviewComment:
    now = call.store.clock()
    return ReviewComment(
        call.store.next_id(),
        call.who.user,
        item["body"],
        now,
        now,
        call.who.app,
        review=review,
        path=item["path"],
        commit=review.commit,
        excerpt=excerpt,
        line=line,
        side=side,
        start_line=start,
        start_side=start_side if start is not None else None,
    )


PULL = REPOSITORY + "/pulls/<int:number>"
COMMENT = REPOSITORY + "/pulls/comments/<int:id>"
ROUTES = (
    Route("POST", PULL + "/reviews", review, "pulls/reviews#create-a-review-for-a-pull-request", WRITE),
    Route(
        "POST", PULL + "/comments", review_comment, "pulls/comments#create-a-review-comment-for-a-pull-request", WRITE
    ),
    Route("PATCH", COMMENT, edit_review_comment, "pulls/comments#update-a-review-comment-for-a-pull-request", WRITE),
)
