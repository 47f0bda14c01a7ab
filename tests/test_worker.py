"""From a hint to pull requests, when to try again, seats, and processes that are kept running."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Absent, Refused
from bot.follow import follow
from bot.hint import Hint, Target
from bot.jobs import Jobs
from bot.journal import Journal
from bot.playground.faults import Fault, Kind
from bot.review import Review
from bot.settings import SettingsError, load
from bot.state import PullRef
from bot.supervisor import Part, supervise
from bot.timings import Timings
from bot.worker import GivenUpError, Worker, seat
from rules.model import Rule
from tests.service import free_port, wait
from tests.standin import World, files_of, world

HERE = ("demo/catalogue",)
ENTRY = {"_data/api/nouvelle.md": "---\ntitle: Nouvelle\n---\n"}


@pytest.fixture
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as made:
        yield made


def followed(github: World, hint: Hint) -> tuple[list[str], list[int]]:
    """Follow a hint to the end, each part as a job of its own; returns the pull requests, and the requests that each
    job took."""
    left, found, requests = [hint], [], []
    while left:
        forge = github.forge()
        for part in follow(left.pop(), forge):
            if isinstance(part, Hint):
                left.append(part)
            else:
                found.append(str(part.ref))
        requests.append(len(forge.calls))
    return sorted(found), requests


def numbers(github: World, hint: Hint) -> list[int]:
    return [int(ref.rpartition("#")[2]) for ref in followed(github, hint)[0]]


def many(github: World, count: int) -> list[str]:
    """Add repositories to the installation, one of three with a pull request; returns the names of all."""
    names = [f"demo/r{number:03}" for number in range(count)]
    installation = next(iter(github.store.installations.values()))
    for number, name in enumerate(names):
        github.store.add_repository(name, {"README.md": b"x"})
        github.owners.extend(installation, name)
        if number % 3 == 0:
            github.people.open_pull(name, "marie", "Une fiche", ENTRY)
    return names


def test_a_large_installation_is_looked_through_in_short_jobs(github: World) -> None:
    names = many(github, 230)
    expected = [f"{name}#1" for name in names[::3]]
    found, requests = followed(github, Hint(github.installation, ()))
    assert found == expected
    assert requests == [2, 2, 2], "two requests for a hundred repositories"
    found, requests = followed(github, Hint(github.installation, tuple(names)))
    assert found == expected
    assert sorted(requests) == [0, 1, 1, 1]


def test_what_one_repository_refuses_hides_no_other(github: World) -> None:
    names = [*HERE, *many(github, 4)]
    gone = Hint(github.installation, (*names, "demo/gone"))
    parts = list(follow(gone, github.forge()))
    assert parts == [Hint(github.installation, (name,)) for name in gone.repos]
    assert [ref for part in parts[:-1] for ref in followed(github, part)[0]] == ["demo/r000#1", "demo/r003#1"]
    with pytest.raises(Refused):
        list(follow(parts[-1], github.forge()))


def test_a_repository_of_many_pull_requests_has_a_job_of_its_own(github: World) -> None:
    many(github, 2)
    for number in range(101):
        github.people.open_pull("demo/r001", "marie", "Une fiche", {"x": str(number)})
    found, requests = followed(github, Hint(github.installation, ()))
    assert len(found) == 102
    assert requests == [2, 2]


def test_the_parts_of_a_job_are_enqueued_once(tmp_path: Path) -> None:
    """Whichever attempt finds them, under which worker's hand."""
    jobs, journal = Jobs(f"sqlite:///{tmp_path}/jobs", Timings()), Journal(f"sqlite:///{tmp_path}/journal")
    parts = [Hint(1, ("a/b", "a/c", "a/d", "a/e")), Hint(1, (), page=2)]

    def refuse(*_: object) -> NoReturn:
        raise AssertionError("nothing is to be reviewed")

    worker = Worker(jobs, journal, Timings(), follow=lambda _: parts, review=refuse, give_up=refuse, sweep=tuple)
    for job in ("sweep-1", "sweep-1~", "sweep-1~2", "sweep-1/installation-1,-page-3", "sweep-2"):
        worker.heed(job, Hint(1, ()), 0)
    told = {job.id: job.what for job in jobs.unfinished()}
    assert told == {
        f"sweep-{number}/{name}": what
        for number in (1, 2)
        for name, what in (
            ("a/b,-a/c,-a/d-(+-1)", "a/b, a/c, a/d (+ 1)"),
            ("installation-1,-page-2", "installation 1, page 2"),
        )
    }
    jobs.close()
    journal.close()


def test_all_open_pull_requests_of_a_repository(github: World) -> None:
    for _ in range(3):
        github.open(ENTRY)
    github.people.close(github.store.pull("demo/catalogue", 2), "marie")
    assert numbers(github, Hint(github.installation, HERE)) == [1, 3]
    assert numbers(github, Hint(github.installation, ())) == [1, 3]


