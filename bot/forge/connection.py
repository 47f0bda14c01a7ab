"""One line to GitHub: every request is counted, logged with its purpose, and its failure sorted by who must act."""

from __future__ import annotations

import json
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from github import GithubException
from github.Requester import Requester
from requests import RequestException

from bot.errors import Absent, GreffierError, Invalid, Limited, Refused, Retry
from bot.forge.bounded import PER_PAGE, until
from bot.forge.calls import Call

log = logging.getLogger(__name__)

_UNTOLD_WAIT = 60  # seconds: what GitHub asks for where a limit names no time, twice as long each time that it goes on
_LONGEST_WAIT = 3600  # its limits are counted by the hour
_PASSING = ("RATE_LIMITED", "SERVICE_UNAVAILABLE", "LOADING", "TIMEOUT")


@dataclass(slots=True)
class Account:
    """What all requests of one installation (or one personal token) share. `forget` drops a token that
    GitHub no longer takes; `between_writes` are the seconds that GitHub asks to leave between two writes,
    and `shared` takes the next turn among all processes and returns the seconds until it.
    Who goes on asking against a limit may be banned: after one, nobody asks until its end.
    https://docs.github.com/rest/using-the-rest-api/best-practices-for-using-the-rest-api"""

    requester: Requester
    forget: Callable[[], bool]
    between_writes: float
    clock: Callable[[], float] = time.monotonic
    shared: Callable[[float], float] = lambda _: 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _next_write: float = 0.0
    _held: float = 0.0
    _untold: int = 0

    def pace(self) -> None:
        """Wait for this write's turn."""
        with self._lock:
            turn = max(self._next_write, self.clock())
            self._next_write = turn + self.between_writes
        others = self.shared(self.between_writes) if self.between_writes else 0
        time.sleep(max(turn - self.clock(), others, 0))

    def admit(self, purpose: str) -> None:
        """Raise Limited while GitHub asks to wait."""
        if (left := self._held - self.clock()) > 0:
            raise Limited(f"{purpose}: GitHub asks to wait {left:.0f} s more", left)

    def hold(self, fault: Limited) -> None:
        """Have nobody ask until the end of a limit; where GitHub does not tell that, `fault` does from now on."""
        with self._lock:
            if fault.after is None:
                fault.after = _UNTOLD_WAIT * 2**self._untold
                self._untold = min(self._untold + 1, 6)
            fault.after = min(fault.after, _LONGEST_WAIT)
            self._held = max(self._held, self.clock() + fault.after)

    def ease(self) -> None:
        """Note that a write went through: the next limit is another one."""
        self._untold = 0


