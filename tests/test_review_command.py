"""`greffier review`: what it prints is what it would send, and it sends nothing unless asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from conftest import Ran
from standin import World, files_of, world
from test_faults import API, entry

from rules.model import Rule


@pytest.fixture
def made(rules: tuple[Rule, ...], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[World]:
    with world(rules, files_of("catalogue")) as ready:
        (tmp_path / "key.pem").write_text(ready.settings.private_key)
        given = {
            "APP_ID": ready.settings.app_id,
            "PRIVATE_KEY_FILE": str(tmp_path / "key.pem"),
            "GITHUB_URL": ready.url,
            "DATA": str(tmp_path),
            "PROBE": "off",
            "BETWEEN_WRITES": "0",
        }
        for name, value in given.items():
            monkeypatch.setenv(f"GREFFIER_{name}", value)
        yield ready


def test_shown_then_sent(made: World, greffier: Callable[..., Ran]) -> None:
    pull = made.open({API: entry()})
    before = made.snapshot(pull)
    shown = greffier("review", "demo/catalogue#1")
    assert (shown.code, made.snapshot(pull)) == (1, before)
    assert [next(iter(write)) for write in yaml.safe_load(shown.out)] == [
        "CreateLabel",
        "CreateLabel",
        "PostReview",
        "PostSummary",
        "AddLabels",
        "PostCheckRun",
    ]
    sent = greffier("review", "demo/catalogue#1", "--post")
    assert sent.out == shown.out
    assert yaml.safe_load(sent.out)[3]["PostSummary"]["body"] == pull.comments[0].body
    assert "déjà relue" in greffier("review", "demo/catalogue#1").err
    assert yaml.safe_load(greffier("review", "demo/catalogue#1", "--again").out)[0].keys() == {"PostCheckRun"}


def test_what_cannot_be_reviewed_is_said_in_a_sentence(made: World, greffier: Callable[..., Ran]) -> None:
    made.open({"README.md": "Bonjour\n"})
    assert "aucune fiche" in greffier("review", "demo/catalogue#1").err
    for wrong in ("demo/catalogue", "demo/catalogue#0x", "demo/absent#1", "demo/catalogue#7"):
        told = greffier("review", wrong)
        assert (told.code, told.out) == (2, "")
        assert "Traceback" not in told.err
    assert "demo/catalogue#7 est introuvable" in told.err


def test_a_request_without_entries_is_passed_where_it_is_set(
    made: World, greffier: Callable[..., Ran], monkeypatch: pytest.MonkeyPatch
) -> None:
    made.open({"README.md": "Bonjour\n"})
    assert greffier("review", "demo/catalogue#1").out == ""
    monkeypatch.setenv("GREFFIER_UNTOUCHED", "success")
    told = greffier("review", "demo/catalogue#1", "--post")
    assert yaml.safe_load(told.out)[0]["PostCheckRun"]["check"]["conclusion"] == "success"
    assert "aucune fiche" in told.err
    assert len(made.repository.check_runs) == 1


def test_what_is_too_large_is_said_in_a_sentence(made: World, greffier: Callable[..., Ran]) -> None:
    made.store.faults.truncated_trees = True
    made.open({API: entry()})
    shown = greffier("review", "demo/catalogue#1", "--post")
    assert (shown.code, len(made.repository.check_runs)) == (3, 1)
    assert "plus de fichiers que GitHub n'en montre" in shown.err
