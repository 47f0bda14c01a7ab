"""Keeps processes running: each is started, started again when it ends, and all are stopped together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO

log = logging.getLogger(__name__)

_SETTLED = 10  # seconds after which a process that ends had started well
_LONGEST_PAUSE = 30
_GRACE = 8.0  # seconds: a worker takes up to 6, and containers are killed 10 s after they are asked to stop


@dataclass
class Part:
    """A process to keep: its command and its environment, which holds only the secrets that it needs. What it
    prints goes to `output`, or where ours goes. It is given the descriptors `keep`."""

    command: Sequence[str]
    environment: Mapping[str, str]
    output: IO[bytes] | None = None
    keep: Sequence[int] = ()
    process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    begun: float = field(default=0, init=False)
    pause: float = field(default=0, init=False)
    settled: bool = field(default=False, init=False)

    @property
    def name(self) -> str:
        """What the log calls it."""
        return " ".join(self.command[1:])

    def start(self) -> None:
        """Start the process, in our process group."""
        self.begun = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603 - commands of ours
            self.command, env=dict(self.environment), stdout=self.output, stderr=self.output, pass_fds=self.keep
        )

    def ended(self) -> int | None:
        """Return how the process ended, None while it runs."""
        code = self.process.poll() if self.process else None
        self.settled |= code is None and time.monotonic() - self.begun > _SETTLED
        return code


def supervise(parts: Sequence[Part], stop: threading.Event) -> int:
    """Keep `parts` running until `stop` is set, then stop them within 8 s; returns an exit code.

    A part that never started well ends all of them: what is wrong then is the settings.
    """
    for part in parts:
        part.start()
    try:
        while not stop.wait(0.2):
            for part in parts:
                code = part.ended()
                if code is None:
                    continue
                if code > 0 and not part.settled:
                    return code
                if time.monotonic() - part.begun < part.pause:
                    continue
                log.warning("%s ended (%s), starting it again", part.name, code)
                part.pause = 0 if time.monotonic() - part.begun > _SETTLED else min(2 * part.pause + 1, _LONGEST_PAUSE)
                part.start()
        return 0
    finally:
        _stop([part.process for part in parts if part.process])


def _stop(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    end = time.monotonic() + _GRACE
    for process in processes:
        try:
            process.wait(max(end - time.monotonic(), 0))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stop_asked(parent: int | None) -> threading.Event:
    """Return an event that is set when this process is asked to stop, or when its `parent` is gone."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    if parent is not None:

        def watch() -> None:
            while os.getppid() == parent:
                time.sleep(1)
            stop.set()

        threading.Thread(target=watch, daemon=True).start()
    return stop