class Connection:
    """The requests of one job. After `deadline` seconds no new one starts, and none goes on: the job comes back later.

    Nothing is repeated here: a failed request ends the job with Retry, and the next attempt looks at
    what GitHub shows before it writes again.
    """

    def __init__(self, account: Account, deadline: float) -> None:
        self.calls: list[Call] = []
        self._account = account
        self._deadline = time.monotonic() + deadline

    def get(self, path: str, purpose: str, **query: str | int) -> Any:
        """Return the JSON answer of a GET."""
        return self._rest("GET", path, purpose, query, None)

    def pages(self, path: str, purpose: str, key: str = "", **query: str | int) -> Iterator[Any]:
        """Yield the items of a list, 100 to a page; `key` names the list where the answer is an object.
        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api"""
        for page in count(1):
            answer = self.get(path, purpose, per_page=PER_PAGE, page=page, **query)
            items = answer[key] if key else answer
            yield from items
            if len(items) < PER_PAGE:
                return

    def linked(self, path: str, purpose: str) -> Iterator[Any]:
        """Yield the items of a list that leads from page to page by its Link header, which the last page lacks."""
        url, query = path, {"per_page": PER_PAGE}
        while url:
            items, headers = self._send("GET", url, purpose, query, None)
            yield from items
            following = re.search(r'<([^>]+)>; *rel="next"', headers.get("link", ""))
            url, query = (following[1] if following else ""), {}

    def write(self, method: str, path: str, purpose: str, body: Mapping[str, object] | None = None) -> Any:
        """Return the JSON answer of a POST, PATCH or DELETE."""
        self._account.pace()
        answer = self._rest(method, path, purpose, {}, body)
        self._account.ease()
        return answer

    def query(self, document: str, variables: Mapping[str, object], purpose: str) -> dict[str, Any]:
        """Return the data of a GraphQL query."""
        return self._graphql(document, variables, purpose)

    def mutate(self, document: str, variables: Mapping[str, object], purpose: str) -> dict[str, Any]:
        """Return the data of a GraphQL mutation. When one of its fields fails, the others were applied."""
        self._account.pace()
        data = self._graphql(document, variables, purpose)
        self._account.ease()
        return data

    def _graphql(self, document: str, variables: Mapping[str, object], purpose: str) -> dict[str, Any]:
        url = self._account.requester.graphql_url
        answer, headers = self._send("POST", url, purpose, {}, {"query": document, "variables": dict(variables)})
        if not isinstance(answer, dict):
            raise Retry(f"{purpose}: GitHub's answer can't be read")
        errors = answer.get("errors")
        if errors:
            raise self._told(_graphql_failure(purpose, errors, headers))
        data: dict[str, Any] = answer.get("data") or {}
        return data

    def _rest(
        self, method: str, path: str, purpose: str, query: Mapping[str, str | int], body: Mapping[str, object] | None
    ) -> Any:
        return self._send(method, path, purpose, query, body)[0]

    def _send(
        self, method: str, url: str, purpose: str, query: Mapping[str, str | int], body: Mapping[str, object] | None
    ) -> tuple[Any, Mapping[str, str]]:
        self._account.admit(purpose)
        if time.monotonic() > self._deadline:
            raise Retry(f"{purpose}: this job has taken too long")
        requester = self._account.requester
        start, status = time.monotonic(), 0
        headers: Mapping[str, str] = {}
        try:
            with until(self._deadline):
                status, headers, text = requester.requestJson(
                    method, url, parameters=dict(query), headers={"Accept": "application/vnd.github+json"}, input=body
                )
        except RequestException as error:
            raise Retry(f"{purpose}: {type(error).__name__}") from error
        except GithubException as error:  # the request for a token, which PyGithub makes on its own
            said = json.dumps(error.data)
            raise self._told(failure(f"{purpose}, token", error.status, error.headers or {}, said)) from error
        finally:
            self._count(Call(method, purpose, status, time.monotonic() - start, *_left(headers)))
        if status == 401 and self._account.forget():
            raise Retry(f"{purpose}: GitHub no longer takes the token", 0)
        if status >= 400:
            raise self._told(failure(purpose, status, headers, text))
        try:
            return json.loads(text) if text else None, headers
        except ValueError as error:
            raise Retry(f"{purpose}: GitHub's answer can't be read") from error

    def _told(self, fault: GreffierError) -> GreffierError:
        if isinstance(fault, Limited):
            self._account.hold(fault)
        return fault

    def _count(self, call: Call) -> None:
        self.calls.append(call)
        told = {
            "purpose": call.purpose,
            "method": call.method,
            "status": call.status,
            "seconds": round(call.seconds, 3),
            "rate_left": call.left,
        }
        log.info("github %s %s: %s", call.method, call.purpose, call.status or "no answer", extra=told)


def _left(headers: Mapping[str, str]) -> tuple[int | None, str]:
    """Return how many requests are left this hour, and of which resource."""
    left = headers.get("x-ratelimit-remaining", "")
    return (int(left) if left.isdecimal() else None, headers.get("x-ratelimit-resource", "core"))


def failure(purpose: str, status: int, headers: Mapping[str, str], text: str) -> GreffierError:
    """Sort an answer by who must act.
    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api"""
    said = f"{purpose}: GitHub answers {status} {_message(text)}"
    if status >= 500 or status == 408:
        return Retry(said)
    if status == 429 or (status == 403 and _limited(headers, text)):
        return Limited(said, _wait(headers))
    if status == 422:
        return Invalid(said)
    wanted = headers.get("x-accepted-github-permissions", "")
    return Refused(f"{said}; permissions wanted: {wanted}" if status == 403 and wanted else said)


def _limited(headers: Mapping[str, str], text: str) -> bool:
    """Whether a 403 is a rate limit. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or "rate limit" in text.lower()


def _wait(headers: Mapping[str, str]) -> float | None:
    """Return how many seconds a rate limit asks to wait, None where it does not say."""
    if headers.get("retry-after", "").isdecimal():
        return int(headers["retry-after"])
    if headers.get("x-ratelimit-remaining") == "0" and headers.get("x-ratelimit-reset", "").isdecimal():
        return max(int(headers["x-ratelimit-reset"]) - time.time(), 1)
    return None


def _graphql_failure(purpose: str, errors: list[dict[str, Any]], headers: Mapping[str, str]) -> GreffierError:
    """Sort the errors of a GraphQL answer. Those without a type are GitHub's own failures, and pass."""
    said = f"{purpose}: " + "; ".join(f"{error.get('type', '')} {error.get('message', '')}".strip() for error in errors)
    kinds = {str(error.get("type", "")) for error in errors}
    if "RATE_LIMITED" in kinds:
        return Limited(said, _wait(headers))
    if kinds & {"", *_PASSING}:
        return Retry(said)
    if kinds == {"NOT_FOUND"}:
        return Absent(said)
    return Invalid(said) if kinds == {"UNPROCESSABLE"} else Refused(said)


def _message(text: str) -> str:
    try:
        answer = json.loads(text)
        told = [str(answer.get("message", "")), *map(str, answer.get("errors") or ())]
    except (ValueError, AttributeError):
        told = [text[:200]]
    return " ".join(told)
