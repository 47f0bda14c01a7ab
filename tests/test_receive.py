"""The door: what it lets in, what it refuses, and what it keeps."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.hint import Hint
from bot.journal import Journal
from bot.state import PullRef
from webhooks import create_app

OLD, NEW = "l’ancien secret", "le nouveau secret"
PULL = {
    "action": "opened",
    "number": 7,
    "pull_request": {"number": 7, "state": "open"},
    "repository": {"full_name": "a/b"},
    "sender": {"type": "User"},
}
MODULES = Path(os.environ.get("GREFFIER_GITHUB_SCHEMAS") or Path(__file__).parents[1] / "node_modules")


class Kept(dict[str, Hint]):
    """A queue that remembers what it was given."""

    def deliver(self, delivery: str, hint: Hint) -> bool:
        known = delivery in self
        self.setdefault(delivery, hint)
        return not known


@pytest.fixture
def kept() -> Kept:
    return Kept()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(f"sqlite:///{tmp_path}/journal.db")
    yield journal
    journal.close()


@pytest.fixture
def door(kept: Kept, journal: Journal) -> FlaskClient:
    return create_app([NEW, OLD], kept.deliver, journal).test_client()


def sign(body: bytes, secret: str = NEW) -> str:
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(door: FlaskClient, body: bytes, /, **headers: str) -> TestResponse:
    sent = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": "d-1",
        "X-Hub-Signature-256": sign(body),
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    return door.post("/webhooks/github", data=body, headers=sent)


def refused(answer: TestResponse, code: int, kept: Kept, journal: Journal) -> str:
    """Check a refusal: its code, one line of JSON, nothing recorded; return what it says."""
    assert answer.status_code == code
    assert answer.mimetype == "application/json"
    assert answer.data.count(b"\n") <= 1
    assert not kept
    assert not journal.deliveries()
    return str(answer.get_json()["error"])


def test_the_signature_is_githubs() -> None:
    """https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries#testing"""
    known = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert sign(b"Hello, World!", "It's a Secret to Everybody") == known


@pytest.mark.parametrize("secret", [OLD, NEW])
def test_a_signed_delivery_is_kept_then_accepted(door: FlaskClient, kept: Kept, journal: Journal, secret: str) -> None:
    body = json.dumps(PULL).encode()
    answer = post(door, body, X_Hub_Signature_256=sign(body, secret))
    assert (answer.status_code, answer.get_json()) == (202, {"accepted": "d-1"})
    assert kept == {"d-1": Hint(None, ("a/b",), 7)}
    (received,) = journal.deliveries()
    assert (received.id, received.event, received.action, received.about) == ("d-1", "pull_request", "opened", "a/b#7")


def test_the_bytes_are_signed_not_their_meaning(door: FlaskClient) -> None:
    body = b'{"number" : 7.0,  "action": "open\\u0065d", "big": 9007199254740993, ' + json.dumps(PULL).encode()[1:]
    assert post(door, body).status_code == 202
    assert post(door, json.dumps(json.loads(body)).encode(), X_Hub_Signature_256=sign(body)).status_code == 401


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "sha256=",
        "sha256=" + "0" * 64,
        "sha256=é",
        sign(b"{}", "other"),
        sign(b"{}").upper(),
        sign(b"{}")[7:],
        "sha1=" + "0" * 40,
    ],
)
def test_a_wrong_signature(door: FlaskClient, kept: Kept, journal: Journal, signature: str) -> None:
    assert "signature" in refused(post(door, b"{}", X_Hub_Signature_256=signature), 401, kept, journal)


def test_an_empty_secret_opens_nothing(kept: Kept, journal: Journal) -> None:
    with pytest.raises(ValueError, match="secret"):
        create_app(["", ""], kept.deliver, journal)
    body = json.dumps(PULL).encode()
    door = create_app([NEW, ""], kept.deliver, journal).test_client()
    refused(post(door, body, X_Hub_Signature_256=sign(body, "")), 401, kept, journal)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"\xff", b"[" * 100_000])
def test_what_is_no_json_object(door: FlaskClient, kept: Kept, journal: Journal, body: bytes) -> None:
    refused(post(door, body), 400, kept, journal)


@pytest.mark.parametrize("header", ["X_GitHub_Event", "X_GitHub_Delivery"])
def test_a_missing_header(door: FlaskClient, kept: Kept, journal: Journal, header: str) -> None:
    refused(post(door, json.dumps(PULL).encode(), **{header: ""}), 400, kept, journal)


