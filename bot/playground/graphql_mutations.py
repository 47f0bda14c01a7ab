"""What GraphQL lets a client write on a pull request: comments, labels, what is hidden; as strict as REST.

https://docs.github.com/graphql/reference/mutations
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from graphql import GraphQLError

from bot.playground.access import Grant
from bot.playground.graphql_pages import View, problem
from bot.playground.graphql_views import Views
from bot.playground.model import Comment, Label, Pull, Repository, Review, ReviewComment, node_id
from bot.playground.store import Store
from bot.playground.strict import LONGEST_BODY

Input = Mapping[str, Any]
Mutation = Callable[[Any, Input], View]


class Mutations:
    """The mutations of one request."""

    def __init__(self, store: Store, grant: Grant, views: Views) -> None:
        self._store, self._grant, self._views = store, grant, views

    def by_name(self) -> Mapping[str, Mutation]:
        """Return every mutation under GitHub's name for it."""
        done = {
            "addComment": self._add_comment,
            "addLabelsToLabelable": self._add_labels,
            "createLabel": self._create_label,
            "minimizeComment": self._minimize,
            "removeLabelsFromLabelable": self._remove_labels,
            "unminimizeComment": self._unminimize,
            "updateIssueComment": self._update_comment,
            "updatePullRequestReviewComment": self._update_review_comment,
        }
        return {name: _echoing(mutation) for name, mutation in done.items()}

    def _add_comment(self, given: Input) -> View:
        pull, _ = self._find(given["subjectId"], Pull)
        now, author = self._store.clock(), self._grant.user
        made = Comment(self._store.next_id(), author, _body(given["body"]), now, now, self._grant.app)
        pull.comments.append(made)
        pull.happen("commented", author, now, made)
        return {"commentEdge": {"node": self._views.comment(pull, made)}, "subject": self._views.pull(pull)}

    def _update_comment(self, given: Input) -> View:
        pull, comment = self._own(given["id"], Comment)
        comment.body, comment.updated = _body(given["body"]), self._store.clock()
        return {"issueComment": self._views.comment(pull, comment)}

    def _update_review_comment(self, given: Input) -> View:
        pull, comment = self._own(given["pullRequestReviewCommentId"], ReviewComment)
        comment.body, comment.updated = _body(given["body"]), self._store.clock()
        return {"pullRequestReviewComment": self._views.review_comment(pull, comment)}

    def _minimize(self, given: Input) -> View:
        pull, thing = self._find(given["subjectId"], Comment, Review)
        thing.minimized = given["classifier"].lower().replace("_", "-")
        return {"minimizedComment": self._views.written(pull, thing)}

    def _unminimize(self, given: Input) -> View:
        pull, thing = self._find(given["subjectId"], Comment, Review)
        thing.minimized = None
        return {"unminimizedComment": self._views.written(pull, thing)}

    def _create_label(self, given: Input) -> View:
        repository = self._repository(given["repositoryId"])
        self._views.need(repository, "pull_requests", "write")
        name, color, description = given["name"], given["color"], given.get("description")
        if name.casefold() in repository.labels:
            raise problem("UNPROCESSABLE", "Name has already been taken")
        if not name.strip() or len(name) > 50 or len(description or "") > 100:
            raise problem("UNPROCESSABLE", "Name or description is blank or too long")
        if not re.fullmatch(r"[0-9a-fA-F]{6}", color):
            raise problem("UNPROCESSABLE", "Color must be a 6 character hex code")
        label = Label(self._store.next_id(), name, color, description)
        repository.labels[name.casefold()] = label
        return {"label": self._views.label(label)}

    def _add_labels(self, given: Input) -> View:
        pull, _ = self._find(given["labelableId"], Pull)
        for label in self._labels(pull.repository, given["labelIds"]):
            if label not in pull.labels:
                pull.labels.append(label)
                pull.happen("labeled", self._grant.user, self._store.clock(), label)
        return {"labelable": self._views.pull(pull)}

    def _remove_labels(self, given: Input) -> View:
        pull, _ = self._find(given["labelableId"], Pull)
        for label in self._labels(pull.repository, given["labelIds"]):
            if label in pull.labels:
                pull.labels.remove(label)
                pull.happen("unlabeled", self._grant.user, self._store.clock(), label)
        return {"labelable": self._views.pull(pull)}

    def _find(self, name: str, *kinds: type) -> tuple[Pull, Any]:
        """Return what an id names among the things that this token may write on."""
        for pull, thing in things(self._store, self._grant):
            if name_of(thing) == name and isinstance(thing, kinds):
                self._views.need(pull.repository, "pull_requests", "write")
                return pull, thing
        raise unknown(name)

    def _own(self, name: str, kind: type[Comment]) -> tuple[Pull, Any]:
        pull, thing = self._find(name, kind)
        if isinstance(thing, ReviewComment) != (kind is ReviewComment):
            raise unknown(name)
        if thing.author is not self._grant.user:
            raise problem("FORBIDDEN", "Resource not accessible by integration")
        return pull, thing

    def _repository(self, name: str) -> Repository:
        for repository in self._store.repositories.values():
            if node_id("R", repository.id) == name and self._grant.sees(repository):
                return repository
        raise unknown(name)

    def _labels(self, repository: Repository, names: Iterable[str]) -> list[Label]:
        known = {node_id("LA", label.id): label for label in repository.labels.values()}
        for name in names:
            if name not in known:
                raise unknown(name)
        return [known[name] for name in names]


def things(store: Store, grant: Grant) -> Iterator[tuple[Pull, Pull | Comment | Review]]:
    """Yield what this token sees and what has a node id on a pull request, with that."""
    for pull in store.pulls():
        if grant.sees(pull.repository):
            yield pull, pull
            yield from ((pull, thing) for thing in pull.comments)
            yield from ((pull, thing) for thing in pull.reviews)
            yield from ((pull, thing) for thing in pull.review_comments)


def name_of(thing: Pull | Comment | Review) -> str:
    """Return the node id of such a thing."""
    kinds = {Pull: "PR", Comment: "IC", Review: "PRR", ReviewComment: "PRRC"}
    return node_id(kinds[type(thing)], thing.id)


def unknown(name: str) -> GraphQLError:
    """Return the error for an id that names nothing here."""
    return problem("NOT_FOUND", f"Could not resolve to a node with the global id of '{name}'")


def _body(text: str) -> str:
    if not text.strip():
        raise problem("UNPROCESSABLE", "Body can't be blank")
    if len(text) > LONGEST_BODY:
        raise problem("UNPROCESSABLE", f"Body is too long (maximum is {LONGEST_BODY} characters)")
    return text


def _echoing(mutation: Callable[[Input], View]) -> Mutation:
    """Give back the client's own name for the mutation, as each of GitHub's does."""
    return lambda _, input: {"clientMutationId": input.get("clientMutationId"), **mutation(input)}
