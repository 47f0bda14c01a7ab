"""`greffier sample`: write the made-up catalogue as a real clone, with one branch per request."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path

import click

from bot.commands import common
from bot.wording import Lang

SHOWN = "unquoted-colon"  # the branch left checked out: the fault that stops most beginners

_WORDS = {
    "fr": {
        "help": "Écrit dans DIR un catalogue inventé : un clone git avec une branche par demande à relire.",
        "epilog": "\b\nExemple :\n  greffier sample demo\n  greffier check --repo demo",
        "done": "Catalogue d'exemple écrit dans {folder}, sur la branche {branch}. Les autres : {others}.\n\n"
        "Pour lire ce que greffier en dit :\n  greffier check --repo {folder}",
    },
    "en": {
        "help": "Writes a made-up catalogue in DIR: a git clone with one branch per request to review.",
        "epilog": "\b\nExample:\n  greffier sample demo\n  greffier check --repo demo",
        "done": "Sample catalogue written in {folder}, on branch {branch}. The others: {others}.\n\n"
        "To read what greffier says of it:\n  greffier check --repo {folder}",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "sample",
        callback=lambda folder: _sample(lang, folder),
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[
            click.Argument(["folder"], type=click.Path(path_type=Path), metavar="DIR"),
            *common(lang),
        ],
    )


def _sample(lang: Lang, folder: Path) -> None:
    """Write the clone and say what to type next. Raises Unusable where something is in the way."""
    from bot.errors import Unusable

    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Unusable(
            f"« {folder} » n'est pas vide : choisissez un autre nom de dossier.",
            f"“{folder}” is not empty: choose another name for the folder.",
        )
    with as_file(files("bot") / "playground" / "sample") as sample:
        branches = _write(sample, folder)
    others = ", ".join(branch for branch in branches if branch != SHOWN)
    click.echo(_WORDS[lang]["done"].format(folder=folder, branch=SHOWN, others=others))


def _write(sample: Path, folder: Path) -> list[str]:
    import shutil

    from bot import git

    folder.mkdir(parents=True, exist_ok=True)
    git.run(folder, "init", "--quiet", "--initial-branch=main", "--template=")
    shutil.copytree(sample / "catalogue", folder, dirs_exist_ok=True)
    _record(folder, "Le catalogue")
    pulls = sorted(pull for pull in (sample / "pulls").iterdir() if pull.is_dir())
    for pull in pulls:
        git.run(folder, "checkout", "--quiet", "-b", pull.name, "main")
        shutil.copytree(pull, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("pull.yml"))
        _record(folder, pull.name)
    git.run(folder, "checkout", "--quiet", SHOWN)
    return [pull.name for pull in pulls]


def _record(folder: Path, message: str) -> None:
    """Commit every file of a folder, whoever is configured as its author."""
    from bot import git

    someone = ("-c", "user.name=greffier", "-c", "user.email=greffier@example.invalid", "-c", "commit.gpgSign=false")
    git.run(folder, "add", "--all", "--force")
    git.run(folder, *someone, "commit", "--quiet", f"--message={message}")
