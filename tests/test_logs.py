"""The logs: one JSON line per event, with what it is about, and no secret through a whole run of the service."""

from __future__ import annotations

import io
import json
import logging
import os
import re
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import requests

from bot import logs
from bot.journal import Journal
from bot.playground.faults import Fault, Kind
from bot.settings import SettingsError, load
from rules.model import Rule
from tests.service import SECRET, service, wait
from tests.standin import World, files_of, world

TOKEN = "a long token for the pages"  # noqa: S105
BODY = "planted-in-a-body"
ENTRY = f"---\ntitle: {BODY}-title\ntagline: {BODY} : two\nproducer: {BODY}-producer\n---\n{BODY}\n"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What is logged, as the service logs it."""
    kept = logging.root.handlers[:], logging.root.level, logging.getLogger("dbos").handlers[:]
    stream = io.StringIO()
    logs.start(
        ["hunter2-hunter2", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBg\n-----END PRIVATE KEY-----", "ab"], stream
    )
    yield stream
    logging.captureWarnings(False)
    logging.root.handlers[:], logging.root.level, logging.getLogger("dbos").handlers[:] = kept


def told(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_an_event_is_one_line_with_what_it_is_about(lines: io.StringIO) -> None:
    log = logging.getLogger("bot.test")
    with logs.about(job="d-1", attempt=0):
        with logs.about(repo="a/b", pull=7, deliveries=["d-1"]):
            log.info("line one\nline two of %s", "é", extra={"seconds": 0.25, "rate_left": None})
        log.warning("after")
    one, other = told(lines)
    assert one.pop("at").endswith("+00:00")
    assert one == {
        "level": "info",
        "logger": "bot.test",
        "event": "line one\nline two of é",
        "job": "d-1",
        "attempt": 0,
        "repo": "a/b",
        "pull": 7,
        "deliveries": ["d-1"],
        "seconds": 0.25,
        "rate_left": None,
    }
    assert "repo" not in other
    assert other["job"] == "d-1"


@pytest.mark.parametrize(
    "secret",
    [
        "hunter2-hunter2",
        "MIIEvQIBADANBg",
        "ghs_16C7e42F292c6912E7710c838347Ae178B4a",
        "ghs_5_16C7e42F292c.6912E7710c838347-Ae178B4a.tail8digits",
        "github_pat_11ABCDEFG0_abcdef",
        "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOjF9.c2lnbmF0dXJl",
        "postgresql://greffier:p4ss-word@db/x",
        "-----BEGIN RSA PRIVATE KEY-----\nOTHERKEY\n-----END RSA PRIVATE KEY-----",
    ],
)
def test_a_secret_becomes_stars_wherever_it_stands(lines: io.StringIO, secret: str) -> None:
    log = logging.getLogger("bot.test")
    log.info("before %s after", secret, extra={"header": f"token {secret}", "many": [secret]})
    log.info("%s", "x" * (logs.MOST // 2 - 5) + secret + "y" * logs.MOST)
    try:
        raise ValueError(secret)
    except ValueError:
        log.exception("it failed")
    with logs.about(pull=secret):
        log.info("about")
    text = lines.getvalue()
    assert len(told(lines)) == 4
    for part in re.findall(r"\w{8,}", secret.replace("BEGIN RSA PRIVATE KEY", "")):
        if part not in ("postgresql", "greffier"):
            assert part not in text
    assert text.count("***") >= 5
    assert "before" in text
    assert "ValueError" in text


def test_what_no_terminal_can_show_is_told_all_the_same() -> None:
    line = logs.JsonLines([]).format(logging.makeLogRecord({"msg": "é\x1b[2J\u202e\udcff"}))
    assert "\x1b" not in line
    assert json.loads(line)["event"] == "é\x1b[2J\u202e?"


def test_a_word_is_no_secret(lines: io.StringIO) -> None:
    logging.getLogger("bot.test").info("about the cabin: ab, eyes, https://github.com/a/b")
    assert told(lines)[0]["event"] == "about the cabin: ab, eyes, https://github.com/a/b"


def test_a_long_text_keeps_its_ends(lines: io.StringIO) -> None:
    logging.getLogger("bot.test").info("%s", "a" * 50_000 + "z")
    event = told(lines)[0]["event"]
    assert len(event) <= logs.MOST + 1
    assert (event[0], event[-1]) == ("a", "z")


def test_the_engine_logs_as_we_do(lines: io.StringIO) -> None:
    logging.getLogger("dbos").warning("a warning")
    assert [event["logger"] for event in told(lines)] == ["dbos"]


def test_a_fault_of_the_database_tells_no_value(lines: io.StringIO, tmp_path: Path) -> None:
    journal = Journal(f"sqlite:///{tmp_path}/journal.sqlite")
    with closing(sqlite3.connect(tmp_path / "journal.sqlite")) as other:
        other.execute("DROP TABLE greffier_deliveries")
    journal.received("d-1", "pull_request", "opened", BODY)
    journal.close()
    (event,) = told(lines)
    assert "no such table" in event["trace"]
    assert BODY not in lines.getvalue()


def run(github: World, folder: Path) -> str:
    """Run the service through what goes well and what does not, and return all that it logged."""
    with service(github, folder, PAGES_TOKEN=TOKEN) as served:
        base = f"http://127.0.0.1:{served.port}"
        event = github.people.open_pull("demo/catalogue", "marie", f"{BODY} title", {"_data/api/n.md": ENTRY})
        served.hook.deliver(event)
        pull = github.store.pull("demo/catalogue", event.payload["number"])
        wait(lambda: pull.comments)
        served.hook.deliver(github.people.comment(pull, "marie", f"/greffier relire\n{BODY}"))
        wait(served.settled)
        for fault in (Kind.DROP_AFTER, Kind.ERROR_BEFORE):
            github.store.faults.inject(Fault(fault, path=r"/pulls/\d+/files", times=1))
            served.hook.deliver(github.people.push(pull, {"_data/api/n.md": f"{ENTRY}{fault}\n"}))
            wait(served.settled)
        github.store.faults.inject(Fault(Kind.ERROR_BEFORE, path=r"/pulls/\d+/files", times=10**6))
        served.hook.deliver(github.people.push(pull, {"_data/api/n.md": f"{ENTRY}!\n"}))
        wait(lambda: served.jobs.given_up())
        headers = {
            "X-Hub-Signature-256": f"sha256={SECRET}",
            "X-GitHub-Delivery": "forged",
            "Authorization": f"x {TOKEN}",
        }
        forged = requests.post(f"{base}/webhooks/github", json={"a": BODY}, headers=headers, timeout=10)
        assert forged.status_code == 401
        with requests.Session() as visitor:
            form = re.search(r'name="form" value="([^"]+)"', visitor.get(f"{base}/connexion", timeout=10).text)
            assert form
            for given in ("wrong-token-given", TOKEN):
                visitor.post(f"{base}/connexion", data={"form": form[1], "token": given}, timeout=10)
            assert visitor.get(f"{base}/?note={TOKEN}", timeout=10).status_code == 200
            assert visitor.get(f"{base}/revues/demo/catalogue/{pull.number}", timeout=10).status_code == 200
        wait(served.settled)
    return (folder / "log").read_text("utf-8")


@pytest.fixture(scope="module")
def run_of_the_service(rules: tuple[Rule, ...], tmp_path_factory: pytest.TempPathFactory) -> tuple[str, list[str]]:
    """All that a service logged, and the secrets that it was given or got."""
    with world(rules, files_of("catalogue")) as github:
        text = run(github, tmp_path_factory.mktemp("service"))
        key = [line for line in github.settings.private_key.splitlines() if "PRIVATE KEY" not in line]
        granted = list(github.store.tokens._grants)
        cookies = re.findall(r"greffier=[\w.-]{20,}", text)
    return text, [SECRET, TOKEN, "wrong-token-given", BODY, *key, *granted, *cookies]


def test_a_whole_run_logs_no_secret_and_no_body(run_of_the_service: tuple[str, list[str]]) -> None:
    text, secrets = run_of_the_service
    assert len(secrets) > 10
    assert [secret for secret in secrets if secret in text] == []
    assert "Bearer" not in text
    assert "sha256=" not in text


@pytest.mark.parametrize("command", ["doctor", "serve", "worker", "sweep"])
@pytest.mark.parametrize("other", ["", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqh\n-----END PRIVATE KEY-----\n"])
def test_a_secret_given_to_the_wrong_variable_is_not_shown(command: str, other: str, tmp_path: Path) -> None:
    """Each variable holds what another one should: GitHub's token, the key, or the secret of the webhooks."""
    token, secret = "ghs_16C7e42F292c6912E7710c838347Ae178B4a", "planted-hook-secret"
    given = dict.fromkeys(
        ["GITHUB_URL", "LISTEN", "PARALLEL", "PROBE", "PUBLIC_URL", "PRIVATE_KEY_FILE"], other or token
    )
    given |= dict.fromkeys(["WEBHOOK_SECRET", "REPOSITORIES", "DEADLINE", "QUIET", "PAGES_HEADER"], secret)
    environment = {f"GREFFIER_{name}": value for name, value in given.items()} | {"PATH": os.environ["PATH"]}
    words = [sys.executable, "-m", "bot", command]
    ran = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=60)
    said = ran.stdout + ran.stderr
    assert ran.returncode == (1 if command == "doctor" else 2)
    assert [one for one in (token, "MIIEvQIB", secret) if one in said] == []
    assert all(name in said for name in ("GREFFIER_GITHUB_URL", "GREFFIER_PRIVATE_KEY_FILE attend le nom d'un fichier"))
    assert "***" in said


