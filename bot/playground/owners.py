"""What the owner of an App and the owners of repositories do: register it, install it, give it another repository."""

from __future__ import annotations

from collections.abc import Mapping

from bot.playground.events import Events
from bot.playground.model import App, Installation
from bot.playground.store import Store
from bot.playground.traffic import Event

PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"}
EVENTS = ["check_run", "issue_comment", "pull_request", "push"]


class Owners:
    """Each act changes the store; those that GitHub tells Apps about return the webhook event."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._events = Events(store)

    def register_app(self, slug: str, public_key: str, owner: str = "etalab") -> App:
        """Register a GitHub App; `public_key` is PEM. Its bot is called SLUG[bot]."""
        store = self.store
        with store.lock:
            account = store.user(owner, "Organization")
            number = store.next_id()
            bot = store.user(f"{slug}[bot]", "Bot")
            client_id = f"Iv23li{number:014d}"
            created = store.clock()
            app = App(number, slug, client_id, account, bot, public_key, dict(PERMISSIONS), list(EVENTS), created)
            store.apps[number] = app
            return app

    def install(self, app: App, *full_names: str, permissions: Mapping[str, str] | None = None) -> Event:
        """Install an App on repositories of one account: `installation` created."""
        store = self.store
        with store.lock:
            repositories = [store.repository(name) for name in full_names]
            rights = dict(app.permissions if permissions is None else permissions)
            account = repositories[0].owner
            installed = Installation(store.next_id(), app, account, repositories, rights, store.clock())
            store.installations[installed.id] = installed
            return self._events.installation(installed, "created", repositories, account)

    def extend(self, installation: Installation, full_name: str) -> Event:
        """Add a repository to an installation: `installation_repositories` added."""
        with self.store.lock:
            repository = self.store.repository(full_name)
            installation.repositories.append(repository)
            return self._events.installation(installation, "added", [repository], installation.account)
