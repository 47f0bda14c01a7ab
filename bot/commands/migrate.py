"""`greffier migrate`: bring the databases to the shape of this version. Every process also does so as it starts."""

from __future__ import annotations

import click

from bot.commands import common
from bot.wording import Lang

_WORDS = {
    "fr": {
        "help": "Met les bases de données à la forme que cette version attend. Le service le fait aussi en démarrant ; "
        "cette commande sert à le faire avant, avec un autre utilisateur de la base par exemple.",
        "done": "Les bases de données sont à jour.",
    },
    "en": {
        "help": "Brings the databases to the shape that this version needs. The service also does so as it starts; "
        "this command does it beforehand, as another user of the database for instance.",
        "done": "The databases are up to date.",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "migrate",
        callback=lambda: _migrate(words["done"]),
        help=words["help"],
        add_help_option=False,
        params=common(lang),
    )


def _migrate(done: str) -> None:
    from bot.answers import Answers
    from bot.history import History
    from bot.jobs import Jobs
    from bot.journal import Journal
    from bot.settings import load

    settings = load()
    settings.data.mkdir(parents=True, exist_ok=True)
    for opened in (
        Jobs(settings.database_url, settings.timings),
        Journal(settings.journal_url),
        History(settings.journal_url),
        Answers(settings.journal_url),
    ):
        opened.close()
    click.echo(done)
