"""The durable queue, run by real workers in processes of their own, on SQLite and on PostgreSQL."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field, replace
from itertools import pairwise
from pathlib import Path

import psycopg
import pytest
import sqlalchemy

from bot.hint import Hint, Target
from bot.jobs import UNFINISHED, VERSION, Jobs
from bot.state import PullRef
from bot.timings import Timings

FAST = Timings(quiet=0.3, at_most=30, backoff=0.1, longest_backoff=1, attempts=3, starts=2, poll=0.1, rounds=1)
PATIENCE = 120  # seconds before a test that waits for something is a failure


@dataclass
class Bench:
    """A queue, the folder its workers write in, and the workers."""

    url: str
    folder: Path
    timings: Timings = FAST
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, folder: Path | None = None, **timings: float) -> subprocess.Popen[bytes]:
        made = json.dumps(asdict(replace(self.timings, **timings)))  # type: ignore[arg-type]
        worker = subprocess.Popen(
            [sys.executable, "-m", "tests.queue_worker", self.url, str(folder or self.folder), made],
            cwd=Path(__file__).parents[1],
            stderr=subprocess.DEVNULL,
        )
        self.workers.append(worker)
        return worker

    def jobs(self) -> Jobs:
        return Jobs(self.url, self.timings)

    def log(self) -> list[list[str]]:
        path = self.folder / "log"
        return [line.split(" ") for line in path.read_text().splitlines()] if path.exists() else []

    def said(self, *words: str) -> list[list[str]]:
        """Return the lines of the log that begin with `words`."""
        return [line for line in self.log() if line[2 : 2 + len(words)] == list(words)]

    def plan(self, name: str, text: str) -> None:
        (self.folder / name.replace("/", "_").replace("#", "_")).write_text(text)


def wait(until: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not until():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)


def database(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """Return the URL of a new database."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/jobs.db"
    server: str = request.getfixturevalue("server")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"'.encode())
    return f"{server}/{name}"


def bench_on(url: str, folder: Path) -> Iterator[Bench]:
    made = Bench(url, folder)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()


KINDS = pytest.mark.parametrize("kind", ["sqlite", "postgresql"], scope="module")


