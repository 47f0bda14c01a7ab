"""Deliveries while the receiver and the worker are killed at random: none is lost, none runs beside another."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import threading
import time
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import pytest

from tests.test_jobs import FAST, Bench, database, wait

PULLS = 40
SECRET = "s3cret"  # noqa: S105
CALM = replace(FAST, quiet=0.5, at_most=5, attempts=50, starts=50)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def receiver(bench: Bench, port: int) -> subprocess.Popen[bytes]:
    environment = os.environ | {
        "GREFFIER_WEBHOOK_SECRET": SECRET,
        "GREFFIER_DATA": str(bench.folder),
        "GREFFIER_PROBE": "off",
        "GREFFIER_DATABASE_URL": bench.url,
        "GREFFIER_LISTEN": f"127.0.0.1:{port}",
        "GREFFIER_QUIET": str(CALM.quiet),
    }
    started = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve", "--no-worker"], env=environment, stderr=subprocess.DEVNULL
    )
    bench.workers.append(started)
    return started


def deliver(port: int, delivery: str, number: int) -> bool:
    """Deliver a push once; True where it was acknowledged."""
    payload = {
        "action": "synchronize",
        "number": number,
        "pull_request": {"number": number, "state": "open"},
        "repository": {"full_name": "a/b"},
        "sender": {"type": "User"},
    }
    body = json.dumps(payload).encode()
    headers = {
        "Content-Type": "application/json",
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": delivery,
        "X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest(),
    }
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", "/webhooks/github", body, headers)
        return connection.getresponse().status == 202
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


@pytest.mark.parametrize(("kind", "deliveries", "kills"), [("sqlite", 400, 20), ("postgresql", 200, 8)])
def test_no_acknowledged_delivery_is_lost(
    kind: str, deliveries: int, kills: int, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """Each push to one of 40 pull requests is acknowledged once, processes are killed meanwhile; at the end
    each pull request was reviewed at its newest head, and never twice at the same time."""
    chance = random.Random(kind)
    bench = Bench(database(kind, tmp_path, request), tmp_path, CALM)
    port = free_port()
    running = {"receiver": receiver(bench, port), "worker": bench.start()}
    died: dict[str, float] = {}
    done = threading.Event()

    def kill() -> None:
        for _ in range(kills):
            if done.wait(chance.uniform(0.1, 1)):
                return
            name = chance.choice(["receiver", "worker", "worker"])
            running[name].kill()
            running[name].wait()
            died[str(running[name].pid)] = time.monotonic()
            running[name] = receiver(bench, port) if name == "receiver" else bench.start()

    wait(lambda: deliver(port, "first", 1))
    killer = threading.Thread(target=kill)
    killer.start()
    heads: dict[int, str] = {}
    for count in range(deliveries):
        number = chance.randint(1, PULLS)
        heads[number] = f"head-of-{count}"
        bench.plan(f"head-a/b#{number}", heads[number])  # as GitHub would show it from now on
        # GitHub sends once; only what was acknowledged counts, so what was not is delivered again by hand.
        wait(lambda: deliver(port, f"delivery-{count}", number))  # noqa: B023
        time.sleep(0.01)
    killer.join()
    done.set()
    jobs = bench.jobs()
    wait(lambda: not jobs.unfinished())
    assert not jobs.given_up()
    assert all(jobs.starts(f"delivery-{count}") for count in range(deliveries)), "acknowledged, then forgotten"
    jobs.close()
    for process in bench.workers:
        process.kill()
        process.wait()

    assert len(died) == kills
    last: dict[str, str] = {}
    inside: dict[str, str] = defaultdict(str)  # which process reviews a pull request just now
    for at, pid, what, pull, *more in (line for line in bench.log() if line[2] in ("begin", "end")):
        holder = inside[pull]
        if what == "begin":
            assert not holder or died.get(holder, float("inf")) < float(at), "two reviews at once"
            inside[pull] = pid
        else:
            assert holder == pid
            inside[pull] = ""
            last[pull] = more[-1]
    assert {f"a/b#{number}": head for number, head in heads.items()}.items() <= last.items()
