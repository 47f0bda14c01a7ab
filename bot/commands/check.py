"""`greffier check`: review what changes in a clone of a catalogue."""

from __future__ import annotations

import gc
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.quoting import visible
from bot.wording import Lang, say
from rules.model import Text

if TYPE_CHECKING:
    from bot.state import Pull
    from rules.evidence import Answer
    from rules.model import EntryVerdict

FORMATS = ("text", "json", "markdown", "sarif", "github")  # each a module of bot.formats

_BROKEN = Text(
    "greffier est en panne, les fiches n'y sont pour rien. Ce qui s'est passé :",
    "greffier failed, through no fault of the entries. What happened:",
)
_UNKNOWN = Text(
    "Rien ne dit ici quelles fiches étaient déjà au catalogue : chacune est relue comme une nouvelle.",
    "Nothing tells here which entries were already listed: each is reviewed as a new one.",
)
_WORDS = {
    "fr": {
        "help": "Relit ce qui change dans un clone du catalogue : ce que greffier dirait de la demande. "
        "PATH ne garde que ces fiches ou dossiers. Sans git, relit tout le dossier.",
        "repo": "Dossier du catalogue (par défaut : celui du premier PATH, sinon ici).",
        "base": "À quoi comparer (par défaut : la branche principale). Comme sur GitHub, on part de l'ancêtre commun.",
        "head": "Version à relire (par défaut : les fichiers tels qu'ils sont, même non enregistrés dans git).",
        "all": "Relire toutes les fiches, pas seulement ce qui change. --base dit alors ce qui est déjà au catalogue.",
        "online": "Demander aussi à internet si les liens apportés s'ouvrent (quelques secondes). Sans cela, rien "
        "n'est demandé à personne.",
        "format": "text : pour lire ; json : voir bot/formats/review.schema.json ; markdown : les messages tels "
        "qu'ils seraient publiés ; sarif : pour les outils ; github : annotations d'une GitHub Action.",
        "epilog": """\b
Exemples :
  greffier check                              ce que je m'apprête à proposer
  greffier check --head ma-branche            une branche, sans la récupérer
  greffier check _data/api/api-geo.md         une seule fiche
  greffier check --online                     et les liens s'ouvrent-ils ?
  greffier check --all --format json          tout le catalogue, pour un programme
  greffier check --base origin/master --format github     dans une GitHub Action

\b
Code de sortie : 0 rien ne bloque, 1 un point bloque, 2 commande à corriger, 3 panne de greffier.""",
    },
    "en": {
        "help": "Reviews what changes in a clone of the catalogue: what greffier would say of the request. "
        "PATH keeps these entries or folders only. Without git, reviews the whole folder.",
        "repo": "Folder of the catalogue (default: that of the first PATH, else here).",
        "base": "What to compare with (default: the default branch). As on GitHub, from the common ancestor.",
        "head": "Revision to review (default: the files as they are, even those unknown to git).",
        "all": "Review every entry, not only what changes. --base then tells what is already listed.",
        "online": "Also ask the internet whether the links brought open (a few seconds). Without it, nobody is "
        "asked anything.",
        "format": "text: to read; json: see bot/formats/review.schema.json; markdown: the messages as they would be "
        "posted; sarif: for tools; github: annotations of a GitHub Action.",
        "epilog": """\b
Examples:
  greffier check                              what I am about to propose
  greffier check --head my-branch             a branch, without checking it out
  greffier check _data/api/api-geo.md         one entry only
  greffier check --online                     and do the links open?
  greffier check --all --format json          the whole catalogue, for a program
  greffier check --base origin/master --format github     in a GitHub Action

\b
Exit code: 0 nothing blocks, 1 something does, 2 a command to correct, 3 a failure of greffier.""",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "check",
        callback=lambda **options: _check(lang, **options),
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[
            click.Argument(["paths"], nargs=-1, metavar="[PATH]..."),
            click.Option(["--repo"], type=click.Path(path_type=Path), metavar="DIR", help=words["repo"]),
            click.Option(["--base"], metavar="REV", help=words["base"]),
            click.Option(["--head"], metavar="REV", help=words["head"]),
            click.Option(["--all", "whole"], is_flag=True, help=words["all"]),
            click.Option(["--online"], is_flag=True, help=words["online"]),
            click.Option(["--format", "form"], type=click.Choice(FORMATS), default="text", help=words["format"]),
            *common(lang),
        ],
    )


def _check(
    lang: Lang,
    paths: tuple[str, ...],
    repo: Path | None,
    base: str | None,
    head: str | None,
    whole: bool,
    online: bool,
    form: str,
) -> int:
    """Print the review and return the exit code."""
    from bot.clone import only, read
    from bot.errors import Unusable
    from rules.judgement import broken, conclusion

    gc.disable()  # a short run keeps all that it makes: looking for garbage only costs, more and more as entries come
    if whole and online:
        raise Unusable(
            "--online demande les liens qu'une demande apporte. Pour ceux de tout le catalogue : greffier links.",
            "--online asks for the links that a request brings. For those of the whole catalogue: greffier links.",
        )
    if repo and not repo.is_dir():
        raise Unusable(f"Le dossier « {repo} » n'existe pas.", f"There is no folder “{repo}”.")
    pull, folder = read(repo or _beside(paths), base, head, whole)
    pull = only(pull, folder, paths)
    if not pull.base:
        click.echo(say(_UNKNOWN, lang), err=True)
    pull = replace(pull, evidence=_ask(pull, lang) if online else {})
    entries = _judge(pull, whole)
    click.echo(import_module(f"bot.formats.{form}").write(pull, entries, lang))
    if failures := broken(entries):
        click.echo("\n".join([say(_BROKEN, lang), *(f"  {visible(failure)}" for failure in failures)]), err=True)
        return 3
    return 1 if conclusion(entries) == "failure" else 0


def _beside(paths: Iterable[str]) -> Path:
    """Return where the first of the paths that are on this machine stands; here where there is none."""
    first = next((place for place in map(Path, paths) if place.exists()), Path())
    return first if first.is_dir() else first.parent


def _ask(pull: Pull, lang: Lang) -> Mapping[str, Answer]:
    """Return what the internet answers about the links that the request brings; a terminal shows how far it is."""
    from bot.evidence import asker, wanted
    from bot.replies import Limits
    from bot.settings import of_links

    settings = of_links()
    label = "Liens demandés" if lang == "fr" else "Links asked for"
    asks = wanted(pull)
    hidden = not asks or not sys.stderr.isatty()
    with click.progressbar(length=len(asks), label=label, file=sys.stderr, hidden=hidden) as bar:
        asking = asker(settings, Limits(settings.probe_deadline))
        return asking.gather(pull, lambda known, _: bar.update(known - bar.pos))


def _judge(pull: Pull, whole: bool) -> tuple[EntryVerdict, ...]:
    from rules.judgement import judge_catalogue, judge_request
    from rules.loader import load_rules

    if whole:
        return judge_catalogue(load_rules(), pull.before, pull.after, pull.changes)
    return judge_request(load_rules(), pull.before, pull.after, pull.changes, pull.evidence)
