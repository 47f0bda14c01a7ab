"""`greffier playground` as a newcomer types it: it starts, reviews before their eyes, and leaves nothing behind."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.service import free_port, wait

PULL = "/exemple/catalogue/pull/"


class Running:
    """The command in a process of its own, and a browser on its page."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.address = f"http://localhost:{self.port}"
        self.temporary, typed_in = folder / "temporary", folder / "typed in"
        self.temporary.mkdir()
        (typed_in / "bot").mkdir(parents=True)
        (typed_in / "bot/__init__.py").write_text("raise SystemExit('another bot')")
        strange = {"GREFFIER_TOKEN": "not for this", "HTTP_PROXY": "http://127.0.0.1:1", "TMPDIR": str(self.temporary)}
        self.process = subprocess.Popen(
            [Path(sys.executable).with_name("greffier"), "playground", "--lang", "en", "--port", str(self.port)],
            cwd=typed_in,
            env={**os.environ, **strange},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.browser = requests.Session()
        self.browser.trust_env = False

    def page(self, path: str) -> str:
        answer = self.browser.get(self.address + path, timeout=10)
        answer.raise_for_status()
        return answer.text

    def line(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def stop(self) -> str:
        """Press Ctrl-C and return what is still said."""
        self.process.send_signal(signal.SIGINT)
        return self.process.communicate(timeout=20)[0]


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    made.browser.close()
    if made.process.poll() is None:
        made.process.kill()
    made.process.communicate()


def test_a_newcomer_sees_every_request_reviewed_and_a_correction_judged(running: Running) -> None:
    said = running.line()
    while running.address not in said:
        assert running.process.poll() is None, said
        said = running.line()
    wait(lambda: "icon-pending" not in running.page("/"))
    before = running.page(f"{PULL}2")
    assert "1 point à corriger" in before
    form = re.search(r'action="(\S+/suggestions/\S+)">\s+<input type="hidden" name="token" value="(\S+)"', before)
    assert form
    done = running.browser.post(running.address + form[1], data={"token": form[2]}, timeout=20)
    assert done.status_code == 200
    wait(lambda: "Rien à corriger" in running.page(f"{PULL}2"))
    assert "The playground is closed." in running.stop()
    assert running.process.returncode == 0
    assert list(running.temporary.iterdir()) == []
    with pytest.raises(requests.ConnectionError):
        running.page("/")


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "bot", "playground", "--lang", "fr", "--port", port]
        environment = {**os.environ, "TMPDIR": str(tmp_path)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert done.stderr == (
        f"Le port {port} est pris par un autre programme. Choisissez-en un autre : greffier playground --port 8081\n"
    )
