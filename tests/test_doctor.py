"""The doctor in front of the stand-in: each fault is named with what to do, and no secret is ever shown."""

from __future__ import annotations

import http.server
import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from bot.errors import Unusable
from bot.forge.app import GRANTS
from bot.jobs import Jobs
from bot.playground.webhook import Hook
from bot.timings import Timings
from rules.model import Rule
from tests.conftest import Ran
from tests.service import free_port
from tests.standin import World, world
from webhooks.events import EVENTS

SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105
Examine = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, {"README.md": b"x"}) as made:
        made.app.permissions, made.app.events = dict(GRANTS), list(EVENTS)
        next(iter(made.store.installations.values())).permissions = dict(GRANTS)
        Hook(made.store, "https://greffier.exemple.fr/webhooks/github", SECRET)
        yield made


def settings_of(github: World, folder: Path) -> dict[str, str]:
    return {
        "APP_ID": github.settings.app_id,
        "PRIVATE_KEY": github.settings.private_key,
        "WEBHOOK_SECRET": SECRET,
        "GITHUB_URL": github.url,
        "DATA": str(folder / "data"),
    }


@pytest.fixture
def examine(github: World, greffier: Callable[..., Ran], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Examine:
    """Runs the doctor with one setting or another changed; returns its diagnoses by name."""

    def run(*words: str, code: int = 1, **changed: str) -> dict[str, dict[str, Any]]:
        for name, value in (settings_of(github, tmp_path) | changed).items():
            monkeypatch.setenv(f"GREFFIER_{name}", value)
        ran = greffier("doctor", "--format", "json", *words)
        for secret in (SECRET, github.settings.private_key, "pa55word", *changed.get("WEBHOOK_SECRET", "").split()):
            assert secret not in ran.out + ran.err
        found = json.loads(ran.out)
        assert ran.code == code, found
        assert all(one["todo"]["fr"] and one["todo"]["en"] for one in found if one["state"] in ("wrong", "advice"))
        assert all(one["found"]["fr"] and one["found"]["en"] for one in found)
        return {one["name"]: one for one in found}

    return run


def test_where_all_is_well(examine: Examine, github: World, greffier: Callable[..., Ran]) -> None:
    found = examine(code=0)
    assert {one["state"] for one in found.values()} == {"ok"}
    names = "settings webhook-secret data queue journal key github clock app permissions events webhook"
    assert set(found) == {*names.split(), "permissions@demo"}
    told = greffier("doctor")
    assert told.code == 0
    assert told.out.count("✓") == len(found)
    assert "Rien n'empêche" in told.out
    assert not github.repository.check_runs, "it changes nothing"


def test_each_half_is_examined_for_what_it_needs(examine: Examine) -> None:
    receiver = examine("--part", "receiver", code=0, APP_ID="", PRIVATE_KEY="")
    assert set(receiver) == {"settings", "webhook-secret", "data", "queue", "journal"}
    assert "webhook-secret" not in examine("--part", "worker", code=0, WEBHOOK_SECRET="")


def key(kind: str) -> str:
    made = ec.generate_private_key(ec.SECP256R1()) if kind == "ec" else rsa.generate_private_key(65537, 2048)
    hidden = serialization.BestAvailableEncryption(b"x") if kind == "encrypted" else serialization.NoEncryption()
    pem = made.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, hidden).decode()
    return pem[:300] if kind == "cut" else pem


@pytest.mark.parametrize("kind", ["cut", "encrypted", "ec"])
def test_a_key_that_does_not_serve(examine: Examine, kind: str) -> None:
    found = examine(PRIVATE_KEY=key(kind))
    assert found["key"]["state"] == "wrong"
    assert found["github"]["state"] == "skipped"


def test_the_key_of_another_app(examine: Examine) -> None:
    found = examine(PRIVATE_KEY=key("other"))
    assert (found["key"]["state"], found["app"]["state"]) == ("ok", "wrong")
    assert "401" in found["app"]["found"]["fr"]


def test_variables_that_cannot_be_read(examine: Examine) -> None:
    found = examine(GITHUB_URL="github.com", PARALLEL="many")
    assert found["settings"]["state"] == "wrong"
    assert set(found) == {"settings"}


def test_a_client_id_is_not_the_number_of_the_app(github: World, examine: Examine) -> None:
    """GitHub takes both for the App's signature, but reviews need the number."""
    found = examine(APP_ID=github.app.client_id)
    assert found["settings"]["state"] == "wrong"
    assert "GREFFIER_APP_ID" in found["settings"]["found"]["fr"]
    assert "Client ID" in found["settings"]["found"]["fr"]


