"""`greffier doctor`: look at the settings one by one, and say what to do about each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.wording import Lang

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.diagnosis import Diagnosis
    from bot.doctor import Part

_WORDS = {
    "fr": {
        "help": "Vérifie les réglages un par un, ceux de cette machine et ceux de l'App sur GitHub, et dit quoi faire. "
        "Rien n'est changé, aucun secret n'est montré. Code de sortie : 0 si tout va, 1 s'il faut agir.",
        "part": "Ne regarder que ce qu'il faut à une moitié du service.",
        "format": "Texte pour les gens, JSON pour les programmes.",
        "settings": "Corrigez cette variable, puis recommencez.",
        "sum": "Rien n'empêche le service de tourner.",
        "wrong": "{count} à corriger avant de démarrer.",
    },
    "en": {
        "help": "Checks the settings one by one, those of this machine and those of the App on GitHub, and says what "
        "to do. Nothing is changed, no secret is shown. Exit code: 0 where all is well, 1 where you must act.",
        "part": "Look at what one half of the service needs, only.",
        "format": "Text for people, JSON for programs.",
        "settings": "Correct this variable, then try again.",
        "sum": "Nothing keeps the service from running.",
        "wrong": "{count} to correct before the start.",
    },
}
_SIGNS = {"ok": "✓", "advice": "!", "wrong": "✗", "skipped": "–"}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "doctor",
        callback=lambda part, shape: _doctor(lang, part, shape),
        help=words["help"],
        add_help_option=False,
        params=[
            click.Option(["--part"], type=click.Choice(["receiver", "worker"]), help=words["part"]),
            click.Option(
                ["--format", "shape"], type=click.Choice(["text", "json"]), default="text", help=words["format"]
            ),
            *common(lang),
        ],
    )


def _doctor(lang: Lang, part: Part | None, shape: str) -> int:
    """Print each diagnosis as it comes; returns the exit code."""
    found = []
    for one in _all(part):
        found.append(one)
        if shape == "text":
            _tell(one, lang)
    count = sum(one.state == "wrong" for one in found)
    if shape == "json":
        _print_json(found)
    else:
        words = _WORDS[lang]
        click.echo("\n" + (words["wrong"].format(count=count) if count else words["sum"]))
    return 1 if count else 0


def _all(part: Part | None) -> Iterator[Diagnosis]:
    from bot.diagnosis import ok, wrong
    from bot.settings import SettingsError, load
    from rules.model import Text

    try:
        settings = load()
    except SettingsError as error:
        todo = Text(_WORDS["fr"]["settings"], _WORDS["en"]["settings"])
        for fr, en in zip(error.text.fr.splitlines(), error.text.en.splitlines(), strict=True):
            yield wrong("settings", Text(fr, en), todo)
        return
    yield ok("settings", "Les variables GREFFIER_… se lisent.", "The GREFFIER_… variables are readable.")
    from bot.doctor import examine
    from bot.logs import scrubber
    from webhooks.events import EVENTS

    clean = scrubber(settings.secrets)
    for one in examine(settings, EVENTS, part):
        yield replace(one, found=Text(clean(one.found.fr), clean(one.found.en)))


def _tell(one: Diagnosis, lang: Lang) -> None:
    found, todo = (one.found.fr, one.todo.fr) if lang == "fr" else (one.found.en, one.todo.en)
    click.echo(f"{_SIGNS[one.state]} {one.name:<16} {found}")
    if todo:
        click.echo(f"  {'':<16} → {todo}")


def _print_json(found: list[Diagnosis]) -> None:
    import json
    from dataclasses import asdict

    plain = [asdict(one) | {"found": one.found._asdict(), "todo": one.todo._asdict()} for one in found]
    click.echo(json.dumps(plain, ensure_ascii=False, indent=2))
