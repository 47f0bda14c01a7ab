"""Whatever goes wrong at whichever request, the end is the same, and nothing is said twice."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from standin import World, files_of, world

from bot.errors import Retry
from bot.follow import follow
from bot.hint import Hint
from bot.playground.faults import Fault, Kind
from bot.playground.model import Json, Pull
from rules.model import Rule

CATALOGUE = files_of("catalogue")
API = "_data/api/api-nouvelle.md"
PATIENCE = 0.8  # seconds before the bot stops waiting for an answer
LIMITS = (Kind.SECONDARY_LIMIT, Kind.TOO_MANY)
HANGS = (Kind.HANG_BEFORE, Kind.HANG_AFTER)


def entry(body: str = "L'API.", **fields: str) -> str:
    """An entry of three faults, save what `fields` say."""
    told = {
        "title": "API nouvelle",
        "tagline": "Une phrase",
        "producer": "inconnu",
        "is_open": "1",
        "contact_link": "contact@marees.gouv.example",
        "doc_tech_link": "/swaggers/absent.json",
        "last_update": "14/03/2022",
        "themes": "[Environnement]",
    } | fields
    return "---\n" + "".join(f"{key}: {value}\n" for key, value in told.items()) + f"---\n{body}\n"


def first(made: World) -> Pull:
    return made.open({API: entry()})


def after_a_push(made: World) -> Pull:
    """One finding of the three vanishes, two stay, and three come with another entry."""
    pull = made.open({API: entry()})
    as_the_worker(made, pull)
    made.people.push(pull, {API: entry(producer="office-marees"), "_data/api/b.md": entry(title="API autre")})
    return pull


def asked(made: World) -> Pull:
    """Nothing changed since the last review, but a person asked for another."""
    pull = made.open({API: entry()})
    as_the_worker(made, pull)
    return pull


def how(made: World, pull: Pull, story: Callable[[World], Pull]) -> dict[str, Any]:
    """Return how the worker reviews in that story; what it carries was read as the person asked."""
    if story is not asked:
        return {}
    (target,) = follow(Hint(made.installation, ("demo/catalogue",), pull.number, again=True), made.forge())
    return {"again": target.again, "since": target.since}


@contextmanager
def scene(
    rules: tuple[Rule, ...], story: Callable[[World], Pull], kind: Kind | None = None
) -> Iterator[tuple[World, Pull]]:
    with world(rules, CATALOGUE, timeout=PATIENCE if kind in HANGS else 60, described=False) as made:
        yield made, story(made)


def as_the_worker(made: World, pull: Pull, **how: Any) -> list[Retry]:
    """Review as often as it takes, waiting as told; returns what went wrong before."""
    failures: list[Retry] = []
    while len(failures) < 40:
        try:
            made.review(pull, **how)
        except Retry as failure:
            failures.append(failure)
            made.waited += failure.after or 0
        else:
            return failures
    raise AssertionError(failures)


@pytest.fixture(scope="module")
def undisturbed(rules: tuple[Rule, ...]) -> dict[str, tuple[Json, list[str]]]:
    ends = {}
    for story in (first, after_a_push, asked):
        with scene(rules, story) as (made, pull):
            given = how(made, pull, story)
            start = len(made.store.requests)
            made.review(pull, **given)
            sent = [f"{request.method} {request.path}" for request in made.store.requests[start:]]
            ends[story.__name__] = made.snapshot(pull), sent
    return ends


def test_the_stories_are_as_told(undisturbed: dict[str, tuple[Json, list[str]]]) -> None:
    end, sent = undisturbed["first"]
    assert len(end["review_comments"]) == 3
    assert (len(end["comments"]), len(end["check_runs"]), len(sent)) == (1, 1, 9)  # the token among them
    end, sent = undisturbed["after_a_push"]
    assert [comment["minimized"] for comment in end["review_comments"]].count("resolved") == 1
    end, sent = undisturbed["asked"]
    assert [run["completed"] for run in end["check_runs"]] == [2]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("story", [first, after_a_push, asked])
def test_every_request_failing_once(
    rules: tuple[Rule, ...],
    undisturbed: dict[str, tuple[Json, list[str]]],
    story: Callable[[World], Pull],
    kind: Kind,
) -> None:
    end, sent = undisturbed[story.__name__]
    for nth in range(1, len(sent) + 1):
        with scene(rules, story, kind) as (made, pull):
            given = how(made, pull, story)
            fault = made.store.faults.inject(Fault(kind, nth=nth, seconds=PATIENCE + 0.3))
            failures = as_the_worker(made, pull, **given)
            assert fault.reached.is_set()
            assert failures, sent[nth - 1]
            if kind in LIMITS:
                assert [failure.after for failure in failures] == [fault.retry_after], sent[nth - 1]
            assert made.snapshot(pull) == end, f"{kind} at {sent[nth - 1]}"


def test_a_steady_storm(rules: tuple[Rule, ...], undisturbed: dict[str, tuple[Json, list[str]]]) -> None:
    for seed in range(10):
        with scene(rules, first) as (made, pull):
            made.store.faults.at_random(0.15, seed, [kind for kind in Kind if "time-out" not in kind])
            as_the_worker(made, pull)
            made.store.faults.clear()
            made.review(pull)
            assert made.snapshot(pull) == undisturbed["first"][0], seed
