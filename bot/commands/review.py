"""`greffier review`: review one pull request on GitHub, and show what would be written before writing it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import click

from bot.commands import away, common
from bot.errors import Absent, Refused, Retry, Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from bot.review import Review

_WORDS = {
    "fr": {
        "help": "Relit une demande sur GitHub (ORGANISATION/DEPOT#NUMERO) et montre, sans rien envoyer, tout ce qui "
        "y serait écrit.",
        "post": "Envoyer ce qui est montré.",
        "again": "Relire même si rien n'a changé depuis la dernière fois.",
        "epilog": """\b
Exemples :
  greffier review betagouv/api.gouv.fr#341            ce qui serait écrit
  greffier review betagouv/api.gouv.fr#341 --post     l'écrire

\b
Il faut GREFFIER_TOKEN, un jeton personnel, ou GREFFIER_APP_ID et GREFFIER_PRIVATE_KEY_FILE.
Code de sortie : 0 rien ne bloque, 1 un point bloque, 2 commande ou réglage à corriger, 3 panne de greffier.""",
        "planned": "Rien n'est envoyé : avec --post, ce qui précède le serait.",
        "posted": "C'est écrit.",
        "nothing": "Il n'y a rien à écrire.",
        "closed": "Cette demande est fermée.",
        "untouched": "Cette demande ne touche aucune fiche du catalogue.",
        "unchanged": "Cette demande est déjà relue et n'a pas changé depuis : --again la relit quand même.",
        "too_large": "Rien n'est jugé.",
        "calls": "{n} requêtes à GitHub.",
    },
    "en": {
        "help": "Reviews a pull request on GitHub (OWNER/REPO#NUMBER) and shows all that would be written there, "
        "sending nothing.",
        "post": "Send what is shown.",
        "again": "Review even where nothing changed since the last time.",
        "epilog": """\b
Examples:
  greffier review betagouv/api.gouv.fr#341            what would be written
  greffier review betagouv/api.gouv.fr#341 --post     write it

\b
It takes GREFFIER_TOKEN, a personal token, or GREFFIER_APP_ID and GREFFIER_PRIVATE_KEY_FILE.
Exit code: 0 nothing blocks, 1 something does, 2 a command or setting to correct, 3 a failure of greffier.""",
        "planned": "Nothing is sent: with --post, the above would be.",
        "posted": "It is written.",
        "nothing": "There is nothing to write.",
        "closed": "This request is closed.",
        "untouched": "This request touches no entry of the catalogue.",
        "unchanged": "This request is reviewed already and has not changed since: --again reviews it all the same.",
        "too_large": "Nothing is judged.",
        "calls": "{n} requests to GitHub.",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "review",
        callback=lambda pull, post, again: _review(lang, pull, post, again),
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[
            click.Argument(["pull"], metavar="OWNER/REPO#N"),
            click.Option(["--post"], is_flag=True, help=words["post"]),
            click.Option(["--again"], is_flag=True, help=words["again"]),
            *common(lang),
        ],
    )


def _review(lang: Lang, pull: str, post: bool, again: bool) -> int:
    from bot.evidence import gathering
    from bot.forge import forges
    from bot.review import review
    from bot.settings import load
    from bot.state import PullRef
    from rules.loader import load_rules

    found = re.fullmatch(r"([\w.-]+)/([\w.-]+)#(\d{1,9})", pull)
    if not found:
        raise Unusable(
            f"« {pull} » n'est pas une demande : écrivez par exemple betagouv/api.gouv.fr#341.",
            f"“{pull}” is no pull request: write betagouv/api.gouv.fr#341, for instance.",
        )
    ref = PullRef(found[1], found[2], int(found[3]))
    settings = load()
    ways = forges(settings)
    try:
        forge = ways.forge_for(ways.installation_of(ref.owner, ref.repo))
        rules = load_rules(pages=settings.rules_url)
        passed = settings.pass_untouched
        done = review(ref, forge, rules, post=post, again=again, pass_untouched=passed, gather=gathering(settings))
    except Absent as error:
        raise Unusable(
            f"La demande {ref} est introuvable : le numéro est-il juste, et l'App installée sur ce dépôt ?",
            f"There is no pull request {ref}: is the number right, and the App installed on that repository?",
        ) from error
    except Retry as error:
        raise away(error) from error
    except Refused as error:
        raise Unusable(str(error), str(error)) from error
    _tell(done, _WORDS[lang])
    return {"failure": 1, "too_large": 3}.get(done.conclusion, 0)


def _tell(done: Review, words: dict[str, str]) -> None:
    """Print the writes, and beside them what became of them."""
    from bot.written import as_yaml

    if done.writes:
        click.echo(as_yaml(done.writes))
    state = "nothing" if not done.writes else "posted" if done.posted else "planned"
    told = [words.get(done.conclusion, words[state]), *done.notes, words["calls"].format(n=len(done.calls))]
    click.echo("\n".join(told), err=True)
