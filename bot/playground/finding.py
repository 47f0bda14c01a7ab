"""From an address to the thing it names; 404 where there is none."""

from __future__ import annotations

from flask import abort

from bot.playground.diff import is_binary
from bot.playground.model import Pull, Repository
from bot.playground.store import Store


def repository_at(store: Store, owner: str, name: str) -> Repository:
    """Return the repository OWNER/NAME."""
    return store.repositories.get(f"{owner}/{name}".lower()) or abort(404)


def pull_at(store: Store, owner: str, name: str, number: int) -> Pull:
    """Return a pull request by its number."""
    return repository_at(store, owner, name).pulls.get(number) or abort(404)


def pull_from(store: Store, owner: str, name: str, branch: str) -> Pull:
    """Return the open pull request that comes from a branch of a repository."""
    head = repository_at(store, owner, name)
    for pull in store.pulls():
        if pull.head_repository is head and pull.head_ref == branch and pull.state == "open":
            return pull
    return abort(404)


def content_of(repository: Repository, commit: str, path: str) -> str:
    """Return the text of a file; 415 for what is no text."""
    objects = repository.objects
    found = objects.commits.get(commit) or abort(404)
    entry = objects.files(found.tree).get(path) or abort(404)
    content = objects.blob(entry)
    try:
        return abort(415) if is_binary(content) else content.decode()
    except UnicodeDecodeError:
        return abort(415)
