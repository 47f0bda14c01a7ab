"""What no delivery told is found again: failed deliveries, a base that moved, a database that is gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.errors import Retry
from bot.hint import Hint
from bot.jobs import Jobs
from bot.journal import Journal
from bot.missed import ask_again
from bot.playground.faults import Fault, Kind
from bot.playground.model import Pull
from bot.playground.webhook import Hook
from bot.timings import Timings
from rules.model import Rule
from tests.conftest import Ran
from tests.service import free_port, service, wait
from tests.standin import World, files_of, world
from tests.test_service import reviewed

BAD = "---\ntitle: Nouvelle\nproducer: inconnu\n---\n"
FILE = "_data/api/nouvelle.md"


@pytest.fixture
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as made:
        yield made


@pytest.fixture
def away(github: World) -> Hook:
    """A receiver that does not answer."""
    return Hook(github.store, f"http://127.0.0.1:{free_port()}/webhooks/github", "secret")


def again(github: World) -> list[str]:
    """Return the deliveries that GitHub sent again."""
    return [delivery.guid for delivery in github.store.deliveries if delivery.redelivery]


def test_only_what_failed_is_asked_for_again_and_once(github: World, away: Hook, tmp_path: Path) -> None:
    pull = github.open({FILE: BAD})
    event = github.people.comment(pull, "marie", "/greffier relire")
    for number in range(230):
        away.deliver(event, f"guid-{number}")
    for delivery in github.store.deliveries[5:]:
        delivery.status_code = 202
    github.store.deliveries[0].delivered -= 4 * 86_400  # too old for GitHub
    jobs, journal = Jobs(f"sqlite:///{tmp_path}/jobs", Timings()), Journal(f"sqlite:///{tmp_path}/journal")
    jobs.deliver("guid-3", Hint(1, ("a/b",), 1))  # the answer was lost, the delivery was not
    ask_again(github.forges, jobs, journal)
    wait(lambda: len(again(github)) == 3)
    assert sorted(again(github)) == ["guid-1", "guid-2", "guid-4"]
    lists = [request for request in github.store.requests if request.path == "/app/hook/deliveries"]
    assert len(lists) == 3
    for delivery in github.store.deliveries:
        delivery.status_code = 202
    ask_again(github.forges, jobs, journal)
    assert len(again(github)) == 3
    assert len([request for request in github.store.requests if request.path == "/app/hook/deliveries"]) > 3
    jobs.close()
    journal.close()


def test_one_failure_keeps_no_other_delivery_waiting(github: World, away: Hook, tmp_path: Path) -> None:
    pull = github.open({FILE: BAD})
    event = github.people.comment(pull, "marie", "/greffier relire")
    for number in range(4):
        away.deliver(event, f"guid-{number}")
    jobs, journal = Jobs(f"sqlite:///{tmp_path}/jobs", Timings()), Journal(f"sqlite:///{tmp_path}/journal")
    github.store.faults.inject(Fault(Kind.ERROR_BEFORE, method="POST", path="/attempts", nth=2))
    with pytest.raises(Retry):
        ask_again(github.forges, jobs, journal)
    wait(lambda: len(again(github)) == 3)
    assert not journal.marked("missed deliveries")
    jobs.close()
    journal.close()


def test_nothing_is_forgotten_where_too_much_failed(github: World, away: Hook, tmp_path: Path) -> None:
    pull = github.open({FILE: BAD})
    event = github.people.comment(pull, "marie", "/greffier relire")
    for number in range(210):
        away.deliver(event, f"guid-{number}")
    since = datetime.now(UTC) - timedelta(days=1)
    assert github.forges.ask_again(since, lambda _: False) == (200, 10)
    jobs, journal = Jobs(f"sqlite:///{tmp_path}/jobs", Timings()), Journal(f"sqlite:///{tmp_path}/journal")
    ask_again(github.forges, jobs, journal)
    assert journal.marked("missed deliveries") == 0, "the rest is for the next time"
    jobs.close()
    journal.close()


def sweep(github: World, pull: Pull) -> tuple[str, int]:
    """Review as a sweep does; returns what it came to and the requests it took."""
    done, requests = github.counted(pull)
    return done.conclusion, len(requests)


def test_a_base_that_moved_is_judged_again_once(github: World) -> None:
    pull = github.open({FILE: BAD})
    assert sweep(github, pull)[0] == "failure"
    assert sweep(github, pull) == ("unchanged", 1)

    # Nothing changes for this request: it is judged again, nothing is written, and that is remembered.
    github.people.push_branch("demo/catalogue", "ana", {"README.md": "x"})
    writes = len([r for r in github.store.requests if r.applied and r.method != "GET" and r.path != "/graphql"])
    assert sweep(github, pull)[0] == "failure"
    assert len([r for r in github.store.requests if r.applied and r.method != "GET" and r.path != "/graphql"]) == writes
    assert sweep(github, pull) == ("unchanged", 1)

    # The producer that was missing is there now.
    sheet = next(text for name, text in files_of("catalogue").items() if name.startswith("_data/producteurs/"))
    github.people.push_branch("demo/catalogue", "ana", {"_data/producteurs/inconnu.md": sheet})
    before = pull.comments[0].body
    sweep(github, pull)
    assert pull.comments[0].body != before
    assert len(pull.comments) == 1
    assert sweep(github, pull) == ("unchanged", 1)


def test_what_was_given_up_is_judged_again(github: World) -> None:
    pull = github.open({FILE: BAD})
    done = github.review(pull)
    github.forge().give_up(done.ref, "panne")
    assert sweep(github, pull)[0] == "failure"


def test_what_is_none_of_our_business_costs_one_request(github: World) -> None:
    pull = github.open({"README.md": "x"})
    assert sweep(github, pull) == ("untouched", 2)
    assert sweep(github, pull) == ("unchanged", 1)


@pytest.mark.parametrize(
    ("lang", "told"), [("fr", "n'est pas installée sur demo/ailleurs"), ("en", "is not installed")]
)
def test_a_sweep_where_the_app_is_not_installed(
    github: World,
    greffier: Callable[..., Ran],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    lang: str,
    told: str,
) -> None:
    given = {"APP_ID": github.settings.app_id, "PRIVATE_KEY": github.settings.private_key, "GITHUB_URL": github.url}
    for name, value in (given | {"DATA": str(tmp_path)}).items():
        monkeypatch.setenv(f"GREFFIER_{name}", value)
    ran = greffier("sweep", "demo/ailleurs", "--lang", lang)
    assert (ran.code, ran.out, ran.err.count("\n")) == (2, "", 1)
    assert told in ran.err
    github.store.faults.inject(Fault(Kind.ERROR_BEFORE, path="/app/installations"))
    ran = greffier("sweep", "--lang", lang)
    assert (ran.code, ran.err.count("\n")) == (2, 1)
    assert greffier("sweep", "demo/catalogue", "--lang", lang).code == 0


def test_a_service_that_was_away_catches_up(github: World, tmp_path: Path) -> None:
    """A comment was sent while nobody listened, a pull request was opened, and another one got a new base."""
    with service(github, tmp_path) as served:
        event = github.people.open_pull("demo/catalogue", "marie", "Une fiche", {FILE: BAD})
        pull = github.store.pull("demo/catalogue", event.payload["number"])
        served.hook.deliver(event)
        wait(lambda: reviewed(github, pull))
        wait(served.settled)
        served.process.terminate()
        served.process.wait(10)

        # Workers that start within one period are one start.
        served.environment["GREFFIER_SWEEP"] = "10"
        asked = github.people.comment(pull, "marie", "/greffier relire")
        assert served.hook.deliver(asked).status_code == 0
        lost = github.people.open_pull("demo/catalogue", "marie", "Perdue", {FILE: BAD + "x"})
        sheet = next(text for name, text in files_of("catalogue").items() if name.startswith("_data/producteurs/"))
        github.people.push_branch("demo/catalogue", "ana", {"_data/producteurs/inconnu.md": sheet})
        before = pull.comments[0].body

        served.process = served.start()
        other = github.store.pull("demo/catalogue", lost.payload["number"])
        wait(lambda: reviewed(github, other))
        wait(lambda: pull.comments[1].reactions)
        wait(lambda: pull.comments[0].body != before)
        wait(served.settled)
        assert len(pull.comments) == 2
        assert len(other.comments) == 1


def test_a_database_that_is_gone_is_made_again_without_a_repeated_comment(github: World, tmp_path: Path) -> None:
    with service(github, tmp_path) as served:
        pulls = []
        for number in range(5):
            event = github.people.open_pull("demo/catalogue", "marie", "Une fiche", {FILE: f"{BAD}{number}"})
            served.hook.deliver(event)
            pulls.append(github.store.pull("demo/catalogue", event.payload["number"]))
        wait(lambda: all(reviewed(github, pull) for pull in pulls))
        wait(served.settled)
        shown = [github.snapshot(pull) for pull in pulls]
        served.process.terminate()
        served.process.wait(10)
        served.jobs.close()
        for path in tmp_path.iterdir():
            if path.name != "log":
                shutil.rmtree(path) if path.is_dir() else path.unlink()

        before = len(github.store.requests)
        served.process = served.start()
        served.jobs = Jobs(f"sqlite:///{tmp_path}/jobs.sqlite", Timings())
        wait(lambda: len(github.store.requests) >= before + len(pulls) + 2)
        wait(served.settled)
        assert [github.snapshot(pull) for pull in pulls] == shown
        asked = github.store.requests[before:]
        assert not [r for r in asked if r.method != "GET" and "access_tokens" not in r.path and b"mutation" in r.body]
        looks = len([r for r in asked if r.path == "/graphql"])
        assert looks == len(pulls) + 1, "one to find them, and one look each"
