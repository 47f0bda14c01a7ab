"""How many requests a review costs, counted by the stand-in as they arrive; the hourly token is not among them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from standin import World, files_of, world

from bot.plan import LABELS
from bot.playground.traffic import Request
from rules.model import Rule

# As many entries as the catalogue of api.gouv.fr has.
APIS, SERVICES, PRODUCERS = 170, 18, 60
API = "_data/api/api-hauteurs-eau.md"
NEW = "_data/api/api-nouvelle.md"
README = Path(__file__).parent.parent / "README.md"


def big_catalogue() -> dict[str, bytes]:
    files = files_of("catalogue")
    pattern = files[API].decode()
    for number in range(APIS - sum(path.startswith("_data/api/") for path in files)):
        files[f"_data/api/api-{number}.md"] = pattern.replace("API Hauteurs d'eau", f"API {number}").encode()
    service = files["_data/service/partir-en-peniche.md"].decode()
    for number in range(SERVICES - sum(path.startswith("_data/service/") for path in files)):
        files[f"_data/service/service-{number}.md"] = service.replace("Partir", f"Partir {number}").encode()
    producer = files["_data/producteurs/office-marees.md"].decode()
    for number in range(PRODUCERS - sum(path.startswith("_data/producteurs/") for path in files)):
        files[f"_data/producteurs/office-{number}.md"] = producer.replace("marées", f"marées {number}").encode()
    return files


def entry(files: dict[str, bytes], number: int, producer: str = "inconnu") -> str:
    text = files[API].decode().replace("API Hauteurs d'eau", f"API nouvelle {number}")
    return text.replace("producer: office-marees", f"producer: {producer}")


FILES = big_catalogue()


@pytest.fixture
def big(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, FILES) as made:
        yield made


def test_a_first_review(big: World) -> None:
    first, second = (big.open({f"_data/api/n{n}.md": entry(FILES, n)}) for n in (1, 2))
    done, cold = big.counted(first)
    assert done.conclusion == "failure"
    assert len(cold) <= 9, [call.purpose for call in done.calls]
    assert len(cold) == len(done.calls)
    done, warm = big.counted(second)
    assert done.conclusion == "failure"
    assert len(warm) <= 7, [call.purpose for call in done.calls]


def test_a_first_review_where_the_labels_are_there(big: World) -> None:
    for name in LABELS:
        big.store.label(big.repository, name)
    done, cold = big.counted(big.open({NEW: entry(FILES, 1)}))
    assert len(cold) <= 8, [call.purpose for call in done.calls]


def test_after_a_push(big: World) -> None:
    pull = big.open({NEW: entry(FILES, 1), "_data/api/b.md": entry(FILES, 2)})
    big.review(pull)
    # One finding vanishes, one stays and one comes: every kind of write at once.
    big.people.push(pull, {NEW: entry(FILES, 1, "office-marees"), "_data/api/c.md": entry(FILES, 3)})
    done, pushed = big.counted(pull)
    assert {type(write).__name__ for write in done.writes} >= {"PostReview", "EditSummary", "Hide", "PostCheckRun"}
    assert len(pushed) <= 9, [call.purpose for call in done.calls]


def test_after_a_push_that_changes_nothing_in_the_verdict(big: World) -> None:
    pull = big.open({NEW: entry(FILES, 1)})
    big.review(pull)
    big.people.push(pull, {NEW: entry(FILES, 1) + "\nUne phrase de plus.\n"})
    done, pushed = big.counted(pull)
    assert len(pushed) <= 5, [call.purpose for call in done.calls]


def cost(requests: list[Request]) -> tuple[int, int, int]:
    """Return what requests cost of GitHub's limits: REST requests, points of GraphQL, contents created. Each mutation
    and each REST write may count as a content. https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""
    graphql = [b"mutation(" in one.body for one in requests if one.path == "/graphql"]
    written = [one for one in requests if one.path != "/graphql" and one.method != "GET"]
    return len(requests) - len(graphql), len(graphql), len(written) + sum(graphql)


def test_what_reviews_cost_of_each_limit_as_the_readme_says(big: World) -> None:
    told = re.findall(r"^\| (.+?) \| (\d) \| (\d) \| (\d) \|", README.read_text("utf-8"), re.MULTILINE)
    other, pull = (big.open({f"_data/api/n{n}.md": entry(FILES, n)}) for n in (1, 2))
    big.review(other)
    shown = {"a first review": cost(big.counted(pull)[1])}
    big.people.push(pull, {"_data/api/n2.md": entry(FILES, 2, "personne")})
    shown["a push, and another verdict"] = cost(big.counted(pull)[1])
    big.people.push(pull, {"_data/api/n2.md": entry(FILES, 2, "personne") + "\nUne phrase de plus.\n"})
    shown["a push, and the same verdict"] = cost(big.counted(pull)[1])
    shown["a sweep, per open pull request"] = cost(big.counted(pull)[1])
    big.people.push_branch("demo/catalogue", "ana", {"README.md": "x"})
    shown["a merge, per other open pull request"] = cost(big.counted(pull)[1])
    forge, before = big.forge(), len(big.store.requests)
    assert forge.repositories(1) == (["demo/catalogue"], False)
    forge.open_pulls_of(["demo/catalogue"])
    shown["a sweep, per 100 repositories"] = cost(big.store.requests[before:])
    assert {name: tuple(map(int, costs)) for name, *costs in told} == shown


def test_a_redelivery_after_everything_was_forgotten(big: World) -> None:
    pull = big.open({NEW: entry(FILES, 1)})
    big.review(pull)
    big.forget()
    done, again = big.counted(pull)
    assert (done.conclusion, len(again)) == ("unchanged", 1)


def test_what_is_none_of_our_business(big: World) -> None:
    _, untouched = big.counted(big.open({"README.md": "Bonjour\n"}))
    assert len(untouched) == 2
    closed = big.open({NEW: entry(FILES, 1)})
    big.people.close(closed, "marie")
    assert len(big.counted(closed)[1]) == 1


@pytest.mark.parametrize(("files", "most"), [(300, 18), (3_000, 77)])
def test_large_requests(big: World, files: int, most: int) -> None:
    pull = big.open({f"_data/api/n{n}.md": entry(FILES, n) for n in range(files)})
    done, cold = big.counted(pull)
    assert len(done.entries) == files
    assert len(cold) == most, [call.purpose for call in done.calls]
    assert len(pull.comments[0].body) < 60_000
