"""The pages: public rules, operators' pages behind their guard, and nothing alive of what strangers wrote."""

from __future__ import annotations

import html
import json
import logging
import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.commands.serve import application
from bot.commands.worker import KEPT
from bot.hint import Hint, Target
from bot.history import Attempt, History
from bot.jobs import Jobs
from bot.journal import Journal
from bot.metrics import WorkerMetrics
from bot.phrases import reason
from bot.review import Review
from bot.settings import Settings, SettingsError, load
from bot.state import PullRef
from bot.timings import Timings
from bot.watch import Watch
from rules.evidence import UNASKED, Answer, Reach
from rules.examples import examples_of
from rules.model import Finding, Rule
from tests.standin import files_of, world
from tests.test_receive import PULL as PAYLOAD
from tests.test_receive import sign
from webhooks.answers import answers, percentile
from webhooks.prose import said
from webhooks.shown import lasting
from webhooks.site import open_site

TOKEN, SEED = "a long token for the pages", "the secret of the webhooks"
PULL = "/revues/demo/catalogue/7"
CLOSED = ["/", "/livraisons", "/revues", PULL, "/metrics"]


class Records:
    """The databases of a service, and its application with other settings."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings(
            data=folder, database_url=f"sqlite:///{folder}/jobs.sqlite", webhook_secrets=(SEED,), pages_token=TOKEN
        )
        self.jobs, self.journal = Jobs(self.settings.database_url, Timings()), Journal(self.settings.journal_url)
        self.history = History(self.settings.journal_url)

    def app(self, **settings: str) -> Flask:
        return application(replace(self.settings, **settings), self.jobs, self.journal, self.history)  # type: ignore[arg-type]

    def attempt(self, conclusion: str = "success", ago: float = 10, **more: object) -> None:
        now = time.time()
        told = {"entries": [], "written": "", "notes": [], "calls": [], "reason": ""}
        made = Attempt("demo/catalogue#7", 5, "f" * 40, conclusion, None, now - ago, now - ago + 1, 6, 2, told)
        self.history.add(replace(made, **more))  # type: ignore[arg-type]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path)
    yield made
    for one in (made.jobs, made.journal, made.history):
        one.close()


@pytest.fixture
def inside(records: Records) -> FlaskClient:
    return signed_in(records.app())


def form_of(page: TestResponse) -> str:
    found = re.search(r'name="form" value="([\w-]+)"', page.text)
    assert found, page.text
    return found[1]


def signed_in(app: Flask) -> FlaskClient:
    client = app.test_client()
    form = form_of(client.get("/connexion"))
    assert client.post("/connexion", data={"form": form, "token": TOKEN, "to": "/"}).status_code == 303
    return client


def text_of(page: TestResponse) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


# what everybody reads


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_rules_need_no_secret_and_no_database(rules: tuple[Rule, ...], lang: str) -> None:
    app = Flask("webhooks")
    open_site(app, rules)
    client = app.test_client()
    every = client.get(f"/regles?lang={lang}")
    assert every.status_code == 200
    for rule in rules:
        assert f'href="/regles/{rule.id}"' in every.text
        page = client.get(f"/regles/{rule.id}?lang={lang}")
        assert page.status_code == 200
        assert html.unescape(page.text).count(rule.title.fr if lang == "fr" else rule.title.en) >= 2
        assert page.text.count("<figure") == len(examples_of(rule))
        assert page.text.count('class="here"') == sum(example.line is not None for example in examples_of(rule))
    assert client.get("/regles/no-such-rule").status_code == 404
    assert client.get("/").status_code == 404


def test_the_browser_chooses_the_language_until_the_reader_does(records: Records) -> None:
    client = records.app().test_client()

    def spoken(address: str, accepted: str = "") -> str:
        return client.get(address, headers={"Accept-Language": accepted}).text.split('lang="')[1][:2]

    assert spoken("/regles") == "fr"
    assert spoken("/regles", "de, en;q=0.8, fr;q=0.2") == "en"
    assert spoken("/regles?lang=fr", "en") == "fr"
    assert spoken("/regles", "en") == "fr", "the choice is kept"
    assert spoken("/regles?lang=klingon") == "fr"


def test_a_page_loads_nothing_from_elsewhere_and_runs_nothing(records: Records, inside: FlaskClient) -> None:
    records.attempt()
    for address in [*CLOSED[:-1], "/regles", "/regles/producer-has-sheet", "/connexion", "/nowhere"]:
        page = inside.get(address)
        policy = page.headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'")
        assert "unsafe" not in policy
        assert "script" not in policy
        assert not re.search(r"<script|<iframe|\sstyle=|\son\w+=|javascript:", page.text)
        loaded = re.findall(r'<(?:link|img)[^>]*(?:href|src)="([^"]*)"', page.text)
        assert loaded
        assert all(one.startswith("/static/") for one in loaded)
        assert page.headers["X-Content-Type-Options"] == "nosniff"


def test_a_finding_leads_to_the_page_of_its_rule_where_there_is_one(rules: tuple[Rule, ...]) -> None:
    settings = load({"GREFFIER_PUBLIC_URL": "https://greffier.example/"})
    assert settings.rules_url == "https://greffier.example/regles/"
    assert load({}).rules_url == ""
    found = Finding(rules[0], "_data/api/x.md", "", 1, 1, {}, True, None)
    assert "](" not in reason(found, "fr")
    linked = found._replace(rule=found.rule._replace(page=f"{settings.rules_url}{found.rule.id}"))
    assert f"[{found.rule.title.fr}](https://greffier.example/regles/{found.rule.id})" in reason(linked, "fr")


# who may read the others


@pytest.mark.parametrize("address", CLOSED)
def test_the_pages_of_the_operators_are_closed_by_default(
    records: Records, address: str, caplog: pytest.LogCaptureFixture
) -> None:
    client = records.app(pages_token="").test_client()
    caplog.set_level(logging.INFO)
    assert client.get(address, headers={"Authorization": "Bearer "}).status_code == 404
    assert client.post(address).status_code in (404, 405)
    assert client.get("/connexion").status_code == 404
    assert ("GREFFIER_PAGES_TOKEN" in caplog.text) == (address != "/metrics")
    assert client.get("/regles").status_code == 200


def test_the_token_opens_them(records: Records) -> None:
    client = records.app().test_client()
    sent = client.get("/livraisons")
    assert (sent.status_code, sent.location) == (302, "/connexion?to=/livraisons")
    page = client.get(sent.location)
    form = form_of(page)
    wrong = client.post("/connexion", data={"form": form, "token": "guess", "to": "/livraisons"})
    assert wrong.status_code == 403
    assert "pas le bon jeton" in text_of(wrong)
    assert client.get("/").status_code == 302
    assert client.post("/connexion", data={"token": TOKEN, "to": "/"}).status_code == 403, "sent by another site"
    right = client.post("/connexion", data={"form": form, "token": TOKEN, "to": "/livraisons"})
    assert (right.status_code, right.location) == (303, "/livraisons")
    cookie = next(one for one in right.headers.getlist("Set-Cookie") if one.startswith("greffier="))
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" not in cookie
    assert TOKEN not in cookie
    page = client.get("/livraisons")
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    assert client.post("/deconnexion", data={"form": form_of(page)}).status_code == 303
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "to", ["https://evil.example/", "//evil.example", "/\\evil.example", "/deconnexion", "nowhere"]
)
def test_signing_in_leads_nowhere_else(records: Records, to: str) -> None:
    client = records.app().test_client()
    form = form_of(client.get("/connexion"))
    assert client.post("/connexion", data={"form": form, "token": TOKEN, "to": to}).location == "/"


def test_the_cookie_stays_off_plain_http_where_there_is_tls(records: Records) -> None:
    page = records.app(public_url="https://greffier.example").test_client().get("/connexion")
    assert "Secure" in page.headers["Set-Cookie"]


@pytest.mark.parametrize("told", ["https", "https, http"])
def test_nor_where_a_proxy_says_that_there_was_tls(records: Records, told: str) -> None:
    app = records.app()
    assert "Secure" in app.test_client().get("/connexion", headers={"X-Forwarded-Proto": told}).headers["Set-Cookie"]
    assert "Secure" in app.test_client().get("/connexion", base_url="https://x").headers["Set-Cookie"]
    assert "Secure" not in app.test_client().get("/connexion").headers["Set-Cookie"]


def test_a_session_lasts_twelve_hours_whatever_is_done_in_it(
    records: Records, inside: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    records.attempt()
    began = time.time()
    for hours, status in ((3.0, 200), (6.0, 200), (9.0, 200), (11.9, 200), (12.1, 302)):
        now = began + hours * 3600
        monkeypatch.setattr(time, "time", lambda now=now: now)
        assert inside.get(PULL).status_code == status, hours


def test_who_signs_out_leaves_no_cookie_that_is_worth_anything(records: Records) -> None:
    app = records.app()
    one, other = signed_in(app), signed_in(app)
    page = one.get("/livraisons")
    cookie = one.get_cookie("greffier")
    assert cookie
    one.post("/deconnexion", data={"form": form_of(page)})
    for receiver in (app, records.app()):
        thief = receiver.test_client()
        thief.set_cookie("greffier", cookie.value)
        assert thief.get("/").status_code == 302
    assert other.get("/").status_code == 200


def test_who_guesses_is_told_in_the_log_and_not_heard_for_a_while(
    records: Records, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = records.app().test_client()
    form = form_of(client.get("/connexion"))

    def guess(token: str, near: str = "192.0.2.1") -> int:
        nonlocal form
        sent = {"form": form, "token": token, "to": "/"}
        return client.post("/connexion", data=sent, headers={"X-Forwarded-For": f"10.0.0.1, {near}"}).status_code

    assert [guess("wrong") for _ in range(6)] == [403] * 5 + [429]
    told = [(vars(one)["address"], vars(one)["forwarded"]) for one in caplog.records if "wrong token" in one.message]
    assert told == [("127.0.0.1", "10.0.0.1, 192.0.2.1")] * 5
    assert guess(TOKEN) == 429, "not even who guesses right"
    bearer = {"Authorization": f"Bearer {TOKEN}", "X-Forwarded-For": "192.0.2.1"}
    assert client.get("/metrics", headers=bearer).status_code == 404
    assert guess(TOKEN, "192.0.2.2") == 303
    form = form_of(client.get("/livraisons"))
    now = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: now + 301)
    assert guess("wrong") == 403
    assert [guess("wrong", f"198.51.100.{number}") for number in range(60)] == [403] * 49 + [429] * 11


def test_head_is_a_way_to_read(records: Records) -> None:
    client = records.app().test_client()
    assert client.head("/", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == 200
    assert client.head("/").status_code == 302


def test_another_token_ends_the_sessions(records: Records, inside: FlaskClient) -> None:
    cookie = inside.get_cookie("greffier")
    assert cookie
    other = records.app(pages_token=TOKEN.upper()).test_client()
    other.set_cookie("greffier", cookie.value)
    assert other.get("/").status_code == 302
    same = records.app().test_client()
    same.set_cookie("greffier", cookie.value)
    assert same.get("/").status_code == 200, "any receiver of the service knows the session"


def test_the_reverse_proxy_may_name_people(records: Records) -> None:
    client = records.app(pages_token="", pages_header="X-Forwarded-User").test_client()
    assert client.get("/").status_code == 403
    assert client.get("/", headers={"X-Forwarded-User": " "}).status_code == 403
    assert client.get("/connexion").status_code == 404
    marie = {"X-Forwarded-User": "marie"}
    assert client.get("/", headers=marie).status_code == 200
    records.attempt()
    assert client.post(PULL, headers=marie).status_code == 403, "sent by another site"
    form = form_of(client.get(PULL, headers=marie))
    assert client.post(PULL, headers=marie, data={"form": form}).status_code == 303
    assert client.post(PULL, data={"form": form}).status_code == 403


def test_the_settings_of_the_pages_are_checked() -> None:
    for name, value in {"PAGES_TOKEN": "short", "PUBLIC_URL": "greffier.example", "PAGES_HEADER": "X User"}.items():
        with pytest.raises(SettingsError, match=f"GREFFIER_{name}"):
            load({f"GREFFIER_{name}": value})
    settings = load({"GREFFIER_PAGES_TOKEN": TOKEN, "GREFFIER_GITHUB_URL": "https://github.exemple.fr/api/v3"})
    assert TOKEN not in repr(settings)
    assert settings.web_url == "https://github.exemple.fr"
    assert load({}).web_url == "https://github.com"


# what they show


def test_the_overview_sums_up_the_day(records: Records, inside: FlaskClient) -> None:
    assert "aucun processus de relecture ne répond" in text_of(inside.get("/"))
    records.history.alive("local-1")
    assert "Tout va bien" in text_of(inside.get("/"))
    now = time.time()
    for waited in range(1, 21):
        records.attempt(
            asked=now - 100 - waited, started=now - 100, finished=now - 100, pull=f"demo/catalogue#{waited}"
        )
    records.attempt("failed", asked=now - 9_000)
    records.attempt(ago=90_000)
    records.jobs.deliver("d-1", Hint(5, ("demo/catalogue",), 8))
    told = text_of(inside.get("/"))
    for figure in ("En attente 1", "En cours 0", "Terminées en 24 h 20", "(p50) 10 s", "p95 19 s", "Abandonnées 0"):
        assert figure in told
    assert "demo/catalogue#8 livraison à suivre En attente" in told
    assert "Median delay (p50) 10 s" in text_of(inside.get("/?lang=en"))


def test_each_delivery_shows_the_review_that_answered_it(records: Records, inside: FlaskClient) -> None:
    now = time.time()
    about = "demo/catalogue#7"
    records.journal.received("d-old", "pull_request", "opened", about, now - 5_000)
    records.attempt("failed", started=now - 4_990, finished=now - 4_989)
    records.attempt("failure", started=now - 4_900, finished=now - 4_899, calls=6)
    records.attempt("success", started=now - 4_500, finished=now - 4_499)
    records.journal.received("d-late", "pull_request", "synchronize", about, now - 4_000)
    records.journal.received("d-new", "pull_request", "synchronize", about, now)
    records.journal.received("d-push", "push", "", "demo/catalogue", now - 3_000)
    records.journal.received("d-asked", "issue_comment", "created", about, now - 4_000)
    found = {
        one.delivery.id: one
        for one in answers(records.journal.deliveries(), records.history.since(0), now, patience=900)
    }
    assert found["d-old"].attempt
    assert found["d-old"].attempt.conclusion == "failure"
    assert [name for name, one in found.items() if one.late] == ["d-late"]
    told = text_of(inside.get("/livraisons"))
    assert "+ 1 min 40 s + 1 min 41 s ✗ à corriger 6" in told
    assert "demo/catalogue (plusieurs demandes)" in told
    only = inside.get("/livraisons?retard=1").text
    assert "d-late" in only
    assert "d-old" not in only
    assert "Sans relecture 1" in text_of(inside.get("/"))


def test_a_lost_delivery_is_told_however_many_come_after(records: Records, inside: FlaskClient) -> None:
    records.history.alive("local-1")
    now, about = time.time(), "demo/catalogue#7"
    records.journal.received("d-answered", "pull_request", "opened", about, now - 90_000)
    records.attempt(ago=89_000)
    records.journal.received("d-lost", "pull_request", "synchronize", about, now - 80_000)
    records.attempt("failed", ago=79_000)
    records.journal.received("d-labeled", "pull_request", "labeled", about, now - 78_000, ignored=True)
    for number in range(250):
        records.journal.received(f"d-{number}", "push", "", "demo/catalogue", now - 1000 + number)
    records.journal.received("d-recent", "pull_request", "synchronize", "demo/catalogue#8", now)
    assert "À regarder : 1 sans relecture" in text_of(inside.get("/"))
    late = inside.get("/livraisons?retard=1").text
    assert re.findall(r'class="id">([^<]*)', late) == ["d-lost"]
    records.attempt(ago=5)
    assert "Tout va bien" in text_of(inside.get("/"))
    assert "chaque livraison a eu sa relecture" in text_of(inside.get("/livraisons?retard=1"))


@pytest.mark.parametrize("late", ["", "retard=1"])
def test_the_list_of_deliveries_goes_on_over_the_page(records: Records, inside: FlaskClient, late: str) -> None:
    now = 1_700_000_000.123_456_7  # finer than what is shown
    for number in range(120):
        records.journal.received(f"d-{number}", "pull_request", "opened", f"a/b#{number + 1}", now - 5_000 - number)
    address, seen = f"/livraisons?{late}", []
    while address:
        page = inside.get(address).text
        seen += re.findall(r'class="id">([^<]*)', page)
        following = re.search(r'href="(/livraisons\?[^"]*avant=[^"]*)"', page)
        address = html.unescape(following[1]) if following else ""
        assert not following or late in address
    assert seen == [f"d-{number}" for number in range(120)]


def test_a_delivery_that_changes_no_answer_is_shown(records: Records, inside: FlaskClient) -> None:
    body = json.dumps(PAYLOAD | {"action": "labeled"}).encode()
    sent = {
        "X-GitHub-Event": "pull_request",
        "X-GitHub-Delivery": "guid-labeled",
        "X-Hub-Signature-256": sign(body, SEED),
    }
    assert inside.post("/webhooks/github", data=body, content_type="application/json", headers=sent).status_code == 202
    assert not records.jobs.unfinished()
    told = text_of(inside.get("/livraisons"))
    assert "a/b#7 pull_request · labeled guid-labeled" in told
    assert "sans objet" in told
    assert "pas encore" not in told


def test_the_pages_go_back_as_far_as_is_said() -> None:
    readme = (Path(__file__).parent.parent / "README.md").read_text("utf-8")
    assert f"Pages are kept {KEPT // 86_400} days" in readme


def test_contributors_values_are_inert(rules: tuple[Rule, ...], records: Records, inside: FlaskClient) -> None:
    with world(rules, files_of("catalogue")) as github:
        pull = github.open(files_of("pulls/hostile"))  # type: ignore[arg-type]
        target = Target(github.installation, PullRef("demo", "catalogue", pull.number))
        forge = github.forge()
        watch = Watch(records.journal, records.history, WorkerMetrics())
        done = watch.review(target, lambda: forge.calls, lambda: github.review(pull))
    page = inside.get(f"/revues/demo/catalogue/{pull.number}")
    assert page.status_code == 200
    assert not re.search(r"<script|<img src=http|<details open|\u202e|<!--", page.text)
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page.text
    assert "\\u202e" in page.text
    links = re.findall(r'<a [^>]*href="([^"]*)"', page.text)
    assert all(link.startswith(("/", "https://github.com/demo/catalogue/pull/", "#", "?lang=")) for link in links)
    for entry in done.entries:
        for finding in entry.findings:
            assert f'href="/regles/{finding.rule.id}"' in page.text
    written = re.search(r"exactement \((\d+)\)</summary>\s*<pre[^>]*>(.*?)</pre>", page.text, re.DOTALL)
    assert written
    assert int(written[1]) == len(done.writes)
    assert html.unescape(written[2]).startswith("- ")
    assert done.head[:7] in page.text


def test_what_greffier_said_is_shown_as_text() -> None:
    assert said("`a` <b> [c](http://d) ![e](f) *g*\u202e") == (
        "<p><code>a</code> &lt;b&gt; [c](http://d) ![e](f) *g*\\u202e</p>\n"
    )


def test_what_the_internet_answered_is_told_to_operators(records: Records, inside: FlaskClient) -> None:
    """Where a link led, and until which day a certificate holds: whoever reads it knows what day it is."""
    url = "https://a.example/<b>"
    led = Answer(Reach.REACHABLE, 200, final="https://c.example/", until="2026-05-01")
    evidence = {url: led, "https://d.example/": Answer(Reach.GONE, why="no-host"), "https://e.example/": UNASKED}
    ref = PullRef("demo", "catalogue", 7)
    done = Review(ref, "f" * 40, "success", evidence=evidence)
    Watch(records.journal, records.history, WorkerMetrics()).review(Target(5, ref), tuple, lambda: done)
    page = inside.get(PULL).text
    assert "Ce qu&#39;internet a répondu (2)" in page
    said = "« https://a.example/&lt;b&gt; » : s&#39;ouvre (200), mène à « https://c.example/ », "
    assert f"{said}certificat valable jusqu&#39;au 2026-05-01" in page
    assert "« https://d.example/ » : n&#39;existe pas (no-host)" in page
    assert "certificate valid until 2026-05-01" in inside.get(f"{PULL}?lang=en").text


def test_failures_in_a_row_are_one_line(records: Records, inside: FlaskClient) -> None:
    told = {"entries": [], "written": "", "notes": [], "calls": [], "reason": "GitHub answers <500>"}
    for ago in (90, 80, 70):
        records.attempt("failed", ago, told=told, head="")
    records.attempt("failed", 60, told=told | {"reason": "another"}, head="")
    page = inside.get(PULL)
    assert page.text.count('<li class="attempt') == 2
    assert re.search(r"3 fois depuis [^<]*</p>\s*<p class=\"reason\">GitHub answers &lt;500&gt;", page.text)


def test_what_was_said_outlives_the_hourly_looks(records: Records, inside: FlaskClient) -> None:
    """Hours in which nothing happens are one line, and no review of the day."""
    now = time.time()
    said = {"entries": [], "written": "- the very words", "notes": [], "calls": [], "reason": ""}
    records.attempt("failure", 60 * 3600, told=said)
    for hours in range(59, 30, -1):
        records.attempt("unchanged", hours * 3600)
    records.attempt("unchanged", 30 * 3600, asked=now - 30 * 3600 - 5)
    for hours in range(29, 0, -1):
        records.attempt("unchanged", hours * 3600)
    page = inside.get(PULL)
    assert "the very words" in page.text
    assert [(one.repeats, one.asked is None) for one in records.history.of(PullRef("demo", "catalogue", 7))] == [
        (28, True),
        (0, False),
        (28, True),
        (0, True),
    ]
    assert page.text.count("29 fois depuis") == 2
    assert "Terminées en 24 h 0" in text_of(inside.get("/"))
    records.attempt("unchanged", 5, asked=now - 10)
    assert "Terminées en 24 h 1" in text_of(inside.get("/")), "someone waited for that one"
    assert records.history.answered(PullRef("demo", "catalogue", 7)) > now - 10


def test_a_long_timeline_goes_on_over_the_page(records: Records, inside: FlaskClient) -> None:
    for number in range(120, 0, -1):
        records.attempt(ago=number * 10, head=f"{number:040}")
    address, seen = PULL, []
    while address:
        page = inside.get(address)
        seen += re.findall(r"/commits/(\d+)", page.text)
        following = re.search(r'href="(\?avant=[\d.]+)"', page.text)
        address = f"{PULL}{following[1]}" if following else ""
    assert [int(head) for head in seen] == list(range(1, 121))


def test_a_review_can_be_asked_for(records: Records, inside: FlaskClient) -> None:
    assert inside.get(PULL).status_code == 404
    records.attempt()
    page = inside.get(PULL)
    form = {"form": form_of(page)}
    assert inside.post(PULL).status_code == 403
    assert inside.post(PULL, data=form, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert inside.post(PULL.replace("7", "8"), data=form).status_code == 400
    assert not records.jobs.unfinished()
    sent = inside.post(PULL, data=form)
    assert sent.status_code == 303
    (job,) = records.jobs.unfinished()
    (received,) = records.journal.asked(PullRef("demo", "catalogue", 7), 0, time.time())
    assert (received.id, received.event) == (job.id, "page")
    (kept,) = records.jobs._list(("ENQUEUED",))
    assert Hint.from_json(kept.input["args"][0]) == Hint(5, ("demo/catalogue",), 7, again=True)
    assert "la relecture vient" in text_of(inside.get(sent.location))
    assert inside.post("/abandons/relancer", data=form | {"job": "no-such"}).status_code == 404


@pytest.mark.parametrize(
    "asked",
    [
        "demo/catalogue#7",
        "demo/catalogue/7",
        "https://github.com/demo/catalogue/pull/7",
        " https://ghes.example/demo/catalogue/pull/7/files ",
    ],
)
def test_a_request_is_found_by_its_name(inside: FlaskClient, asked: str) -> None:
    assert inside.get("/revues", query_string={"demande": asked}).location == PULL
    wrong = inside.get("/revues", query_string={"demande": "<b>x"})
    assert wrong.status_code == 404
    assert "&lt;b&gt;x" in wrong.text


def test_the_pages_outlive_their_records(records: Records, inside: FlaskClient, tmp_path: Path) -> None:
    records.attempt(ago=100)
    records.history.forget(50)
    assert inside.get(PULL).status_code == 404
    for one in (records.journal, records.history):
        one.close()
    for path in tmp_path.glob("journal.sqlite*"):
        path.unlink()
    broken = inside.get("/")
    assert broken.status_code == 500
    assert "Les relectures continuent" in text_of(broken)
    assert inside.get("/regles").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "fr", "en"),
    [
        (None, "–", "–"),
        (-1, "0 ms", "0 ms"),
        (0.34, "340 ms", "340 ms"),
        (0.9999, "1,0 s", "1.0 s"),
        (9.96, "10,0 s", "10.0 s"),
        (59.7, "1 min 00 s", "1 min 00 s"),
        (185, "3 min 05 s", "3 min 05 s"),
        (18_600, "5 h 10 min", "5 h 10 min"),
        (100_000, "1 j 3 h", "1 d 3 h"),
    ],
)
def test_durations_are_short(seconds: float | None, fr: str, en: str) -> None:
    assert (lasting(seconds, "fr"), lasting(seconds, "en")) == (fr, en)


def test_percentiles() -> None:
    assert percentile([], 50) is None
    assert percentile([3], 95) == 3
    assert (percentile(range(1, 101), 50), percentile(range(1, 101), 95)) == (50, 95)


def test_the_history_keeps_what_was_told(records: Records) -> None:
    told = {"entries": [{"path": "\udcff"}], "written": "é" * 10_000, "notes": [], "calls": [], "reason": ""}
    records.attempt(told=told, asked=3.0, installation=None)
    (kept,) = records.history.of(PullRef("demo", "catalogue", 7))
    assert (kept.told, kept.asked, kept.installation) == (told, 3.0, None)
    assert not records.history.of(PullRef("demo", "catalogue", 8))
    records.attempt("failed", ago=1)
    assert records.history.answered(PullRef("demo", "catalogue", 7)) == kept.started


def test_the_records_are_the_same_on_postgresql(server: str) -> None:
    url = f"{server}/postgres"
    with ThreadPoolExecutor(8) as many:  # as many processes that start at once
        histories = list(many.map(lambda _: History(url), range(8)))
    history, journal, ref = histories[0], Journal(url), PullRef("demo", "catalogue", 7)
    made = Attempt(str(ref), 2**40, "f" * 40, "success", 1.5, 2.0, 3.0, 6, 2, {"written": "é\udcff"})
    history.add(made)
    assert list(history.of(ref)) == [made]
    assert [one.told for one in history.since(0, {str(ref)})] == [{}]
    assert not history.since(0, set())
    assert history.answered(ref) == 2.0
    for _ in range(2):
        history.alive("machine-1")
    history.check()
    assert list(history.workers()) == ["machine-1"]
    journal.received("d-1", "pull_request", "opened", str(ref), 1.5)
    assert [one.id for one in journal.asked(ref, 1, 2)] == ["d-1"]
    history.forget(0)
    assert not history.of(ref)
    for one in (journal, *histories):
        one.close()