@pytest.mark.parametrize(
    ("role", "heard"), [("write", True), ("admin", True), ("maintain", True), ("triage", False), ("", False)]
)
def test_who_may_ask(github: World, role: str, heard: bool) -> None:
    pull = github.open(ENTRY)
    if role:
        github.repository.roles["bob"] = role
    comment = github.people.comment(pull, "bob", "/greffier relire").payload["comment"]["id"]
    asked = Hint(github.installation, HERE, pull.number, comment, "bob", again=True)
    found = list(follow(asked, github.forge()))
    expected = Target(github.installation, PullRef("demo", "catalogue", pull.number), again=True, since=0)
    assert found == ([expected] if heard else [])
    assert bool(pull.comments[0].reactions) is heard


@pytest.mark.parametrize("kind", [None, Kind.ERROR_BEFORE, Kind.SECONDARY_LIMIT])
def test_who_asks_is_heard_though_no_reaction_can_be_put(github: World, kind: Kind | None) -> None:
    """The comment is gone already, or GitHub is tired."""
    pull = github.open(ENTRY)
    comment = github.people.comment(pull, "marie", "/greffier relire").payload["comment"]["id"]
    if kind:
        github.store.faults.inject(Fault(kind, path="reactions"))
    else:
        pull.comments.clear()
    assert numbers(github, Hint(github.installation, HERE, pull.number, comment, again=True)) == [pull.number]
    assert github.store.requests[-1].path.endswith("/reactions")


def test_a_target_survives_json() -> None:
    for target in (Target(None, PullRef("a", "b", 3)), Target(9, PullRef("a", "b", 3), again=True, since=7)):
        assert Target.from_json(target.as_json()) == target
        assert Target.from_json({**target.as_json(), "of a later version": 1}) == target
    hint = Hint(9, ("a/b",), 3)
    assert Hint.from_json({**hint.as_json(), "of a later version": 1}) == hint


@given(st.integers(0, 40), st.none() | st.floats(0, 10_000))
def test_the_wait_grows_to_a_bound_and_honours_what_is_asked(attempt: int, asked: float | None) -> None:
    timings = Timings(backoff=10, longest_backoff=600)
    wait = timings.wait(attempt, asked)
    assert wait >= (asked or 0)
    assert wait >= min(10 * 2**attempt, 600) or (asked is not None and attempt < 3)
    assert wait <= 1.5 * max(600, asked or 0)


def test_who_knows_when_to_come_back_is_taken_at_their_word_at_first() -> None:
    """The head moved, or another job made the labels: there is nothing to wait for."""
    timings = Timings(backoff=10)
    for asked in (0, 1):
        assert all(1 <= timings.wait(attempt, asked) <= 1.5 for attempt in range(3))
        assert timings.wait(3, asked) >= 80
    assert timings.wait(0, 60) >= 60


def test_what_github_does_not_show_is_asked_for_a_few_times_only(tmp_path: Path) -> None:
    given_up: list[Target] = []

    def absent(_: Target) -> Review:
        raise Absent("a/b#1: GitHub shows no such pull request")

    with closing(Jobs(f"sqlite:///{tmp_path}/jobs", Timings())) as jobs:
        journal = Journal(f"sqlite:///{tmp_path}/journal")
        worker = Worker(
            jobs,
            journal,
            Timings(),
            follow=lambda _: (),
            review=absent,
            give_up=lambda target, _: given_up.append(target),
            sweep=tuple,
        )
        target = Target(None, PullRef("a", "b", 1))
        for attempt in range(2):
            worker.review(f"job-{attempt}", target, attempt)
        assert len(jobs.unfinished()) == 2
        assert not given_up
        with pytest.raises(GivenUpError, match="3 attempts failed"):
            worker.review("job-2", target, 2)
        assert given_up == [target]
        journal.close()


def test_a_seat_is_taken_once_and_free_again(tmp_path: Path) -> None:
    with seat(tmp_path, "here") as first, seat(tmp_path, "here") as second:
        assert (first, second) == ("here-1", "here-2")
    with seat(tmp_path, "here") as again:
        assert again == "here-1"


def _part(code: str) -> Part:
    return Part([sys.executable, "-c", code], {})


def test_a_part_that_is_killed_is_started_again_and_all_stop_together(tmp_path: Path) -> None:
    book = tmp_path / "book"
    part = _part(f"import os, time; open({str(book)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)")
    other = _part("import time; time.sleep(60)")
    stop, codes = threading.Event(), []
    keeper = threading.Thread(target=lambda: codes.append(supervise([part, other], stop)))
    keeper.start()
    wait(lambda: book.exists() and book.read_text())
    assert part.process is not None
    part.process.kill()
    wait(lambda: len(book.read_text().split()) == 2)
    stop.set()
    keeper.join()
    assert codes == [0]
    assert other.process is not None
    assert part.process.returncode is not None
    assert other.process.returncode is not None


