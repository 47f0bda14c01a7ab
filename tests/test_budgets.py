"""How many requests a review costs, counted by the stand-in as they arrive; the hourly token is not among them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from standin import World, files_of, world

from bot.plan import LABELS
from rules.model import Rule

# As many entries as the catalogue of api.gouv.fr has.
APIS, SERVICES, PRODUCERS = 170, 18, 60
API = "_data/api/api-hauteurs-eau.md"
NEW = "_data/api/api-nouvelle.md"


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
