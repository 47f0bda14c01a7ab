"""The line to GitHub: tokens, limits, failures sorted by who must act, and what stays out of the logs."""

from __future__ import annotations

import logging
import re
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from standin import World, files_of, world
from test_faults import API, entry

from bot.blobs import MemoryBlobs, SqliteBlobs
from bot.errors import Absent, Invalid, Limited, Refused, Retry
from bot.forge import Forges, queries
from bot.forge.connection import Connection, failure
from bot.forge.read import git_name
from bot.journal import Journal
from bot.playground.faults import Fault, Kind
from bot.playground.model import Pull
from bot.state import PullRef
from rules.model import Rule
from tests.test_jobs import database

CATALOGUE = files_of("catalogue")
REF = PullRef("demo", "catalogue", 1)


@pytest.fixture
def made(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, CATALOGUE) as ready:
        yield ready


def tokens(made: World) -> int:
    return sum(request.path.endswith("/access_tokens") for request in made.store.requests)


def test_one_token_whatever_the_threads(made: World) -> None:
    made.open({API: entry()})
    with ThreadPoolExecutor(6) as threads:
        heads = {seen.head for seen in threads.map(lambda _: made.forge().glance(REF), range(12))}
    assert (len(heads), tokens(made)) == (1, 1)


def test_a_token_that_github_no_longer_takes_is_replaced(made: World) -> None:
    made.open({API: entry()})
    made.forge().glance(REF)
    made.store.tokens.revoke_all()
    with pytest.raises(Retry) as failure:
        made.forge().glance(REF)
    assert failure.value.after == 0
    assert made.forge().glance(REF).open
    assert tokens(made) == 2


def test_a_wrong_key_is_for_the_operator(made: World) -> None:
    made.open({API: entry()})
    made.settings = replace(made.settings, app_id="999999")
    made.forget()
    with pytest.raises(Refused):
        made.forge().glance(REF)


def test_no_key_at_all_is_told_by_the_names_to_set(made: World) -> None:
    bare = Forges(replace(made.settings, app_id="", private_key=""), MemoryBlobs())
    with pytest.raises(Refused, match="GREFFIER_TOKEN"):
        bare.forge_for(None)


def test_a_permission_that_lacks_is_named(made: World) -> None:
    made.open({API: entry()})
    next(iter(made.store.installations.values())).permissions["checks"] = "read"
    with pytest.raises(Refused):
        made.review(made.store.pull("demo/catalogue", 1))


def test_what_is_not_there_may_come(made: World) -> None:
    for ref in (REF, PullRef("demo", "absent", 1)):
        with pytest.raises(Absent):
            made.forge().glance(ref)


def test_a_limit_holds_every_job_of_its_installation_until_its_end(made: World) -> None:
    first, other = made.open({API: entry()}), made.open({"_data/api/autre.md": entry(title="API autre")})
    made.store.faults.inject(Fault(Kind.SECONDARY_LIMIT, method="POST", path="reviews", retry_after=90))
    with pytest.raises(Limited):
        made.review(first)
    sent = len(made.store.requests)
    with pytest.raises(Limited) as held:
        made.review(other)
    assert len(made.store.requests) == sent
    assert held.value.after is not None
    assert 60 < held.value.after <= 90
    made.waited += 90
    assert made.review(other).posted


def test_a_limit_that_names_no_time_is_waited_for_twice_as_long_each_time(made: World) -> None:
    pull, waits = made.open({API: entry()}), []
    made.store.faults.inject(Fault(Kind.TOO_MANY, method="POST", path="reviews", retry_after=None, times=8))
    for _ in range(8):
        with pytest.raises(Limited) as held:
            made.review(pull)
        waits.append(held.value.after)
        made.waited += held.value.after or 0
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert made.review(pull).posted
    made.store.faults.inject(Fault(Kind.TOO_MANY, path="graphql", retry_after=None))
    with pytest.raises(Limited) as held:
        made.review(pull)
    assert held.value.after == 60


