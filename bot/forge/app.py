"""What GitHub says of the App itself, asked with its key: no review needs it, the doctor does."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Any, Literal
from urllib.parse import quote

from github import Auth
from requests import RequestException
from requests.exceptions import ConnectTimeout, ProxyError, ReadTimeout, SSLError

from bot.errors import Unusable
from bot.forge.bounded import requester
from bot.forge.forges import PERMISSIONS
from bot.settings import Settings

# What the App is registered with. GitHub announces comments on pull requests only to an App that may read issues,
# although no token of ours asks for that: https://docs.github.com/webhooks/webhook-events-and-payloads#issue_comment
GRANTS = {**PERMISSIONS, "issues": "read"}
Trouble = Literal["", "tls", "proxy", "slow", "unreachable"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: `status` is 0 where nothing did, and `trouble` then says where the line broke.

    `ahead` is by how many seconds our clock is ahead of GitHub's, to the second; None where it is not told.
    """

    status: int
    data: Any = None
    trouble: Trouble = ""
    ahead: float | None = None

    @property
    def message(self) -> str:
        """What GitHub says of a refusal."""
        return str(self.data.get("message", "")) if isinstance(self.data, Mapping) else ""


class Line:
    """A line to GitHub on which the App (or the owner of the personal token) speaks for itself. It never raises:
    whatever goes wrong is an answer too. https://docs.github.com/rest/apps/apps"""

    def __init__(self, settings: Settings) -> None:
        ours = Auth.AppAuth(settings.app_id, settings.private_key) if settings.app_id else Auth.Token(settings.token)
        self._requester = requester(settings.github_url, settings.timeout, ours)

    def ask(self, path: str) -> Answer:
        """Return the answer to a GET."""
        try:
            status, headers, text = self._requester.requestJson(
                "GET", path, headers={"Accept": "application/vnd.github+json"}
            )
        except RequestException as error:
            return Answer(0, trouble=_trouble(error))
        try:
            data = json.loads(text) if text else None
        except ValueError:
            data = None  # not GitHub: a portal, or a proxy's page
        return Answer(status, data, ahead=_ahead(headers.get("date", "")))


def _ahead(date: str) -> float | None:
    """Compare our clock with a Date header. https://httpwg.org/specs/rfc9110.html#field.date"""
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except ValueError:
        return None


def _trouble(error: RequestException) -> Trouble:
    if isinstance(error, SSLError):
        return "tls"
    if isinstance(error, ProxyError):
        return "proxy"
    return "slow" if isinstance(error, ConnectTimeout | ReadTimeout) else "unreachable"


def convert(github_url: str, code: str) -> dict[str, Any]:
    """Return the App that was just made from a manifest, with its secrets; GitHub tells them once, within an hour.

    Raises Unusable where the code is not good, or GitHub is away.
    https://docs.github.com/rest/apps/apps#create-a-github-app-from-a-manifest
    """
    said = ""
    try:
        status, _, text = requester(github_url, Settings.timeout).requestJson(
            "POST", f"/app-manifests/{quote(code, safe='')}/conversions"
        )
        if status == 201:
            made: dict[str, Any] = json.loads(text)
            return made
        said = str(status)
    except RequestException as error:
        said = type(error).__name__
    raise Unusable(
        f"GitHub n'échange pas ce code ({said}) : il sert une fois, dans l'heure. Recommencez depuis la page.",
        f"GitHub does not take this code ({said}): it serves once, within the hour. Start again from the page.",
    )
