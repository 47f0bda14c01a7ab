"""Branches that are forced back to what they were before, the head of a pull request and the one it goes to."""

from __future__ import annotations

from bot.playground.events import Events
from bot.playground.model import Pull, Repository
from bot.playground.store import Store
from bot.playground.traffic import Event


def push_back(store: Store, pull: Pull, commit: str) -> Event:
    """Have the author force the head back to a commit that it was before: `pull_request` synchronize."""
    with store.lock:
        before = pull.head
        pull.move(commit)
        pull.happen("head_ref_force_pushed", pull.author, store.clock())
        return Events(store).pull_request(pull, "synchronize", pull.author, before=before, after=commit)


def push_base_back(store: Store, repository: Repository, login: str, commit: str) -> None:
    """Force the default branch back to a commit that it was before; the pull requests that go there tell it."""
    with store.lock:
        repository.branches[repository.default_branch] = commit
        for pull in repository.pulls.values():
            if pull.base_ref == repository.default_branch:
                pull.happen("base_ref_force_pushed", store.user(login), store.clock())
