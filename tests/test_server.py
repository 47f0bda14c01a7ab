"""The server in front of the application: strangers can't fill its disk, nor keep others out."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
import requests

from bot.playground.traffic import Event
from bot.playground.webhook import headers
from tests.service import SECRET, free_port, wait

MIB = 1024 * 1024
SIGNED = {"X-Hub-Signature-256": f"sha256={'0' * 64}", "Content-Type": "application/json"}
TYPED = {"Content-Type": "application/json"}


class Door:
    """A receiver in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.port, self._folder = free_port(), folder / "temporary"
        self._folder.mkdir()
        given = {"WEBHOOK_SECRET": SECRET, "DATA": str(folder), "LISTEN": f"127.0.0.1:{self.port}"}
        environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--no-worker"],
            env=environment | {"TMPDIR": str(self._folder)},
            stderr=subprocess.DEVNULL,
        )
        wait(self.answers)

    def answers(self) -> bool:
        assert self.process.poll() is None, "the receiver ended"
        try:
            return requests.get(f"http://127.0.0.1:{self.port}/healthz", timeout=10).ok
        except requests.ConnectionError:
            return False

    def begin(self, size: int, sent: int, path: str = "/webhooks/github", **more: str) -> socket.socket:
        """Begin a POST of `size` bytes, of which so many are sent."""
        told = "".join(f"{name}: {value}\r\n" for name, value in {"Content-Length": str(size), **more}.items())
        line = socket.create_connection(("127.0.0.1", self.port), 30)
        line.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\n{told}\r\n".encode() + bytes(sent))
        return line

    def kept(self) -> int:
        """Return the bytes of all temporary files, which have no name."""
        files = Path(f"/proc/{self.process.pid}/fd")
        size = 0
        for file in files.iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                size += file.stat().st_size if str(file.readlink()).startswith(str(self._folder)) else 0
        return size


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    made = Door(tmp_path_factory.mktemp("door"))
    yield made
    made.process.terminate()
    assert made.process.wait(10) == 0


def answer(line: socket.socket) -> tuple[int, str]:
    """Return the status and the body of an answer; the body is one line of JSON that names an error."""
    received = b""
    while not re.search(rb"\r\n\r\n.*\n$", received, re.DOTALL):
        part = line.recv(65_536)
        if not part:
            break
        received += part
    head, _, body = received.decode().partition("\r\n\r\n")
    assert body.count("\n") == 1
    return int(head.split()[1]), json.loads(body)["error"]


@pytest.mark.parametrize(
    ("size", "more", "status"),
    [
        (20 * MIB, TYPED, 401),
        (20 * MIB, {**TYPED, "X-Hub-Signature-256": "sha256=soon"}, 401),
        (20 * MIB, {**SIGNED, "Content-Type": "text/plain"}, 415),
        (25 * MIB + 1, SIGNED, 413),
        (60 * MIB, SIGNED, 413),
    ],
)
def test_what_is_refused_anyway_is_not_kept(door: Door, size: int, more: dict[str, str], status: int) -> None:
    with ExitStack() as stack:
        lines = [stack.enter_context(door.begin(size, size - 1, **more)) for _ in range(4)]
        assert door.answers(), "all that was sent before is read"
        assert door.kept() == 0
        for line in lines:
            line.sendall(b"x")
            assert answer(line)[0] == status


def test_a_body_that_has_no_end_is_not_read_to_it(door: Door) -> None:
    with door.begin(10**12, 0, **SIGNED) as line:
        assert answer(line)[0] == 413


def test_a_body_of_untold_length(door: Door) -> None:
    def chunks(count: int) -> Iterator[bytes]:
        yield from (bytes(MIB) for _ in range(count))

    url = f"http://127.0.0.1:{door.port}/webhooks/github"
    refused = requests.post(url, data=chunks(26), headers=SIGNED, timeout=30)
    assert (refused.status_code, list(refused.json())) == (413, ["error"])
    assert requests.post(url, data=chunks(24), headers=SIGNED, timeout=30).status_code == 401
    assert requests.post(url, data=chunks(2), headers=TYPED, timeout=30).status_code == 401


def test_a_page_takes_no_large_form(door: Door) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    with door.begin(20 * MIB, 20 * MIB - 1, "/connexion", **form):
        assert door.answers()
        assert door.kept() == 0


def test_all_bodies_together_have_a_limit(door: Door) -> None:
    """Whoever signs as nobody can still be read until the signature is looked at: not without end."""
    size = 25 * MIB
    with ExitStack() as stack:
        lines = [stack.enter_context(door.begin(size, size - 1, **SIGNED)) for _ in range(8)]
        assert door.answers()
        assert door.kept() <= 5 * size
        told = []
        for line in lines:
            line.sendall(b"x")
            told.append(answer(line)[0])
    assert set(told) == {401, 503}
    assert told.count(401) == 5
    wait(lambda: door.kept() == 0)
    largest = b'{"zen": "' + b"x" * (size - 11) + b'"}'
    signed = headers(Event("ping", {}), "guid", SECRET, largest)
    url = f"http://127.0.0.1:{door.port}/webhooks/github"
    assert requests.post(url, data=largest, headers=signed, timeout=30).status_code == 200


def test_silent_connections_keep_nobody_out(door: Door) -> None:
    with ExitStack() as stack:
        for _ in range(300):
            stack.enter_context(socket.create_connection(("127.0.0.1", door.port), 10))
        assert door.answers()