def test_a_file_that_is_no_key_is_told_without_its_name(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    for given, why in (("MIIEvQIBADANBgkqh", "No such file"), (str(tmp_path / "binary"), "pas du texte")):
        with pytest.raises(SettingsError, match=why) as told:
            load({"GREFFIER_PRIVATE_KEY_FILE": given, "GREFFIER_APP_ID": "1"})
        assert given not in str(told.value)


def test_a_whole_run_is_told_in_lines_of_json(run_of_the_service: tuple[str, list[str]]) -> None:
    events = [json.loads(line) for line in run_of_the_service[0].splitlines()]
    answered = [event for event in events if event["event"] == "delivery answered"]
    assert {event["status"] for event in answered} == {202, 401}
    delivered = {event["delivery"] for event in answered if event["status"] == 202}
    reviews = [event for event in events if event["logger"] == "bot.watch"]
    assert {event["conclusion"] for event in reviews} >= {"failure", "failed"}
    for event in reviews:
        assert event["repo"] == "demo/catalogue"
        assert event["pull"] == 1
        assert event["job"]
        assert event["seconds"] >= 0
        assert event["calls"] > 0
        assert set(event["deliveries"]) <= delivered
    done = next(event for event in reviews if event["conclusion"] == "failure")
    assert re.fullmatch("[0-9a-f]{40}", done["head"])
    assert 0 < done["rate_left"] <= 5_000
    assert done["deliveries"]
    assert delivered == {delivery for event in reviews for delivery in event["deliveries"]}
    asked = [event for event in events if event["logger"] == "bot.forge.connection" and "pull" in event]
    assert sum(event["calls"] for event in reviews) == len(asked)
    assert all({"purpose", "status", "seconds", "rate_left", "job"} <= event.keys() for event in asked)
