"""How GraphQL sees the store: one dictionary per object, whose callables are asked only when a query wants them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from bot.playground.access import Grant
from bot.playground.accounts import association, iso
from bot.playground.graphql_checks import check_suites
from bot.playground.graphql_git import git_object, ref, resolve
from bot.playground.graphql_pages import View, connect, problem
from bot.playground.graphql_timeline import timeline_items
from bot.playground.model import Comment, Label, Pull, Repository, Review, ReviewComment, User, node_id
from bot.playground.shapes import Shapes
from bot.playground.store import Store
from bot.playground.threads import is_outdated, line_now, threads


class Views:
    """Views for one request; `connections` counts those that were asked, for its price in points."""

    def __init__(self, store: Store, grant: Grant) -> None:
        self.connections = 0
        self._store, self._grant = store, grant
        self._shapes = Shapes(store.api_url, store.web_url)

    def need(self, repository: Repository, permission: str, level: str) -> None:
        """Refuse with FORBIDDEN where the token lacks a permission."""
        if not self._grant.may(repository, {permission: level}):
            raise problem("FORBIDDEN", "Resource not accessible by integration")

    def viewer(self) -> View:
        """The bearer of the token."""
        return {**self.actor(self._grant.user), "login": self._grant.user.login}

    def actor(self, user: User) -> View:
        """Whoever wrote something; a bot's login goes without « [bot] » here."""
        shape = self._shapes.user(user)
        return {
            "__typename": user.kind,
            "id": shape["node_id"],
            "databaseId": user.id,
            "login": user.login.removesuffix("[bot]"),
            "url": shape["html_url"],
        }

    def repository(self, repository: Repository) -> View:
        """A repository."""

        def pull_requests(_: Any, states: list[str] | None = None, **page: Any) -> View:
            self.need(repository, "pull_requests", "read")
            pulls = [pull for pull in repository.pulls.values() if states is None or _state(pull) in states]
            return self.connect("pullRequests", [self.pull(pull) for pull in pulls], **page)

        def pull_request(_: Any, number: int) -> View:
            self.need(repository, "pull_requests", "read")
            if number not in repository.pulls:
                raise problem("NOT_FOUND", f"Could not resolve to a PullRequest with the number of {number}.")
            return self.pull(repository.pulls[number])

        def named(_: Any, expression: str | None = None, oid: str | None = None) -> View | None:
            self.need(repository, "contents", "read")
            return git_object(repository, oid or resolve(repository, expression or ""))

        return {
            "__typename": "Repository",
            "id": node_id("R", repository.id),
            "databaseId": repository.id,
            "name": repository.name,
            "nameWithOwner": repository.full_name,
            "url": f"{self._store.web_url}/{repository.full_name}",
            "defaultBranchRef": lambda _: ref(repository, repository.default_branch),
            "label": lambda _, name: self._label(repository.labels.get(name.casefold())),
            "labels": lambda _, **page: self.connect("labels", self._labels(repository.labels.values()), **page),
            "object": named,
            "pullRequest": pull_request,
            "pullRequests": pull_requests,
        }

    def pull(self, pull: Pull) -> View:
        """A pull request."""
        shown = [review for review in pull.reviews if review.state != "PENDING" or review.author is self._grant.user]

        def reviews(_: Any, author: str | None = None, states: list[str] | None = None, **page: Any) -> View:
            chosen = [r for r in shown if states is None or r.state in states]
            chosen = [r for r in chosen if author in (None, r.author.login, r.author.login.removesuffix("[bot]"))]
            return self.connect("reviews", [self.review(pull, review) for review in chosen], **page)

        return self._written(pull, pull, "PR") | {
            "__typename": "PullRequest",
            "url": self._shapes.page(pull),
            "baseRef": lambda _: ref(pull.repository, pull.base_ref),
            "baseRefName": pull.base_ref,
            "baseRefOid": pull.base,
            "changedFiles": lambda _: len(pull.changes()),
            "closed": pull.state == "closed",
            "commits": lambda _, **page: self.connect(
                "commits", [{"commit": self._commit(pull.repository, sha)} for sha in pull.commits()], **page
            ),
            "headRefName": pull.head_ref,
            "headRepository": lambda _: self.repository(pull.head_repository) if pull.head_repository else None,
            "headRefOid": pull.head,
            "isCrossRepository": pull.head_repository is not pull.repository,
            "isDraft": pull.draft,
            "merged": pull.merged is not None,
            "number": pull.number,
            "state": _state(pull),
            "title": pull.title,
            "updatedAt": iso(pull.updated),
            "comments": lambda _, **page: self.connect(
                "comments", [self.comment(pull, c) for c in pull.comments], **page
            ),
            "labels": lambda _, **page: self.connect("labels", self._labels(pull.labels), **page),
            "reviewThreads": lambda _, **page: self.connect("reviewThreads", self._threads(pull, shown), **page),
            "reviews": reviews,
            "timelineItems": lambda _, **page: self.connect(
                "timelineItems", timeline_items(self, pull, page.get("itemTypes")), **page
            ),
        }

    def comment(self, pull: Pull, comment: Comment) -> View:
        """A comment of the conversation."""
        return self._written(pull, comment, "IC") | {
            "__typename": "IssueComment",
            "updatedAt": iso(comment.updated),
            "url": f"{self._shapes.page(pull)}#issuecomment-{comment.id}",
        }

    def review(self, pull: Pull, review: Review) -> View:
        """A review."""
        mine = [comment for comment in pull.review_comments if comment.review is review]
        return self._written(pull, review, "PRR") | {
            "__typename": "PullRequestReview",
            "commit": lambda _: git_object(pull.repository, review.commit),
            "state": review.state,
            "submittedAt": None if review.state == "PENDING" else iso(review.created),
            "url": f"{self._shapes.page(pull)}#pullrequestreview-{review.id}",
            "comments": lambda _, **page: self.connect(
                "comments", [self.review_comment(pull, c) for c in mine], **page
            ),
        }

    def review_comment(self, pull: Pull, comment: ReviewComment) -> View:
        """A comment on the diff."""
        start = comment.start_line
        return self._written(pull, comment, "PRRC") | {
            "__typename": "PullRequestReviewComment",
            "commit": lambda _: git_object(pull.repository, comment.commit),
            "diffHunk": comment.excerpt,
            "line": lambda _: line_now(pull, comment),
            "originalCommit": lambda _: git_object(pull.repository, comment.commit),
            "originalLine": comment.line,
            "originalStartLine": start,
            "outdated": lambda _: is_outdated(pull, comment),
            "path": comment.path,
            "pullRequestReview": lambda _: self.review(pull, comment.review),
            "replyTo": lambda _: self.review_comment(pull, comment.reply_to) if comment.reply_to else None,
            "startLine": lambda _: line_now(pull, comment, start) if start else None,
            "subjectType": "LINE" if comment.line else "FILE",
            "updatedAt": iso(comment.updated),
            "url": f"{self._shapes.page(pull)}#discussion_r{comment.id}",
        }

    def connect(self, name: str, items: Sequence[View], **page: Any) -> View:
        """A connection, counted."""
        self.connections += 1
        return connect(name, items, **page)

    def _written(self, pull: Pull, thing: Pull | Comment | Review, kind: str) -> View:
        mine = thing.author is self._grant.user
        shared: View = {
            "id": node_id(kind, thing.id),
            "databaseId": thing.id,
            "fullDatabaseId": str(thing.id),
            "author": lambda _: self.actor(thing.author),
            "authorAssociation": association(pull.repository, thing.author),
            "body": thing.body,
            "createdAt": iso(thing.created),
            "viewerDidAuthor": mine,
        }
        if not isinstance(thing, Pull):
            shared |= {
                "isMinimized": thing.minimized is not None,
                "minimizedReason": thing.minimized,
                "viewerCanMinimize": self._grant.may(pull.repository, {"pull_requests": "write"}),
            }
        return shared

    def _threads(self, pull: Pull, shown: Sequence[Review]) -> list[View]:
        return [self._thread(pull, comments) for comments in threads(pull) if comments[0].review in shown]

    def _thread(self, pull: Pull, comments: Sequence[ReviewComment]) -> View:
        first = comments[0]
        same = ("line", "originalLine", "originalStartLine", "path", "startLine", "subjectType")
        view = self.review_comment(pull, first)
        return {name: view[name] for name in same} | {
            "__typename": "PullRequestReviewThread",
            "id": node_id("PRRT", first.id),
            "diffSide": first.side,
            "startDiffSide": first.start_side,
            "isCollapsed": lambda _: first.resolved or is_outdated(pull, first),
            "isOutdated": lambda _: is_outdated(pull, first),
            "isResolved": first.resolved,
            "comments": lambda _, **page: self.connect(
                "comments", [self.review_comment(pull, c) for c in comments], **page
            ),
        }

    def _commit(self, repository: Repository, sha: str) -> View:
        def suites(_: Any, filterBy: View | None = None, **page: Any) -> View:  # noqa: N803 - GitHub's
            self.need(repository, "checks", "read")
            return self.connect("checkSuites", check_suites(self, repository, sha, filterBy or {}), **page)

        return {**(git_object(repository, sha) or {}), "checkSuites": suites}

    def label(self, label: Label) -> View:
        """A label."""
        return {
            "__typename": "Label",
            "id": node_id("LA", label.id),
            "name": label.name,
            "color": label.color,
            "description": label.description,
            "url": f"{self._store.web_url}/labels/{label.id}",
        }

    def _label(self, label: Label | None) -> View | None:
        return self.label(label) if label else None

    def _labels(self, labels: Iterable[Label]) -> list[View]:
        return [self.label(label) for label in labels]

    def written(self, pull: Pull, thing: Pull | Comment | Review) -> View:
        """The view of such a thing."""
        if isinstance(thing, Pull):
            return self.pull(thing)
        if isinstance(thing, ReviewComment):
            return self.review_comment(pull, thing)
        return self.review(pull, thing) if isinstance(thing, Review) else self.comment(pull, thing)


def _state(pull: Pull) -> str:
    return "MERGED" if pull.merged else pull.state.upper()
