"""From one version to the next: the databases grow, and what was interrupted is finished without a repeated comment."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import uuid
from multiprocessing import get_context
from pathlib import Path
from queue import Empty
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

import bot
from bot.answers import Answers
from bot.database import LOCK, opened
from bot.hint import Hint
from bot.history import History
from bot.jobs import Jobs
from bot.journal import Journal
from bot.playground.faults import Fault, Kind
from bot.state import PullRef
from bot.timings import Timings
from rules.evidence import Answer, Reach
from rules.model import Rule
from tests.service import Service, service, wait
from tests.standin import files_of, world
from tests.test_jobs import database
from tests.test_service import reviewed

PROJECT = Path(__file__).parent.parent
FILE = "_data/api/nouvelle.md"


def former(folder: Path) -> Path:
    """Write a former version of the service: other words, another shape of a job's arguments, a smaller journal."""
    made = folder / "former"
    for name in ("bot", "rules", "webhooks"):
        shutil.copytree(PROJECT / name, made / name, ignore=shutil.ignore_patterns("__pycache__"))
    changes = {
        "bot/__init__.py": (f'VERSION = "{bot.VERSION}"', 'VERSION = "0.0.1"'),
        "bot/worker.py": ("def heed(self", "def unused(self) -> None: ...\n\n    def heed(self"),
        "bot/jobs.py": ('HEED, DUE, REVIEW = "heed"', '# the code of the jobs differs too\nHEED, DUE, REVIEW = "heed"'),
        "bot/hint.py": ("    again: bool = False\n", '    again: bool = False\n    mood: str = "calm"\n'),
        "bot/journal.py": ('    sa.Column("acknowledged", sa.Float, nullable=False),\n', ""),
    }
    for name, (now, then) in changes.items():
        text = (made / name).read_text()
        assert now in text, name
        (made / name).write_text(text.replace(now, then, 1))
    text = (made / "bot/journal.py").read_text().replace("            acknowledged=now,\n", "")
    (made / "bot/journal.py").write_text(text)
    return made