def test_a_part_that_never_started_well_ends_all() -> None:
    other = _part("import time; time.sleep(60)")
    assert supervise([other, _part("raise SystemExit(3)")], threading.Event()) == 3
    assert other.process is not None
    assert other.process.returncode is not None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("APP_ID", "Iv23liAbCdEf"),
        ("UNTOUCHED", "failure"),
        ("QUIET", "soon"),
        ("LISTEN", "8080"),
        ("PARALLEL", "0"),
        ("DEADLINE", "700"),
        ("LONGEST", "200"),
    ],
)
def test_settings_that_cannot_be(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as raised:
        load({f"GREFFIER_{name}": value})
    text = raised.value.text
    assert f"GREFFIER_{name} " in text.en
    assert not re.search("attend|doit|secondes", text.en)


def test_what_a_request_without_entries_gets_is_set() -> None:
    assert not load({}).pass_untouched
    assert load({"GREFFIER_UNTOUCHED": "success"}).pass_untouched


def test_a_client_id_is_told_from_the_number_of_the_app() -> None:
    given = {"GREFFIER_PRIVATE_KEY": "-----BEGIN RSA PRIVATE KEY-----"}
    assert load({**given, "GREFFIER_APP_ID": "1234"}).app_id == "1234"
    for wrong in ("Iv23liAbCdEf", "12 34", "-1", "１２"):
        with pytest.raises(SettingsError, match="GREFFIER_APP_ID attend un nombre"):
            load({**given, "GREFFIER_APP_ID": wrong})


def test_the_queue_reads_its_durations_from_the_settings() -> None:
    settings = load(
        {"GREFFIER_QUIET": "2", "GREFFIER_AT_MOST": "20", "GREFFIER_DATA": "/d", "GREFFIER_LISTEN": "[::]:80"}
    )
    assert (settings.timings.quiet, settings.timings.at_most, settings.timings.poll) == (2, 20, 1)
    assert settings.journal_url == "sqlite:////d/journal.sqlite"
    assert load({"GREFFIER_DATABASE_URL": "postgresql://x/y"}).journal_url == "postgresql://x/y"


@pytest.mark.parametrize(("command", "lacking"), [("serve", "GREFFIER_WEBHOOK_SECRET"), ("worker", "GREFFIER_APP_ID")])
def test_what_a_process_needs_is_asked_for_at_once(tmp_path: Path, command: str, lacking: str) -> None:
    bare = {"PATH": os.environ["PATH"], "GREFFIER_DATA": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "bot", command], env=bare, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    assert lacking in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["serve", "--no-worker"], ["worker"], ["migrate"], ["jobs"], ["sweep"]])
def test_who_starts_without_a_database_is_told_so(tmp_path: Path, github: World, command: list[str]) -> None:
    given = {
        "WEBHOOK_SECRET": "a secret",
        "APP_ID": github.settings.app_id,
        "PRIVATE_KEY": github.settings.private_key,
        "GITHUB_URL": github.url,
        "DATA": str(tmp_path),
        "DATABASE_URL": f"postgresql://greffier:pa55word@127.0.0.1:{free_port()}/greffier",
    }
    environment = os.environ | {f"GREFFIER_{name}": value for name, value in given.items()}
    words = [sys.executable, "-m", "bot", *command, "--lang", "fr"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "La base de données ne répond pas" in done.stderr
    assert "greffier doctor" in done.stderr
    assert "pa55word" not in done.stderr


def test_sites_are_asked_again_after_one_five_and_thirty_minutes() -> None:
    assert [Timings().later(times) for times in range(4)] == [60, 300, 1800, None]


class Killed(BaseException):
    """The end of a process."""


class Queue:
    """A queue that is killed once, between a review and what follows it."""

    def __init__(self, *, killed: bool) -> None:
        self.killed, self.begun, self.queued = killed, 1, dict[str, float]()

    def settle(self, _: PullRef) -> None:
        if self.killed:
            self.killed, self.begun = False, 2
            raise Killed

    def starts(self, _: str) -> int:
        return self.begun

    def review(self, _: Target, job: str, *, delay: float) -> None:
        self.queued[job] = delay


@pytest.mark.parametrize(
    ("killed", "asks", "conclusions", "queued"),
    [
        (True, True, ["failure", "unchanged"], {"job?": 60}),
        (False, True, ["failure", "unchanged"], {}),
        (True, True, ["failure", "closed"], {}),
        (True, False, ["failure", "unchanged"], {}),  # no site is ever asked
    ],
)
def test_sites_are_asked_again_though_the_worker_died(
    killed: bool, asks: bool, conclusions: list[str], queued: dict[str, float]
) -> None:
    """What it wrote is known by then, and not what the sites had answered."""
    queue, target, left = Queue(killed=killed), Target(1, PullRef("o", "r", 1)), list(conclusions)
    worker = Worker(
        queue,  # type: ignore[arg-type]
        SimpleNamespace(reviewed=lambda *_: None),  # type: ignore[arg-type]
        Timings(),
        follow=lambda _: (),
        review=lambda target: Review(target.ref, "h", left.pop(0)),
        give_up=lambda *_: None,
        sweep=lambda: (),
        unsettled=(lambda _: False) if asks else None,
    )
    with suppress(Killed):
        worker.review("job", target, 0)
    worker.review("job", target, 0)
    assert queue.queued == queued
