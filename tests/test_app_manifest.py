"""The App made in two clicks, against the stand-in: the page, GitHub's confirmation, the code, the settings."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Callable, Iterator
from html import unescape
from pathlib import Path

import pytest

from bot.playground.access import Refusal
from bot.settings import load
from rules.model import Rule
from tests.conftest import Ran
from tests.standin import World, world

URL = "https://greffier.exemple.fr"


@pytest.fixture
def github(rules: tuple[Rule, ...]) -> Iterator[World]:
    with world(rules, {"README.md": b"x"}) as made:
        yield made


def test_the_manifest_asks_for_the_least(greffier: Callable[..., Ran], github: World) -> None:
    made = json.loads(greffier("app-manifest", "--url", f"{URL}/", "--format", "json").out)
    assert made["default_permissions"] == {
        "checks": "write",
        "contents": "read",
        "issues": "read",
        "metadata": "read",
        "pull_requests": "write",
    }
    assert made["default_events"] == ["check_run", "issue_comment", "pull_request", "push"]
    assert made["hook_attributes"] == {"url": f"{URL}/webhooks/github", "active": True}
    assert made["public"] is False
    less = {**made, "default_permissions": {**made["default_permissions"]}}
    del less["default_permissions"]["issues"]
    with pytest.raises(Refusal, match="issue_comment"):
        github.owners.create_from(less)


@pytest.mark.parametrize(
    ("words", "action"),
    [
        ((), "https://github.com/settings/apps/new"),
        (("--organization", "betagouv"), "https://github.com/organizations/betagouv/settings/apps/new"),
        (("--github", "https://ghe.exemple.fr/"), "https://ghe.exemple.fr/settings/apps/new"),
    ],
)
def test_the_page_leads_to_github(greffier: Callable[..., Ran], words: tuple[str, ...], action: str) -> None:
    page = greffier("app-manifest", "--url", URL, "--name", 'un "greffier"', *words).out
    assert f'action="{action}" method="post"' in page
    (value,) = re.findall(r'name="manifest" value="([^"]*)"', page)
    assert json.loads(unescape(value))["name"] == 'un "greffier"'
    assert "<script" not in page


def test_the_code_becomes_settings_that_work(
    greffier: Callable[..., Ran], github: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = json.loads(greffier("app-manifest", "--url", URL, "--format", "json").out)
    code = github.owners.create_from(made)
    file = tmp_path / "greffier.env"
    words = ("app-manifest", "--github", github.url, "--code", code, "--output", file)
    ran = greffier(*words)
    assert ran.code == 0, ran.err
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    given = dict(line.split("=", 1) for line in file.read_text().splitlines())
    settings = load(given)
    assert settings.github_url == f"{github.url}/api/v3"
    assert settings.public_url == URL
    for secret in (settings.private_key, settings.webhook_secrets[0]):
        assert secret not in ran.out + ran.err

    for name, value in (given | {"GREFFIER_DATA": str(tmp_path / "data")}).items():
        monkeypatch.setenv(name, value)
    checked = {one["name"]: one["state"] for one in json.loads(greffier("doctor", "--format", "json").out)}
    assert {name for name, state in checked.items() if state != "ok"} == {"installations", "webhook"}

    again = greffier(*words[:-1], tmp_path / "other.env")
    assert again.code == 2
    assert "une fois" in again.err
    assert not (tmp_path / "other.env").exists()


def test_nothing_is_overwritten(greffier: Callable[..., Ran], github: World, tmp_path: Path) -> None:
    file = tmp_path / "greffier.env"
    file.write_text("precious")
    made = json.loads(greffier("app-manifest", "--url", URL, "--format", "json").out)
    code = github.owners.create_from(made)
    ran = greffier("app-manifest", "--github", github.url, "--code", code, "--output", file)
    assert (ran.code, file.read_text()) == (2, "precious")
    assert code in github.store.made, "the code still serves"


def test_what_it_needs_is_said(greffier: Callable[..., Ran]) -> None:
    assert "--url" in greffier("app-manifest").err
    assert "adresse" in greffier("app-manifest", "--url", "greffier").err