@pytest.fixture(scope="module")
def busy(kind: str, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A queue with two workers, for tests that each have a repository of their own."""
    folder = tmp_path_factory.mktemp(kind)
    for bench in bench_on(database(kind, folder, request), folder):
        bench.start()
        bench.start()
        yield bench


@pytest.fixture
def bench(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    """A queue whose workers a test starts and ends."""
    yield from bench_on(database(kind, tmp_path, request), tmp_path)


@pytest.fixture
def jobs(request: pytest.FixtureRequest) -> Iterator[Jobs]:
    name = "busy" if "busy" in request.fixturenames else "bench"
    jobs = request.getfixturevalue(name).jobs()
    yield jobs
    jobs.close()


def hint(number: int | None, repo: str = "a/b") -> Hint:
    return Hint(1, (repo,), number)


def versions(url: str) -> set[str]:
    """Return the versions under which jobs were run."""
    table = "workflow_status" if "sqlite" in url else "dbos.workflow_status"
    engine = sqlalchemy.create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    with engine.connect() as connection:
        query = f"SELECT DISTINCT application_version FROM {table} WHERE status = 'SUCCESS'"  # noqa: S608
        found = set(connection.execute(sqlalchemy.text(query)).scalars())
    engine.dispose()
    return found


@KINDS
def test_pushes_in_a_row_are_one_review_and_a_redelivery_is_none(busy: Bench, jobs: Jobs) -> None:
    for push in range(6):
        assert jobs.deliver(f"row-{push}", hint(7, "in/row"))
    assert not jobs.deliver("row-3", hint(7, "in/row"))
    wait(lambda: busy.said("end", "in/row#7"))
    assert not jobs.deliver("row-3", hint(7, "in/row"))
    jobs.deliver("row-last", hint(8, "in/row"))
    wait(lambda: busy.said("end", "in/row#8"))
    assert len(busy.said("begin", "in/row#7")) == 1
    assert len(busy.said("follow", "in/row#7")) == 6
    wait(lambda: {job.what for job in jobs.unfinished()}.isdisjoint({"in/row#7", "in/row#8"}))
    assert versions(busy.url) == {VERSION}, "a hash of the code would strand jobs at each upgrade"


@KINDS
def test_what_a_person_asked_for_outlives_what_comes_after_it(bench: Bench, jobs: Jobs) -> None:
    for again in (True, False):
        jobs.look(Target(1, PullRef("a", "b", 1), again))
    bench.start()
    wait(lambda: len(bench.said("end", "a/b#1")) == 2)
    assert len(bench.said("begin", "a/b#1", "again")) == 1


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_name_in_another_case_is_the_same_pull_request(bench: Bench, jobs: Jobs) -> None:
    """An operator types the name, and GitHub writes it as its owner did."""
    for owner in ("A", "a"):
        jobs.look(Target(1, PullRef(owner, "b", 1)))
        jobs.review(Target(1, PullRef(owner, "b", 1)), f"review-{owner}")
    waiting = jobs._list(UNFINISHED)
    assert sorted(status.name for status in waiting) == ["due", "review", "review"]
    assert len({status.queue_partition_key for status in waiting if status.name == "review"}) == 1
    bench.plan("A/b#1", "refuse")
    bench.start()
    wait(lambda: not jobs.unfinished())
    assert bench.said("end", "A/b#1", "refused")
    assert not jobs.given_up(), "the later review of a/b#1 has the last word"


@KINDS
def test_pushes_without_end_are_reviewed_all_the_same(busy: Bench) -> None:
    jobs, count = Jobs(busy.url, replace(FAST, quiet=5, at_most=1)), 0

    def push_until() -> bool:
        nonlocal count
        count += 1
        jobs.deliver(f"endless-{count}", hint(7, "without/end"))
        jobs.look(Target(1, PullRef("without", "end", 7)))
        return bool(busy.said("begin", "without/end#7"))

    wait(push_until)
    jobs.close()


@KINDS
def test_one_pull_request_at_a_time_and_several_at_once(busy: Bench, jobs: Jobs) -> None:
    for number in (1, 2):
        busy.plan(f"at/once#{number}", "sleep 1")
    for push in range(3):
        for number in (1, 2):
            jobs.review(Target(1, PullRef("at", "once", number)), f"once-{push}-{number}")
    wait(lambda: len([line for line in busy.said("end") if line[3].startswith("at/once")]) == 6)
    told = [line[2:4] for line in busy.log() if line[3].startswith("at/once") and line[2] != "follow"]
    for number in (1, 2):
        assert [word for word, pull in told if pull == f"at/once#{number}"] == ["begin", "end"] * 3
    assert any(pair == ("begin", "begin") for pair in pairwise(word for word, _ in told))
    wait(lambda: {line[3] for line in busy.said("start")} == {"here-1", "here-2"})


@KINDS
def test_a_hint_about_a_repository_reaches_all_its_pull_requests(busy: Bench, jobs: Jobs) -> None:
    jobs.deliver("whole", Hint(None, ("whole/repo",)))
    wait(lambda: len({line[3] for line in busy.said("end") if line[3].startswith("whole/repo")}) == 3)


@KINDS
def test_what_time_mends_is_tried_again_and_nothing_else(busy: Bench, jobs: Jobs) -> None:
    for number, plan in enumerate(("retry 2", "retry 99", "refuse", "bug", f"limit {FAST.attempts}"), start=1):
        busy.plan(f"try/again#{number}", plan)
        jobs.deliver(f"try-{number}", hint(number, "try/again"))
    wait(lambda: len(jobs.given_up()) == 3 and len(busy.said("end", "try/again#1")) == 3)
    wait(lambda: busy.said("end", "try/again#5", "done"))
    assert len(busy.said("end", "try/again#5", "limit")) == FAST.attempts
    assert [line[4] for line in busy.said("end", "try/again#1")] == ["retry", "retry", "done"]
    assert len(busy.said("end", "try/again#2")) == FAST.attempts
    assert len(busy.said("end", "try/again#3")) == len(busy.said("end", "try/again#4")) == 1
    assert {line[3] for line in busy.said("give-up")} == {f"try/again#{number}" for number in (2, 3, 4)}
    kept = {job.what: job for job in jobs.given_up()}
    assert "3 attempts failed" in kept["try/again#2"].reason
    assert "GitHub is tired" in kept["try/again#2"].reason
    assert "no permission" in kept["try/again#3"].reason
    begun = [float(line[0]) for line in busy.said("begin", "try/again#1")]
    assert all(later - sooner >= 0.5 for sooner, later in pairwise(begun)), "Retry-After"
    busy.plan("try/again#3", "")
    assert not jobs.retry("no such job")
    assert jobs.retry(kept["try/again#3"].id)
    wait(lambda: len(busy.said("end", "try/again#3", "done")) == 1)
    assert {job.what for job in jobs.given_up()} == {"try/again#2", "try/again#4"}


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_job_that_kills_its_worker_is_given_up(bench: Bench, jobs: Jobs) -> None:
    bench.plan("a/b#1", "crash")
    jobs.deliver("d1", hint(1))
    for start in range(FAST.starts):
        worker = bench.start()
        assert worker.wait(PATIENCE) == -signal.SIGKILL
        assert len(bench.said("begin", "a/b#1")) == start + 1
    bench.start()
    wait(jobs.given_up)
    assert len(bench.said("begin", "a/b#1")) == FAST.starts
    assert bench.said("give-up", "a/b#1")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_job_that_hangs_ends_its_worker_which_starts_afresh(bench: Bench, jobs: Jobs) -> None:
    bench.plan("a/b#1", "sleep 60")
    jobs.deliver("d1", hint(1))
    assert bench.start(longest=1).wait(PATIENCE) == os.EX_SOFTWARE
    bench.plan("a/b#1", "")
    bench.start(longest=1)
    wait(lambda: bench.said("end", "a/b#1", "done"))


@KINDS
def test_the_jobs_of_a_vanished_worker_are_taken_over(bench: Bench, jobs: Jobs, tmp_path: Path) -> None:
    bench.plan("a/b#1", "sleep 60")
    jobs.deliver("d1", hint(1))
    gone = bench.start()
    wait(lambda: bench.said("begin", "a/b#1"))
    gone.kill()
    gone.wait()
    bench.plan("a/b#1", "")
    # The same folder, but the seat of the vanished worker is kept by somebody else.
    with (tmp_path / "worker-1.lock").open("a") as seat:
        fcntl.flock(seat, fcntl.LOCK_EX | fcntl.LOCK_NB)
        bench.start(longest=2)
        wait(lambda: bench.said("end", "a/b#1", "done"))
        jobs.deliver("d2", hint(1))
        wait(lambda: len(bench.said("end", "a/b#1", "done")) == 2)
        assert bench.said("start", "here-2")


@pytest.mark.parametrize("kind", ["sqlite"])
def test_a_worker_asked_to_stop_finishes_what_it_can(bench: Bench, jobs: Jobs) -> None:
    bench.plan("a/b#1", "sleep 2")
    bench.plan("a/b#2", "sleep 60")
    for number in (1, 2):
        jobs.deliver(f"d{number}", hint(number))
    worker = bench.start()
    wait(lambda: len(bench.said("begin")) == 2)
    worker.terminate()
    assert worker.wait(10) == 0
    assert bench.said("end", "a/b#1", "done")
    bench.plan("a/b#2", "")
    bench.start()
    wait(lambda: bench.said("end", "a/b#2", "done"))


def rows_of(database: Path) -> dict[str, int]:
    """Return how many rows each table holds."""
    with closing(sqlite3.connect(database)) as opened:
        names = [name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: opened.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}  # noqa: S608


@pytest.mark.parametrize("kind", ["sqlite"])
def test_what_is_finished_is_forgotten_and_the_file_stops_growing(bench: Bench) -> None:
    bench.start()
    jobs = Jobs(bench.url, replace(FAST, keep=0))
    sizes, rows = [], []
    for round_ in range(3):
        for number in range(40):
            jobs.deliver(f"d{round_}-{number}", hint(number))
        wait(lambda: not jobs.unfinished())
        assert jobs.forget() >= 80
        assert jobs.forget() == 0
        sizes.append((bench.folder / "jobs.db").stat().st_size)
        rows.append(rows_of(bench.folder / "jobs.db"))
    jobs.close()
    assert rows[0] == rows[1] == rows[2], "all that a job leaves behind is forgotten with it"
    assert sizes[-1] - sizes[1] <= 2 * 4096, "pages: where rows fall in them differs a little"
