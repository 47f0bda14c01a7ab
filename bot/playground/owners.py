"""What the owner of an App and the owners of repositories do: register it, install it, give it another repository."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.playground.access import Refusal
from bot.playground.events import Events
from bot.playground.model import App, Installation, Json
from bot.playground.store import Store
from bot.playground.traffic import Event

PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"}
# The permission without which an App may not hear of an event: the one of issues for every comment.
_TELLS = {"check_run": "checks", "issue_comment": "issues", "pull_request": "pull_requests", "push": "contents"}
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

    def create_from(self, manifest: Json) -> str:
        """Confirm the manifest of an App on GitHub's page: returns the code that is good for its secrets, once.

        https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
        """
        permissions, events = manifest["default_permissions"], manifest["default_events"]
        refused = sorted({event for event in events if _TELLS[event] not in permissions})
        if refused:
            raise Refusal(422, f"Default events are not supported by permissions: {', '.join(refused)}")
        key = rsa.generate_private_key(65537, 2048)
        public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.TraditionalOpenSSL, form.NoEncryption())
        app = self.register_app(manifest["name"], public.decode())
        app.url = manifest["url"]
        app.permissions, app.events = dict(permissions), list(events)
        code = f"code-of-{app.id}"
        told = {"client_secret": "c" * 40, "webhook_secret": secrets.token_hex(20), "pem": pem.decode()}
        self.store.made[code] = (app, told)
        return code

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
