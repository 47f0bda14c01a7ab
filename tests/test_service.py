"""The whole service, as it is run: signed deliveries in, reviews on the stand-in for GitHub out."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from pathlib import Path
from threading import Event, Thread
from unittest.mock import Mock

import pytest
import requests

from bot.commands.serve import receive
from bot.playground.faults import Fault, Kind
from bot.playground.model import Pull
from bot.settings import load
from rules.model import Rule
from tests.service import SECRET, Service, free_port, service, wait
from tests.standin import World, files_of, world

BAD = "---\ntitle: Nouvelle : la suite\nproducer: inconnu\n---\n"


@pytest.fixture(scope="module")
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as made:
        yield made


@pytest.fixture(scope="module")
def greffier_serve(github: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with service(github, tmp_path_factory.mktemp("service"), UNTOUCHED="success") as made:
        yield made


def reviewed(github: World, pull: Pull) -> bool:
    return any(run.head_sha == pull.head and run.status == "completed" for run in github.repository.check_runs)


def opened(github: World, served: Service) -> Pull:
    text = f"{BAD}{len(github.repository.pulls)}\n"  # no two heads are one commit
    event = github.people.open_pull("demo/catalogue", "marie", "Une fiche", {"_data/api/nouvelle.md": text})
    assert served.hook.deliver(event).status_code == 202
    return github.store.pull("demo/catalogue", event.payload["number"])


def test_a_request_without_entries_is_passed_where_it_is_set(github: World, greffier_serve: Service) -> None:
    event = github.people.open_pull("demo/catalogue", "marie", "Merci", {"README.md": "Bonjour\n"})
    assert greffier_serve.hook.deliver(event).status_code == 202
    pull = github.store.pull("demo/catalogue", event.payload["number"])
    wait(lambda: reviewed(github, pull))
    assert not pull.comments


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"POST /webhooks/github HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 300_000 + b"\r\n\r\n", 431),
    ],
)
def test_what_never_reaches_the_door_is_refused_in_one_line_of_json(
    greffier_serve: Service, asked: bytes, code: int
) -> None:
    with socket.create_connection(("127.0.0.1", greffier_serve.port)) as line:
        line.sendall(asked)
        answer = HTTPResponse(line)
        answer.begin()
        body = answer.read()
        answer.close()
    assert (answer.status, answer.headers["Content-Type"]) == (code, "application/json")
    assert json.loads(body)["error"]
    assert body.count(b"\n") == 1


def test_from_a_delivery_to_the_review_and_back(github: World, greffier_serve: Service) -> None:
    pull = opened(github, greffier_serve)
    wait(lambda: reviewed(github, pull))
    assert len(pull.comments) == 1
    summary = pull.comments[0].body
    delivery = github.store.deliveries[-1]
    wait(greffier_serve.settled)

    before = len(github.store.requests)
    assert greffier_serve.hook.redeliver(delivery).status_code == 202
    wait(greffier_serve.settled)
    assert len(github.store.requests) == before, "a redelivery runs nothing"

    for push in range(5):
        text = BAD.replace("inconnu", f"inconnu-{push}")
        greffier_serve.hook.deliver(github.people.push(pull, {"_data/api/nouvelle.md": text}))
    wait(lambda: reviewed(github, pull))
    wait(greffier_serve.settled)
    assert len(pull.comments) == 1
    assert pull.comments[0].body != summary
    heads = {run.head_sha for run in github.repository.check_runs} & set(pull.heads)
    assert heads == {pull.heads[0], pull.head}, "five pushes in a row are one review"


def test_people_may_ask_and_are_told_that_they_were_heard(github: World, greffier_serve: Service) -> None:
    pull = opened(github, greffier_serve)
    wait(lambda: reviewed(github, pull))
    runs = len(github.repository.check_runs)
    greffier_serve.hook.deliver(github.people.comment(pull, "passante", "/greffier relire"))
    greffier_serve.hook.deliver(github.people.comment(pull, "marie", "/greffier relire"))
    wait(lambda: len(github.repository.check_runs) > runs)
    wait(greffier_serve.settled)
    stranger, author = pull.comments[1:]
    assert not stranger.reactions
    assert author.reactions
    last = max(github.repository.check_runs, key=lambda run: run.id)
    runs = len(github.repository.check_runs)
    greffier_serve.hook.deliver(github.people.click(github.repository, last, "marie"))
    wait(lambda: len(github.repository.check_runs) > runs)


def test_what_no_delivery_announced_is_found_by_a_sweep(github: World, greffier_serve: Service) -> None:
    event = github.people.open_pull("demo/catalogue", "marie", "Perdue", {"_data/api/nouvelle.md": f"{BAD}!"})
    pull = github.store.pull("demo/catalogue", event.payload["number"])
    assert "demo/catalogue" in greffier_serve.run("sweep", "demo/catalogue")
    wait(lambda: reviewed(github, pull))


def test_a_merge_into_the_catalogue_has_the_others_judged_again(github: World, greffier_serve: Service) -> None:
    pull = opened(github, greffier_serve)
    wait(lambda: reviewed(github, pull))
    wait(greffier_serve.settled)
    before = len(github.store.requests)
    sheet = next(text for name, text in files_of("catalogue").items() if name.startswith("_data/producteurs/"))
    push = github.people.push_branch("demo/catalogue", "ana", {"_data/producteurs/inconnu.md": sheet})
    greffier_serve.hook.deliver(push)
    wait(lambda: len(github.store.requests) > before)
    wait(greffier_serve.settled)
    before = len(github.store.requests)
    greffier_serve.hook.deliver(github.people.push_branch("demo/catalogue", "ana", {"README.md": "x"}))
    assert greffier_serve.settled()
    assert len(github.store.requests) == before


def test_each_half_knows_its_own_secrets_and_comes_back_when_killed(github: World, greffier_serve: Service) -> None:
    before = greffier_serve.children()
    held = {name: Path(f"/proc/{pid}/environ").read_text() for name, pid in before.items()}
    assert SECRET in held["receiver"]
    assert "PRIVATE KEY" not in held["receiver"]
    assert "PRIVATE KEY" in held["worker"]
    assert SECRET not in held["worker"]
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    wait(
        lambda: (
            len(greffier_serve.children()) == 2 and not set(greffier_serve.children().values()) & set(before.values())
        )
    )
    wait(greffier_serve.listening)
    pull = opened(github, greffier_serve)
    wait(lambda: reviewed(github, pull))


def test_when_the_service_is_killed_its_parts_end_and_when_asked_it_stops(
    rules: tuple[Rule, ...], tmp_path: Path
) -> None:
    with world(rules, files_of("catalogue")) as github, service(github, tmp_path) as served:
        pull = opened(github, served)
        parts = served.children()
        served.process.kill()
        served.process.wait()
        wait(lambda: not any(Path(f"/proc/{pid}").exists() for pid in parts.values()))
        served.process = served.start()
        wait(lambda: reviewed(github, pull))
        asked = time.monotonic()
        served.process.terminate()
        assert served.process.wait(10) == 0, f"{time.monotonic() - asked:.1f} s"


@pytest.mark.parametrize("parts", [[], ["--no-worker"]])
def test_it_stops_where_the_signals_of_others_are_blocked(tmp_path: Path, parts: list[str]) -> None:
    """Engines of containers start a process again with the mask of their own."""
    given = {"WEBHOOK_SECRET": SECRET, "TOKEN": "t", "DATA": str(tmp_path), "LISTEN": f"127.0.0.1:{free_port()}"}
    given["GITHUB_URL"] = f"http://127.0.0.1:{free_port()}"
    environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
    others = signal.valid_signals() - {signal.SIGTERM}
    former = signal.pthread_sigmask(signal.SIG_BLOCK, others)
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", *parts], env=environment, stderr=subprocess.DEVNULL
        )
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, former)
    url = f"http://{given['LISTEN']}/healthz"
    with requests.Session() as kept:

        def heard() -> bool:
            try:
                return kept.get(url, timeout=5).status_code in (200, 503)
            except requests.ConnectionError:
                return False

        try:
            wait(heard)
            process.terminate()
            assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait()


def test_a_receiver_whose_server_fails_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server, told = Mock(run=Mock(side_effect=OSError("too many open files"))), Event()
    monkeypatch.setattr("threading.excepthook", lambda _: told.set())
    monkeypatch.setattr("webhooks.server.listening", lambda *_: server)
    settings = load({"GREFFIER_WEBHOOK_SECRET": SECRET, "GREFFIER_DATA": str(tmp_path)})
    receiver = Thread(target=receive, args=[settings, Event()], daemon=True)
    receiver.start()
    receiver.join(20)
    assert not receiver.is_alive()
    server.task_dispatcher.shutdown.assert_called_once()
    assert told.wait(10)


def test_a_review_that_cannot_be_made_is_given_up_and_told(github: World, greffier_serve: Service) -> None:
    github.store.faults.inject(Fault(Kind.ERROR_BEFORE, path=r"/pulls/\d+/files", times=10**6))
    pull = opened(github, greffier_serve)
    wait(lambda: reviewed(github, pull))
    wait(greffier_serve.settled)
    (told,) = [run for run in github.repository.check_runs if run.head_sha == pull.head]
    assert told.conclusion == "cancelled"
    assert "vos fiches n'y sont pour rien" in str(told.summary)
    assert not pull.comments
    listed = greffier_serve.run("jobs", "--lang", "fr")
    assert f"demo/catalogue#{pull.number}  review  ERROR" in listed
    assert "8 attempts failed" in listed
    github.store.faults.clear()
    assert "relancé" in greffier_serve.run("jobs", "retry", listed.split()[0], "--lang", "fr")
    wait(lambda: pull.comments)
    wait(greffier_serve.settled)
    assert "Rien d'abandonné" in greffier_serve.run("jobs", "--lang", "fr")
