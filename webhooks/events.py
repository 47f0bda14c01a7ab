"""From an event and its payload to the pull requests worth a look: pure, needs few fields, ignores the rest.

https://docs.github.com/webhooks/webhook-events-and-payloads
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.hint import Hint
from rules.catalogue import counts

Payload = Mapping[str, Any]

RECHECK = "relire"  # identifier of the button « Relire » of the check run
_COMMAND = re.compile(r"^[ \t]*/greffier[ \t]+(relire|recheck)[ \t\r]*$", re.IGNORECASE | re.MULTILINE)
_CHANGES = frozenset({"opened", "reopened", "synchronize", "ready_for_review"})
_PULL_OF_CHECK = re.compile(r"pr:([0-9]{1,18}):")  # see bot.external_id
_REPOSITORY = re.compile(r"[A-Za-z0-9._-]+/[A-Za-z0-9._-]+")
_LOGIN = re.compile(r"[A-Za-z0-9._-]+(\[bot\])?")


def hint(event: str, payload: Payload) -> Hint | None:
    """Return what `event` asks for, or None where it changes no answer.

    What bots do is dropped first, so that no two of them ever answer each other; a pull request
    opened by a bot is found by the sweep of the open ones.
    """
    if _at(payload, "sender", "type") == "Bot":
        return None
    read = _READERS.get(event)
    return read(payload) if read else None


def subject(payload: Payload) -> str:
    """Return what an event is about, as far as it says: `owner/repo#7`, `owner/repo`, or nothing."""
    repo = str(_at(payload, "repository", "full_name") or "")
    number = _at(payload, "pull_request", "number") or _at(payload, "issue", "number")
    return f"{repo}#{number}" if repo and isinstance(number, int) else repo


def _pull_request(payload: Payload) -> Hint | None:
    action, pull = _text(payload, "action"), payload.get("pull_request")
    moved = action == "edited" and _at(payload, "changes", "base") is not None
    if not (action in _CHANGES or moved) or _at(pull, "state") == "closed":
        return None
    return _one(payload, _number(payload, "number") or _number(pull, "number"))


def _check_run(payload: Payload) -> Hint | None:
    run = payload.get("check_run")
    pressed = payload.get("action") == "requested_action" and _at(payload, "requested_action", "identifier") == RECHECK
    if payload.get("action") != "rerequested" and not pressed:
        return None
    # `pull_requests` is empty for a fork, so the check run carries its pull request itself.
    named = _PULL_OF_CHECK.match(_text(run, "external_id"))
    listed = next(iter(_list(run, "pull_requests")), None)
    return _one(payload, int(named[1]) if named else _number(listed, "number"), again=True)


def _issue_comment(payload: Payload) -> Hint | None:
    issue, comment = payload.get("issue"), payload.get("comment")
    if payload.get("action") != "created" or _at(issue, "pull_request") is None or _at(issue, "state") == "closed":
        return None
    asker = _text(comment, "user", "login")
    # Who is gone has no name, and an empty one would stand for somebody who needs no permission.
    if not _COMMAND.search(_text(comment, "body")) or not _LOGIN.fullmatch(asker):
        return None
    # `author_association` is no security check: private members appear as strangers. Who is not the
    # author is asked for by the worker, which holds the key: this process has none.
    known = "" if asker == _text(issue, "user", "login") else asker
    return _one(payload, _number(issue, "number"), comment=_number(comment, "id"), asker=known, again=True)


def _push(payload: Payload) -> Hint | None:
    default, repo = _text(payload, "repository", "default_branch"), _repository(payload)
    if not repo or payload.get("ref") != f"refs/heads/{default}" or not _touches_catalogue(payload):
        return None
    return Hint(_number(payload, "installation", "id"), (repo,))


def _touches_catalogue(payload: Payload) -> bool:
    commits = _list(payload, "commits")
    if not commits:
        return True  # a forced push may list nothing: look
    return any(
        counts(str(path))
        for commit in commits
        for key in ("added", "modified", "removed")
        for path in _list(commit, key)
    )


def _installation(payload: Payload) -> Hint | None:
    if _text(payload, "action") not in {"created", "unsuspend", "new_permissions_accepted"}:
        return None
    return Hint(_number(payload, "installation", "id"), ())


def _repositories(payload: Payload) -> Hint | None:
    names = (_text(repository, "full_name") for repository in _list(payload, "repositories_added"))
    added = tuple(name for name in names if _REPOSITORY.fullmatch(name))
    return Hint(_number(payload, "installation", "id"), added) if added else None


def _one(payload: Payload, number: int | None, **more: Any) -> Hint | None:
    repo = _repository(payload)
    return Hint(_number(payload, "installation", "id"), (repo,), number, **more) if repo and number else None


def _repository(payload: Payload) -> str:
    name = _text(payload, "repository", "full_name")
    return name if _REPOSITORY.fullmatch(name) else ""


def _text(data: Any, *keys: str) -> str:
    found = _at(data, *keys)
    return found if isinstance(found, str) else ""


def _number(data: Any, *keys: str) -> int | None:
    found = _at(data, *keys)
    return found if isinstance(found, int) and not isinstance(found, bool) and 0 < found < 1 << 63 else None


def _list(data: Any, key: str) -> list[Any]:
    found = _at(data, key)
    return found if isinstance(found, list) else []


def _at(data: Any, *keys: str) -> Any:
    """Return what lies under `keys`, or None where a key is missing."""
    for key in keys:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


_READERS: Mapping[str, Callable[[Payload], Hint | None]] = {
    "pull_request": _pull_request,
    "check_run": _check_run,
    "issue_comment": _issue_comment,
    "push": _push,
    "installation": _installation,
    "installation_repositories": _repositories,
}

# What the App subscribes to; GitHub announces installations without being asked.
EVENTS = tuple(sorted(_READERS.keys() - {"installation", "installation_repositories"}))
