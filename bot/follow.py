"""From a hint to the pull requests it is about: asks GitHub what the door, which holds no key, could not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

from bot.hint import Hint, Target
from bot.journal import Journal
from bot.state import PullRef

_WRITERS = frozenset({"admin", "write"})


class Repositories(Protocol):
    """What is asked of GitHub here, as one installation."""

    def repositories(self) -> Iterable[str]:
        """Return `owner/repo` of every repository of the installation."""

    def open_pulls(self, owner: str, repo: str) -> Iterable[tuple[int, str]]:
        """Return number and head of every open pull request."""

    def permission(self, owner: str, repo: str, user: str) -> str:
        """Return `admin`, `write`, `read` or `none`."""

    def react(self, owner: str, repo: str, comment: int) -> None:
        """Acknowledge a comment."""


def follow(hint: Hint, github: Repositories) -> Iterator[Target]:
    """Yield the pull requests to look at; none where a stranger asked."""
    if hint.number is None:
        for ref, _ in _open(hint.repos or github.repositories(), github):
            yield Target(hint.installation, ref)
        return
    owner, _, repo = hint.repos[0].partition("/")
    if hint.asker and github.permission(owner, repo, hint.asker) not in _WRITERS:
        return
    yield Target(hint.installation, PullRef(owner, repo, hint.number))
    if hint.comment is not None:
        github.react(owner, repo, hint.comment)


def unreviewed(
    installation: int | None, repos: Iterable[str], github: Repositories, journal: Journal
) -> Iterator[Target]:
    """Yield the open pull requests whose head was never reviewed: what a lost delivery left behind.

    `repos` empty stands for all repositories of the installation.
    """
    for ref, head in _open(tuple(repos) or github.repositories(), github):
        if not journal.was_reviewed(ref, head):
            yield Target(installation, ref)


def _open(repos: Iterable[str], github: Repositories) -> Iterator[tuple[PullRef, str]]:
    for name in repos:
        owner, _, repo = name.partition("/")
        for number, head in github.open_pulls(owner, repo):
            yield PullRef(owner, repo, number), head
