"""Runs the jobs: follows hints, reviews pull requests, tries again or gives up, and looks after the queue."""

from __future__ import annotations

import fcntl
import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot import engine, logs
from bot.errors import Absent, GreffierError, Limited, Retry
from bot.hint import Hint, Target
from bot.jobs import Jobs
from bot.journal import Journal
from bot.review import Review
from bot.timings import Timings

log = logging.getLogger(__name__)

_FIRST = re.compile("[/~]")  # what follows is an attempt, or a part of the job
_SEATS = 64
_TOGETHER = 60  # seconds within which workers start together
_FEW = 3  # attempts at what GitHub does not show: over half a minute, which its copies do not lag behind
_PATIENCE = 6  # seconds: containers are killed 10 s after they are asked to stop


class GivenUpError(GreffierError):
    """A job that no further attempt would help: the queue keeps it until someone retries it."""


class Worker:
    """What this process does with a job. `follow` says which pull requests a hint is about, or which smaller
    hints it is made of, `review` reviews one, `give_up` tells its readers that it could not be done, `sweep`
    returns hints at those that no delivery announced. `rounds` is what else to do now and then, with the
    seconds in between. `unsettled` tells the reviews after which sites are to be asked again, None where
    none is ever asked."""

    def __init__(
        self,
        jobs: Jobs,
        journal: Journal,
        timings: Timings,
        *,
        follow: Callable[[Hint], Iterable[Target | Hint]],
        review: Callable[[Target], Review],
        give_up: Callable[[Target, str], object],
        sweep: Callable[[], Iterable[Hint]],
        rounds: Mapping[Callable[[], object], float] | None = None,
        unsettled: Callable[[Review], bool] | None = None,
    ) -> None:
        self._jobs, self._journal, self._timings = jobs, journal, timings
        self._follow, self._review, self._give_up, self._sweep = follow, review, give_up, sweep
        self._rounds, self._unsettled = rounds or {}, unsettled
        self._started: dict[str, float] = {}
        self._swept = False

    def heed(self, job: str, hint: Hint, attempt: int) -> None:
        """Have the pull requests looked at that a hint is about."""

        def look() -> None:
            for found in self._follow(hint):
                if isinstance(found, Target):
                    self._jobs.look(found)
                else:  # under one name, whichever attempt finds it: so that twice is once
                    self._jobs.heed(found, f"{_FIRST.split(job)[0]}/{found}".replace(" ", "-"), 0, 0)

        self._run(job, look, attempt, partial(self._jobs.heed, hint, _successor(job)))

    def review(self, job: str, target: Target, attempt: int) -> None:
        """Review one pull request as it is now."""

        def look() -> None:
            done = self._review(target)
            self._journal.reviewed(target.ref, done.head, done.conclusion)
            self._jobs.settle(target.ref)
            delay = self._timings.later(target.later)
            # Who died between writing a review and this line left no evidence: the sites are asked again in any case.
            lost = done.conclusion == "unchanged" and self._jobs.starts(job) > 1
            if self._unsettled and delay is not None and (lost or self._unsettled(done)):
                self._jobs.review(replace(target, again=False, later=target.later + 1), f"{job}?", delay=delay)

        try:
            self._run(job, look, attempt, partial(self._jobs.review, target, _successor(job)))
        except GivenUpError as fault:
            self._jobs.settle(target.ref)
            try:
                self._give_up(target, str(fault))
            except Exception:
                log.exception("%s is given up, and GitHub could not be told", target.ref)
            raise

    @property
    def busy(self) -> bool:
        """Whether a job is being run."""
        return bool(self._started)

    def run(self, stop: threading.Event) -> None:
        """Look after the queue until `stop` is set: vanished workers, old jobs, pull requests without a review."""
        every: Mapping[Callable[[], object], float] = {
            self._jobs.take_over: self._timings.rounds,
            self._jobs.forget: self._timings.sweep,
            self._look_through: self._timings.sweep,
            **self._rounds,
        }
        due = dict.fromkeys(every, time.monotonic())
        while not stop.wait(1):
            self._break_off()
            for task, period in every.items():
                if time.monotonic() < due[task]:
                    continue
                due[task] = time.monotonic() + period
                try:
                    task()
                except Exception:
                    soon = min(period, self._timings.rounds)
                    due[task] = time.monotonic() + soon
                    log.exception("%s failed, again in %.0f s", task, soon)

    def _look_through(self) -> None:
        """Have all looked through that deliveries should have told. One name for all workers: it is done once,
        for those that start together as later on."""
        often = self._timings.sweep if self._swept else min(_TOGETHER, self._timings.sweep)
        period = int(time.time() / max(often, 1))
        for hint in self._sweep():
            self._jobs.deliver(f"sweep-{often:.0f}-{period}-{hint}".replace(" ", "-"), hint)
        self._swept = True

    def _break_off(self) -> None:
        """End this process where a job takes longer than any may.

        A thread cannot be ended, and once a job is older than that another worker takes it over. The
        supervisor starts this worker again, which then finds the jobs it held.
        """
        oldest = min(list(self._started.values()), default=None)
        if oldest is not None and time.monotonic() - oldest > self._timings.longest:
            log.critical("a job has run for more than %.0f s: this worker starts afresh", self._timings.longest)
            logging.shutdown()
            os._exit(os.EX_SOFTWARE)

    def _run(self, job: str, act: Callable[[], None], attempt: int, again: Callable[[int, float], None]) -> None:
        """Run a job; have it repeated where time may help, and raise GivenUpError where it will not."""
        self._started[job] = time.monotonic()
        try:
            with logs.about(job=job, attempt=attempt):
                self._attempt(job, act, attempt, again)
        finally:
            del self._started[job]

    def _attempt(self, job: str, act: Callable[[], None], attempt: int, again: Callable[[int, float], None]) -> None:
        try:
            if self._jobs.starts(job) > self._timings.starts:
                raise GivenUpError(f"its worker stopped {self._timings.starts} times while running it")
            act()
        except GivenUpError:
            raise
        except Retry as fault:
            made = attempt + (not isinstance(fault, Limited))
            most = min(_FEW, self._timings.attempts) if isinstance(fault, Absent) else self._timings.attempts
            if made >= most:
                raise GivenUpError(f"{made} attempts failed, the last one with: {fault}") from fault
            delay = self._timings.wait(attempt, fault.after)
            log.warning("%s failed, again in %.0f s: %s", job, delay, fault)
            again(made, delay)  # as a job of its own, so that nothing is held while it waits
        except Exception as fault:
            log.exception("%s failed, and would fail again", job)
            raise GivenUpError(f"{type(fault).__name__}: {fault}") from fault


def _successor(job: str) -> str:
    """Return the name of the job that comes after one: always the same, so that two hand-overs are one."""
    first, _, number = job.rpartition("~")
    return f"{first}~{int(number) + 1}" if first and number.isdecimal() else f"{job}~1"


@contextmanager
def seat(folder: Path, host: str) -> Iterator[str]:
    """Yield the name of a worker that no other live one has, and that its successor will have again.

    The lock is the system's and ends with the process, however that ends.
    """
    for number in range(1, _SEATS + 1):
        with (folder / f"worker-{number}.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield f"{host}-{number}"
            return
    raise RuntimeError(f"{_SEATS} workers already run on {folder}")


def work(
    worker: Worker, jobs: Jobs, url: str, name: str, timings: Timings, stop: threading.Event, parallel: int
) -> None:
    """Run jobs under `name` until `stop` is set; what is not done 6 s later starts again with the next worker."""
    engine.launch(jobs, url, name, worker.heed, worker.review, poll=timings.poll, parallel=parallel)
    try:
        worker.run(stop)
    finally:
        engine.stop(_PATIENCE)
        if worker.busy:  # a thread cannot be ended, and the interpreter would wait for it
            logging.shutdown()
            os._exit(os.EX_OK)
