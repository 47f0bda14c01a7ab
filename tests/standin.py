"""A world to try the bot in: the stand-in for GitHub on a loopback port, our App on it, and the bot at its door."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import github_schema
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.blobs import MemoryBlobs
from bot.forge import Forge, Forges
from bot.playground.github import serve
from bot.playground.model import Json, Pull, Repository
from bot.playground.owners import Owners
from bot.playground.people import People
from bot.playground.snapshot import snapshot
from bot.playground.store import Store
from bot.playground.traffic import Request
from bot.review import Review, review
from bot.settings import Settings
from bot.state import PullRef
from rules.model import Rule

SAMPLE = Path(__file__).parent.parent / "bot/playground/sample"


def files_of(folder: str) -> dict[str, bytes]:
    """Return the files of a folder of the sample: `catalogue`, or `pulls/<name>`."""
    top = SAMPLE / folder
    found = {path.relative_to(top).as_posix(): path for path in sorted(top.rglob("*")) if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if name != "pull.yml"}


@cache
def _key() -> tuple[str, str]:
    """Return the App's private and public keys, in PEM."""
    key = rsa.generate_private_key(65537, 2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private.decode(), public.decode()


class World:
    """One stand-in, one App installed on `demo/catalogue`, and the rules; `waited` are the
    seconds by which the bot's clock is ahead, as though it had waited."""

    def __init__(
        self, rules: Sequence[Rule], files: dict[str, bytes], url: str, store: Store, token: bool, timeout: float
    ) -> None:
        self.store, self.rules, self.url = store, rules, url
        self.people, self.owners = People(store), Owners(store)
        self.repository: Repository = store.add_repository("demo/catalogue", files)
        private, public = _key()
        self.app = self.owners.register_app("greffier", public)
        self.owners.install(self.app, "demo/catalogue")
        self.installation = None if token else next(iter(store.installations))
        personal = store.tokens.personal(store.user("robot")) if token else ""
        self.repository.roles["robot"] = "write"
        self.settings = Settings(
            data=Path("unused"),
            database_url="",
            app_id="" if token else str(self.app.id),
            private_key="" if token else private,
            token=personal,
            repositories=("demo/catalogue",),
            github_url=url,
            between_writes=0,
            timeout=timeout,
        )
        self.waited = 0.0
        self.forget()

    def forget(self) -> None:
        """Have the bot start afresh, its memory empty."""
        self.forges = Forges(self.settings, MemoryBlobs(), lambda: time.monotonic() + self.waited)

    def forge(self) -> Forge:
        """Return a forge for one job."""
        return self.forges.forge_for(self.installation)

    def open(self, files: dict[str, object], author: str = "marie", **more: object) -> Pull:
        """Open a pull request."""
        event = self.people.open_pull("demo/catalogue", author, "Une fiche", files, **more)  # type: ignore[arg-type]
        return self.store.pull("demo/catalogue", event.payload["number"])

    def review(self, pull: Pull, **how: Any) -> Review:
        """Review a pull request once; `how` is as in `bot.review.review`."""
        ref = PullRef("demo", "catalogue", pull.number)
        return review(ref, self.forge(), self.rules, **how)

    def counted(self, pull: Pull, **how: bool) -> tuple[Review, list[Request]]:
        """Review, and return the requests that reached the stand-in too, tokens aside."""
        before = len(self.store.requests)
        done = self.review(pull, **how)
        return done, [r for r in self.store.requests[before:] if not r.path.endswith("/access_tokens")]

    def snapshot(self, pull: Pull) -> Json:
        """Return what a visitor sees."""
        return snapshot(pull)


@contextmanager
def world(
    rules: Sequence[Rule], files: dict[str, bytes], *, token: bool = False, timeout: float = 60, described: bool = True
) -> Iterator[World]:
    """Give a world; at its end, if it is to be as `described`, all that was said is compared with GitHub's own
    descriptions where these are there."""
    store = Store()
    with serve(store) as url:
        yield World(rules, files, url, store, token, timeout)
    if described and not github_schema.ABSENT:
        faults = github_schema.faults(store.requests)
        assert not faults, "\n".join(faults)
