"""A review killed at each of its requests to GitHub and at each commit of its databases, one run per point, and taken
up again: GitHub ends as if nothing had happened. The points are counted as they are met, none is left out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import count
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import Lock

import pytest

from bot.hint import Hint
from bot.jobs import Jobs
from bot.playground.faults import Fault, Kind
from bot.playground.model import Json, Pull
from bot.timings import Timings
from rules.model import Rule
from tests.crash_worker import start
from tests.service import QUICK, wait
from tests.standin import World
from tests.test_faults import after_a_push, first, scene
from tests.test_jobs import database
from tests.test_service import reviewed

AT_ONCE = 12  # runs beside each other: most of the time they wait
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
        self.environment = {f"GREFFIER_{name}": value for name, value in given.items()}
        self.jobs = Jobs(url, Timings())
        self.jobs.deliver("delivery", Hint(made.installation, ("demo/catalogue",), pull.number))

    def ended(self) -> bool:
        return reviewed(self.made, self.pull) and not self.jobs.unfinished()

    def finish(self) -> Json:
        """Have a worker bring the review to its end; returns what GitHub shows."""
        with worker(self):
            wait(self.ended)
        assert not self.jobs.given_up()
        self.jobs.close()
        return self.made.snapshot(self.pull)


@contextmanager
def worker(run: Run, fatal: int | None = None) -> Iterator[ForkServerProcess]:
    """Give a worker that runs; it is killed at the end."""
    process = start(run.environment, fatal)
    try:
        yield process
    finally:
        process.kill()
        process.join()


def at_a_commit(run: Run, number: int) -> bool:
    """Kill a worker as it makes a commit; False where it makes fewer of them."""
    with worker(run, number) as process:
        wait(lambda: not process.is_alive() or run.ended())
        return not process.is_alive()


def at_a_request(kind: Kind) -> Callable[[Run, int], bool]:
    def kill(run: Run, number: int) -> bool:
        """Kill a worker at a request that is not applied yet, or just is; False where it makes fewer of them."""
        fault = run.made.store.faults.inject(Fault(kind, nth=number, seconds=3))

        def struck() -> bool:
            if not kind.applied:
                return fault.reached.is_set()
            return any(request.fault == kind and request.applied for request in list(run.made.store.requests))

        with worker(run):
            wait(lambda: struck() or run.ended())
            met = struck()
        run.made.store.faults.clear()
        return met

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
        ("sqlite", "after a request", first, 10),
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
        with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
            with making:
                made, pull = stack.enter_context(scene(rules, story))
            run = Run(made, pull, Path(folder), database(engine, Path(folder), request))
            met = KILLERS[killer](run, number) if number != NEVER else False
            return met, run.finish()

    making = Lock()  # of one stand-in at a time: parsing Python, as werkzeug does, is not safe among threads in 3.11
    _, undisturbed = one(NEVER)
    points = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for begin in count(1, AT_ONCE):
            runs = list(pool.map(one, range(begin, begin + AT_ONCE)))
            for number, (met, end) in enumerate(runs, begin):
                assert end == undisturbed, f"killed at the {killer} number {number}"
                points += met
            if not all(met for met, _ in runs):
                break
    record_property("points", points)
    print(f"{engine}, {killer}, {story.__name__}: killed at {points} points")
    assert points >= fewest