@pytest.mark.parametrize("content", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_a_wrong_content_type(door: FlaskClient, kept: Kept, journal: Journal, content: str) -> None:
    refused(post(door, b"{}", Content_Type=content), 415, kept, journal)


def test_a_body_over_the_limit(door: FlaskClient, kept: Kept, journal: Journal) -> None:
    room = 25 * 1024 * 1024 - len(b'{"x": ""}')
    largest = b'{"x": "' + b"x" * room + b'"}'
    refused(post(door, largest + b" "), 413, kept, journal)
    assert post(door, largest).status_code == 202


def test_a_form(door: FlaskClient, kept: Kept) -> None:
    form = "application/x-www-form-urlencoded"
    body = urlencode({"payload": json.dumps(PULL | {"title": "à & b + c %"}, ensure_ascii=False)}).encode()
    assert post(door, body, Content_Type=form).status_code == 202
    assert kept["d-1"].number == 7
    kept.clear()
    for wrong in (b"", b"payload", b"payload=", b"other=%7B%7D", b"payload=%7B%7D&payload=%7B%7D", b"payload=[]"):
        assert post(door, wrong, Content_Type=form).status_code == 400
    assert not kept


def test_a_ping_is_answered(door: FlaskClient, kept: Kept) -> None:
    answer = post(door, b'{"zen": "Keep it logically awesome."}', X_GitHub_Event="ping")
    assert (answer.status_code, answer.get_json()) == (200, {"pong": "Keep it logically awesome."})
    assert not kept


def test_what_changes_no_answer_is_not_kept(door: FlaskClient, kept: Kept, journal: Journal) -> None:
    assert post(door, json.dumps(PULL | {"action": "labeled"}).encode()).status_code == 202
    bot = json.dumps(PULL | {"sender": {"type": "Bot"}}).encode()
    assert post(door, bot, X_GitHub_Delivery="d-2").status_code == 202
    odd = json.dumps({"repository": 3, "issue": {"number": "x"}, "pull_request": [], "action": {}}).encode()
    assert post(door, odd, X_GitHub_Delivery="d-3", X_GitHub_Event="star").status_code == 202
    assert not kept
    told = [(one.id, one.about, one.ignored) for one in journal.deliveries()]
    assert told == [("d-3", "", True), ("d-2", "a/b#7", True), ("d-1", "a/b#7", True)]
    assert not journal.asked(PullRef("a", "b", 7), 0, time.time()), "no review has to answer them"


@pytest.mark.parametrize("action", ["\ud800", "a\0b", ["opened"], {"a": 1}, 5])
def test_an_action_that_nobody_can_write_down_is_left_out(door: FlaskClient, journal: Journal, action: object) -> None:
    push = {"action": action, "ref": "refs/heads/main", "repository": {"full_name": "a/b", "default_branch": "main"}}
    assert post(door, json.dumps(push).encode(), X_GitHub_Event="push").get_json() == {"accepted": "d-1"}
    (received,) = journal.deliveries()
    assert (received.about, received.action) == ("a/b", "")


def test_a_redelivery_is_recorded_and_runs_nothing(door: FlaskClient, journal: Journal) -> None:
    body = json.dumps(PULL).encode()
    assert post(door, body).get_json() == {"accepted": "d-1"}
    assert post(door, body).get_json() == {"redelivered": "d-1"}
    assert [received.redelivered for received in journal.deliveries()] == [1]


def test_nothing_is_accepted_that_was_not_kept(journal: Journal) -> None:
    def full(_delivery: str, _hint: Hint) -> bool:
        raise OSError("no space left on device")

    answer = post(create_app([NEW], full, journal).test_client(), json.dumps(PULL).encode())
    assert answer.status_code == 503
    assert answer.get_json()["error"]
    assert not journal.deliveries()


_SIGN = """
const { Webhooks } = await import("@octokit/webhooks");
const webhooks = new Webhooks({ secret: process.argv[1] });
const events = (await import("@octokit/webhooks-examples", { with: { type: "json" } })).default;
for (const { name, examples } of events)
  for (const example of examples) {
    const body = JSON.stringify(example);
    console.log(JSON.stringify([name, body, await webhooks.sign(body)]));
  }
"""


def test_every_example_of_github_is_accepted(door: FlaskClient) -> None:
    """All payloads of @octokit/webhooks-examples, signed by GitHub's own JavaScript library."""
    if not (MODULES / "@octokit/webhooks").is_dir() or not (MODULES / "@octokit/webhooks-examples").is_dir():
        pytest.skip(f"@octokit/webhooks and @octokit/webhooks-examples are not in {MODULES}")
    lines = subprocess.run(
        ["node", "--input-type=module", "-e", _SIGN, NEW],
        cwd=MODULES.parent,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    assert len(lines) >= 329
    for number, line in enumerate(lines):
        event, body, signature = json.loads(line)
        answer = post(
            door,
            body.encode(),
            X_GitHub_Event=event,
            X_GitHub_Delivery=f"example-{number}",
            X_Hub_Signature_256=signature,
        )
        assert 200 <= answer.status_code < 300, (event, answer.data)
        tampered = post(door, body.encode() + b" ", X_GitHub_Event=event, X_Hub_Signature_256=signature)
        assert tampered.status_code == 401