def start(served: Service, where: Path) -> subprocess.Popen[bytes]:
    """Start the service of another version."""
    with (served.folder / "log").open("ab") as log:
        return subprocess.Popen([sys.executable, "-m", "bot", "serve"], env=served.environment, stderr=log, cwd=where)


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
@pytest.mark.parametrize("at", [r"/pulls/\d+/reviews", "/check-runs"])
def test_what_a_version_began_the_next_one_finishes(
    rules: tuple[Rule, ...], tmp_path: Path, request: pytest.FixtureRequest, kind: str, at: str
) -> None:
    """Killed in the middle of a review, just after a write was applied; the next version takes up the very job."""
    url = database(kind, tmp_path, request)
    with world(rules, files_of("catalogue")) as github, service(github, tmp_path, DATABASE_URL=url) as served:
        served.process.terminate()
        served.process.wait(10)
        served.process = start(served, former(tmp_path))
        wait(served.listening)
        # The answer is held back for longer than the worker lives.
        fault = github.store.faults.inject(Fault(Kind.HANG_AFTER, method="POST", path=at, seconds=5))
        event = github.people.open_pull(
            "demo/catalogue", "marie", "Une fiche", {FILE: "---\ntitle: A\nproducer: b\n---\n"}
        )
        assert served.hook.deliver(event).status_code == 202
        pull = github.store.pull("demo/catalogue", event.payload["number"])
        wait(fault.reached.is_set)
        parts = served.children()
        for pid in (served.process.pid, *parts.values()):
            os.kill(pid, signal.SIGKILL)
        served.process.wait()
        held = [job for job in served.jobs.unfinished() if job.name == "review"]
        assert "PENDING" in [job.state for job in held]

        served.environment["GREFFIER_SWEEP"] = "80000"  # nothing else than the job itself may finish it
        served.process = served.start()
        wait(lambda: reviewed(github, pull))
        wait(served.settled)
        assert len(pull.comments) == 1
        marks = [comment.body.partition("\n")[0] for comment in pull.review_comments]
        assert len(set(marks)) == len(marks)
        assert not served.jobs.given_up()
        journal = Journal(url if kind == "postgresql" else f"sqlite:///{tmp_path}/journal.sqlite")
        assert [one.event for one in journal.deliveries()] == ["pull_request"]
        journal.close()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_table_grows_and_the_former_version_still_writes(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = database(kind, tmp_path, request)
    then, now = sa.MetaData(), sa.MetaData()
    old = sa.Table("grows", then, sa.Column("id", sa.Integer, primary_key=True))
    new = sa.Table(
        "grows",
        now,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("counted", sa.Float, nullable=False, index=True),
        sa.Column("told", sa.String, nullable=False),
        sa.Column("maybe", sa.String),
    )
    before = opened(url, then)
    with before.begin() as connection:
        connection.execute(old.insert().values(id=1))
    opened(url, now).dispose()
    after = opened(url, now)
    with before.begin() as connection:
        connection.execute(old.insert().values(id=2))
    with after.begin() as connection:
        connection.execute(new.insert().values(id=3, counted=1.5, told="x", maybe="y"))
        rows = connection.execute(sa.select(new).order_by(new.c.id)).all()
    assert [tuple(row) for row in rows] == [(1, 0, "", None), (2, 0, "", None), (3, 1.5, "x", "y")]
    before.dispose()
    after.dispose()


def test_one_command_brings_the_databases_up_to_date(tmp_path: Path) -> None:
    environment = os.environ | {"GREFFIER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "bot", "migrate"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with sqlite3.connect(tmp_path / "journal.sqlite") as connection:
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert {"greffier_deliveries", "greffier_attempts", "greffier_answers"} <= tables
    assert (tmp_path / "jobs.sqlite").stat().st_size
    journal = Journal(f"sqlite:///{tmp_path}/journal.sqlite")
    journal.reviewed(PullRef("a", "b", 1), "head", "success")
    journal.close()


def _open_and_say(url: str, told: Any) -> None:
    told.put("here")
    try:
        Journal(url).close()
        told.put("")
    except Exception as fault:
        told.put(str(fault))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_two_processes_may_find_the_same_missing(kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The second one waits for the first one, which is held in the middle, and then finds nothing missing."""
    url = database(kind, tmp_path, request)
    Journal(url).close()
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg") if kind == "postgresql" else url)
    with engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE greffier_deliveries DROP COLUMN redelivered"))
    told: Any = get_context("spawn").Queue()
    with engine.begin() as connection:
        if kind == "sqlite":
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        else:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(LOCK)))
        others = [get_context("spawn").Process(target=_open_and_say, args=(url, told)) for _ in range(2)]
        for other in others:
            other.start()
        assert [told.get(timeout=60) for _ in others] == ["here", "here"]
        with pytest.raises(Empty):
            told.get(timeout=1)
        connection.execute(sa.text("ALTER TABLE greffier_deliveries ADD COLUMN redelivered INTEGER DEFAULT 0 NOT NULL"))
    assert [told.get(timeout=60) for _ in others] == ["", ""]
    for other in others:
        other.join()
    engine.dispose()


def test_the_service_may_be_another_user_of_the_database_than_who_migrates(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    """It reads and writes rows, and makes no table."""
    owner = database("postgresql", tmp_path, request)
    role, name = f"r{uuid.uuid4().hex}", sa.make_url(owner).database
    environment = os.environ | {"GREFFIER_DATA": str(tmp_path), "GREFFIER_DATABASE_URL": owner}
    subprocess.run([sys.executable, "-m", "bot", "migrate"], env=environment, check=True, capture_output=True)
    with psycopg.connect(owner, autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'x'".encode())
        connection.execute(f'GRANT CONNECT ON DATABASE "{name}" TO {role}'.encode())
        for schema in ("public", "dbos"):
            for grant in (
                "USAGE ON SCHEMA {}",
                "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {}",
                "USAGE ON ALL SEQUENCES IN SCHEMA {}",
                "EXECUTE ON ALL FUNCTIONS IN SCHEMA {}",
            ):
                connection.execute(f"GRANT {grant.format(schema)} TO {role}".encode())
    url = sa.make_url(owner).set(username=role, password="x").render_as_string(hide_password=False)  # noqa: S106
    jobs = Jobs(url, Timings())
    jobs.check()
    assert jobs.deliver("d-1", Hint(None, ("a/b",), 1))
    journal, history, answers = Journal(url), History(url), Answers(url)
    journal.received("d-1", "pull_request", "opened", "a/b#1")
    assert [one.id for one in journal.deliveries()] == ["d-1"]
    history.check()
    answers.put({"https://a.example": Answer(Reach.REACHABLE, 200)})
    assert answers.fresh(["https://a.example"])
    for one in (jobs, journal, history, answers):
        one.close()
    engine = opened(url, sa.MetaData())
    with pytest.raises(sa.exc.ProgrammingError, match="permission denied"), engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE t (x int)"))
    engine.dispose()
