"""What is asked of the internet about a request, what is made of its answers, and what is remembered of them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from laboratory import PRIVATE, Laboratory, says, silent
from service import service, wait
from standin import files_of, world

from bot import answers as remembered
from bot.answers import Answers
from bot.evidence import MOST_LINKS, Asker, gathering, unsettled, wanted
from bot.replies import Ask, Limits
from bot.settings import Settings, SettingsError, load
from bot.state import Pull
from bot.writes import EditSummary, PostReview, PostSummary
from rules.catalogue import Catalogue
from rules.document import parse
from rules.evidence import Answer, Description, Reach
from rules.judgement import Change, judge_request
from rules.model import Rule

PATH = "_data/api/api-courants.md"
QUICK = Limits(deadline=3, each=1.5, again=0.1)
FILE: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Courants", "version": "1"},
    "servers": [{"url": "http://api.test/v1"}],
    "paths": {"/stations": {"get": {"responses": {"200": {"description": "OK"}}}}},
}


@pytest.fixture
def laboratory() -> Iterator[Laboratory]:
    with Laboratory().running() as made:
        made.host("doc.test", says("200 OK"))
        made.host("file.test", says("200 OK", "Access-Control-Allow-Origin: *", body=json.dumps(FILE).encode()))
        made.host("api.test", says("200 OK"))
        yield made


def api(*lines: str) -> str:
    return "\n".join(["---", "title: API Courants", *lines, "---", ""])


def pull(text: str, before: str | None = None, path: str = PATH, **more: Any) -> Pull:
    old = [parse(path, before)] if before is not None else []
    change = Change(path, path if old else None)
    return Pull("h", "b", Catalogue(old), Catalogue([parse(path, text)]), (change,), **more)


def test_what_is_asked_for() -> None:
    text = api(
        "doc_tech_link: http://file.test/a.json",
        "doc_tech_external: https://doc.test/",
        "account_link: https://doc.test/",
        "external_site: https://ailleurs.test/",
    )
    asks = wanted(pull(text))
    assert [one.url for one in asks] == ["http://file.test/a.json", "https://doc.test/", "https://file.test/a.json"]
    assert [bool(one.most) for one in asks] == [True, False, False]
    assert wanted(pull(text, text)) == []
    assert wanted(pull(text, text.replace("https://doc.test", "https://old.test")))[0] == Ask("https://doc.test/")


def test_producers_and_services() -> None:
    sheet = "---\nname: Bureau\nsite: https://a.test\nannuaire: https://b.test\n---\n"
    assert [one.url for one in wanted(pull(sheet, path="_data/producteurs/bureau.md"))] == [
        "https://a.test",
        "https://b.test",
    ]
    assert [one.url for one in wanted(pull("---\nlink: https://c.test\n---\n", path="_data/service/c.md"))] == [
        "https://c.test"
    ]


def test_at_most_so_many(laboratory: Laboratory) -> None:
    texts = "\n".join(f"      https://doc.test/{n}" for n in range(MOST_LINKS + 5))
    text = api("access_page:", "  - is_eligible: 1", "    description: |", texts)
    got = Asker(QUICK, network=laboratory.network()).gather(pull(text))
    assert len(got) == MOST_LINKS


def test_a_file_is_read_and_its_api_called_once(laboratory: Laboratory) -> None:
    text = api("is_open: 1", "doc_tech_link: http://file.test/a.json")
    got = Asker(QUICK, network=laboratory.network()).gather(pull(text))
    called = "http://api.test/v1/stations"
    expected = Description(
        "OpenAPI 3.0.3", "", "", "Courants", 1, ("http://api.test/v1",), "GET /stations", called, True
    )
    assert got["http://file.test/a.json"].description == expected
    assert [head.split()[:2] for head in laboratory.asked if b"api.test" in head] == [[b"GET", b"/v1/stations"]]


@pytest.mark.parametrize(
    ("open_", "calls", "status", "called", "free"),
    [
        (0, True, "200 OK", False, True),
        (1, False, "200 OK", False, True),
        (1, True, "401 Unauthorized", False, False),
        (1, True, "500 Oops", False, True),
        (1, True, "302 Found", False, True),
    ],
)
def test_when_an_api_is_not_known_to_answer(
    laboratory: Laboratory, open_: int, calls: bool, status: str, called: bool, free: bool
) -> None:
    laboratory.host("api.test", says(status, "Location: http://doc.test/"))
    text = api(f"is_open: {open_}", "doc_tech_link: http://file.test/a.json")
    got = Asker(QUICK, calls=calls, network=laboratory.network()).gather(pull(text))
    said = got["http://file.test/a.json"].description
    assert said is not None
    assert (bool(said.called), bool(said.open_operation)) == (called, free)
    asked = [head for head in laboratory.asked if b"Host: api.test" in head]
    assert len(asked) == (open_ == 1 and calls)


def test_an_api_that_names_an_inner_address_is_not_called(laboratory: Laboratory) -> None:
    data = {**FILE, "servers": [{"url": f"http://{PRIVATE}"}]}
    laboratory.host("file.test", says("200 OK", body=json.dumps(data).encode()))
    text = api("is_open: 1", "doc_tech_link: http://file.test/a.json")
    Asker(QUICK, network=laboratory.network()).gather(pull(text))
    assert laboratory.accepts["inner"] == 0


def test_files_of_the_request_are_read_from_it() -> None:
    text = api("doc_tech_link: /swaggers/courants.json")
    files = {"/swaggers/courants.json": json.dumps(FILE).encode(), "/swaggers/autre.json": b"{}"}
    got = Asker().gather(pull(text, descriptions=files))
    assert got.keys() == {"/swaggers/courants.json"}
    said = got["/swaggers/courants.json"].description
    assert said is not None
    assert (said.format, said.origin) == ("OpenAPI 3.0.3", None)


def test_the_same_answers_give_the_same_verdicts(laboratory: Laboratory, rules: tuple[Rule, ...]) -> None:
    text = api("is_open: 1", "doc_tech_link: http://file.test/a.json", "doc_tech_external: http://doc.test/")
    one = pull(text)
    first, second = (Asker(QUICK, network=laboratory.network()).gather(one) for _ in range(2))
    assert first == second
    verdicts = [judge_request(rules, one.before, one.after, one.changes, got) for got in (first, second)]
    assert verdicts[0] == verdicts[1]


@pytest.fixture(params=["sqlite", "postgresql"])
def memory(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Answers]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'answers.sqlite'}"
    else:
        url = f"{request.getfixturevalue('server')}/postgres"
    with closing(Answers(url)) as made, closing(Answers(url)) as other:
        assert other.fresh(["https://nobody.test"]) == {}
        yield made


def test_what_is_remembered(memory: Answers, monkeypatch: pytest.MonkeyPatch) -> None:
    told = {
        "https://up.test": Answer(Reach.REACHABLE, 200, description=Description("OpenAPI 3.0.3", origin=False)),
        "https://gone.test": Answer(Reach.GONE, 404),
        "https://tls.test": Answer(Reach.BROKEN, why="expired"),
        "https://slow.test": Answer(Reach.UNKNOWN, why="slow"),
    }
    now = time.time()

    def after(seconds: float) -> set[str]:
        monkeypatch.setattr(remembered, "time", SimpleNamespace(time=lambda: now + seconds))
        return {url.split("/")[2].split(".")[0] for url in memory.fresh(told)}

    memory.put(told)
    assert memory.fresh(told) == {url: got for url, got in told.items() if got.outcome is not Reach.UNKNOWN}
    assert after(599) == {"up", "gone", "tls"}
    assert after(601) == {"up", "tls"}
    assert after(3_700) == {"up"}
    assert after(90_000) == set()
    assert memory.standing(told) == {"https://up.test": told["https://up.test"]}
    memory.put({"https://up.test": told["https://gone.test"]})
    assert after(90_100) == {"up"}
    assert memory.standing(told) == {}
    after(40 * 86_400)
    memory.forget()
    after(0)
    assert memory.fresh(told) == {}


def test_what_is_remembered_is_not_asked_again(laboratory: Laboratory, tmp_path: Path) -> None:
    text = api("doc_tech_external: http://doc.test/", "monitoring_link: http://mute.test/")
    laboratory.host("mute.test", silent)
    with closing(Answers(f"sqlite:///{tmp_path / 'a.sqlite'}")) as memory:
        asker = Asker(QUICK, memory=memory, network=laboratory.network())
        first = asker.gather(pull(text))
        before = len(laboratory.asked)
        assert asker.gather(pull(text)) == first
        assert all(b"mute.test" in head or b"https" in head for head in laboratory.asked[before:])
        # An address that is now asked for as a file must be read, whatever is known of it.
        laboratory.host("doc.test", says("200 OK", body=b"<html>"))
        got = asker.gather(pull(api("doc_tech_link: http://doc.test/")))
        assert got["http://doc.test/"].description == Description(fault="page", origin=False)


def test_a_site_that_is_down_today_is_not_forgotten(laboratory: Laboratory, tmp_path: Path) -> None:
    text = api("doc_tech_external: http://doc.test/")
    with closing(Answers(f"sqlite:///{tmp_path / 'a.sqlite'}")) as memory:
        memory.put({"http://doc.test/": Answer(Reach.REACHABLE, 200)})
        memory.fresh = lambda _: {}  # type: ignore[method-assign]  # a day later
        laboratory.host("doc.test", says("503 Down"))
        got = Asker(QUICK, memory=memory, network=laboratory.network()).gather(pull(text))
        assert got["http://doc.test/"] == Answer(Reach.REACHABLE, 200)


def test_what_time_may_tell() -> None:
    for why, may in (("slow", True), ("connection", True), ("", True), ("private", False), ("redirects", False)):
        assert unsettled({"a": Answer(Reach.UNKNOWN, why=why)}) is may
    assert not unsettled({"a": Answer(Reach.GONE), "b": Answer(Reach.REFUSED)})


def test_the_operator_decides() -> None:
    text = api("doc_tech_external: http://10.0.0.10/")
    off = load({"GREFFIER_PROBE": "off", "GREFFIER_PROBE_HOSTS": "a.local b.local", "GREFFIER_PROBE_DEADLINE": "3"})
    assert (off.probe, off.probe_calls, off.probe_hosts) == (False, True, {"a.local", "b.local"})
    assert off.probe_deadline == 3
    assert gathering(off)(pull(text)) == {}
    assert load({}).probe
    on = gathering(Settings(Path("unused"), "", probe=True))(pull(text))
    assert on["http://10.0.0.10/"] == Answer(Reach.UNKNOWN, why="private")
    with pytest.raises(SettingsError, match="GREFFIER_PROBE attend on ou off"):
        load({"GREFFIER_PROBE": "yes"})


def test_a_review_ends_in_time_and_a_later_one_edits_its_summary(
    laboratory: Laboratory, rules: tuple[Rule, ...]
) -> None:
    """Twenty links of which half hang: the first review waits no longer than it may."""
    for n in range(20):
        laboratory.host(f"site{n}.test", silent if n % 2 else says("200 OK"))
    files = files_of("catalogue")
    links = "\n".join(f"      https://site{n}.test/" for n in range(20))
    text = files["_data/api/api-annuaire-ecluses.md"].decode().split("---\n")[1]
    page = f"is_open: -1\naccess_page:\n  - is_eligible: 1\n    description: |\n{links}\n"
    kept = [line for line in text.splitlines() if line.split(":")[0] in ("tagline", "producer", "last_update")]
    entry = "\n".join(
        ["---", "title: API Courants", *kept, "doc_tech_external: https://site1.test/doc", page, "---", ""]
    )
    limits = Limits(deadline=4, each=1, again=0.1)
    gather = Asker(limits, network=laboratory.network()).gather
    with world(rules, files) as made:
        opened = made.open({PATH: entry})
        start = time.monotonic()
        first = made.review(opened, gather=gather)
        assert time.monotonic() - start < limits.deadline + 2  # type: ignore[operator]
        assert unsettled(first.evidence)
        assert sum(got.outcome is Reach.REACHABLE for got in first.evidence.values()) >= 10
        assert [write for write in first.writes if isinstance(write, PostSummary)]
        assert "La documentation s'ouvre-t-elle" in opened.comments[0].body
        # Nothing changed, and nobody asks the internet again: nothing is done.
        assert made.review(opened, gather=gather).conclusion == "unchanged"
        for n in range(20):
            laboratory.host(f"site{n}.test", says("200 OK"))
        later = made.review(opened, gather=gather, later=True)
        assert not unsettled(later.evidence)
        kinds = [type(write) for write in later.writes]
        assert EditSummary in kinds
        assert not {PostSummary, PostReview} & set(kinds)
        assert len(opened.comments) == 1
        assert "La documentation s'ouvre-t-elle" not in opened.comments[0].body
        assert made.review(opened, gather=gather, later=True).writes == ()


class Waking(BaseHTTPRequestHandler):
    """A site that is down until it is woken up."""

    awake = threading.Event()

    def do_HEAD(self) -> None:
        self.send_response(200 if self.awake.is_set() else 503)
        self.end_headers()

    do_GET = do_HEAD  # noqa: N815

    def log_message(self, *_: object) -> None: ...


def test_the_service_asks_again_and_edits_its_one_summary(tmp_path: Path, rules: tuple[Rule, ...]) -> None:
    with ThreadingHTTPServer(("127.0.0.10", 0), Waking) as site, world(rules, files_of("catalogue")) as github:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        where = {"PROBE": "on", "PROBE_HOSTS": "127.0.0.10", "ASKED_AGAIN": "1"}
        with service(github, tmp_path, **where) as served:
            text = files_of("catalogue")["_data/service/partir-en-peniche.md"].decode()
            link = next(line for line in text.splitlines() if line.startswith("link:"))
            text = text.replace(link, f"link: http://127.0.0.10:{site.server_port}/").replace("title: ", "title: X ")
            event = github.people.open_pull("demo/catalogue", "marie", "Un service", {"_data/service/x.md": text})
            assert served.hook.deliver(event).status_code == 202
            pull = github.store.pull("demo/catalogue", event.payload["number"])
            wait(lambda: pull.comments and "Le service s'ouvre-t-il" in pull.comments[0].body)
            Waking.awake.set()
            wait(lambda: "Le service s'ouvre-t-il" not in pull.comments[0].body)
            wait(served.settled)
            assert len(pull.comments) == 1
        site.shutdown()
