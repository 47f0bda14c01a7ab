"""`greffier links`: ask for all links of a catalogue, politely, and report those that are dead."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot import PROJECT
from bot.commands import common
from bot.errors import Unusable
from bot.quoting import code, plain
from bot.wording import Lang, say
from rules.model import Text

if TYPE_CHECKING:
    from bot.lookout import Lookout, Seen

FORMATS = ("text", "json", "markdown")
_WORDS = {
    "fr": {
        "help": "Demande tous les liens du catalogue, un par seconde et par site, et montre ceux qui sont morts : "
        "ceux qui ont échoué plusieurs jours, sans jamais marcher entre-temps. À relancer chaque jour ; "
        "interrompu, il reprend où il en était.",
        "repo": "Dossier du catalogue (par défaut : ici).",
        "state": "Fichier où garder ce qui a été vu, d'un jour à l'autre.",
        "days": "Nombre de jours d'échec avant de signaler un lien.",
        "format": "text : pour lire ; json : pour un programme ; markdown : par fournisseur, à publier.",
        "bar": "Liens demandés",
        "epilog": """\b
Exemples :
  greffier links
  greffier links --repo catalogue --days 5 --format markdown > liens.md

\b
Code de sortie : 0 aucun lien mort, 1 au moins un, 2 commande à corriger, 3 panne de greffier.""",
    },
    "en": {
        "help": "Asks for all links of the catalogue, one per second and site, and shows the dead ones: those that "
        "failed on several days and never worked in between. Run it every day; once stopped, it goes on "
        "where it was.",
        "repo": "Folder of the catalogue (default: here).",
        "state": "File in which to keep what was seen, from day to day.",
        "days": "Days of failure before a link is reported.",
        "format": "text: to read; json: for a program; markdown: by producer, to publish.",
        "bar": "Links asked for",
        "epilog": """\b
Examples:
  greffier links
  greffier links --repo catalogue --days 5 --format markdown > links.md

