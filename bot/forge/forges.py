"""Who we are for GitHub: an App with its installations, or the owner of a personal token."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

from github import Auth, GithubException
from github.Requester import Requester

from bot.blobs import Blobs, SqliteBlobs
from bot.errors import Limited, Refused, Retry
from bot.forge.bounded import requester
from bot.forge.connection import Account, Connection
from bot.forge.forge import Forge
from bot.settings import Settings

log = logging.getLogger(__name__)
Turn = Callable[[str, float], float]

_MOST_AGAIN = 200  # deliveries asked for at once
_EARLY = timedelta(minutes=5)  # a token is renewed this long before it ends
# What the service needs and no more, whatever the App was granted.
PERMISSIONS = {"checks": "write", "contents": "read", "metadata": "read", "pull_requests": "write"}


class InstallationToken(Auth.Auth):
    """The token of one installation: asked for once, whatever the threads, and renewed early.
    https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app"""

    def __init__(self, app: Requester, installation: int) -> None:
        self._app, self._path = app, f"/app/installations/{installation}/access_tokens"
        self._lock = threading.Lock()
        self._token, self._ends = "", datetime.now(UTC)

    @property
    def token_type(self) -> str:
        """The scheme of the header."""
        return "token"

    @property
    def token(self) -> str:
        """The token, good for some minutes at least."""
        with self._lock:
            if not self._token or self._ends - _EARLY < datetime.now(UTC):
                _, granted = self._app.requestJsonAndCheck(
                    "POST",
                    self._path,
                    headers={"Accept": "application/vnd.github+json"},
                    input={"permissions": PERMISSIONS},
                )
                if "token" not in granted:
                    raise GithubException(502, granted)  # not GitHub: a portal, or a proxy's page
                self._token, self._ends = granted["token"], datetime.fromisoformat(granted["expires_at"])
                log.info("github POST token: %s", self._path)
            return self._token

    def forget(self) -> bool:
        """Ask for another token next time."""
        with self._lock:
            self._token = ""
        return True


class Forges:
    """Gives one Forge per job. Those of one installation share its token, its connections and its pace; `turn`
    shares the pace with other processes: see `bot.journal.Journal.turn`."""

    def __init__(
        self,
        settings: Settings,
        blobs: Blobs,
        clock: Callable[[], float] = time.monotonic,
        *,
        turn: Turn = lambda _, __: 0.0,
    ) -> None:
        self._settings, self._blobs, self._clock, self._turn = settings, blobs, clock, turn
        self._lock = threading.Lock()
        self._accounts: dict[int | None, Account] = {}
        if settings.app_id:
            auth = Auth.AppAuth(settings.app_id, settings.private_key)
            self._app = self._account_of(auth, lambda: False)

    def forge_for(self, installation: int | None) -> Forge:
        """Return a Forge for one job on an installation; None stands for the personal token.

        Raises Refused where the settings hold no key for it.
        """
        app = int(self._settings.app_id) if installation is not None else None
        connection = Connection(self._account(installation), self._settings.deadline)
        return Forge(connection, self._blobs, app, self._settings.repositories)

    def installations(self) -> list[int | None]:
        """Return the installations of the App; None for the personal token, which has none."""
        if not self._settings.app_id:
            return [None]
        return [found["id"] for found in self._as_app().pages("/app/installations", "installations")]

    def installation_of(self, owner: str, repo: str) -> int | None:
        """Return the installation that sees a repository; None for the personal token."""
        if not self._settings.app_id:
            return None
        return int(self._as_app().get(f"/repos/{owner}/{repo}/installation", "installation of a repository")["id"])

    def ask_again(self, since: datetime, known: Callable[[str], bool]) -> tuple[int, int]:
        """Have GitHub send the deliveries again that failed since then, but not those that are `known` by their
        id; returns how many were asked for, and how many are left for another time. Raises Retry, once all were
        asked for, where one of them was not answered.
        https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries"""
        line = self._as_app()
        arrived, failed = set[str](), dict[str, int]()
        for delivery in line.linked("/app/hook/deliveries", "deliveries"):  # newest first
            if datetime.fromisoformat(delivery["delivered_at"]) < since:
                break
            if 200 <= delivery["status_code"] < 400:
                arrived.add(delivery["guid"])
            else:
                failed.setdefault(delivery["guid"], delivery["id"])
        missed = [number for guid, number in failed.items() if guid not in arrived and not known(guid)]
        failure: Retry | None = None
        for number in missed[:_MOST_AGAIN]:
            try:
                line.write("POST", f"/app/hook/deliveries/{number}/attempts", "missed delivery")
            except Refused as error:
                log.warning("%s", error)  # too old: the sweep finds what it announced
            except Limited:
                raise
            except Retry as error:  # of this one: the next attempt has so many fewer to ask for
                failure = error
        if failure:
            raise failure
        return len(missed[:_MOST_AGAIN]), len(missed[_MOST_AGAIN:])

    def _as_app(self) -> Connection:
        """Return a line on which the App speaks for itself, by its key."""
        return Connection(self._app, self._settings.deadline)

    def _account(self, installation: int | None) -> Account:
        with self._lock:
            if installation not in self._accounts:
                account = self._accounts[installation] = self._log_in(installation)
                account.shared = partial(self._turn, f"writes of {installation}")
            return self._accounts[installation]

    def _log_in(self, installation: int | None) -> Account:
        settings = self._settings
        if installation is not None and settings.app_id:
            token = InstallationToken(self._app.requester, installation)
            return self._account_of(token, token.forget)
        if installation is None and settings.token:
            return self._account_of(Auth.Token(settings.token), lambda: False)
        raise Refused("GREFFIER_APP_ID et GREFFIER_PRIVATE_KEY, ou GREFFIER_TOKEN, sont nécessaires pour lire GitHub.")

    def _account_of(self, auth: Auth.Auth, forget: Callable[[], bool]) -> Account:
        way = requester(self._settings.github_url, self._settings.timeout, auth)
        return Account(way, forget, self._settings.between_writes, self._clock)


def forges(settings: Settings, turn: Turn = lambda _, __: 0.0) -> Forges:
    """Return the way to GitHub that the settings describe, its memory in the data folder."""
    return Forges(settings, SqliteBlobs(settings.data / "blobs.sqlite"), turn=turn)
