"""A review killed at each of its requests to GitHub and at each commit of its databases, one run per point, and taken
up again: GitHub ends as if nothing had happened. The points are counted as they are met, none is left out."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from bot.hint import Hint
from bot.jobs import Jobs
from bot.playground.faults import Fault, Kind
from bot.playground.model import Json, Pull
from bot.timings import Timings
from rules.model import Rule
from tests.service import QUICK, wait
from tests.standin import World
from tests.test_faults import after_a_push, first, scene
from tests.test_jobs import database
from tests.test_service import reviewed

PROJECT = Path(__file__).parent.parent
AT_ONCE = 4  # runs beside each other
NEVER = 10**6
Story = Callable[[World], Pull]


class Run:
    """One review by a worker of its own, on databases of its own."""

    def __init__(self, made: World, pull: Pull, folder: Path, url: str) -> None:
        self.made, self.pull = made, pull
        given = {
            "APP_ID": made.settings.app_id,
            "PRIVATE_KEY": made.settings.private_key,
            "GITHUB_URL": made.url,
            "BETWEEN_WRITES": "0",
            "DATA": str(folder),
            "DATABASE_URL": url,
            **QUICK,
        }
        self.environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
        self.jobs = Jobs(url, Timings())
        self.jobs.deliver("delivery", Hint(made.installation, ("demo/catalogue",), pull.number))

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", *words], env=self.environment, cwd=PROJECT, stderr=subprocess.DEVNULL
        )

    def ended(self) -> bool:
        return reviewed(self.made, self.pull) and not self.jobs.unfinished()

    def finish(self, worker: subprocess.Popen[bytes]) -> Json:
        """Have a worker bring the review to its end; returns what GitHub shows."""
        try:
            wait(self.ended)
        finally:
            worker.kill()
            worker.wait()
        assert not self.jobs.given_up()
        self.jobs.close()
        return self.made.snapshot(self.pull)


def at_a_commit(run: Run, number: int) -> bool:
    """Kill a worker as it makes a commit; False where it makes fewer of them."""
    worker = run.start("tests.crash_worker", str(number))
    try:
        wait(lambda: worker.poll() is not None or run.ended())
        return worker.poll() is not None
    finally:
        worker.kill()
        worker.wait()


def at_a_request(kind: Kind) -> Callable[[Run, int], bool]:
    def kill(run: Run, number: int) -> bool:
        """Kill a worker at a request that is not applied yet, or just is; False where it makes fewer of them."""
        fault = run.made.store.faults.inject(Fault(kind, nth=number, seconds=3))
        worker = run.start("bot", "worker")

        def struck() -> bool:
            if not kind.applied:
                return fault.reached.is_set()
            return any(request.fault == kind and request.applied for request in list(run.made.store.requests))

        try:
            wait(lambda: struck() or run.ended())
            return struck()
        finally:
            worker.kill()
            worker.wait()
            run.made.store.faults.clear()

    return kill


KILLERS = {
    "commit": at_a_commit,
    "before a request": at_a_request(Kind.HANG_BEFORE),
    "after a request": at_a_request(Kind.HANG_AFTER),
}


@pytest.mark.parametrize(
    ("engine", "killer", "story", "fewest"),
    [
        ("sqlite", "before a request", first, 10),
        ("sqlite", "after a request", after_a_push, 8),
        ("sqlite", "commit", after_a_push, 12),
        ("postgresql", "commit", first, 12),
    ],
)
def test_killed_at_every_point(
    engine: str,
    killer: str,
    story: Story,
    fewest: int,
    rules: tuple[Rule, ...],
    request: pytest.FixtureRequest,
    record_property: Callable[[str, object], None],
) -> None:
    if engine == "postgresql":
        request.getfixturevalue("server")  # skips where there is none

    def one(number: int) -> tuple[bool, Json]:
        """Return whether the worker met that many points, and what GitHub shows in the end."""
        with tempfile.TemporaryDirectory() as folder, scene(rules, story) as (made, pull):
            run = Run(made, pull, Path(folder), database(engine, Path(folder), request))
            met = KILLERS[killer](run, number) if number != NEVER else False
            return met, run.finish(run.start("bot", "worker"))

    _, undisturbed = one(NEVER)
    points = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for start in count(1, AT_ONCE):
            runs = list(pool.map(one, range(start, start + AT_ONCE)))
            for number, (met, end) in enumerate(runs, start):
                assert end == undisturbed, f"killed at the {killer} number {number}"
                points += met
            if not all(met for met, _ in runs):
                break
    record_property("points", points)
    print(f"{engine}, {killer}, {story.__name__}: killed at {points} points")
    assert points >= fewest
