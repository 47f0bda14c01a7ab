"""What a visitor sees of a pull request, without numbers and times: two runs that end alike give equal snapshots."""

from __future__ import annotations

from collections import Counter

from bot.playground.checks import latest
from bot.playground.model import Comment, Json, Pull, Review
from bot.playground.threads import line_now


def snapshot(pull: Pull) -> Json:
    """Return the conversation, reviews, comments on the diff, labels and the latest check run of each name on the head,
    with how many there are of that name.

    Everything in the order it was made, labels by name. `line` is today's, None where outdated or on a whole file.
    """
    all_runs = [run for run in pull.repository.check_runs if run.head_sha == pull.head]
    completed = Counter((run.app.slug, run.name) for run in all_runs if run.status == "completed")
    return {
        "state": pull.state,
        "comments": [_written(comment) | {"reactions": _reactions(comment)} for comment in pull.comments],
        "reviews": [_written(review) | {"state": review.state} for review in pull.reviews],
        "review_comments": [
            _written(comment)
            | {
                "path": comment.path,
                "line": line_now(pull, comment),
                "original_line": comment.line,
                "original_start_line": comment.start_line,
                "side": comment.side,
                "resolved": comment.resolved,
                "reply": comment.reply_to is not None,
            }
            for comment in pull.review_comments
        ],
        "labels": sorted((label.name, label.color, label.description) for label in pull.labels),
        "check_runs": [
            {
                "app": run.app.slug,
                "name": run.name,
                "completed": completed[run.app.slug, run.name],
                "status": run.status,
                "conclusion": run.conclusion,
                "external_id": run.external_id,
                "details_url": run.details_url,
                "title": run.title,
                "summary": run.summary,
                "text": run.text,
                "annotations": run.annotations,
                "actions": run.actions,
            }
            for run in latest(all_runs)
        ],
    }


def _written(thing: Comment | Review) -> Json:
    return {"author": thing.author.login, "body": thing.body, "minimized": thing.minimized}


def _reactions(comment: Comment) -> Json:
    return {name: [user.login for user in users] for name, users in comment.reactions.items() if users}
