"""A worker for the tests of the queue: it writes down when each review begins and ends, and what it was asked.

Run as `python -m tests.queue_worker URL FOLDER TIMINGS`. In FOLDER it keeps its seat and `log`, and
reads what reviews shall do: a file named as the pull request, `/` and `#` made `_`, holding `retry N`
(fail N times), `limit N` (by GitHub's limits), `refuse`, `bug`, `crash` (the process) or `sleep N` (seconds).
The head that it reads is in `head-` and that name.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from bot.errors import Limited, Refused, Retry
from bot.hint import Hint, Target
from bot.jobs import Jobs
from bot.journal import Journal
from bot.review import Review
from bot.state import PullRef
from bot.timings import Timings
from bot.worker import Worker, seat, work


class Book:
    """What happened, one line each, written in one system call so that processes can share the file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._file = os.open(folder / "log", os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def write(self, *words: object) -> None:
        line = " ".join(map(str, (time.monotonic(), os.getpid(), *words)))
        os.write(self._file, f"{line}\n".encode())

    def plan(self, name: str) -> str:
        path = self.folder / name.replace("/", "_").replace("#", "_")
        return path.read_text() if path.exists() else ""

    def review(self, target: Target) -> Review:
        self.write("begin", target.ref, *(["again"] if target.again else []))
        plan, _, times = self.plan(str(target.ref)).partition(" ")
        if plan == "crash":
            os.kill(os.getpid(), signal.SIGKILL)
        time.sleep(float(times) if plan == "sleep" else 0.03)
        begun = sum(f"begin {target.ref}" in line for line in (self.folder / "log").read_text().splitlines())
        if plan in ("retry", "limit") and begun <= int(times):
            self.write("end", target.ref, plan)
            raise (Retry if plan == "retry" else Limited)("GitHub is tired", after=0.5)
        if plan == "refuse":
            self.write("end", target.ref, "refused")
            raise Refused("no permission")
        if plan == "bug":
            self.write("end", target.ref, "bug")
            raise KeyError("head")
        head = self.plan(f"head-{target.ref}")
        self.write("end", target.ref, "done", head)
        return Review(target.ref, head, "success")

    def follow(self, hint: Hint) -> Iterator[Target]:
        self.write("follow", hint)
        owner, _, repo = hint.repos[0].partition("/")
        for number in [hint.number] if hint.number else [1, 2, 3]:
            yield Target(hint.installation, PullRef(owner, repo, number), hint.again)


def main() -> None:
    url, folder, timings = sys.argv[1], Path(sys.argv[2]), Timings(**json.loads(sys.argv[3]))
    book, stop = Book(folder), threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    with seat(folder, "here") as name:
        jobs = Jobs(url, timings, patient=True)
        worker = Worker(
            jobs,
            Journal(f"sqlite:///{folder}/journal.db"),
            timings,
            follow=book.follow,
            review=book.review,
            give_up=lambda target, reason: book.write("give-up", target.ref, reason),
            sweep=tuple,
        )
        book.write("start", name)
        work(worker, jobs, url, name, timings, stop, parallel=8)
        book.write("stop", name)


if __name__ == "__main__":
    main()