def test_a_commit_that_github_does_not_list_yet(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pull = made.open({API: entry()})
    old = pull.head
    made.people.push(pull, {API: entry(tagline="Autre")})
    monkeypatch.setattr(Pull, "commits", lambda _: [old])
    with pytest.raises(Retry, match="newest commit"):
        made.forge().glance(REF)


def test_an_entry_that_github_does_not_list_is_no_empty_one(made: World) -> None:
    elsewhere = {"_data/archives/vieille.md": entry(), "_data/api/deux/loin.md": entry()}
    made.open({API: entry(), "_data/roadmap.md": "---\n2022: {}\n---\n", **elsewhere})
    forge = made.forge()
    seen = forge.glance(REF)
    files = forge.files(seen)
    forge.read(seen, files)
    for path in (API, "_data/roadmap.md"):
        with pytest.raises(Retry, match=f"does not list {path}"):
            forge.read(replace(seen, entries={p: e for p, e in seen.entries.items() if p != path}), files)


@pytest.mark.parametrize("kind", [Kind.SECONDARY_LIMIT, Kind.TOO_MANY])
@pytest.mark.parametrize(("asked", "wait"), [(7, 7), (None, 60)])
def test_a_limit_is_waited_for_as_long_as_it_asks(made: World, kind: Kind, asked: int | None, wait: int) -> None:
    made.open({API: entry()})
    made.store.faults.inject(Fault(kind, path="graphql", retry_after=asked))
    with pytest.raises(Retry) as failure:
        made.forge().glance(REF)
    assert failure.value.after == wait


def test_the_hourly_limit_is_waited_for_until_its_end(made: World) -> None:
    made.open({API: entry()})
    forge = made.forge()
    forge.glance(REF)
    forge.repositories(1)
    made.store.limits.limit = 1
    with pytest.raises(Retry) as rest:
        forge.repositories(1)
    assert rest.value.after is not None
    assert 3_000 < rest.value.after <= 3_600
    with pytest.raises(Retry) as graphql:
        forge.glance(REF)
    assert graphql.value.after is not None
    assert graphql.value.after > 3_000


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_all_workers_of_an_installation_write_at_one_pace(
    made: World, engine: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    pull = made.open({API: entry()})
    comment = made.people.comment(pull, "marie", "/greffier relire").payload["comment"]["id"]
    url = database(engine, tmp_path, request)
    settings, waited = replace(made.settings, between_writes=1_000), list[float]()
    workers = [Journal(url) for _ in range(3)]
    made_by = [Forges(settings, MemoryBlobs(), turn=journal.turn) for journal in workers]
    monkeypatch.setattr(time, "sleep", waited.append)
    for ways in made_by:
        ways.forge_for(made.installation).react("demo", "catalogue", comment)
    assert [round(seconds, -2) for seconds in waited] == [0, 1_000, 2_000]
    assert workers[0].turn("writes of another", 1_000) == 0
    for journal in workers:
        journal.close()


def test_without_a_database_each_worker_keeps_its_pace(tmp_path: Path) -> None:
    journal = Journal(f"sqlite:///{tmp_path}/journal")
    with closing(sqlite3.connect(tmp_path / "journal")) as other:
        other.execute("DROP TABLE greffier_marks")
    assert journal.turn("writes", 1_000) == 0
    journal.close()


def test_a_job_does_not_outlast_its_deadline(made: World) -> None:
    made.open({API: entry()})
    made.settings = replace(made.settings, deadline=0)
    made.forget()
    with pytest.raises(Retry, match="too long"):
        made.forge().glance(REF)
    assert made.store.requests == []


def test_every_call_is_told_with_its_purpose_and_no_secret(made: World, caplog: pytest.LogCaptureFixture) -> None:
    pull = made.open({API: entry()})
    with caplog.at_level(logging.DEBUG):
        made.review(pull)
    told = [record for record in caplog.records if record.name == "bot.forge.connection"]
    assert [record.__dict__["purpose"] for record in told] == [
        "glance",
        "changed files",
        "base tree",
        "observe",
        "labels",
        "review",
        "conversation",
        "check run",
    ]
    everything = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert not re.search(r"gh[ps]_[A-Za-z0-9._-]{20,}", everything)
    assert "PRIVATE KEY" not in everything
    assert "PRIVATE KEY" not in repr(made.settings)


def test_what_the_service_asks_beside_reviews(made: World) -> None:
    pull = made.open({API: entry()})
    other = made.open({API: entry()})
    made.people.close(other, "marie")
    made.repository.roles["equipe"] = "write"
    made.people.comment(pull, "equipe", "/greffier relire")
    forge = made.forge()
    assert forge.repositories(1) == (["demo/catalogue"], False)
    assert forge.open_pulls("demo", "catalogue") == [REF]
    assert forge.permission("demo", "catalogue", "equipe") == "write"
    assert forge.permission("demo", "catalogue", "marie") == "read"
    for _ in range(2):
        forge.react("demo", "catalogue", pull.comments[0].id)
    assert [len(people) for people in pull.comments[0].reactions.values()] == [1]
    assert made.forges.installations() == [made.installation]
    assert made.forges.installation_of("demo", "catalogue") == made.installation


def test_writes_are_spaced_as_github_asks(made: World, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr("bot.forge.connection.time.sleep", waited.append)
    made.settings = replace(made.settings, between_writes=30)
    made.forget()
    made.review(made.open({API: entry()}))
    assert [round(wait / 30) for wait in waited] == [0, 1, 2, 3]  # labels, review, conversation, check run


def test_contents_are_known_by_their_git_name() -> None:
    assert git_name(b"hello\n", 40) == "ce013625030ba8dba906f756967f9e9ca394464a"
    assert git_name(b"hello\n", 64) == "2cf8d83d9ee29543b34a87727421fdecb7e3f3a183d337639025de576db9ebb4"


def test_contents_are_kept_in_a_file_and_the_oldest_go_first(tmp_path: Path) -> None:
    kept = SqliteBlobs(tmp_path / "deep" / "blobs.sqlite", largest=10_000)
    kept.put({f"{n:040}": b"x" * 100 for n in range(90)})
    again = SqliteBlobs(tmp_path / "deep" / "blobs.sqlite", largest=10_000)
    assert len(again.get(f"{n:040}" for n in range(1_500))) == 90
    again.put({f"{n:040}": b"x" * 100 for n in range(90, 120)})
    left = kept.get(f"{n:040}" for n in range(120))
    assert f"{119:040}" in left
    assert f"{0:040}" not in left


def test_a_content_under_another_name_is_never_taken(made: World) -> None:
    pull = made.open({API: entry()})
    oid = next(change.sha for change in pull.changes() if change.path == API)
    made.repository.objects.blobs[oid] = b"---\ntitle: autre chose\n---\n"
    with pytest.raises(Retry, match="another git name"):
        made.review(pull)
    assert pull.comments == []


def test_a_refusal_of_what_is_said_is_told_apart(made: World) -> None:
    made.open({API: entry()})
    forge = made.forge()
    line: Connection = forge._connection
    with pytest.raises(Invalid):
        line.write("POST", "/repos/demo/catalogue/issues/1/comments", "blank", {"body": " "})


@pytest.mark.parametrize(
    ("status", "headers", "text", "error", "after"),
    [
        (403, {"retry-after": "5"}, "You have triggered an abuse detection mechanism.", Limited, 5),
        (403, {}, "You have exceeded a secondary rate limit.", Limited, None),
        (403, {"x-accepted-github-permissions": "checks=write"}, "Resource not accessible", Refused, None),
        (502, {}, "<html>Bad gateway</html>", Retry, None),
        (404, {}, '{"message": "Not Found"}', Refused, None),
        (422, {}, '{"message": "Unprocessable", "errors": [{"code": "invalid"}]}', Invalid, None),
    ],
)
def test_failures_are_sorted_by_who_must_act(
    status: int, headers: dict[str, str], text: str, error: type[Exception], after: float | None
) -> None:
    found = failure("essai", status, headers, text)
    assert type(found) is error
    assert getattr(found, "after", None) == after
    assert "permissions wanted: checks=write" in str(found) or "x-accepted-github-permissions" not in headers


def test_only_names_of_contents_enter_a_query() -> None:
    assert "b0: object" in queries.blobs(["a" * 40])
    for odd in ("", "a" * 39, "A" * 40, 'a") { oid } evil: viewer { login } #', "a" * 41):
        assert "object" not in queries.blobs([odd])
