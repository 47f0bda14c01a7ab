"""The stand-in for GitHub is as strict as GitHub, and every exchange with it is as GitHub describes it."""

from __future__ import annotations

import hashlib
import hmac
import json
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import github as pygithub
import github_schema
import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, request
from flask.testing import FlaskClient
from graphql import is_enum_type, is_input_object_type, is_interface_type, is_object_type
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from bot.playground.faults import Fault, Kind
from bot.playground.git import EXECUTABLE, SUBMODULE, SYMLINK, File, Objects
from bot.playground.github import Dropped, create_github, serve
from bot.playground.graphql import SCHEMA
from bot.playground.model import Pull
from bot.playground.owners import Owners
from bot.playground.people import People
from bot.playground.snapshot import snapshot
from bot.playground.store import Store
from bot.playground.traffic import Event
from bot.playground.webhook import Hook, headers

REPO = "etalab/api.gouv.fr"
ENTRY = "---\ntitle: Adresse\nproducer: dinum\n---\n" + "".join(f"Ligne {n}\n" for n in range(1, 31))
FILES = {"README.md": "Bonjour\n", "_data/api/adresse.md": ENTRY, "_data/api/sirene.md": "---\ntitle: Sirene\n---\n"}


class Github:
    """The stand-in with an App on it, called in process; `faults` of a description fail the test at its end."""

    def __init__(self, key: rsa.RSAPrivateKey) -> None:
        self.now = 1_800_000_000.0
        self.store = Store(clock=lambda: self.now)
        self.people, self.owners, self.key = People(self.store), Owners(self.store), key
        self.store.add_repository(REPO, FILES)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.app = self.owners.register_app("greffier", public.decode())
        self.events = [self.owners.install(self.app, REPO)]
        self.installation = next(iter(self.store.installations.values()))
        self.client: FlaskClient = create_github(self.store).test_client()
        self.as_described = True

    def jwt(self, **claims: Any) -> str:
        good = {"iat": int(self.now) - 60, "exp": int(self.now) + 300, "iss": str(self.app.id)}
        return jwt.encode({**good, **claims}, self.key, algorithm="RS256")

    def token(self, **body: Any) -> str:
        path = f"/app/installations/{self.installation.id}/access_tokens"
        answer = self.client.post(path, json=body, headers={"Authorization": f"Bearer {self.jwt()}"})
        assert answer.status_code == 201, answer.text
        return str(self.json(answer)["token"])

    def pull(self, files: dict[str, Any], **more: Any) -> Pull:
        event = self.people.open_pull(REPO, "marie", "Une fiche", files, **more)
        self.events.append(event)
        return self.store.pull(REPO, event.payload["number"])

    def call(self, method: str, path: str, body: Any = None, token: str | None = None, **more: Any) -> TestResponse:
        if not path.startswith("/app") and not path.startswith(("/rate", "/graphql", "/installation", "/api")):
            path = f"/repos/{REPO}{path}"
        sent = {"Authorization": f"token {token or self.token()}", **more.pop("headers", {})}
        return self.client.open(path, method=method, headers=sent, **({} if body is None else {"json": body}), **more)

    def ask(self, query: str, token: str | None = None, **variables: Any) -> Any:
        return self.json(self.call("POST", "/graphql", {"query": query, "variables": variables}, token))

    @staticmethod
    def json(answer: TestResponse) -> Any:
        return json.loads(answer.data)


@pytest.fixture(scope="session")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def gh(key: rsa.RSAPrivateKey) -> Iterator[Github]:
    """The stand-in; at the end everything said is compared with GitHub's descriptions, where these are there."""
    github = Github(key)
    yield github
    if not github_schema.ABSENT and github.as_described:
        assert github_schema.faults(github.store.requests) == []
        assert [fault for event in github.events for fault in github_schema.event_faults(event)] == []


@pytest.mark.skipif(bool(github_schema.ABSENT), reason=github_schema.ABSENT)
def test_the_graphql_schema_is_a_part_of_githubs() -> None:
    whole = github_schema.graphql_schema()
    for name, ours in SCHEMA.type_map.items():
        theirs = whole.type_map[name]
        assert type(ours) is type(theirs), name
        if is_enum_type(ours):
            assert ours.values.keys() <= theirs.values.keys(), name
        if is_object_type(ours) or is_interface_type(ours):
            assert {i.name for i in ours.interfaces} <= {i.name for i in theirs.interfaces}, name
        if is_object_type(ours) or is_interface_type(ours) or is_input_object_type(ours):
            if name.startswith("__"):
                continue
            for field_name, field in ours.fields.items():
                described = theirs.fields[field_name]
                assert str(field.type) == str(described.type), f"{name}.{field_name}"
                arguments = getattr(field, "args", {})
                assert {a: str(v.type) for a, v in arguments.items()}.items() <= {
                    a: str(v.type) for a, v in getattr(described, "args", {}).items()
                }.items(), f"{name}.{field_name}"


@pytest.mark.skipif(bool(github_schema.ABSENT), reason=github_schema.ABSENT)
def test_the_descriptions_refuse_what_github_does_not_describe(gh: Github) -> None:
    gh.as_described = False
    pull = gh.pull({"a.md": "a\n"})
    gh.call("POST", f"/issues/{pull.number}/labels", ["as a list"])
    gh.call("GET", "/pulls?stat=open")
    asked = gh.store.requests[-1]
    asked.body, asked.method, asked.path = b'{"body": "x", "colour": "red"}', "POST", f"/repos/{REPO}/issues/1/comments"
    found = "\n".join(github_schema.faults(gh.store.requests))
    assert "oneOf" in found
    assert "unknown parameter stat" in found
    assert "colour" in found


# --- who may ask


def test_an_app_proves_itself_with_its_key_and_gets_tokens_for_an_hour(gh: Github) -> None:
    token = gh.token()
    assert 500 < len(token) < 540
    assert token.startswith("ghs_")
    assert token.count(".") == 2
    assert gh.call("GET", "/pulls", token=token).status_code == 200
    gh.now += 3599
    assert gh.call("GET", "/pulls", token=token).status_code == 200
    gh.now += 2
    answer = gh.call("GET", "/pulls", token=token)
    assert (answer.status_code, gh.json(answer)["message"]) == (401, "Bad credentials")


def test_a_bad_jwt_is_refused(gh: Github) -> None:
    other = rsa.generate_private_key(65537, 2048)
    claims = {"iat": int(gh.now), "exp": int(gh.now) + 300, "iss": str(gh.app.id)}
    bad = {
        "another key": jwt.encode(claims, other, algorithm="RS256"),
        "another App": gh.jwt(iss="1"),
        "expired": gh.jwt(exp=int(gh.now) - 1),
        "more than ten minutes": gh.jwt(exp=int(gh.now) + 700),
        "issued in the future": gh.jwt(iat=int(gh.now) + 120),
        "unsigned": jwt.encode(claims, None, algorithm="none"),
        "no jwt": "abc",
    }
    for name, token in bad.items():
        assert gh.client.get("/app", headers={"Authorization": f"Bearer {token}"}).status_code == 401, name
    answer = gh.client.get("/app", headers={"Authorization": f"Bearer {gh.jwt(iss=gh.app.client_id)}"})
    assert gh.json(answer)["slug"] == "greffier"


