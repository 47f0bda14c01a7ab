"""`greffier serve` as a process of its own, in front of the stand-in for GitHub."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.jobs import Jobs
from bot.playground.webhook import Hook
from bot.timings import Timings
from tests.standin import World

SECRET = "a secret for the tests"  # noqa: S105
QUICK = {"QUIET": "0.3", "AT_MOST": "5", "POLL": "0.1", "BACKOFF": "0.1", "LONGEST_BACKOFF": "0.1", "ROUNDS": "1"}
QUICK |= {"PROBE": "off"}  # the tests stay on this machine


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait(until: Callable[[], object], patience: float = 120) -> None:
    """Wait for something that must happen."""
    end = time.monotonic() + patience
    while not until():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


class Service:
    """A running service and the hook through which the stand-in reaches it."""

    def __init__(self, world: World, folder: Path, **settings: str) -> None:
        self.port = free_port()
        given = {
            "APP_ID": world.settings.app_id,
            "PRIVATE_KEY": world.settings.private_key,
            "WEBHOOK_SECRET": SECRET,
            "GITHUB_URL": world.url,
            "BETWEEN_WRITES": "0",
            "LISTEN": f"127.0.0.1:{self.port}",
            "DATA": str(folder),
            **QUICK,
            **settings,
        }
        self.environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
        self.folder, self.hook = folder, Hook(world.store, f"http://127.0.0.1:{self.port}/webhooks/github", SECRET)
        self.process = self.start()
        wait(self.listening)
        self.jobs = Jobs(settings.get("DATABASE_URL", f"sqlite:///{folder}/jobs.sqlite"), Timings())

    def start(self) -> subprocess.Popen[bytes]:
        """Start the service."""
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=self.environment, stderr=log)

    def listening(self) -> bool:
        """Whether the receiver answers."""
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def run(self, *words: str) -> str:
        """Run a command of greffier with the settings of the service and return what it printed."""
        command = [sys.executable, "-m", "bot", *words]
        return subprocess.run(command, env=self.environment, check=True, capture_output=True, text=True).stdout

    def settled(self) -> bool:
        """Whether the queue has nothing left to do."""
        return not self.jobs.unfinished()

    def children(self) -> dict[str, int]:
        """Return the process ids of the receiver and the worker."""
        found = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        commands = {pid: Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in found}
        return {"worker" if "worker" in words else "receiver": int(pid) for pid, words in commands.items()}


@contextmanager
def service(world: World, folder: Path, **settings: str) -> Iterator[Service]:
    """Give a service that listens; it is stopped at the end."""
    made = Service(world, folder, **settings)
    try:
        yield made
    finally:
        made.jobs.close()
        made.process.terminate()
        made.process.wait(10)
