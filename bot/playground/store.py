"""The state of the stand-in: everything it knows, in memory under one lock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from bot.playground.access import Tokens
from bot.playground.faults import Faults
from bot.playground.git import Content, Objects
from bot.playground.limits import Limits
from bot.playground.model import App, Installation, Json, Label, Pull, Repository, User
from bot.playground.traffic import Delivery, Request

if TYPE_CHECKING:
    from bot.playground.webhook import Hook


class Store:
    """Everything the stand-in knows. Hold `lock` while reading or changing what hangs below it."""

    def __init__(self, clock: Callable[[], float] = time.time, web_url: str = "http://localhost:8080") -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.api_url = "http://localhost"  # told by whoever serves it; webhook payloads and answers point there
        self.web_url = web_url
        self.apps: dict[int, App] = {}
        self.made: dict[str, tuple[App, Json]] = {}  # from a manifest, by code, with the secrets to tell once
        self.faults = Faults()
        self.limits = Limits(clock)
        self.tokens = Tokens(clock, self.next_id, self.apps)
        self.hook: Hook | None = None
        self.requests: list[Request] = []
        self.users: dict[str, User] = {}
        self.repositories: dict[str, Repository] = {}  # by full name, lower case
        self.installations: dict[int, Installation] = {}
        self.deliveries: list[Delivery] = []
        self._last_id = 1000

    def next_id(self) -> int:
        """Return the next number: ids are the same in every run that does the same."""
        self._last_id += 1
        return self._last_id

    def user(self, login: str, kind: str = "User") -> User:
        """Return the user of that login, made on first use."""
        with self.lock:
            if login.lower() not in self.users:
                self.users[login.lower()] = User(self.next_id(), login, kind)
            return self.users[login.lower()]

    def add_repository(self, full_name: str, files: Mapping[str, Content], branch: str = "main") -> Repository:
        """Make a repository of an organisation with one commit on its default branch."""
        owner, name = full_name.split("/")
        with self.lock:
            objects = Objects()
            first = objects.commit((), files, "Initial commit", owner, f"{owner}@users.noreply.github.com")
            account = self.user(owner, "Organization")
            repository = Repository(self.next_id(), account, name, objects, branch, {branch: first.sha})
            repository.created = self.clock()
            self.repositories[full_name.lower()] = repository
            return repository

    def repository(self, full_name: str) -> Repository:
        """Return a repository by OWNER/NAME."""
        return self.repositories[full_name.lower()]

    def pull(self, full_name: str, number: int) -> Pull:
        """Return a pull request by its repository and number."""
        return self.repository(full_name).pulls[number]

    def pulls(self) -> Iterator[Pull]:
        """Return every pull request."""
        for repository in self.repositories.values():
            yield from repository.pulls.values()

    def label(self, repository: Repository, name: str) -> Label:
        """Return a repository's label, made in grey on first use as GitHub does when it is put on an issue."""
        key = name.casefold()
        if key not in repository.labels:
            repository.labels[key] = Label(self.next_id(), name)
        return repository.labels[key]

    def installation_for(self, repository: Repository) -> Installation | None:
        """Return the installation whose App sees a repository."""
        return next((i for i in self.installations.values() if repository in i.repositories), None)
