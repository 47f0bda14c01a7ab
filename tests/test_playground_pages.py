"""The playground's pages: they show what GitHub would, their forms act on it, and nothing hostile gets through."""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterator, Sequence
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, request
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from bot.blobs import MemoryBlobs
from bot.forge import Forges
from bot.playground.github import serve
from bot.playground.loopback import listening
from bot.playground.markdown import parts, render
from bot.playground.model import Pull
from bot.playground.pages import create_pages
from bot.playground.people import People
from bot.playground.scene import REPOSITORY, TEAM, set_scene
from bot.playground.store import Store
from bot.playground.webhook import Hook
from bot.playground.words import words
from bot.review import review
from bot.settings import Settings
from bot.state import PullRef
from rules.model import Rule

PULL = f"/{REPOSITORY}/pull/"
PERFECT, COLON, PRODUCER, RENAMED, CLOSED, SERVICE, TEMPLATE, HOSTILE = range(1, 9)
CRUES = "_data/api/api-crues-canaux.md"


class Playground:
    """The scene, the pages over it, and the bot, called by hand."""

    def __init__(self, store: Store, rules: Sequence[Rule]) -> None:
        key = rsa.generate_private_key(65537, 2048)
        private = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()
        public = key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo)
        app, self.opened = set_scene(store, public.decode())
        given = {"app_id": str(app.id), "private_key": private, "github_url": store.api_url, "between_writes": 0}
        settings = Settings(data=None, database_url="", **given)  # type: ignore[arg-type]
        self.store, self.rules, self.forges = store, rules, Forges(settings, MemoryBlobs())
        self.client: FlaskClient = create_pages(store).test_client()

    def review(self, *numbers: int) -> None:
        """Have pull requests reviewed as they are now."""
        for number in numbers:
            ref = PullRef(*REPOSITORY.split("/"), number)
            review(ref, self.forges.forge_for(next(iter(self.store.installations))), self.rules)

    def pull(self, number: int) -> Pull:
        return self.store.pull(REPOSITORY, number)

    def text(self, number: int, path: str) -> str:
        """Return a file of the head."""
        pull = self.pull(number)
        objects = pull.repository.objects
        return objects.blob(objects.files(objects.commits[pull.head].tree)[path]).decode()

    def page(self, path: str, code: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == code, path
        return answer.text

    def send(self, path: str, code: int = 303, headers: dict[str, str] | None = None, **fields: Any) -> TestResponse:
        """Submit a form as a page of ours does."""
        token = re.search(r'name="token" value="([^"]+)"', self.page(f"{PULL}{COLON}"))
        assert token
        answer = self.client.post(path, data={"token": token[1], **fields}, headers=headers)
        assert answer.status_code == code, answer.text
        return answer

    def apply(self, number: int, code: int = 303) -> None:
        """Click the first « Appliquer » of a pull request."""
        found = re.search(rf'action="({PULL}{number}/suggestions/\d+/\d+)"', self.page(f"{PULL}{number}"))
        assert found
        self.send(found[1], code)


@pytest.fixture
def fresh(rules: tuple[Rule, ...]) -> Iterator[Playground]:
    """A playground whose pull requests are not reviewed yet."""
    store = Store()
    with serve(store):
        yield Playground(store, rules)


@pytest.fixture(scope="module")
def shown(rules: tuple[Rule, ...]) -> Iterator[Playground]:
    """A playground with everything reviewed, which nobody may change."""
    store = Store()
    with serve(store):
        made = Playground(store, rules)
        made.review(*range(1, 9))
        yield made


class Page(HTMLParser):
    """Everything on a page that could act or load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def assert_inert(text: str) -> None:
    for tag, attributes in Page(text).tags:
        assert tag not in {"style", "iframe", "object", "embed", "base", "video", "audio", "picture"}, attributes
        assert not [name for name in attributes if name.startswith("on") or name in {"style", "srcset"}], attributes
        for name in ("src", "action"):
            assert str(attributes.get(name) or "/").startswith("/"), (tag, attributes)
        if tag in {"script", "link"}:
            assert re.match(r"/(static/|labels\.css)", str(attributes.get("src") or attributes.get("href")))
        assert re.match(r"[/?#]|https?://|mailto:", attributes.get("href") or "/"), (tag, attributes)


def addresses(made: Playground) -> list[str]:
    found = ["/", f"/{REPOSITORY}/blob/{made.pull(COLON).head}/{CRUES}", "/labels.css"]
    found += [f"{PULL}{number}{tab}" for number in range(1, 9) for tab in ("", "/files", "/checks")]
    found += [f"/odile-debutante/catalogue/edit/unquoted-colon/{CRUES}"]
    found += ["/odile-debutante/catalogue/new/unquoted-colon/_data/producteurs?filename=a.md&value=b"]
    return [*found, *(f"/avatars/u/{user.id}" for user in made.store.users.values())]


def test_every_page_answers_and_loads_nothing_from_elsewhere(shown: Playground) -> None:
    for path in addresses(shown):
        answer = shown.client.get(path)
        assert answer.status_code == 200, path
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]
        assert_inert(answer.text)


def test_every_link_of_a_page_leads_somewhere(shown: Playground) -> None:
    seen: set[str] = set()
    waiting = ["/"]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        with shown.client.get(path) as answer:
            assert answer.status_code in (200, 302), path
            tags = Page(answer.text).tags
        for _, attributes in tags:
            for name in ("href", "src"):
                link = (attributes.get(name) or "").split("#")[0].removeprefix(shown.store.web_url)
                if link.startswith("/") and not link.startswith("//"):
                    waiting.append(link)
    assert any("/new/" in path for path in seen)
    assert any("/edit/" in path for path in seen)


def test_both_languages(shown: Playground) -> None:
    assert words("fr").keys() == words("en").keys()
    assert all(words("fr").values())
    assert all(words("en").values())
    for path in addresses(shown):
        if not re.search(r"\.css|/avatars/", path):
            page = shown.page(f"{path}{'&' if '?' in path else '?'}lang=en")
            assert '<html lang="en">' in page
    assert "Pull requests" in shown.page("/")  # asked once, kept
    assert "Demandes de fusion" in shown.page("/?lang=fr")


def test_a_pull_request_looks_as_on_github(shown: Playground) -> None:
    page = shown.page(f"{PULL}{COLON}")
    assert "1 point à corriger" in page
    assert "<table>" in page
    assert '<tr class="removed"><td class="code" data-sign="-">tagline: Les crues en direct : alertes' in page
    assert '<tr class="added"><td class="code" data-sign="+">tagline: &#39;Les crues en direct : alertes' in page
    label = next(label for label in shown.pull(COLON).labels if label.name.endswith("à corriger"))
    assert f'<span class="label label-{label.id}" title="{label.description}">{label.name}</span>' in page
    assert f".label-{label.id}{{background:#b60205;color:#fff}}" in shown.page("/labels.css")
    files = shown.page(f"{PULL}{COLON}/files")
    tagline, comment, producer = (files.index(part) for part in ("tagline: Les", "Appliquer", "producer: office"))
    assert tagline < comment < producer  # the comment stands below its line
    checks = shown.page(f"{PULL}{COLON}/checks")
    assert "icon-failure" in checks
    assert f"{CRUES}#L3" in checks
    assert "icon-pending" not in shown.page("/")


def test_a_page_that_did_not_change_is_not_sent_again(fresh: Playground) -> None:
    first = fresh.client.get(f"{PULL}{COLON}")
    asked = {"If-None-Match": first.headers["ETag"]}
    assert fresh.client.get(f"{PULL}{COLON}", headers=asked).status_code == 304
    fresh.review(COLON)
    assert fresh.client.get(f"{PULL}{COLON}", headers=asked).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        "/x/y",
        "/nobody",
        f"{PULL}99",
        f"/{REPOSITORY}/blob/{'0' * 40}/a",
        f"/{REPOSITORY}/edit/main/{CRUES}",
        "/avatars/u/1",
    ],
)
def test_what_does_not_exist_is_said_kindly(shown: Playground, path: str) -> None:
    assert "Cette page n&#39;existe pas" in shown.page(f"{path}?lang=fr", 404)


def test_a_hostile_pull_request_stays_inert(shown: Playground) -> None:
    for tab in ("", "/files", "/checks"):
        page = shown.page(f"{PULL}{HOSTILE}{tab}")
        assert_inert(page)
        assert "‮" not in page
        assert "alert(1)" in page or tab == "/checks"  # it is shown, as text
        assert "greffier summary --&gt;" in page


@pytest.mark.parametrize(
    "body",
    [
        "<script>alert(1)</script><img src=x onerror=alert(1)>",
        "![a](https://pixel.example/a.png)",
        "[a](javascript:alert(1)) <a href='data:text/html,x'>b</a>",
        "<a href='//pixel.example' onclick=alert(1) style='position:fixed' id=main class=primary>a</a>",
        "<form action=https://pixel.example><input name=token><button>ok</button></form>",
        "<svg/onload=alert(1)><math><style>*{display:none}</style>",
        "</div></details></main><iframe src=https://pixel.example>",
        "```suggestion\n</td><script>alert(1)</script>\n```",
        "<details open ontoggle=alert(1)><summary>a",
        "| a |\n|--|\n| <base href=https://pixel.example> |",
    ],
)
def test_hostile_comments_stay_inert(fresh: Playground, body: str) -> None:
    fresh.review(COLON)
    fresh.send(f"{PULL}{COLON}/comments", body=body, **{"as": "odile-debutante"})
    fresh.pull(COLON).title = fresh.pull(COLON).review_comments[0].body = body
    fresh.store.repository(REPOSITORY).check_runs[0].summary = body
    for path in (f"{PULL}{COLON}", f"{PULL}{COLON}/files", f"{PULL}{COLON}/checks", "/"):
        page = fresh.page(path)
        assert_inert(page)
        assert "<script>" not in page
        assert page.count("<main") == page.count("</main>") == 1
    inside = "".join(part.html for part in parts(body))
    assert not re.search(
        r"<(script|img|svg|form|input|iframe|style|base)|<[^>]*(javascript:|data:| (id|class|on\w+)=)", inside
    )


def test_markdown_as_on_github() -> None:
    assert render("a\nb") == "<p>a<br>\nb</p>\n"
    link = '<a href="https://a.example" rel="nofollow noopener noreferrer">https://a.example</a>'
    assert render("~~a~~ https://a.example a.example") == f"<p><s>a</s> {link} a.example</p>\n"
    assert render("@camille `@camille` a@b.c") == "<p><strong>@camille</strong> <code>@camille</code> a@b.c</p>\n"
    assert [part.suggestion for part in parts("a\n```suggestion\nb\n\nc\n```\n```suggestion\n```\n")][1:] == [
        ("b", "", "c"),
        (),
    ]


def test_forms_of_other_sites_are_refused(fresh: Playground) -> None:
    path, fields = f"{PULL}{COLON}/comments", {"as": "odile-debutante", "body": "bonjour"}
    assert fresh.client.post(path, data=fields).status_code == 403
    assert fresh.client.post(path, data={**fields, "token": "é"}).status_code == 403
    for headers in (
        {"Origin": "https://elsewhere.example"},
        {"Origin": "null"},
        {"Host": "elsewhere.example"},
        {"Host": "localhost.elsewhere.example:8080"},
    ):
        fresh.send(path, 403, headers, **fields)
    assert fresh.client.get("/", headers={"Host": "elsewhere.example"}).status_code == 403
    assert fresh.pull(COLON).comments == []
    fresh.send(path, 303, {"Origin": "http://localhost"}, **fields)
    assert [comment.body for comment in fresh.pull(COLON).comments] == ["bonjour"]


def test_applying_a_suggestion_pushes_the_mended_file_and_tells_the_bot(fresh: Playground) -> None:
    app, heard = Flask("receiver"), []

    @app.post("/hook")
    def hear() -> str:
        signature = "sha256=" + hmac.digest(b"secret", request.get_data(), "sha256").hex()
        heard.append((request.headers["X-GitHub-Event"], signature == request.headers["X-Hub-Signature-256"]))
        return ""

    fresh.review(COLON)
    before, head = fresh.text(COLON, CRUES), fresh.pull(COLON).head
    with listening(app) as port:
        Hook(fresh.store, f"http://127.0.0.1:{port}/hook", "secret")
        fresh.apply(COLON)
    assert heard == [("pull_request", True)]
    told = fresh.store.deliveries[-1].payload
    assert (told["action"], told["before"], told["after"]) == ("synchronize", head, fresh.pull(COLON).head)
    old = "tagline: Les crues en direct : alertes, niveaux et prévisions\n"
    assert fresh.text(COLON, CRUES) == before.replace(old, old.replace(": L", ": 'L", 1).replace("\n", "'\n"))
    waiting = fresh.page(f"{PULL}{COLON}")
    assert "greffier n&#39;a pas encore relu ce commit" in waiting
    assert "/suggestions/" not in waiting  # its lines were rewritten
    fresh.review(COLON)
    page = fresh.page(f"{PULL}{COLON}")
    assert "Ce commentaire est masqué : résolu." in page
    assert '<details class="minimized">' in page
    assert "Rien à corriger" in page


def test_a_suggestion_on_several_lines_and_one_that_deletes(fresh: Playground) -> None:
    fresh.review(TEMPLATE)
    pull = fresh.pull(TEMPLATE)
    path = pull.changes()[0].path
    comment = pull.review_comments[0]
    lines = fresh.text(TEMPLATE, path).split("\n")
    comment.start_line, comment.line, comment.body = 3, 4, "```suggestion\n```"
    fresh.apply(TEMPLATE)
    assert fresh.text(TEMPLATE, path).split("\n") == [*lines[:2], *lines[4:]]


def test_a_suggestion_whose_lines_have_moved_or_gone(fresh: Playground) -> None:
    fresh.review(COLON)
    found = re.search(rf'action="({PULL}{COLON}/suggestions/\d+/\d+)"', fresh.page(f"{PULL}{COLON}"))
    assert found
    people, text = People(fresh.store), fresh.text(COLON, CRUES)
    people.push(fresh.pull(COLON), {CRUES: text.replace("title:", "autre: 1\ntitle:")})
    fresh.send(found[1])
    assert fresh.text(COLON, CRUES).split("\n")[3] == "tagline: 'Les crues en direct : alertes, niveaux et prévisions'"
    head = fresh.pull(COLON).head
    fresh.send(found[1], 409)
    fresh.send(re.sub(r"\d+$", "0", found[1]), 404)  # the part that is no suggestion
    fresh.send(re.sub(r"\d+/\d+$", "1/1", found[1]), 404)
    assert fresh.pull(COLON).head == head


def test_editing_an_entry_pushes_it(fresh: Playground) -> None:
    path = f"/odile-debutante/catalogue/edit/unquoted-colon/{CRUES}"
    text, head = fresh.text(COLON, CRUES), fresh.pull(COLON).head
    assert f"required>\n{text.split(chr(10))[0]}\n" in fresh.page(path)
    fresh.send(path, text=text.replace("\n", "\r\n"))
    assert fresh.pull(COLON).head == head  # forms send CRLF: nothing was changed
    fresh.send(path, text=text.replace("canaux", "rivières").replace("\n", "\r\n"))
    assert fresh.text(COLON, CRUES) == text.replace("canaux", "rivières")
    People(fresh.store).push(fresh.pull(COLON), {CRUES: "a\r\nb\r\n"})
    fresh.send(path, text="a\r\nc\r\n")
    assert fresh.text(COLON, CRUES) == "a\r\nc\r\n"
    fresh.send(path, 400, text=" ")
    People(fresh.store).push(fresh.pull(COLON), {CRUES: b"\xff\x00"})
    assert fresh.page(path, 415)


def test_a_missing_file_is_created(fresh: Playground) -> None:
    path = "/odile-debutante/catalogue/new/unquoted-colon/_data/producteurs"
    fresh.send(path, filename="nouveau.md", text="---\r\nname: N\r\n---\r\n")
    assert fresh.text(COLON, "_data/producteurs/nouveau.md") == "---\nname: N\n---\n"
    head = fresh.pull(COLON).head
    for name in ("../x.md", "a//b.md", ".git/config", "/", "."):
        fresh.send(path, 400, filename=name, text="x")
    assert fresh.pull(COLON).head == head


def test_comments_and_buttons_tell_the_bot(fresh: Playground) -> None:
    fresh.review(COLON)
    Hook(fresh.store, "http://127.0.0.1:1/nobody", "secret")
    run = fresh.store.repository(REPOSITORY).check_runs[0]
    fresh.send(f"{PULL}{COLON}/comments", body="/greffier relire", **{"as": TEAM})
    fresh.send(f"{PULL}{COLON}/check-runs/{run.id}", identifier="relire")
    fresh.send(f"{PULL}{COLON}/check-runs/{run.id}", identifier="")
    told = [(one.event, one.payload["action"], one.payload["sender"]["login"]) for one in fresh.store.deliveries]
    author = fresh.pull(COLON).author.login
    assert told == [
        ("issue_comment", "created", TEAM),
        ("check_run", "requested_action", author),
        ("check_run", "rerequested", author),
    ]
    assert "La dernière livraison n&#39;est pas arrivée" in fresh.page(f"{PULL}{COLON}")
    fresh.send(f"{PULL}{COLON}/comments", 400, body="bonjour", **{"as": "nobody"})
    fresh.send(f"{PULL}{COLON}/comments", 400, body=" ", **{"as": TEAM})
    fresh.send(f"{PULL}{COLON}/check-runs/1", 404)


def test_a_closed_pull_request_takes_no_commit(fresh: Playground) -> None:
    fresh.review(COLON)
    found = re.search(rf'action="({PULL}{COLON}/suggestions/\d+/\d+)"', fresh.page(f"{PULL}{COLON}"))
    assert found
    People(fresh.store).close(fresh.pull(COLON), TEAM)
    assert "Fermée" in fresh.page(f"{PULL}{COLON}")
    fresh.send(found[1], 409)
    fresh.page(f"/odile-debutante/catalogue/edit/unquoted-colon/{CRUES}", 404)


def test_what_people_do_is_in_the_timeline(fresh: Playground) -> None:
    people, pull = People(fresh.store), fresh.pull(RENAMED)
    fresh.review(RENAMED)
    people.label(pull, TEAM, "été & <b>")
    people.reply(pull, pull.review_comments[0], TEAM, "Merci **beaucoup**")
    people.edit(pull, TEAM, title="Autre titre")
    people.close(pull, TEAM)
    people.reopen(pull, TEAM)
    page = fresh.page(f"{PULL}{RENAMED}")
    assert "été &amp; &lt;b&gt;</span>" in page
    assert "Merci <strong>beaucoup</strong>" in page
    assert page.index("a modifié la demande") < page.index("a fermé la demande") < page.index("a rouvert la demande")


def test_reactions_show(fresh: Playground) -> None:
    fresh.send(f"{PULL}{COLON}/comments", body="/greffier relire", **{"as": TEAM})
    fresh.pull(COLON).comments[0].reactions["eyes"] = [SimpleNamespace(login="greffier[bot]")]  # type: ignore[list-item]
    assert '<span class="reaction" title="greffier[bot]">👀 1</span>' in fresh.page(f"{PULL}{COLON}")
