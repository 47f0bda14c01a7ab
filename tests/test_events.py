"""What a delivery leads to, event by event."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from bot.hint import Hint
from webhooks.events import hint

REPOSITORY = {"full_name": "betagouv/api.gouv.fr", "default_branch": "master"}
COMMON: dict[str, Any] = {
    "repository": REPOSITORY,
    "installation": {"id": 9},
    "sender": {"type": "User", "login": "ana"},
}


def _pull(action: str, **more: Any) -> dict[str, Any]:
    return {**COMMON, "action": action, "number": 7, "pull_request": {"number": 7, "state": "open"}, **more}


def _comment(body: str, *, by: str = "ana", author: str = "ana", **issue: Any) -> dict[str, Any]:
    shown = {"number": 7, "state": "open", "user": {"login": author}, "pull_request": {"url": "…"}, **issue}
    return {**COMMON, "action": "created", "issue": shown, "comment": {"id": 55, "body": body, "user": {"login": by}}}


def _check(action: str, **run: Any) -> dict[str, Any]:
    return {**COMMON, "action": action, "check_run": {"pull_requests": [], "external_id": "", **run}}


def _push(*paths: str, ref: str = "refs/heads/master") -> dict[str, Any]:
    return {**COMMON, "ref": ref, "commits": [{"added": [], "modified": [*paths], "removed": []}]}


SEVEN = Hint(9, ("betagouv/api.gouv.fr",), 7)
AGAIN = Hint(9, ("betagouv/api.gouv.fr",), 7, again=True)
ALL = Hint(9, ("betagouv/api.gouv.fr",))


@pytest.mark.parametrize("action", ["opened", "reopened", "synchronize", "ready_for_review"])
def test_a_change_of_the_pull_request_is_looked_at(action: str) -> None:
    assert hint("pull_request", _pull(action)) == SEVEN


def test_an_edit_is_looked_at_where_the_base_changed() -> None:
    assert hint("pull_request", _pull("edited", changes={"base": {"ref": {"from": "old"}}})) == SEVEN
    assert hint("pull_request", _pull("edited", changes={"title": {"from": "old"}})) is None


@pytest.mark.parametrize("action", ["closed", "labeled", "assigned", "converted_to_draft", "locked", "enqueued"])
def test_other_actions_are_not(action: str) -> None:
    assert hint("pull_request", _pull(action)) is None


def test_a_closed_pull_request_costs_nothing() -> None:
    assert hint("pull_request", _pull("synchronize", pull_request={"number": 7, "state": "closed"})) is None
    assert hint("issue_comment", _comment("/greffier relire", state="closed")) is None


@pytest.mark.parametrize(
    ("event", "payload"),
    [
        ("pull_request", _pull("opened")),
        ("issue_comment", _comment("/greffier relire")),
        ("check_run", _check("rerequested", external_id="pr:7:abc:def")),
        ("push", _push("_data/api/x.md")),
    ],
)
def test_what_a_bot_does_is_dropped(event: str, payload: dict[str, Any]) -> None:
    assert hint(event, payload) is not None
    assert hint(event, {**payload, "sender": {"type": "Bot"}}) is None


@pytest.mark.parametrize(
    "body",
    ["/greffier relire", "Merci !\r\n\r\n/greffier relire\r\n", "  /Greffier  recheck  ", "/greffier recheck\nplease"],
)
def test_the_author_may_ask_again(body: str) -> None:
    assert hint("issue_comment", _comment(body)) == Hint(9, SEVEN.repos, 7, comment=55, again=True)


def test_somebody_else_is_asked_for_by_name() -> None:
    assert hint("issue_comment", _comment("/greffier relire", by="bob")) == Hint(
        9, SEVEN.repos, 7, 55, "bob", again=True
    )


@pytest.mark.parametrize(
    "payload",
    [
        _comment("> /greffier relire"),
        _comment("please run /greffier relire"),
        _comment("/greffier relirez"),
        _comment("/greffier"),
        _comment("/greffier relire") | {"action": "edited"},
        _comment("/greffier relire", pull_request=None),
    ],
)
def test_what_is_no_command(payload: dict[str, Any]) -> None:
    assert hint("issue_comment", payload) is None


def test_a_check_run_names_its_pull_request() -> None:
    """The list of pull requests is empty for a fork: the check run carries its own number."""
    assert hint("check_run", _check("rerequested", external_id="pr:7:abc:def")) == AGAIN
    assert hint("check_run", _check("rerequested", pull_requests=[{"number": 7}])) == AGAIN
    assert hint("check_run", _check("rerequested")) is None


def test_the_button_of_the_check_run() -> None:
    pressed = _check("requested_action", external_id="pr:7:abc:def")
    assert hint("check_run", pressed | {"requested_action": {"identifier": "relire"}}) == AGAIN
    assert hint("check_run", pressed | {"requested_action": {"identifier": "other"}}) is None
    assert hint("check_run", _check("completed", external_id="pr:7:abc:def")) is None


def test_a_push_on_the_default_branch_that_touches_the_catalogue() -> None:
    assert hint("push", _push("README.md", "_data/producteurs/dinum.md")) == ALL
    assert hint("push", _push("README.md", "pages/index.js", "public/images/home.png")) is None
    assert hint("push", _push("_data/api/x.md", ref="refs/heads/topic")) is None
    assert hint("push", {**COMMON, "ref": "refs/heads/master", "commits": []}) == ALL


def test_a_push_of_what_entries_name_changes_their_answers() -> None:
    """Every folder whose files a rule looks for, by its own text."""
    texts = [path.read_text("utf-8") for path in (Path(__file__).parents[1] / "rules").rglob("*.py")]
    folders = {found for text in texts for found in re.findall(r'"(public/[\w/-]+)"', text)}
    assert len(folders) >= 3
    for folder in folders:
        assert hint("push", _push(f"{folder}/x.png")) == ALL


def test_installations() -> None:
    assert hint("installation", {**COMMON, "action": "created"}) == Hint(9, ())
    assert hint("installation", {**COMMON, "action": "deleted"}) is None
    added = [{"full_name": "a/b"}, {"full_name": "a/c"}]
    payload = {**COMMON, "action": "added", "repositories_added": added}
    assert hint("installation_repositories", payload) == Hint(9, ("a/b", "a/c"))
    assert hint("installation_repositories", {**COMMON, "action": "removed", "repositories_added": []}) is None


@pytest.mark.parametrize("event", ["pull_request", "check_run", "issue_comment", "push", "installation", "star"])
def test_a_payload_may_lack_anything(event: str) -> None:
    for payload in ({}, {"action": "created"}, {"action": "opened", "pull_request": None, "sender": None}):
        assert hint(event, payload) in (None, Hint(None, ()))


ODD = (None, 5, -1, 10**30, 1.5, True, "", "a/\ud800", "\0", [], [5], [[]], [None], {}, {"a": 1})
EVERY = [
    ("pull_request", _pull("opened")),
    ("pull_request", _pull("edited", changes={"base": {}})),
    ("check_run", _check("rerequested", external_id="pr:7:abc:def")),
    ("check_run", _check("rerequested", pull_requests=[{"number": 7}])),
    ("check_run", _check("requested_action", external_id="pr:7:a:b") | {"requested_action": {"identifier": "relire"}}),
    ("issue_comment", _comment("/greffier relire")),
    ("push", _push("_data/api/x.md")),
    ("installation", {**COMMON, "action": "created"}),
    ("installation_repositories", {**COMMON, "action": "added", "repositories_added": [{"full_name": "a/b"}]}),
]


def _odd(made: Any) -> Iterator[Any]:
    """Yield a payload with something odd in the place of each of its values, one at a time."""
    yield from ODD
    items = made.items() if isinstance(made, dict) else enumerate(made) if isinstance(made, list) else ()
    for key, value in items:
        for other in _odd(value):
            changed = made.copy()
            changed[key] = other
            yield changed


@pytest.mark.parametrize(("event", "payload"), EVERY)
def test_whatever_is_signed_is_understood_or_left(event: str, payload: dict[str, Any]) -> None:
    assert hint(event, payload)
    for odd in _odd(payload):
        if isinstance(odd, dict) and (found := hint(event, odd)):
            kept = Hint.from_json(json.loads(json.dumps(found.as_json(), ensure_ascii=False).encode()))
            assert kept == found
            assert all(re.fullmatch(r"[\w.-]+/[\w.-]+", repo, re.ASCII) for repo in kept.repos)
            assert kept.number in (None, 5, 7)


def test_a_command_of_nobody_is_dropped() -> None:
    """Whoever wrote it left GitHub: an empty name would stand for the author, who needs no permission."""
    for user in (None, {}, {"login": None}, {"login": ""}):
        asked = _comment("/greffier relire", user=user)
        assert hint("issue_comment", {**asked, "comment": {**asked["comment"], "user": user}}) is None
    assert hint("issue_comment", _comment("/greffier relire", user=None)) == Hint(
        9, SEVEN.repos, 7, 55, "ana", again=True
    )


def test_a_hint_survives_json() -> None:
    for made in (SEVEN, ALL, Hint(None, ("a/b",), 3, 4, "bob")):
        assert Hint.from_json(made.as_json()) == made
