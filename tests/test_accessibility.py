"""Every page in a real browser, wide and narrow: what axe-core says, what is loaded, what fits, what can be pressed.

With PICTURES=FOLDER, the pages are also written there as pictures, to be looked at.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.history import History
from bot.playground.faults import Fault, Kind
from rules.model import Rule
from tests.browser import ABSENT, DESKTOP, PHONE, Browser, browser
from tests.service import Service, service, wait
from tests.standin import World, files_of, world

pytestmark = pytest.mark.skipif(bool(ABSENT), reason=ABSENT)

TOKEN = "a long token for the pages"  # noqa: S105
PICTURES = os.environ.get("PICTURES")
HOSTILE, DEAD = "/revues/demo/catalogue/1", "/revues/demo/catalogue/2"
PAGES = [
    "/",
    "/livraisons",
    "/livraisons?retard",
    "/revues?demande=nothing",
    HOSTILE,
    DEAD,
    "/regles",
    "/regles/producer-has-sheet",
    "/regles/can-be-tried",
    "/nowhere",
    "/connexion",
]


@pytest.fixture(scope="module")
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as made:
        yield made


@pytest.fixture(scope="module")
def served(github: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """A service that has reviewed the hostile request, given up another, and not seen a third."""
    folder = tmp_path_factory.mktemp("service")
    with service(github, folder, PAGES_TOKEN=TOKEN) as made:
        people = github.people
        files = files_of("pulls/hostile")
        made.hook.deliver(people.open_pull("demo/catalogue", "marie", "Piège", files))  # type: ignore[arg-type]
        wait(lambda: github.repository.check_runs)
        wait(made.settled)
        github.store.faults.inject(Fault(Kind.ERROR_BEFORE, path=r"/pulls/\d+/files", times=10**6))
        made.hook.deliver(
            people.open_pull("demo/catalogue", "marie", "Panne", {"_data/api/n.md": "---\ntitle: N\n---\n"})
        )
        wait(lambda: made.jobs.given_up())
        github.store.faults.clear()
        history = History(f"sqlite:///{folder}/journal.sqlite")
        wait(history.workers)
        history.close()
        yield made


@pytest.fixture(scope="module")
def visitor(served: Service) -> Iterator[Browser]:
    """A browser that has signed in, as a person does."""
    with browser() as made:
        made.look(DESKTOP)
        made.open(f"http://127.0.0.1:{served.port}/")
        assert made.run("document.title") == "Connexion · greffier"
        assert made.faults() == []
        made.act(f"document.querySelector('#token').value = {TOKEN!r}; document.querySelector('main button').click()")
        assert made.run("document.title") == "Vue d'ensemble · greffier"
        yield made


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("lang", ["fr", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_is_for_everybody(
    visitor: Browser, served: Service, page: str, lang: str, size: tuple[int, int]
) -> None:
    base = f"http://127.0.0.1:{served.port}"
    visitor.look(size)
    visitor.open(f"{base}{page}{'&' if '?' in page else '?'}lang={lang}")
    assert visitor.run("document.documentElement.lang") == lang
    visitor.run("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert visitor.faults() == []
    assert visitor.run("document.documentElement.scrollWidth <= innerWidth"), "it scrolls sideways"
    assert all(address.startswith(f"{base}/") for address in visitor.loaded)
    assert visitor.run("document.scripts.length") == 0
    if PICTURES:
        name = re.sub(r"\W+", "-", page).strip("-") or "home"
        Path(PICTURES).mkdir(parents=True, exist_ok=True)
        visitor.picture(Path(PICTURES, f"{name}-{lang}-{size[0]}.png"))


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_every_rule_is_for_everybody(
    visitor: Browser, served: Service, rules: tuple[Rule, ...], size: tuple[int, int]
) -> None:
    visitor.look(size)
    for rule in rules:
        visitor.open(f"http://127.0.0.1:{served.port}/regles/{rule.id}?lang=fr")
        assert visitor.faults() == [], rule.id
        assert visitor.run("document.documentElement.scrollWidth <= innerWidth"), rule.id


def test_nothing_that_strangers_wrote_comes_alive(visitor: Browser, served: Service) -> None:
    visitor.open(f"http://127.0.0.1:{served.port}{HOSTILE}?lang=fr")
    assert visitor.run("document.querySelectorAll('main img, main script, main iframe').length") == 0
    assert visitor.run("document.querySelector('main').innerText.includes('<script>alert(1)</script>')")


def test_a_review_given_up_is_started_again_by_a_button(visitor: Browser, served: Service, github: World) -> None:
    visitor.open(f"http://127.0.0.1:{served.port}/?lang=fr")
    assert visitor.run("document.querySelector('.state').innerText").endswith("1 à relancer")
    visitor.act("document.querySelector('button[aria-label^=Relancer]').click()")
    pull = github.store.pull("demo/catalogue", 2)
    wait(lambda: pull.comments)
    wait(served.settled)
    visitor.open(f"http://127.0.0.1:{served.port}/?lang=fr")
    assert "Tout va bien" in visitor.run("document.querySelector('.state').innerText")


def test_a_review_is_asked_for_by_a_button(visitor: Browser, served: Service, github: World) -> None:
    runs = len(github.repository.check_runs)
    visitor.open(f"http://127.0.0.1:{served.port}{HOSTILE}?lang=fr")
    visitor.act("document.querySelector('.acts button').click()")
    assert "la relecture vient" in visitor.run("document.querySelector('[role=status]').innerText")
    wait(lambda: len(github.repository.check_runs) > runs)