\b
Exit code: 0 no dead link, 1 at least one, 2 a command to correct, 3 a failure of greffier.""",
    },
}
_SUMMARY = Text(
    "Liens morts : {dead} sur {all}. "
    "En échec pendant moins de {days} jours : {failing}. Sans réponse claire : {unknown}.",
    "Dead links: {dead} of {all}. Failing on fewer than {days} days: {failing}. Without a clear answer: {unknown}.",
)
_SINCE = Text("en échec depuis le {day}", "failing since {day}")
_MISSING = Text("la page n'existe pas ({status})", "the page does not exist ({status})")
_REASONS = {
    "no-host": Text("le site n'existe pas", "the site does not exist"),
    "expired": Text("certificat périmé", "expired certificate"),
    "name": Text("certificat d'un autre nom", "certificate of another name"),
}
_UNTRUSTED = Text("certificat non reconnu", "certificate not recognised")
_SERVICES = Text("Services", "Services")


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    state, days = click.Path(path_type=Path, dir_okay=False), click.IntRange(1, 365)
    return click.Command(
        "links",
        callback=lambda **options: _links(lang, **options),
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[
            click.Option(["--repo"], type=click.Path(path_type=Path), default=".", metavar="DIR", help=words["repo"]),
            click.Option(
                ["--state"], type=state, default="greffier-links.json", show_default=True, help=words["state"]
            ),
            click.Option(["--days"], type=days, default=3, show_default=True, help=words["days"]),
            click.Option(["--format", "form"], type=click.Choice(FORMATS), default="text", help=words["format"]),
            *common(lang),
        ],
    )


def _links(lang: Lang, repo: Path, state: Path, days: int, form: str) -> int:
    """Ask, print the report, and return the exit code."""
    from bot.clone import read
    from bot.lookout import POLITE, lookout
    from bot.probe import Network
    from bot.settings import of_links

    settings = of_links()
    if not repo.is_dir():
        raise Unusable(f"Le dossier « {repo} » n'existe pas.", f"There is no folder “{repo}”.")
    pull, _ = read(repo, whole=True)
    try:
        looked = lookout(pull.after, state)
    except (ValueError, OSError) as error:
        raise Unusable(
            f"« {state} » ne se lit pas : supprimez-le, ou nommez un autre fichier avec --state. ({error})",
            f"“{state}” can't be read: delete it, or name another file with --state. ({error})",
        ) from error
    try:
        looked.write(state)  # before anybody is asked
    except OSError as error:
        raise Unusable(
            f"« {state} » ne peut pas être écrit : nommez un autre fichier avec --state. ({error})",
            f"“{state}” can't be written: name another file with --state. ({error})",
        ) from error
    today = datetime.now(UTC).date().isoformat()
    due, hidden = len(looked.due(today)), not sys.stderr.isatty()
    with click.progressbar(length=due, label=_WORDS[lang]["bar"], file=sys.stderr, hidden=hidden) as bar:
        network = Network(settings.probe_hosts, about=settings.public_url or PROJECT)
        looked.ask(today, state, network, POLITE, lambda: bar.update(1))
    report = {"text": text, "json": as_json, "markdown": markdown}[form]
    click.echo(report(looked, days, lang))
    return 1 if looked.dead(days) else 0


def text(looked: Lookout, days: int, lang: Lang) -> str:
    """Return the report to read in a terminal."""
    lines = [_summary(looked, days, lang)]
    for url, seen in looked.dead(days).items():
        lines += ["", f"{plain(url)}  {_reason(seen, lang)}"]
        lines += [f"  {plain(place.path)} {place.key}" for place in looked.places[url]]
    return "\n".join(lines)


def as_json(looked: Lookout, days: int, _lang: Lang) -> str:
    """Return the report for a program: every link, dead or not."""
    dead = looked.dead(days)
    told = [
        {
            "url": url,
            "outcome": seen.answer.outcome,
            "status": seen.answer.status,
            "why": seen.answer.why,
            "final": seen.answer.final,
            "until": seen.answer.until,
            "failed": list(seen.failed),
            "dead": url in dead,
            "places": [
                {"producer": place.producer, "path": place.path, "key": place.key} for place in looked.places[url]
            ],
        }
        for url in looked.places
        if (seen := looked.seen.get(url))
    ]
    return json.dumps({"days": days, "links": told}, ensure_ascii=False, indent=2)


def markdown(looked: Lookout, days: int, lang: Lang) -> str:
    """Return the report by producer, to publish."""
    parts = [_summary(looked, days, lang)]
    for producer, rows in groupby(sorted(_rows(looked, days)), key=lambda row: row[0]):
        parts.append(f"## {code(producer) if producer else say(_SERVICES, lang)}")
        parts.append("\n".join(_points(rows, lang)))
    return "\n\n".join(parts)


def _rows(looked: Lookout, days: int) -> Iterator[tuple[str, str, str, str, Seen]]:
    for url, seen in looked.dead(days).items():
        for place in looked.places[url]:
            yield place.producer, place.path, place.key, url, seen


def _points(rows: Iterable[tuple[str, str, str, str, Seen]], lang: Lang) -> Iterator[str]:
    for _, path, key, url, seen in rows:
        yield f"- {code(path)} {code(key)} : {code(url)}, {_reason(seen, lang)}"


def _summary(looked: Lookout, days: int, lang: Lang) -> str:
    from rules.evidence import Reach

    here = [looked.seen[url] for url in looked.places if url in looked.seen]
    dead, failing = len(looked.dead(days)), len(looked.dead(1))
    unknown = sum(seen.answer.outcome is Reach.UNKNOWN for seen in here)
    told = {"dead": dead, "all": len(looked.places), "failing": failing - dead, "days": days, "unknown": unknown}
    return say(_SUMMARY, lang).format(**told)


def _reason(seen: Seen, lang: Lang) -> str:
    answer = seen.answer
    words = _MISSING if answer.status else _REASONS.get(answer.why, _UNTRUSTED)
    return f"{say(words, lang).format(status=answer.status)}, {say(_SINCE, lang).format(day=seen.failed[0])}"
