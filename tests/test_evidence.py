"""What is asked of the internet about a request, what is made of its answers, and what is remembered of them."""

from __future__ import annotations

import gzip
import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from laboratory import PRIVATE, Laboratory, says, silent
from service import service, wait
from standin import files_of, world

from bot import answers as remembered
from bot import evidence
from bot.answers import Answers
from bot.evidence import Asker, gathering, unsettled, wanted
from bot.replies import MOST_LINKS, Ask, Limits
from bot.settings import Settings, SettingsError, load
from bot.state import MOST_DESCRIBED, Pull
from bot.structured import MOST_NODES, MOST_YAML
from bot.writes import EditSummary, PostReview, PostSummary
from rules.catalogue import Catalogue
from rules.document import parse
from rules.evidence import UNASKED, Answer, Description, Reach
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
    asked = pull(text)
    got = Asker(QUICK, network=laboratory.network()).gather(asked)
    assert sum(answer == UNASKED for answer in got.values()) == 5
    assert len(laboratory.asked) == MOST_LINKS
    assert not unsettled({"a": UNASKED})
    seen = replace(asked, evidence=got)
    assert (len(seen.asked), seen.unasked) == (MOST_LINKS, 5)


def test_readers_are_told_what_was_not_asked(rules: tuple[Rule, ...]) -> None:
    """Forty is also what the rules say."""
    seen = pull(api("doc_tech_external: https://doc.test/", "is_open: 1"))
    seen = replace(seen, evidence={"https://doc.test/": UNASKED, "https://b.test/": Answer(Reach.REACHABLE, 200)})
    entries = judge_request(rules, seen.before, seen.after, seen.changes, seen.evidence)
    for form in ("markdown", "text"):
        said = import_module(f"bot.formats.{form}").write(seen, entries, "fr")
        assert f"Adresses non demandées : 1. Une relecture en demande {MOST_LINKS} au plus." in said
        assert f"greffier s'arrête à {MOST_LINKS} adresses par relecture, et n'a pas demandé" in said
    english = import_module("bot.formats.text").write(seen, entries, "en")
    assert f"Addresses not asked for: 1. A review asks for {MOST_LINKS} at most." in english
    assert f"greffier stops at {MOST_LINKS} addresses" in english
    assert "« https://b.test/ »: opens (200)" in english
    nothing = replace(seen, evidence={})
    assert "non demand" not in import_module("bot.formats.markdown").write(nothing, entries[:0], "fr")


def test_the_rules_tell_how_big_a_file_may_be(rules: tuple[Rule, ...]) -> None:
    told = next(rule for rule in rules if rule.id == "openapi-file").evidence
    megabytes, kilobytes, thousands = MOST_DESCRIBED // 1024**2, MOST_YAML // 1024, MOST_NODES // 1000
    assert f"au plus {megabytes} Mo, ou {kilobytes} Ko en YAML, et {thousands} 000 valeurs" in told.fr
    assert f"{megabytes} MB at most, or {kilobytes} KB in YAML, and {thousands},000 values" in told.en


