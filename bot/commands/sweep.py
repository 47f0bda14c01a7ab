"""`greffier sweep`: have every open pull request reviewed that has no review yet."""

from __future__ import annotations

import uuid

import click

from bot.commands import away, common
from bot.errors import Refused, Retry, Unusable
from bot.wording import Lang

_WORDS = {
    "fr": {
        "help": "Passe en revue les demandes ouvertes d'un dépôt (ORGANISATION/DEPOT) ou de tous, par exemple après "
        "une panne : celles dont la relecture manque ou ne vaut plus sont relues. Le service le fait aussi de "
        "lui-même, à intervalles réguliers.",
        "done": "Les demandes ouvertes de {what} vont être passées en revue.",
        "all": "tous les dépôts",
    },
    "en": {
        "help": "Looks through the open pull requests of one repository (OWNER/REPO) or of all, for instance after an "
        "outage: those whose review is missing or outdated are reviewed. The service also does so by itself from "
        "time to time.",
        "done": "The open pull requests of {what} will be looked through.",
        "all": "all repositories",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    return click.Command(
        "sweep",
        callback=lambda repository: _sweep(lang, repository),
        help=_WORDS[lang]["help"],
        add_help_option=False,
        params=[click.Argument(["repository"], required=False, metavar="OWNER/REPO"), *common(lang)],
    )


def _sweep(lang: Lang, repository: str | None) -> None:
    from bot.forge import forges
    from bot.hint import Hint
    from bot.jobs import Jobs
    from bot.settings import load

    owner, slash, repo = (repository or "").partition("/")
    if repository and not (owner and slash and repo and "/" not in repo):
        raise Unusable(
            f"« {repository} » n'est pas un dépôt : écrivez par exemple betagouv/api.gouv.fr.",
            f"“{repository}” is no repository: write betagouv/api.gouv.fr, for instance.",
        )
    settings = load()
    settings.data.mkdir(parents=True, exist_ok=True)
    github = forges(settings)
    try:
        installations = [github.installation_of(owner, repo)] if repository else github.installations()
    except Retry as error:
        raise away(error) from error
    except Refused as error:
        raise Unusable(
            f"L'App n'est pas installée sur {repository or 'ce GitHub'} : vérifiez le nom, installez-la là, ou lancez "
            f"« greffier doctor ». ({error})",
            f"The App is not installed on {repository or 'this GitHub'}: check the name, install it there, or run "
            f"“greffier doctor”. ({error})",
        ) from error
    jobs = Jobs(settings.database_url, settings.timings)
    for installation in installations:
        named = (repository,) if repository else ()
        jobs.deliver(f"sweep-{uuid.uuid4()}", Hint(installation, named))
    jobs.close()
    click.echo(_WORDS[lang]["done"].format(what=repository or _WORDS[lang]["all"]))
