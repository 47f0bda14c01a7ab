"""All links of a catalogue, over several days."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from conftest import Ran
from laboratory import Laboratory, says, silent

from bot import PROJECT
from bot import lookout as watched
from bot.commands.links import markdown
from bot.evidence import asker
from bot.lookout import Lookout, Place, Seen, lookout, places_of
from bot.replies import Limits
from bot.settings import of_links
from rules.catalogue import Catalogue
from rules.document import parse
from rules.evidence import Answer, Reach

QUICK = Limits(deadline=None, each=10, again=0.05)
GONE, DOWN, GOOD = Answer(Reach.GONE, 404), Answer(Reach.UNKNOWN, 503), Answer(Reach.REACHABLE, 200)
API, SERVICE = "_data/api/api-courants.md", "_data/service/crues.md"


def catalogue(*urls: str) -> Catalogue:
    documents = [
        parse(API, f"---\ntitle: API\nproducer: office\ndoc_tech_external: {urls[0]}\n---\n"),
        *(parse(f"_data/service/s{n}.md", f"---\ntitle: S\nlink: {url}\n---\n") for n, url in enumerate(urls[1:])),
    ]
    return Catalogue(documents)


@pytest.fixture
def laboratory() -> Iterator[Laboratory]:
    with Laboratory().running() as made:
        yield made


def run(laboratory: Laboratory, file: Path, day: str, *urls: str) -> Lookout:
    looked = lookout(catalogue(*urls), file)
    looked.ask(day, file, laboratory.network(), QUICK, lambda: None)
    return looked


def test_a_link_is_dead_once_it_failed_on_several_days(laboratory: Laboratory, tmp_path: Path) -> None:
    file, url = tmp_path / "state.json", "http://perdu.test/"
    laboratory.host("perdu.test", says("404 Not Found"))
    assert run(laboratory, file, "2026-01-01", url).dead(3) == {}
    assert run(laboratory, file, "2026-01-02", url).dead(3) == {}
    laboratory.host("perdu.test", says("503 Down"))  # a day on which nothing can be told
    assert run(laboratory, file, "2026-01-03", url).dead(3) == {}
    laboratory.host("perdu.test", says("404 Not Found"))
    assert run(laboratory, file, "2026-01-04", url).dead(3)[url].failed == ("2026-01-01", "2026-01-02", "2026-01-04")
    laboratory.host("perdu.test", says("200 OK"))
    assert run(laboratory, file, "2026-01-05", url).dead(1) == {}


def test_a_link_is_asked_for_once_a_day(laboratory: Laboratory, tmp_path: Path) -> None:
    file, urls = tmp_path / "state.json", ("http://a.test/", "http://b.test/")
    for url in urls:
        laboratory.host(url.split("/")[2], says("200 OK"))
    assert run(laboratory, file, "2026-01-01", urls[0]).asked == 1
    assert run(laboratory, file, "2026-01-01", *urls).asked == 1
    assert run(laboratory, file, "2026-01-01", *urls).asked == 0
    assert run(laboratory, file, "2026-01-02", *urls).asked == 2
    # What the catalogue no longer has is forgotten.
    run(laboratory, file, "2026-01-03", urls[1])
    assert json.loads(file.read_text()).keys() == {urls[1]}


def test_a_run_that_is_stopped_goes_on_where_it_was(
    laboratory: Laboratory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched, "_EACH", 1)
    laboratory.host("good.test", says("200 OK"))
    laboratory.host("mute.test", silent)
    file, urls = tmp_path / "state.json", ("http://good.test/", "http://mute.test/")

    def stop() -> None:
        signal.raise_signal(signal.SIGINT)

    first = lookout(catalogue(*urls), file)
    with pytest.raises(KeyboardInterrupt):
        first.ask("2026-01-01", file, laboratory.network(), QUICK, stop)
    assert lookout(catalogue(*urls), file).due("2026-01-01") == ["http://mute.test/"]


def test_what_is_seen_day_after_day() -> None:
    seen = Seen(GOOD, "1").then(DOWN, "2")
    assert seen == Seen(DOWN, "2")
    seen = seen.then(GONE, "3").then(GONE, "3")
    assert seen == Seen(GONE, "3", ("3",))
    assert seen.then(DOWN, "4") == Seen(GONE, "4", ("3",))
    assert seen.then(GOOD, "4") == Seen(GOOD, "4")


def test_where_links_stand() -> None:
    sheet = parse("_data/producteurs/office.md", "---\nname: O\nsite: https://o.test\n---\n")
    found = places_of([*catalogue("https://o.test", "https://s.test").documents.values(), sheet])
    assert found == {
        "https://o.test": (Place("office", API, "/doc_tech_external"), Place("office", sheet.path, "/site")),
        "https://s.test": (Place("", "_data/service/s0.md", "/link"),),
    }


def test_markdown_by_producer() -> None:
    looked = lookout(catalogue("https://o.test/`@equipe`", "https://s.test"), Path("none"))
    for url, answer in zip(looked.places, (GONE, Answer(Reach.BROKEN, why="expired")), strict=True):
        looked.seen[url] = Seen(answer, "2026-01-03", ("2026-01-01", "2026-01-03"))
    assert markdown(looked, 2, "fr") == (
        "Liens morts : 2 sur 2. En échec pendant moins de 2 jours : 0. Sans réponse claire : 0.\n\n"
        "## Services\n\n"
        "- `_data/service/s0.md` `/link` : `https://s.test`, certificat périmé, en échec depuis le 2026-01-01\n\n"
        "## `office`\n\n"
        f"- `{API}` `/doc_tech_external` : `` https://o.test/`@equipe` ``, la page n'existe pas (404), "
        "en échec depuis le 2026-01-01"
    )


class Site(BaseHTTPRequestHandler):
    def do_HEAD(self) -> None:
        self.send_response(404 if "perdue" in self.path else 200)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def site() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.10", 0), Site) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.10:{server.server_port}"
        server.shutdown()


def test_the_command(site: str, greffier: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREFFIER_PROBE_HOSTS", "127.0.0.10")
    monkeypatch.setattr(watched, "POLITE", Limits(deadline=None, each=2, again=0.05, pause=0.05, per_host=1))
    (tmp_path / "_data/api").mkdir(parents=True)
    for document in catalogue(f"{site}/perdue", f"{site}/ici").documents.values():
        (tmp_path / document.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / document.path).write_text(document.text)
    state = tmp_path / "state.json"
    ran = greffier("links", "--repo", tmp_path, "--state", state)
    said = "Liens morts : 0 sur 2. En échec pendant moins de 3 jours : 1. Sans réponse claire : 0.\n"
    assert (ran.code, ran.out, ran.err) == (0, said, "")
    ran = greffier("links", "--repo", tmp_path, "--state", state, "--days", "1")
    assert ran.code == 1
    assert f"« {site}/perdue »  la page n'existe pas (404), en échec depuis le " in ran.out
    told = json.loads(greffier("links", "--repo", tmp_path, "--state", state, "--format", "json").out)
    assert [(one["outcome"], one["dead"]) for one in told["links"]] == [("gone", False), ("reachable", False)]
    ran = greffier("links", "--repo", tmp_path, "--state", tmp_path / "nowhere/state.json")
    assert (ran.code, ran.out) == (2, "")
    assert "ne peut pas être écrit" in ran.err
    state.write_text("[1]")
    ran = greffier("links", "--repo", tmp_path, "--state", state)
    assert ran.code == 2
    assert "ne se lit pas" in ran.err


def test_the_operator_switches_all_asking_off(
    greffier: Callable[..., Ran], demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREFFIER_PROBE", "off")
    for command in (("check", "--online"), ("links", "--state", tmp_path / "state.json")):
        ran = greffier(*command, "--repo", demo)
        assert (ran.code, ran.out) == (2, "")
        assert "GREFFIER_PROBE=off" in ran.err
    assert not (tmp_path / "state.json").exists()
    assert greffier("check", "--repo", demo).code == 1
    monkeypatch.setenv("GREFFIER_PROBE", "perhaps")
    assert "GREFFIER_PROBE attend on ou off" in greffier("check", "--online", "--repo", demo).err


def test_the_operator_decides_how_a_clone_is_asked_about() -> None:
    given = {
        "PROBE_CALLS": "off",
        "PROBE_HOSTS": "a.local",
        "PROBE_DEADLINE": "3",
        "PUBLIC_URL": "https://g.exemple.fr",
    }
    # What else is wrong in the environment is no matter here.
    settings = of_links({f"GREFFIER_{name}": value for name, value in (given | {"APP_ID": "1"}).items()})
    asking = asker(settings, Limits(settings.probe_deadline))
    assert (asking.calls, asking.allowed, asking.about) == (False, {"a.local"}, "https://g.exemple.fr")
    assert asking.limits.deadline == 3
    assert asker(of_links({}), Limits()).about == PROJECT


def test_check_online(
    site: str, greffier: Callable[..., Ran], demo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only --online asks; the whole catalogue is for `greffier links`."""
    monkeypatch.setenv("GREFFIER_PROBE_HOSTS", "127.0.0.10")
    clone = tmp_path / "clone"
    shutil.copytree(demo, clone)
    entry = ["_data/service/partir-en-peniche.md"]
    text = (clone / entry[0]).read_text()
    link = next(line for line in text.splitlines() if line.startswith("link:"))
    (clone / entry[0]).write_text(text.replace(link, f"link: {site}/perdue"))
    assert greffier("check", "--repo", clone, entry[0]).code == 0
    ran = greffier("check", "--repo", clone, "--online", entry[0])
    assert ran.code == 1
    assert f"le site répond que cette page n'existe pas. Adresse demandée : « {site}/perdue »" in ran.out
    assert ran.err == ""
    assert f"« {site}/perdue » : n'existe pas (404)" in ran.out
    ran = greffier("check", "--repo", clone, "--all", "--online")
    assert ran.code == 2
    assert "greffier links" in ran.err