@pytest.mark.parametrize("weak", ["", "sezame", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"])
def test_a_secret_that_is_missing_or_weak(examine: Examine, weak: str) -> None:
    assert examine(WEBHOOK_SECRET=weak)["webhook-secret"]["state"] == "wrong"


def test_a_former_secret_is_remembered(examine: Examine) -> None:
    assert examine(code=0, WEBHOOK_SECRET_OLD=SECRET[::-1])["webhook-secret"]["state"] == "advice"


def test_a_folder_that_cannot_be_written(examine: Examine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert examine(DATA=str(tmp_path / "file" / "data"))["data"]["state"] == "wrong"


def test_databases_that_cannot_be_reached_or_written(examine: Examine, tmp_path: Path) -> None:
    away = examine(DATABASE_URL=f"postgresql://greffier:pa55word@127.0.0.1:{free_port()}/greffier")
    assert away["queue"]["state"] == away["journal"]["state"] == "wrong"
    assert examine(DATABASE_URL=f"sqlite:///{tmp_path}/no/such/folder/x.sqlite")["queue"]["state"] == "wrong"
    assert examine(DATABASE_URL="oracle://nobody:pa55word@here/there")["queue"]["state"] == "wrong"
    assert examine(DATABASE_URL="no address pa55word")["queue"]["state"] == "wrong"


def test_a_database_where_nothing_may_be_made(examine: Examine, server: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE ROLE reader LOGIN PASSWORD 'pa55word'")
        connection.execute("CREATE DATABASE readonly")
        connection.execute("ALTER ROLE reader SET default_transaction_read_only = on")
    reader = server.replace("greffier@", "reader:pa55word@")
    found = examine(DATABASE_URL=f"{reader}/readonly")
    assert found["queue"]["state"] == "wrong"
    assert "read-only" in found["queue"]["found"]["fr"]
    assert examine(code=0, DATABASE_URL=f"{server}/readonly")["queue"]["state"] == "ok"


def test_a_database_that_cannot_hold_what_people_write(examine: Examine, server: str) -> None:
    import psycopg

    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE plain ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    found = examine(DATABASE_URL=f"{server}/plain")
    assert found["queue"]["state"] == found["journal"]["state"] == "wrong"
    assert "SQL_ASCII" in found["queue"]["found"]["en"]
    with pytest.raises(Unusable, match="SQL_ASCII"):
        Jobs(f"{server}/plain", Timings())


@pytest.mark.parametrize(("ahead", "told"), [(45, "retard de 45 s"), (-90, "avance de 90 s")])
def test_a_clock_that_is_wrong(github: World, examine: Examine, ahead: int, told: str) -> None:
    now = github.store.clock
    github.store.clock = lambda: now() + ahead
    github.store.tokens._clock = github.store.clock
    clock = examine()["clock"]
    assert clock["state"] == "wrong"
    assert any(told.replace(str(abs(ahead)), str(abs(ahead) + more)) in clock["found"]["fr"] for more in (-1, 0, 1))


def test_permissions_and_events(github: World, examine: Examine) -> None:
    app, installation = github.app, next(iter(github.store.installations.values()))
    app.permissions = {**GRANTS, "contents": "write", "actions": "read"}
    app.events = [*EVENTS, "issues"]
    found = examine(code=0)
    assert "actions: read, contents: write" in found["permissions"]["found"]["en"]
    assert (found["permissions"]["state"], found["events"]["state"]) == ("advice", "advice")
    assert "issues" in found["events"]["found"]["fr"]

    app.permissions = {**GRANTS, "checks": "read"}
    app.events = ["push"]
    installation.permissions = {name: level for name, level in GRANTS.items() if name != "pull_requests"}
    found = examine()
    assert "checks: write" in found["permissions"]["found"]["en"]
    assert "check_run, issue_comment, pull_request" in found["events"]["found"]["en"]
    assert "pull_requests: write" in found["permissions@demo"]["found"]["fr"]

    # What is too much shows beside what is missing.
    app.permissions = {**GRANTS, "checks": "read", "administration": "write"}
    app.events = ["push", "fork"]
    found = examine()
    for name, missing, excess in (
        ("permissions", "checks: write", "administration: write"),
        ("events", "check_run, issue_comment, pull_request", "fork"),
    ):
        assert found[name]["state"] == "wrong"
        for lang, sign in (("fr", " : "), ("en", ": ")):
            both = re.fullmatch(f"(.+?{sign}){missing}\\. (.+?{sign}){excess}\\.", found[name]["found"][lang])
            assert both
            assert both[1] != both[2]
        assert "Retirez" in found["permissions"]["todo"]["fr"]
        assert "Untick" in found["events"]["todo"]["en"]

    github.store.installations.clear()
    assert examine()["installations"]["state"] == "advice"


@pytest.mark.parametrize(
    ("url", "secret"), [("https://greffier.exemple.fr/", SECRET), ("https://x.fr/webhooks/github", "")]
)
def test_a_webhook_that_is_wrong(github: World, examine: Examine, url: str, secret: str) -> None:
    Hook(github.store, url, secret)
    assert examine()["webhook"]["state"] == "wrong"


def test_a_github_that_is_away(examine: Examine) -> None:
    found = examine(GITHUB_URL=f"http://127.0.0.1:{free_port()}")
    assert found["github"]["state"] == "wrong"
    assert "DNS" in found["github"]["todo"]["fr"]
    hidden = examine(GITHUB_URL=f"http://marie:pa55word@127.0.0.1:{free_port()}")
    assert "***" in hidden["github"]["found"]["en"]


@contextmanager
def self_signed(folder: Path) -> Iterator[str]:
    """A server whose certificate no authority signed."""
    private = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, private.public_key(), 1, now, now + timedelta(days=1))
    pem = private.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    both = folder / "both.pem"
    both.write_bytes(pem + made.sign(private, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client hangs up, as it should
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield f"https://localhost:{server.server_port}/api/v3"
        server.shutdown()


def test_a_certificate_that_nobody_knows(examine: Examine, tmp_path: Path) -> None:
    with self_signed(tmp_path) as url:
        found = examine(GITHUB_URL=url)
    assert "certificat" in found["github"]["todo"]["fr"]


def test_a_personal_token_is_for_a_trial(github: World, examine: Examine) -> None:
    token = github.store.tokens.personal(github.store.user("robot"))
    found = examine(code=0, APP_ID="", PRIVATE_KEY="", TOKEN=token)
    assert (found["key"]["state"], found["app"]["state"]) == ("advice", "ok")
    assert examine(APP_ID="", PRIVATE_KEY="", TOKEN="")["key"]["state"] == "wrong"


def test_no_proxy_is_assumed(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{free_port()}")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert "HTTPS_PROXY" in examine()["github"]["todo"]["en"]