def test_a_file_is_read_and_its_api_called_once(laboratory: Laboratory) -> None:
    text = api("is_open: 1", "doc_tech_link: http://file.test/a.json")
    got = Asker(QUICK, network=laboratory.network()).gather(pull(text))
    called = "http://api.test/v1/stations"
    expected = Description(
        "OpenAPI 3.0.3", "", "", "Courants", 1, ("http://api.test/v1",), "GET /stations", called, True, called
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


def test_one_call_for_a_whole_review(laboratory: Laboratory) -> None:
    """However many entries name however many files, that all point at one host."""
    for n in range(45):
        served = json.dumps({**FILE, "servers": [{"url": f"http://victim.test/{n}"}]}).encode()
        laboratory.host(f"f{n}.test", says("200 OK", body=served))
    laboratory.host("victim.test", says("200 OK"))
    texts = [api("is_open: 1", f"doc_tech_link: https://f{n}.test/a.json") for n in range(45)]
    documents = [parse(f"_data/api/a{n}.md", text) for n, text in enumerate(texts)]
    changes = tuple(Change(document.path) for document in documents)
    got = Asker(Limits(), network=laboratory.network()).gather(
        Pull("h", "b", Catalogue([]), Catalogue(documents), changes)
    )
    assert sum(b"Host: victim.test" in head for head in laboratory.asked) == 1
    assert sum(bool(one.description and one.description.called) for one in got.values()) == 1
    assert len(laboratory.asked) == MOST_LINKS


def test_a_file_known_from_before_the_api_was_open_is_called(laboratory: Laboratory, tmp_path: Path) -> None:
    with closing(Answers(f"sqlite:///{tmp_path / 'a.sqlite'}")) as memory:
        asker = Asker(QUICK, memory=memory, network=laboratory.network())
        for open_, called in ((0, ""), (1, "http://api.test/v1/stations"), (1, "http://api.test/v1/stations")):
            got = asker.gather(pull(api(f"is_open: {open_}", "doc_tech_link: http://file.test/a.json")))
            said = got["http://file.test/a.json"].description
            assert said is not None
            assert said.called == called
    heads = [head for head in laboratory.asked if b"Host: file.test" in head or b"Host: api.test" in head]
    assert [head.split()[1] for head in heads if b"/v1" in head] == [b"/v1/stations"]


def test_files_take_no_longer_than_they_may_together(laboratory: Laboratory, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first file uses up the time of all: the others are not read, and are asked for again later."""
    monkeypatch.setattr(evidence, "MOST_READING", 1e-9)
    texts = [api("doc_tech_link: http://file.test/a.json"), api("doc_tech_link: http://file.test/b.json")]
    documents = [parse(f"_data/api/a{n}.md", text) for n, text in enumerate(texts)]
    changes = tuple(Change(document.path) for document in documents)
    asked = Pull("h", "b", Catalogue([]), Catalogue(documents), changes)
    got = Asker(QUICK, network=laboratory.network()).gather(asked)
    late = [answer for url, answer in got.items() if url.startswith("http:") and answer.why == "slow"]
    assert late == [Answer(Reach.UNKNOWN, why="slow")]
    assert unsettled(got)


@pytest.mark.parametrize("fault", ["compressed", "too-large"])
def test_a_file_at_which_nobody_could_look_is_held_against_nobody(
    laboratory: Laboratory, rules: tuple[Rule, ...], fault: str
) -> None:
    body = json.dumps(FILE).encode()
    sent = gzip.compress(body) if fault == "compressed" else body + b" " * MOST_DESCRIBED
    laboratory.host("file.test", says("200 OK", *["Content-Encoding: gzip"] * (fault == "compressed"), body=sent))
    one = pull(api("is_open: 1", "doc_tech_link: http://file.test/a.json"))
    got = Asker(Limits(), network=laboratory.network()).gather(one)
    assert got["http://file.test/a.json"] == Answer(
        Reach.REACHABLE, 200, description=Description(fault=fault, origin=False)
    )
    (entry,) = judge_request(rules, one.before, one.after, one.changes, got)
    assert "openapi-file" not in {finding.rule.id for finding in entry.findings}


def test_https_that_leads_back_to_http_is_not_proposed(laboratory: Laboratory, rules: tuple[Rule, ...]) -> None:
    def back(conn: Any, asked: bytes) -> None:
        protected = isinstance(conn, ssl.SSLSocket)
        (says("301 Moved", "Location: http://back.test/") if protected else says("200 OK"))(conn, asked)

    laboratory.host("back.test", back)
    one = pull(api("doc_tech_external: http://back.test/", "monitoring_link: http://doc.test/"))
    got = Asker(QUICK, network=laboratory.network()).gather(one)
    assert got["https://back.test/"].final == "http://back.test/"
    (entry,) = judge_request(rules, one.before, one.after, one.changes, got)
    assert [finding.key for finding in entry.findings if finding.rule.id == "link-https"] == ["/monitoring_link"]


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
    memory.put({"https://up.test": told["https://gone.test"]})
    assert after(90_100) == {"up"}
    after(200_000)
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


def test_a_site_that_is_down_today_does_not_pass_for_one_that_opens(laboratory: Laboratory, tmp_path: Path) -> None:
    text = api("doc_tech_external: http://doc.test/")
    with closing(Answers(f"sqlite:///{tmp_path / 'a.sqlite'}")) as memory:
        memory.put({"http://doc.test/": Answer(Reach.REACHABLE, 200)})
        memory.fresh = lambda _: {}  # type: ignore[method-assign]  # a day later
        laboratory.host("doc.test", says("503 Down"))
        got = Asker(QUICK, memory=memory, network=laboratory.network()).gather(pull(text))
        assert got["http://doc.test/"] == Answer(Reach.UNKNOWN, 503)
        assert unsettled(got)


ODD = ["https://doc.test/\0", "https://doc.test/\ud800"]


def test_an_address_that_no_database_takes_is_none(laboratory: Laboratory, memory: Answers) -> None:
    for odd in ("\\0", "\\x1b", "\\x7f", "\\x85"):
        text = api(f'doc_tech_external: "https://doc.test/{odd}"', "monitoring_link: https://doc.test/")
        assert Asker(QUICK, memory=memory, network=laboratory.network()).gather(pull(text)).keys() == {
            "https://doc.test/"
        }


def test_a_fault_of_the_memory_is_only_logged(memory: Answers, caplog: pytest.LogCaptureFixture) -> None:
    for url in ODD:
        memory.put({url: Answer(Reach.REACHABLE, 200)})
        memory.fresh([url])
    memory.close()
    with memory._engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE greffier_answers"))
    assert memory.fresh(["https://doc.test/"]) == {}
    memory.put({"https://doc.test/": Answer(Reach.REACHABLE, 200)})
    assert "can't be read" in caplog.text
    assert "not remembered" in caplog.text


def test_what_another_version_remembers_is_asked_again(memory: Answers) -> None:
    memory.put({"https://a.test/": Answer(Reach.REACHABLE, 200), "https://b.test/": Answer(Reach.REACHABLE, 200)})
    with memory._engine.begin() as connection:
        odd = sa.text("UPDATE greffier_answers SET answer = :answer WHERE url = 'https://a.test/'")
        connection.execute(odd, {"answer": '{"outcome": "reachable", "mood": "calm"}'})
    assert memory.fresh(["https://a.test/", "https://b.test/"]).keys() == {"https://b.test/"}


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