def test_a_token_has_no_more_rights_than_it_was_given(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    weak = gh.token(permissions={"pull_requests": "read"})
    comment = f"/issues/{pull.number}/comments"
    answer = gh.call("POST", comment, {"body": "x"}, weak)
    assert answer.status_code == 403
    assert gh.json(answer)["message"] == "Resource not accessible by integration"
    assert answer.headers["X-Accepted-GitHub-Permissions"] == "pull_requests=write"
    assert gh.call("GET", "/git/trees/main", token=weak).status_code == 403
    assert gh.call("GET", comment, token=weak).status_code == 200
    asked = gh.ask('{repository(owner:"etalab",name:"api.gouv.fr"){object(oid:"%s"){id}}}' % ("a" * 40), weak)
    assert asked["errors"][0]["type"] == "FORBIDDEN"
    path = f"/app/installations/{gh.installation.id}/access_tokens"
    too_much = gh.client.post(
        path, json={"permissions": {"contents": "write"}}, headers={"Authorization": f"Bearer {gh.jwt()}"}
    )
    assert too_much.status_code == 422


def test_what_a_token_does_not_see_does_not_exist(gh: Github) -> None:
    gh.store.add_repository("etalab/autre", FILES)
    hidden = gh.client.get("/repos/etalab/autre", headers={"Authorization": f"token {gh.token()}"})
    assert hidden.status_code == 404
    asked = gh.ask('{repository(owner:"etalab",name:"autre"){id}}')
    assert asked["errors"][0]["type"] == "NOT_FOUND"
    assert asked["data"] == {"repository": None}
    assert gh.client.get(f"/repos/{REPO}").status_code == 401
    seen = gh.json(gh.call("GET", "/installation/repositories"))
    assert [repository["full_name"] for repository in seen["repositories"]] == [REPO]


def test_a_personal_token_may_comment_but_not_write_check_runs(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    repository = gh.store.repository(REPO)
    token = gh.store.tokens.personal(gh.store.user("agent"))
    assert gh.call("POST", f"/issues/{pull.number}/comments", {"body": "x"}, token).status_code == 403
    repository.roles["agent"] = "write"
    assert gh.call("POST", f"/issues/{pull.number}/comments", {"body": "x"}, token).status_code == 201
    answer = gh.call("POST", "/check-runs", {"name": "c", "head_sha": pull.head}, token)
    assert (answer.status_code, gh.json(answer)["message"]) == (403, "You must authenticate via a GitHub App.")
    assert gh.ask("{viewer{login}}", token)["data"]["viewer"]["login"] == "agent"


def test_requests_need_a_user_agent_and_a_known_version(gh: Github) -> None:
    assert gh.call("GET", "", headers={"User-Agent": ""}).status_code == 403
    assert gh.call("GET", "", headers={"X-GitHub-Api-Version": "2020-01-01"}).status_code == 400
    assert gh.call("GET", "", headers={"X-GitHub-Api-Version": "2022-11-28"}).status_code == 200


def test_an_app_finds_its_installations_and_narrows_its_tokens(gh: Github) -> None:
    app = {"Authorization": f"Bearer {gh.jwt()}"}
    gh.store.add_repository("etalab/autre", FILES)
    gh.events.append(gh.owners.extend(gh.installation, "etalab/autre"))
    for path in ("/app/installations", f"/app/installations/{gh.installation.id}", f"/repos/{REPO}/installation"):
        answer = gh.json(gh.client.get(path, headers=app))
        found = answer[0] if isinstance(answer, list) else answer
        assert (found["id"], found["app_slug"]) == (gh.installation.id, "greffier"), path
    assert gh.client.get("/app/installations/1", headers=app).status_code == 404
    assert gh.client.get("/repos/marie/rien/installation", headers=app).status_code == 404
    narrow = gh.token(repositories=["autre"])
    assert gh.call("GET", "/pulls", token=narrow).status_code == 404
    path = f"/app/installations/{gh.installation.id}/access_tokens"
    for wrong in ({"repositories": ["inconnu"]}, {"permissions": {"checks": "all"}}, {"scope": "repo"}):
        assert gh.client.post(path, json=wrong, headers=app).status_code == 422, wrong
    assert gh.client.post(path, headers=app).status_code == 201
    personal = gh.store.tokens.personal(gh.store.user("agent"))
    assert gh.call("GET", "/installation/repositories", token=personal).status_code == 403
    gh.store.tokens.revoke_all()
    assert gh.call("GET", "/pulls", token=personal).status_code == 401
    assert gh.client.post("/app/hook/deliveries/1/attempts", headers=app).status_code == 404


def test_pull_requests_are_listed_the_newest_first(gh: Github) -> None:
    one, two = gh.pull({"a.md": "a\n"}), gh.pull({"b.md": "b\n"}, fork=False)
    gh.now += 60
    gh.events.append(gh.people.close(one, "marie"))
    gh.events.append(gh.people.push(two, {"b.md": "c\n"}))

    def listed(query: str) -> list[int]:
        return [pull["number"] for pull in gh.json(gh.call("GET", f"/pulls{query}"))]

    assert listed("") == [2]
    assert listed("?state=all") == [2, 1]
    assert listed("?state=all&direction=asc") == [1, 2]
    assert listed("?state=closed") == [1]
    assert listed("?state=all&head=marie:patch-1") == [1]
    assert listed("?base=next") == []
    assert listed("?state=all&per_page=1&page=2") == [1]
    assert gh.call("GET", "/pulls/99").status_code == 404
    assert gh.json(gh.call("GET", "/pulls/2"))["head"]["sha"] == two.head
    assert gh.json(gh.call("GET", ""))["open_issues_count"] == 1


def test_permission_of_a_person(gh: Github) -> None:
    gh.store.repository(REPO).roles["agent"] = "maintain"
    gh.store.user("agent"), gh.store.user("marie")
    answers = {name: gh.call("GET", f"/collaborators/{name}/permission") for name in ("agent", "marie", "inconnu")}
    assert gh.json(answers["agent"])["permission"] == "write"
    assert gh.json(answers["marie"])["permission"] == "read"
    assert answers["inconnu"].status_code == 404


# --- git


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_objects_have_the_names_that_git_gives_them(tmp_path: Path) -> None:
    files = {"a.txt": "é\n", "a/b.md": b"\0bin", "a-b": File(b"x", EXECUTABLE), "lien": File(b"a.txt", SYMLINK)}
    objects = Objects()
    first = objects.commit((), files, "Premier", "Marie", "m@example.org")
    second = objects.commit((first.sha,), {"a.txt": None, "z/y/x": "1"}, "Deux\n", "Marie", "m@example.org")

    def git(*arguments: str, **env: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=tmp_path, env=env, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q")
    for commit, message, parent in ((first, "Premier", []), (second, "Deux\n", ["-p", first.sha])):
        git("read-tree", "--empty")
        for path, entry in objects.files(commit.tree).items():
            (tmp_path / "blob").write_bytes(objects.blobs[entry.sha])
            assert git("hash-object", "-w", "--no-filters", "blob") == entry.sha
            git("update-index", "--add", "--cacheinfo", f"{entry.mode},{entry.sha},{path}")
        assert git("write-tree") == commit.tree
        who = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Marie"), ("EMAIL", "m@example.org"), ("DATE", f"{commit.when} +0000"))
        }
        (tmp_path / "message").write_text(message)
        assert git("commit-tree", commit.tree, *parent, "-F", "message", **who) == commit.sha


TEXTS = st.lists(st.sampled_from(["a", "b", "", "é", "title: x", "c\r"]), max_size=30).map("\n".join)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(old=TEXTS, new=TEXTS, ends=st.tuples(st.booleans(), st.booleans()))
def test_git_applies_the_patches(tmp_path: Path, old: str, new: str, ends: tuple[bool, bool]) -> None:
    before, after = (text + "\n" * end for text, end in zip((old, new), ends, strict=True))
    store = Store()
    store.add_repository(REPO, {"f": before, "g": "g\n"})
    People(store).open_pull(REPO, "marie", "t", {"f": after, "h": "h\n"})
    changes = {change.path: change for change in store.pull(REPO, 1).changes()}
    if before == after:
        assert "f" not in changes
        return
    (tmp_path / "f").write_bytes(before.encode())
    patch = f"--- a/f\n+++ b/f\n{changes['f'].patch}\n"
    done = subprocess.run(
        ["git", "apply", "--unidiff-zero", "-"], cwd=tmp_path, input=patch.encode(), capture_output=True
    )
    assert done.returncode == 0, (done.stderr, patch)
    assert (tmp_path / "f").read_bytes() == after.encode()


def test_trees_tell_mode_and_size_and_may_be_truncated(gh: Github) -> None:
    odd = {
        "lien": File(b"/etc/shadow", SYMLINK),
        "module": File(b"a" * 40, SUBMODULE),
        "run.sh": File(b"#!", EXECUTABLE),
    }
    pull = gh.pull(odd)
    shape = gh.json(gh.call("GET", f"/git/trees/{pull.head}?recursive=1"))
    entries = {entry["path"]: entry for entry in shape["tree"]}
    assert not shape["truncated"]
    assert (entries["lien"]["mode"], entries["lien"]["type"], entries["lien"]["size"]) == ("120000", "blob", 11)
    assert (entries["module"]["mode"], entries["module"]["type"]) == ("160000", "commit")
    assert (entries["_data/api"]["mode"], entries["_data/api"]["type"]) == ("040000", "tree")
    assert entries["_data/api/adresse.md"]["size"] == len(ENTRY.encode())
    assert entries["run.sh"]["mode"] == "100755"
    assert all("/" not in entry["path"] for entry in gh.json(gh.call("GET", "/git/trees/main"))["tree"])
    assert gh.call("GET", f"/git/trees/{'0' * 40}").status_code == 404
    gh.store.faults.truncated_trees = True
    cut = gh.json(gh.call("GET", f"/git/trees/{pull.head}?recursive=1"))
    assert cut["truncated"]
    assert len(cut["tree"]) < len(shape["tree"])


def test_blobs_and_commits(gh: Github) -> None:
    pull = gh.pull({"a.md": "Été\n"})
    sha = pull.changes()[0].sha
    assert gh.json(gh.call("GET", f"/git/blobs/{sha}"))["size"] == 6
    raw = gh.call("GET", f"/git/blobs/{sha}", headers={"Accept": "application/vnd.github.raw+json"})
    assert raw.data == "Été\n".encode()
    assert gh.call("GET", f"/git/blobs/{'0' * 40}").status_code == 404
    assert gh.call("GET", "/git/blobs/main").status_code == 422
    assert gh.json(gh.call("GET", f"/git/commits/{pull.head}"))["parents"][0]["sha"] == pull.base


# --- the changed files


def test_files_come_in_pages_and_three_thousand_at_most(gh: Github) -> None:
    pull = gh.pull({f"f{n:04}.md": f"{n}\n" for n in range(3_050)})
    path, token = f"/pulls/{pull.number}/files", gh.token()
    assert len(gh.json(gh.call("GET", path, token=token))) == 30
    assert len(gh.json(gh.call("GET", f"{path}?per_page=500", token=token))) == 100
    first = gh.call("GET", f"{path}?per_page=100", token=token)
    assert 'page=2>; rel="next"' in first.headers["Link"]
    assert 'page=30>; rel="last"' in first.headers["Link"]
    last = gh.call("GET", f"{path}?per_page=100&page=30", token=token)
    assert gh.json(last)[-1]["filename"] == "f2999.md"
    assert 'rel="next"' not in last.headers["Link"]
    assert gh.json(gh.call("GET", f"{path}?per_page=100&page=31", token=token)) == []
    assert gh.json(gh.call("GET", f"/pulls/{pull.number}", token=token))["changed_files"] == 3_050


def test_how_each_kind_of_change_is_shown(gh: Github) -> None:
    changes = {
        "_data/api/adresse.md": ENTRY.replace("Ligne 30", "Fin"),
        "_data/api/sirene.md": None,
        "image.png": b"\x89PNG\0",
        "README.md": File(b"Bonjour\n", EXECUTABLE),
        "vide.md": "",
        "sans-fin.md": "une ligne",
    }
    pull = gh.pull(changes)
    gh.events.append(gh.people.rename(pull, "_data/api/adresse.md", "_data/api/ban.md", "tout autre\n"))
    files = {file["filename"]: file for file in gh.json(gh.call("GET", f"/pulls/{pull.number}/files"))}
    renamed = files["_data/api/ban.md"]
    assert (renamed["status"], renamed["previous_filename"]) == ("renamed", "_data/api/adresse.md")
    assert files["_data/api/sirene.md"]["status"] == "removed"
    assert files["_data/api/sirene.md"]["patch"] == "@@ -1,3 +0,0 @@\n----\n-title: Sirene\n----"
    assert "patch" not in files["image.png"]
    assert (files["README.md"]["status"], files["README.md"]["changes"]) == ("changed", 0)
    assert "patch" not in files["vide.md"]
    assert files["sans-fin.md"]["patch"] == "@@ -0,0 +1 @@\n+une ligne\n\\ No newline at end of file"


def test_a_rename_is_found_when_half_of_the_content_stays(gh: Github) -> None:
    near = gh.pull({"_data/api/adresse.md": None, "_data/api/ban.md": ENTRY.replace("title: Adresse", "title: BAN")})
    far = gh.pull({"_data/api/adresse.md": None, "_data/api/ban.md": "rien\n" * 30})
    assert [change.status for change in near.changes()] == ["renamed"]
    assert near.changes()[0].patch == (
        "@@ -1,5 +1,5 @@\n ---\n-title: Adresse\n+title: BAN\n producer: dinum\n ---\n Ligne 1"
    )
    assert [change.status for change in far.changes()] == ["removed", "added"]


def test_patches_are_withheld_when_too_large_or_on_demand(gh: Github) -> None:
    pull = gh.pull({"a.md": "l\n" * 12_000, "b.md": "l\n" * 12_000, "c.md": "c\n", "d.md": "l\n" * 20_001})
    path = f"/pulls/{pull.number}/files"
    files = {file["filename"]: file for file in gh.json(gh.call("GET", path))}
    assert "patch" in files["a.md"]
    assert ("patch" in files["b.md"], files["b.md"]["changes"]) == (False, 0)
    assert ("patch" in files["d.md"], files["d.md"]["status"]) == (False, "added")
    alone = gh.json(gh.call("GET", f"{path}?per_page=1&page=2"))
    assert alone[0]["changes"] == 12_000
    gh.store.faults.withheld = r"c\.md$"
    assert "patch" not in gh.json(gh.call("GET", f"{path}?per_page=1&page=3"))[0]


# --- comments, reviews, labels


def review_of(gh: Github, pull: Pull, *comments: dict[str, Any], **more: Any) -> TestResponse:
    body = {"commit_id": pull.head, "event": "COMMENT", "body": "Relu.", "comments": list(comments), **more}
    return gh.call("POST", f"/pulls/{pull.number}/reviews", body)


def test_a_review_with_one_line_outside_the_diff_is_refused_as_a_whole(gh: Github) -> None:
    changed = ENTRY.replace("Ligne 2\n", "Deux\n").replace("Ligne 25\n", "Vingt-cinq\n")
    pull = gh.pull({"_data/api/adresse.md": changed})
    good = {"path": "_data/api/adresse.md", "line": 6, "body": "ici"}
    refused = {
        "outside every hunk": {"line": 15},
        "after the end": {"line": 500},
        "an unchanged line on the left": {"line": 5, "side": "LEFT"},
        "another file": {"path": "README.md"},
        "start on the line itself": {"start_line": 6},
        "start after the line": {"start_line": 7},
        "a range across hunks": {"line": 29, "start_line": 6},
        "no line": {"line": None},
        "a key of another endpoint": {"subject_type": "file"},
        "no text": {"body": " "},
        "a text too long": {"body": "x" * 65_537},
        "a line in words": {"line": "6"},
        "an unknown side": {"side": "right"},
    }
    for name, wrong in refused.items():
        answer = review_of(gh, pull, good, {**good, **wrong})
        assert answer.status_code == 422, name
    assert gh.json(review_of(gh, pull, {**good, "line": 15}))["errors"] == [
        "Pull request review thread line must be part of the diff"
    ]
    assert pull.reviews == pull.review_comments == []
    accepted = [good, {**good, "side": "LEFT"}, {**good, "line": 4}, {**good, "start_line": 4}, {**good, "line": 29}]
    assert review_of(gh, pull, *accepted).status_code == 200
    shapes = gh.json(gh.call("GET", f"/pulls/{pull.number}/comments"))
    assert [(shape["line"], shape["side"]) for shape in shapes] == [
        (6, "RIGHT"), (6, "LEFT"), (4, "RIGHT"), (6, "RIGHT"), (29, "RIGHT"),
    ]  # fmt: skip
    assert shapes[0]["diff_hunk"].endswith("-Ligne 2\n+Deux")
    assert shapes[1]["diff_hunk"].endswith("\n-Ligne 2")
    by_position = review_of(gh, pull, {"path": good["path"], "position": shapes[4]["position"], "body": "là"})
    assert by_position.status_code == 200
    assert pull.review_comments[-1].line == 29


def test_what_a_review_needs(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    assert review_of(gh, pull, body="").status_code == 422
    assert review_of(gh, pull, event="LGTM").status_code == 422
    assert review_of(gh, pull, colour="red").status_code == 422
    assert review_of(gh, pull, commit_id="0" * 40).status_code == 422
    assert review_of(gh, pull, commit_id=pull.base).status_code == 422
    assert "is not a permitted key" in gh.json(review_of(gh, pull, colour="red"))["message"]
    waiting = f"/pulls/{pull.number}/reviews"
    assert gh.json(gh.call("POST", waiting, {"body": "plus tard"}))["state"] == "PENDING"
    assert gh.call("POST", waiting, {"body": "encore"}).status_code == 422
    assert review_of(gh, pull).status_code == 200
    assert [review["state"] for review in gh.json(gh.call("GET", waiting))] == ["PENDING", "COMMENTED"]
    agent = gh.store.tokens.personal(gh.store.user("agent"))
    assert [review["state"] for review in gh.json(gh.call("GET", waiting, token=agent))] == ["COMMENTED"]


def test_a_comment_on_a_whole_file(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    path, place = f"/pulls/{pull.number}/comments", {"commit_id": pull.head, "path": "a.md", "body": "le fichier"}
    made = gh.json(gh.call("POST", path, {**place, "subject_type": "file"}))
    assert (made["subject_type"], "line" in made) == ("file", False)
    assert gh.call("POST", path, {**place, "subject_type": "FILE"}).status_code == 422
    assert gh.call("POST", path, {**place, "subject_type": "file", "line": 1}).status_code == 422
    assert gh.call("POST", path, {**place, "subject_type": "file", "path": "b.md"}).status_code == 422
    assert gh.call("POST", path, place).status_code == 422
    assert gh.json(gh.call("POST", path, {**place, "line": 1}))["line"] == 1
    edited = gh.call("PATCH", f"/pulls/comments/{made['id']}", {"body": "mieux"})
    assert gh.json(edited)["body"] == "mieux"


def test_comments_move_with_their_line_and_become_outdated(gh: Github) -> None:
    pull = gh.pull({"a.md": "un\ndeux\ntrois\n"})
    review_of(gh, pull, {"path": "a.md", "line": 2, "body": "deux ?"}, {"path": "a.md", "line": 3, "body": "trois ?"})
    gh.events.append(gh.people.push(pull, {"a.md": "zéro\nun\ndeux\nquatre\n"}))
    now = gh.json(gh.call("GET", f"/pulls/{pull.number}/comments"))
    assert [(shape["line"], shape["original_line"]) for shape in now] == [(3, 2), (None, 3)]
    threads = gh.ask(
        '{repository(owner:"etalab",name:"api.gouv.fr"){pullRequest(number:1){reviewThreads(first:9){nodes'
        "{isOutdated line isResolved comments(first:1){nodes{body outdated}}}}}}}"
    )["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"]
    assert [(thread["isOutdated"], thread["line"]) for thread in threads] == [(False, 3), (True, None)]
    reply = gh.people.reply(pull, pull.review_comments[0], "marie", "corrigé")
    gh.people.resolve(pull.review_comments[0])
    shown = gh.json(gh.call("GET", f"/pulls/{pull.number}/comments"))
    assert (shown[2]["id"], shown[2]["in_reply_to_id"]) == (reply.id, shown[0]["id"])
    assert [comment["resolved"] for comment in snapshot(pull)["review_comments"]] == [True, False, False]


def test_the_conversation(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.events.append(gh.people.comment(pull, "marie", "/greffier relire"))
    path = f"/issues/{pull.number}/comments"
    made = gh.json(gh.call("POST", path, {"body": "Bonjour"}))
    assert (made["user"]["login"], made["user"]["type"]) == ("greffier[bot]", "Bot")
    assert gh.json(gh.call("PATCH", f"/issues/comments/{made['id']}", {"body": "Salut"}))["body"] == "Salut"
    assert [comment["body"] for comment in gh.json(gh.call("GET", path))] == ["/greffier relire", "Salut"]
    theirs = pull.comments[0].id
    assert gh.call("PATCH", f"/issues/comments/{theirs}", {"body": "volé"}).status_code == 403
    assert gh.call("PATCH", "/issues/comments/1", {"body": "x"}).status_code == 404
    eyes = f"/issues/comments/{theirs}/reactions"
    assert [gh.call("POST", eyes, {"content": "eyes"}).status_code for _ in range(2)] == [201, 200]
    assert gh.call("POST", eyes, {"content": "👀"}).status_code == 422
    for wrong in ({"body": ""}, {}, {"body": "x" * 65_537}, {"body": "x", "colour": "red"}, {"body": 1}, []):
        assert gh.call("POST", path, wrong).status_code == 422, wrong
    assert gh.call("POST", path, {"body": "x" * 65_536}).status_code == 201
    assert (
        gh.client.post(f"/repos/{REPO}{path}", data="{", headers={"Authorization": f"token {gh.token()}"}).status_code
        == 400
    )
    assert [happening.what for happening in pull.timeline] == ["commented"] * 3


def test_labels(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.events.append(gh.people.label(pull, "agent", "de l’équipe"))
    path = f"/issues/{pull.number}/labels"
    new = {"name": "Prêt à relire", "color": "0E8A16", "description": "Rien à corriger"}
    assert gh.call("POST", "/labels", new).status_code == 201
    assert gh.call("POST", "/labels", {**new, "name": "PRÊT à relire"}).status_code == 422
    assert gh.call("POST", "/labels", {"name": "x", "color": "#ff0000"}).status_code == 422
    assert gh.call("POST", "/labels", {"name": "x", "description": "d" * 101}).status_code == 422
    put = gh.json(gh.call("POST", path, {"labels": ["prêt à relire", "inconnu/neuf"]}))
    assert [(label["name"], label["color"]) for label in put] == [
        ("de l’équipe", "ededed"), ("Prêt à relire", "0E8A16"), ("inconnu/neuf", "ededed"),
    ]  # fmt: skip
    assert gh.call("DELETE", f"{path}/Pr%C3%AAt%20%C3%A0%20relire").status_code == 200
    assert gh.call("DELETE", f"{path}/Pr%C3%AAt%20%C3%A0%20relire").status_code == 404
    assert gh.call("DELETE", f"{path}/inconnu%2Fneuf").status_code == 200
    assert [label["name"] for label in gh.json(gh.call("GET", path))] == ["de l’équipe"]
    assert len(gh.json(gh.call("GET", "/labels"))) == 3
    assert gh.call("POST", path, {"labels": []}).status_code == 422
    assert gh.call("POST", path, {"labels": ["x"], "color": "y"}).status_code == 422


# --- check runs


def test_check_runs(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    note = {"path": "a.md", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "non"}
    action = {"label": "Relire", "description": "Relire la demande", "identifier": "relire"}
    output = {"title": "t", "summary": "s", "annotations": [note] * 50}
    body = {"name": "greffier", "head_sha": pull.head, "external_id": "1", "output": output, "actions": [action]}
    made = gh.json(gh.call("POST", "/check-runs", body))
    assert (made["status"], made["pull_requests"]) == ("queued", [])
    run = f"/check-runs/{made['id']}"
    more = {"conclusion": "failure", "output": {"title": "t", "summary": "s", "annotations": [note]}}
    done = gh.json(gh.call("PATCH", run, more))
    assert (done["status"], done["conclusion"], done["output"]["annotations_count"]) == ("completed", "failure", 51)
    assert len(gh.json(gh.call("GET", f"{run}/annotations?per_page=100"))) == 51
    refused = {
        "51 annotations": {"output": {**output, "annotations": [note] * 51}},
        "a text too long": {"output": {**output, "text": "x" * 65_536}},
        "no title": {"output": {"summary": "s"}},
        "four actions": {"actions": [action] * 4},
        "a long label": {"actions": [{**action, "label": "x" * 21}]},
        "a long description": {"actions": [{**action, "description": "x" * 41}]},
        "a long identifier": {"actions": [{**action, "identifier": "x" * 21}]},
        "completed without conclusion": {"status": "completed"},
        "an unknown conclusion": {"conclusion": "ok"},
        "columns over two lines": {"output": {**output, "annotations": [{**note, "end_line": 2, "start_column": 1}]}},
        "an unknown key": {"colour": "red"},
        "an unknown commit": {"head_sha": "0" * 40},
        "no name": {"name": None},
    }
    for name, wrong in refused.items():
        assert gh.call("POST", "/check-runs", {**body, **wrong}).status_code == 422, name
    again = gh.json(
        gh.call("POST", "/check-runs", {**body, "conclusion": "success", "output": {"title": "t", "summary": "s"}})
    )
    listed = f"/commits/{pull.head}/check-runs?check_name=greffier&app_id={gh.app.id}"
    assert [one["id"] for one in gh.json(gh.call("GET", listed))["check_runs"]] == [again["id"]]
    assert gh.json(gh.call("GET", f"{listed}&filter=all"))["total_count"] == 2
    assert gh.json(gh.call("GET", f"/commits/{pull.head}/check-runs?app_id=1"))["total_count"] == 0
    gh.events.append(gh.people.click(pull.repository, pull.repository.check_runs[0], "marie", "relire"))
    gh.events.append(gh.people.click(pull.repository, pull.repository.check_runs[0], "marie"))
    assert gh.events[-2].payload["requested_action"] == {"identifier": "relire"}


def test_check_runs_name_the_pull_requests_of_branches_but_not_of_forks(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"}, fork=False)
    made = gh.json(gh.call("POST", "/check-runs", {"name": "greffier", "head_sha": pull.head}))
    assert [one["number"] for one in made["pull_requests"]] == [pull.number]


# --- GraphQL

IN_REPOSITORY = '{repository(owner:"etalab",name:"api.gouv.fr"){%s}}'


def test_blobs_by_oid(gh: Github) -> None:
    long = "é" * 300_000
    pull = gh.pull({"a.md": "a\n", "b.bin": b"\0b", "c.md": long})
    oids = {change.path: change.sha for change in pull.changes()}
    aliases = " ".join(
        f'b{n}: object(oid:"{oid}"){{... on Blob{{text byteSize isTruncated isBinary oid}}}}'
        for n, oid in enumerate([oids["a.md"], oids["b.bin"], oids["c.md"], "0" * 40])
    )
    blobs = gh.ask(IN_REPOSITORY % aliases)["data"]["repository"]
    assert blobs["b0"] == {"text": "a\n", "byteSize": 2, "isTruncated": False, "isBinary": False, "oid": oids["a.md"]}
    assert (blobs["b1"]["text"], blobs["b1"]["isBinary"]) == (None, True)
    assert blobs["b2"]["isTruncated"]
    assert len(blobs["b2"]["text"].encode()) == 512_000
    assert blobs["b3"] is None
    tip = gh.ask('{repository(owner:"etalab",name:"api.gouv.fr"){defaultBranchRef{name target{oid}}}}')
    assert tip["data"]["repository"]["defaultBranchRef"]["target"]["oid"] == pull.base
    by_path = gh.ask(IN_REPOSITORY % 'object(expression:"main:_data/api/sirene.md"){... on Blob{byteSize}}')
    assert by_path["data"]["repository"]["object"]["byteSize"] == len(FILES["_data/api/sirene.md"])


PULL = '{repository(owner:"etalab",name:"api.gouv.fr"){pullRequest(number:1){%s}}}'


def test_what_graphql_tells_of_a_pull_request(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.people.comment(pull, "marie", "un")
    gh.call("POST", f"/issues/{pull.number}/comments", {"body": "deux"})
    fields = "headRefOid baseRefOid state comments(first:9){nodes{databaseId body isMinimized viewerDidAuthor"
    seen = gh.ask(PULL % (fields + " author{login ... on Bot{databaseId}}}}"))["data"]["repository"]["pullRequest"]
    assert (seen["headRefOid"], seen["baseRefOid"], seen["state"]) == (pull.head, pull.base, "OPEN")
    one, two = seen["comments"]["nodes"]
    assert (one["author"], one["viewerDidAuthor"]) == ({"login": "marie"}, False)
    assert two["author"] == {"login": "greffier", "databaseId": gh.app.bot.id}
    assert two["viewerDidAuthor"]
    assert gh.ask("{viewer{login}}")["data"]["viewer"]["login"] == "greffier[bot]"


def test_connections_have_pages_of_a_hundred_at_most(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    for n in range(5):
        gh.people.comment(pull, "marie", str(n))
    shape = "comments(%s){nodes{body} pageInfo{endCursor hasNextPage hasPreviousPage}}"
    first = gh.ask(PULL % shape % "first:2")["data"]["repository"]["pullRequest"]["comments"]
    assert [node["body"] for node in first["nodes"]] == ["0", "1"]
    assert first["pageInfo"]["hasNextPage"]
    after = gh.ask(PULL % shape % f'first:9, after:"{first["pageInfo"]["endCursor"]}"')
    nodes = after["data"]["repository"]["pullRequest"]["comments"]["nodes"]
    assert [node["body"] for node in nodes] == ["2", "3", "4"]
    last = gh.ask(PULL % shape % "last:2")["data"]["repository"]["pullRequest"]["comments"]
    assert [node["body"] for node in last["nodes"]] == ["3", "4"]
    for wrong, kind in (("first:101", "EXCESSIVE_PAGINATION"), ("first:0", "EXCESSIVE_PAGINATION")):
        assert gh.ask(PULL % shape % wrong)["errors"][0]["type"] == kind
    invalid = gh.ask(PULL % shape % 'first:2, after:"é"')["errors"][0]
    assert invalid["type"] == "INVALID_CURSOR_ARGUMENTS"
    missing = gh.ask(PULL % "comments{totalCount}")["errors"][0]
    assert missing["type"] == "MISSING_PAGINATION_BOUNDARIES"


def test_comments_and_reviews_are_minimised_by_alias_in_one_request(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.call("POST", f"/issues/{pull.number}/comments", {"body": "x"})
    review_of(gh, pull, {"path": "a.md", "line": 1, "body": "y"})
    ids = gh.ask(PULL % "comments(first:1){nodes{id}} reviews(first:1){nodes{id comments(first:1){nodes{id}}}}")[
        "data"
    ]["repository"]["pullRequest"]
    review = ids["reviews"]["nodes"][0]
    subjects = [ids["comments"]["nodes"][0]["id"], review["id"], review["comments"]["nodes"][0]["id"]]
    aliases = " ".join(
        f'm{n}: minimizeComment(input:{{subjectId:"{subject}", classifier: RESOLVED}})'
        "{minimizedComment{isMinimized minimizedReason}}"
        for n, subject in enumerate(subjects)
    )
    document = f"mutation{{{aliases}}}"
    weak = gh.ask(document, gh.token(permissions={"pull_requests": "read"}))
    assert {error["type"] for error in weak["errors"]} == {"FORBIDDEN"}
    done = gh.ask(document)["data"]
    assert [m["minimizedComment"]["minimizedReason"] for m in done.values()] == ["resolved"] * 3
    assert [thing.minimized for thing in (pull.comments[0], pull.reviews[0], pull.review_comments[0])] == [
        "resolved"
    ] * 3
    unknown = gh.ask(document.replace(subjects[0], "IC_kwDOAAAAAAAA"))
    assert unknown["errors"][0]["path"] == ["m0"]
    again = gh.ask("query($id:ID!){node(id:$id){... on Minimizable{minimizedReason}}}", id=subjects[1])
    assert again["data"]["node"] == {"minimizedReason": "resolved"}
    assert unknown["data"]["m1"] is not None


def mutate(gh: Github, name: str, answer: str, token: str | None = None, /, **given: Any) -> Any:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    document = f"mutation($input:{kind}){{done:{name}(input:$input){{clientMutationId {answer}}}}}"
    return gh.ask(document, token, input={"clientMutationId": "1", **given})


def test_mutations_write_as_strictly_as_rest(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.people.comment(pull, "marie", "un")
    review_of(gh, pull, {"path": "a.md", "line": 1, "body": "y"})
    ids = gh.ask(
        '{repository(owner:"etalab",name:"api.gouv.fr"){id pullRequest(number:1){id comments(first:1){nodes{id}} '
        "reviewThreads(first:1){nodes{comments(first:1){nodes{id}}}}}}}"
    )["data"]["repository"]
    subject, theirs = ids["pullRequest"]["id"], ids["pullRequest"]["comments"]["nodes"][0]["id"]
    ours = ids["pullRequest"]["reviewThreads"]["nodes"][0]["comments"]["nodes"][0]["id"]

    made = mutate(gh, "addComment", "commentEdge{node{id body}}", subjectId=subject, body="deux")["data"]["done"]
    assert made["clientMutationId"] == "1"
    mine = made["commentEdge"]["node"]["id"]
    assert mutate(gh, "updateIssueComment", "issueComment{body}", id=mine, body="trois")["data"]["done"]
    assert [comment.body for comment in pull.comments] == ["un", "trois"]
    inline = "updatePullRequestReviewComment", "pullRequestReviewComment{body}"
    assert mutate(gh, *inline, pullRequestReviewCommentId=ours, body="z")["data"]["done"]
    assert pull.review_comments[0].body == "z"
    mutate(gh, "minimizeComment", "minimizedComment{isMinimized}", subjectId=ours, classifier="RESOLVED")
    mutate(gh, "unminimizeComment", "unminimizedComment{isMinimized}", subjectId=ours)
    assert pull.review_comments[0].minimized is None

    label = {"repositoryId": ids["id"], "name": "Prêt", "color": "0e8a16", "description": "Rien à corriger"}
    made = mutate(gh, "createLabel", "label{id name}", **label)["data"]["done"]["label"]
    labels = {"labelableId": subject, "labelIds": [made["id"]]}
    mutate(gh, "addLabelsToLabelable", "labelable{labels(first:1){nodes{name}}}", **labels)
    assert [one.name for one in pull.labels] == ["Prêt"]
    mutate(gh, "removeLabelsFromLabelable", "labelable{labels(first:1){nodes{name}}}", **labels)
    assert pull.labels == []

    weak = gh.token(permissions={"pull_requests": "read"})
    refused = [
        ("FORBIDDEN", mutate(gh, "addComment", "subject{id}", weak, subjectId=subject, body="x")),
        ("FORBIDDEN", mutate(gh, "createLabel", "label{id}", weak, **{**label, "name": "autre"})),
        ("FORBIDDEN", mutate(gh, "updateIssueComment", "issueComment{id}", id=theirs, body="volé")),
        ("NOT_FOUND", mutate(gh, "updateIssueComment", "issueComment{id}", id=ours, body="x")),
        ("NOT_FOUND", mutate(gh, "addComment", "subject{id}", subjectId=mine, body="x")),
        (
            "NOT_FOUND",
            mutate(gh, "addLabelsToLabelable", "labelable{__typename}", labelableId=subject, labelIds=["LA_1"]),
        ),
        ("UNPROCESSABLE", mutate(gh, "addComment", "subject{id}", subjectId=subject, body="x" * 65_537)),
        ("UNPROCESSABLE", mutate(gh, "addComment", "subject{id}", subjectId=subject, body=" ")),
        ("UNPROCESSABLE", mutate(gh, "createLabel", "label{id}", **{**label, "name": "PRÊT"})),
        ("UNPROCESSABLE", mutate(gh, "createLabel", "label{id}", **{**label, "name": "x", "color": "red"})),
    ]
    for kind, answer in refused:
        assert answer["errors"][0]["type"] == kind
        assert answer["data"]["done"] is None
    assert [comment.body for comment in pull.comments] == ["un", "trois"]


def test_the_head_of_a_pull_request_tells_its_files_and_its_check_runs(gh: Github) -> None:
    pull = gh.pull({"_data/api/b.md": "b\n"})
    for conclusion in ("failure", "success"):
        gh.call("POST", "/check-runs", {"name": "greffier", "head_sha": pull.head, "conclusion": conclusion})
    runs = 'checkRuns(first:9, filterBy:{checkName:"greffier", checkType:%s}){nodes{conclusion status}}'
    asked = (
        "commits(last:1){nodes{commit{oid "
        'folder:file(path:"_data/api"){mode object{... on Tree{entries{name mode oid}}}}'
        f' none:file(path:"_data/rien"){{mode}} checkSuites(first:1, filterBy:{{appId:{gh.app.id}}})'
        f"{{nodes{{all:{runs % 'ALL'} latest:{runs % 'LATEST'}}}}}"
        " others:checkSuites(first:1, filterBy:{appId:1}){totalCount}}}}"
    )
    commit = gh.ask(PULL % asked)["data"]["repository"]["pullRequest"]["commits"]["nodes"][0]["commit"]
    assert (commit["oid"], commit["none"], commit["others"]["totalCount"]) == (pull.head, None, 0)
    assert commit["folder"]["mode"] == 0o40000
    entries = commit["folder"]["object"]["entries"]
    assert [(entry["name"], entry["mode"]) for entry in entries] == [
        (name, 0o100644) for name in ("adresse.md", "b.md", "sirene.md")
    ]
    suite = commit["checkSuites"]["nodes"][0]
    assert [run["conclusion"] for run in suite["all"]["nodes"]] == ["FAILURE", "SUCCESS"]
    assert suite["latest"]["nodes"] == [{"conclusion": "SUCCESS", "status": "COMPLETED"}]
    weak = gh.ask(PULL % asked, gh.token(permissions={"pull_requests": "read", "contents": "read"}))
    assert weak["errors"][0]["type"] == "FORBIDDEN"


def test_graphql_refuses_what_the_schema_does_not_have(gh: Github) -> None:
    gh.as_described = False
    for document in ("{viewer{shoeSize}}", "{viewer", "query($n:Int!){viewer{login}} query b{viewer{login}}", ""):
        answer = gh.call("POST", "/graphql", {"query": document})
        assert answer.status_code == 200
        assert "errors" in gh.json(answer), document
    assert "errors" in gh.json(gh.call("POST", "/graphql", {"query": "{viewer{login}}", "operation": "x"}))


# --- limits and faults


def test_an_unchanged_answer_costs_nothing(gh: Github) -> None:
    token = gh.token()
    first = gh.call("GET", "/pulls", token=token)
    again = gh.call("GET", "/pulls", token=token, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["X-RateLimit-Used"] == first.headers["X-RateLimit-Used"] == "1"
    gh.pull({"a.md": "a\n"})
    changed = gh.call("GET", "/pulls", token=token, headers={"If-None-Match": first.headers["ETag"]})
    assert (changed.status_code, changed.headers["X-RateLimit-Remaining"]) == (200, "4998")


def test_the_hour_may_be_spent(gh: Github) -> None:
    token, gh.store.limits.limit = gh.token(), 2
    assert [gh.call("GET", "/pulls", token=token).status_code for _ in range(3)] == [200, 200, 403]
    assert gh.json(gh.call("GET", "/rate_limit", token=token))["rate"]["remaining"] == 0
    answers = [gh.ask("{viewer{login} rateLimit{remaining cost}}", token) for _ in range(3)]
    assert answers[0]["data"]["rateLimit"] == {"remaining": 2, "cost": 1}
    assert answers[2]["errors"][0]["type"] == "RATE_LIMITED"
    gh.now += 3_601
    assert gh.call("GET", "/pulls").status_code == 200


@pytest.mark.parametrize("kind", Kind)
def test_every_fault_strikes_once_with_or_without_effect(gh: Github, kind: Kind) -> None:
    pull, token = gh.pull({"a.md": "a\n"}), gh.token()
    fault = gh.store.faults.inject(Fault(kind, nth=2, method="POST", path="/comments$", retry_after=7, seconds=0.1))
    path = f"/issues/{pull.number}/comments"
    gh.call("POST", path, {"body": "0"}, token)
    gh.call("GET", path, token=token)
    assert not fault.reached.is_set()
    if "dropped" in kind or "time-out" in kind:
        with pytest.raises(Dropped):
            gh.call("POST", path, {"body": "1"}, token)
    else:
        answer = gh.call("POST", path, {"body": "1"}, token)
        assert answer.status_code == {"403 secondary limit": 403, "429": 429}.get(kind, 500)
        assert answer.headers.get("Retry-After") == ("7" if answer.status_code in (403, 429) else None)
    assert fault.reached.is_set()
    assert (gh.store.requests[-1].fault, gh.store.requests[-1].applied) == (kind, kind.endswith("after"))
    gh.call("POST", path, {"body": "2"}, token)
    assert [comment.body for comment in pull.comments] == (["0", "1", "2"] if kind.endswith("after") else ["0", "2"])


@pytest.mark.parametrize("kind", [Kind.DROP_BEFORE, Kind.DROP_AFTER, Kind.HANG_AFTER])
def test_a_connection_really_ends(gh: Github, kind: Kind) -> None:
    pull, token = gh.pull({"a.md": "a\n"}), gh.token()
    gh.store.faults.inject(Fault(kind, seconds=0.3))
    with serve(gh.store) as url, requests.Session() as session:
        session.headers["Authorization"] = f"token {token}"
        path = f"{url}/repos/{REPO}/issues/{pull.number}/comments"
        with pytest.raises(requests.ConnectionError):
            session.post(path, json={"body": "x"}, timeout=5)
        assert len(session.get(path, timeout=5).json()) == kind.endswith("after")
        gh.store.faults.latency = 0.5
        with pytest.raises(requests.ReadTimeout):
            session.get(path, timeout=0.1)
        time.sleep(0.6)


def test_random_faults_are_the_same_for_the_same_seed(gh: Github) -> None:
    token = gh.token()

    def run(seed: int) -> list[int]:
        gh.store.faults.at_random(0.3, seed, [Kind.ERROR_BEFORE, Kind.TOO_MANY])
        return [gh.call("GET", "/pulls", token=token).status_code for _ in range(40)]

    first = run(1)
    assert first == run(1) != run(2)
    assert set(first) == {200, 500, 429}
    gh.store.faults.clear()
    assert gh.call("GET", "/pulls", token=token).status_code == 200


# --- people and webhooks


def test_what_people_do_is_told_as_github_tells_it(gh: Github) -> None:
    gh.store.add_repository("etalab/autre", FILES)
    people, pull = gh.people, gh.pull({"a.md": "a\n"}, draft=True)
    people.push_branch(REPO, "agent", {"x": "x"})
    gh.store.repository(REPO).branches["next"] = gh.store.repository(REPO).branches["main"]
    told = [
        people.ready(pull, "marie"),
        people.push(pull, {"b.md": "b\n"}),
        people.push(pull, {}, merge=True),
        people.push(pull, {"c.md": "c\n"}, force=True),
        people.edit(pull, "marie", base="next"),
        people.edit(pull, "marie", title="Autre titre"),
        people.comment(pull, "marie", "/greffier relire"),
        people.label(pull, "agent", "À voir"),
        people.unlabel(pull, "agent", "à voir"),
        people.close(pull, "marie"),
        people.reopen(pull, "marie"),
        people.push_branch(REPO, "agent", {"_data/api/sirene.md": None, "y": "y"}),
        gh.owners.extend(gh.installation, "etalab/autre"),
        people.close(pull, "agent", merge=True),
    ]
    gh.events += told
    names = [(event.name, event.payload.get("action")) for event in told]
    assert names[0] == ("pull_request", "ready_for_review")
    assert names[1:4] == [("pull_request", "synchronize")] * 3
    assert told[1].payload["after"] == told[2].payload["before"]
    assert told[4].payload["changes"]["base"]["ref"] == {"from": "main"}
    assert "base" not in told[5].payload["changes"]
    assert "head" not in told[6].payload["issue"]["pull_request"]
    assert told[11].payload["commits"][0]["removed"] == ["_data/api/sirene.md"]
    assert told[11].payload["installation"]["id"] == gh.installation.id
    assert names[12] == ("installation_repositories", "added")
    assert told[13].payload["pull_request"]["merged"]
    assert [change.path for change in pull.changes()] == ["c.md"]


def test_a_merge_of_the_base_changes_nothing_in_the_diff(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.people.push_branch(REPO, "agent", {"README.md": "Au revoir\n"})
    assert [change.path for change in pull.changes()] == ["a.md"]
    gh.people.push(pull, {}, merge=True)
    assert [change.path for change in pull.changes()] == ["a.md"]
    assert gh.json(gh.call("GET", f"/pulls/{pull.number}"))["commits"] == 2


def test_a_deleted_fork_leaves_its_pull_request(gh: Github) -> None:
    pull = gh.pull({"a.md": "a\n"})
    gh.people.delete_fork(pull)
    shape = gh.json(gh.call("GET", f"/pulls/{pull.number}"))
    assert shape["head"]["repo"] is None
    assert gh.call("GET", f"/git/trees/{pull.head}").status_code == 200


def test_the_signature_is_githubs() -> None:
    """The example of https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries."""
    sent = headers(Event("ping", {}), "1", "It's a Secret to Everybody", b"Hello, World!")
    assert sent["X-Hub-Signature-256"] == "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"


@pytest.mark.parametrize("form", [False, True])
def test_deliveries_are_signed_listed_and_sent_again(gh: Github, form: bool) -> None:
    seen: list[tuple[str, str, Any]] = []
    receiver = Flask("receiver")

    @receiver.post("/webhooks/github")
    def receive() -> tuple[str, int]:
        signature = hmac.new(b"secret", request.get_data(), hashlib.sha256).hexdigest()
        assert request.headers["X-Hub-Signature-256"] == f"sha256={signature}"
        payload = json.loads(request.form["payload"]) if form else request.get_json()
        seen.append((request.headers["X-GitHub-Delivery"], request.headers["X-GitHub-Event"], payload))
        return "", 202 if len(seen) > 1 else 500

    server = make_server("127.0.0.1", 0, receiver, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    hook = Hook(gh.store, f"http://127.0.0.1:{server.server_port}/webhooks/github", "secret", form=form)
    gh.pull({"é.md": "a\n"})
    first = hook.deliver(gh.events[-1], "guid-1")
    assert first.status_code == 500
    app = {"Authorization": f"Bearer {gh.jwt()}"}
    failed = gh.json(gh.client.get("/app/hook/deliveries?status=failure", headers=app))
    assert [(one["guid"], one["redelivery"]) for one in failed] == [("guid-1", False)]
    with gh.client.post(f"/app/hook/deliveries/{first.id}/attempts", headers=app) as answer:
        assert answer.status_code == 202
    server.shutdown()
    server.server_close()
    assert [name for name, _, _ in seen] == ["guid-1", "guid-1"]
    assert seen[0][1:] == seen[1][1:] == ("pull_request", gh.events[-1].payload)
    listed = gh.json(gh.client.get("/app/hook/deliveries", headers=app))
    assert [(one["status_code"], one["redelivery"]) for one in listed] == [(202, True), (500, False)]
    assert hook.deliver(gh.events[-1]).status_code == 0


# --- as a whole


def test_the_same_acts_give_the_same_snapshot_whatever_the_clock(key: rsa.RSAPrivateKey) -> None:
    def run(now: float) -> tuple[Any, str]:
        gh = Github(key)
        gh.now = now
        pull = gh.pull({"a.md": "a\n"})
        gh.call("POST", f"/issues/{pull.number}/comments", {"body": "x"})
        review_of(gh, pull, {"path": "a.md", "line": 1, "body": "y"})
        gh.call("POST", f"/issues/{pull.number}/labels", {"labels": ["z"]})
        gh.call("POST", "/check-runs", {"name": "greffier", "head_sha": pull.head, "conclusion": "success"})
        return snapshot(pull), pull.head

    first = run(1_800_000_000.0)
    assert first == run(1_900_000_000.0)
    seen = first[0]
    assert (seen["comments"][0]["author"], seen["comments"][0]["body"]) == ("greffier[bot]", "x")
    assert (seen["review_comments"][0]["line"], seen["labels"]) == (1, [("z", "ededed", None)])
    assert seen["check_runs"][0]["conclusion"] == "success"


def test_many_at_once_lose_nothing(gh: Github) -> None:
    pull, token = gh.pull({"a.md": "a\n"}), gh.token()
    path = f"/issues/{pull.number}/comments"
    threads = [
        threading.Thread(target=lambda n=n: [gh.call("POST", path, {"body": f"{n}.{m}"}, token) for m in range(20)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({comment.body for comment in pull.comments}) == 160
    assert len({comment.id for comment in pull.comments}) == 160


@pytest.mark.parametrize("base", ["", "/api/v3"])
def test_pygithub_talks_to_it_at_both_addresses(key: rsa.RSAPrivateKey, base: str) -> None:
    gh = Github(key)
    gh.store.clock = gh.store.limits._clock = gh.store.tokens._clock = time.time
    pull = gh.pull({f"f{n:03}.md": "a\n" for n in range(150)})
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with serve(gh.store) as url:
        auth = pygithub.Auth.AppAuth(gh.app.id, private.decode())
        integration = pygithub.GithubIntegration(auth=auth, base_url=url + base)
        assert integration.get_app().slug == "greffier"
        found = integration.get_repo_installation(*REPO.split("/"))
        client = integration.get_github_for_installation(found.id)
        theirs = client.get_repo(REPO).get_pull(pull.number)
        assert theirs.head.sha == pull.head
        assert len(list(theirs.get_files())) == 150
        assert theirs.head.repo.html_url.startswith("http://localhost:8080/")
        assert theirs.url.startswith(url + base)
        comment = theirs.create_issue_comment("Bonjour")
        assert comment.minimize()
        assert pull.comments[0].minimized == "outdated"
        integration.close()
        client.close()
    assert github_schema.ABSENT or github_schema.faults(gh.store.requests) == []
