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
_COMMAND = re.compile(r"^\s*/greffier\s+(relire|recheck)\s*$", re.IGNORECASE | re.MULTILINE)
_CHANGES = frozenset({"opened", "reopened", "synchronize", "ready_for_review"})
_PULL_OF_CHECK = re.compile(r"pr:(\d+):")  # see bot.external_id


def hint(event: str, payload: Payload) -> Hint | None:
    """Return what `event` asks for, or None where it changes no answer.

    What bots do is dropped first, so that no two of them ever answer each other; a pull request
    opened by a bot is found by the sweep of the open ones.
    """
    if _at(payload, "sender", "type") == "Bot":
        return None
    read = _READERS.get(event)
    return read(payload) if read else None


def _pull_request(payload: Payload) -> Hint | None:
    action, pull = payload.get("action"), payload.get("pull_request")
    moved = action == "edited" and _at(payload, "changes", "base") is not None
    if not (action in _CHANGES or moved) or _at(pull, "state") == "closed":
        return None
    return _one(payload, payload.get("number") or _at(pull, "number"))


def _check_run(payload: Payload) -> Hint | None:
    run = payload.get("check_run")
    pressed = payload.get("action") == "requested_action" and _at(payload, "requested_action", "identifier") == RECHECK
    if payload.get("action") != "rerequested" and not pressed:
        return None
    # `pull_requests` is empty for a fork, so the check run carries its pull request itself.
    named = _PULL_OF_CHECK.match(str(_at(run, "external_id") or ""))
    listed = _at(run, "pull_requests") or [{}]
    return _one(payload, int(named[1]) if named else _at(listed[0], "number"), again=True)


def _issue_comment(payload: Payload) -> Hint | None:
    issue, comment = payload.get("issue"), payload.get("comment")
    if payload.get("action") != "created" or _at(issue, "pull_request") is None or _at(issue, "state") == "closed":
        return None
    if not _COMMAND.search(str(_at(comment, "body") or "")):
        return None
    asker = str(_at(comment, "user", "login") or "")
    # `author_association` is no security check: private members appear as strangers. Who is not the
    # author is asked for by the worker, which holds the key: this process has none.
    known = "" if asker and asker == _at(issue, "user", "login") else asker
    return _one(payload, _at(issue, "number"), comment=_at(comment, "id"), asker=known, again=True)


def _push(payload: Payload) -> Hint | None:
    default = _at(payload, "repository", "default_branch")
    if not default or payload.get("ref") != f"refs/heads/{default}" or not _touches_catalogue(payload):
        return None
    return Hint(_at(payload, "installation", "id"), (str(_at(payload, "repository", "full_name")),))


def _touches_catalogue(payload: Payload) -> bool:
    commits = payload.get("commits")
    if not isinstance(commits, list) or not commits:
        return True  # a forced push may list nothing: look
    return any(
        counts(path)
        for commit in commits
        for key in ("added", "modified", "removed")
        for path in _at(commit, key) or ()
    )


def _installation(payload: Payload) -> Hint | None:
    if payload.get("action") not in {"created", "unsuspend", "new_permissions_accepted"}:
        return None
    return Hint(_at(payload, "installation", "id"), ())


def _repositories(payload: Payload) -> Hint | None:
    added = tuple(str(_at(repository, "full_name")) for repository in payload.get("repositories_added") or ())
    return Hint(_at(payload, "installation", "id"), added) if added else None


def _one(payload: Payload, number: Any, **more: Any) -> Hint | None:
    repo = _at(payload, "repository", "full_name")
    if not repo or not isinstance(number, int):
        return None
    return Hint(_at(payload, "installation", "id"), (str(repo),), number, **more)


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
