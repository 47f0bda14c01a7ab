"""`greffier app-manifest`: create the GitHub App in two clicks, with the fewest permissions and events.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import click

from bot.commands import common
from bot.errors import Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from collections.abc import Mapping

_WORDS = {
    "fr": {
        "help": "Crée l'App GitHub, avec le moins de droits possible. Sans --code : écrit une page à ouvrir dans un "
        "navigateur, qui mène à GitHub. Avec le code que GitHub donne ensuite : va chercher les secrets de l'App et "
        "les écrit dans un fichier de réglages.",
        "url": "Adresse publique du service, comme https://greffier.exemple.fr.",
        "organization": "Organisation qui possédera l'App ; sans elle, votre compte.",
        "name": "Nom de l'App, unique sur GitHub.",
        "github": "Adresse de votre GitHub Enterprise Server, s'il ne s'agit pas de github.com.",
        "format": "Une page HTML, ou le manifeste en JSON.",
        "code": "Le mot qui suit « code= » dans l'adresse où GitHub vous a mené.",
        "output": "Fichier où écrire les réglages et les secrets.",
        "button": "Créer l'App sur GitHub",
        "then": "GitHub vous demande de confirmer, puis vous mène à une adresse qui ne répond pas : c'est normal. "
        "Copiez-y le mot qui suit « code= », et lancez dans l'heure, là où tournera le service :",
        "done": "L'App {slug} existe, ses réglages sont dans {path}.\nInstallez-la sur le dépôt du catalogue : "
        "{page}/installations/new\nPuis vérifiez tout : greffier doctor",
    },
    "en": {
        "help": "Creates the GitHub App, with the fewest permissions. Without --code: writes a page to open in a "
        "browser, which leads to GitHub. With the code that GitHub then gives: fetches the secrets of the App and "
        "writes them in a file of settings.",
        "url": "Public address of the service, like https://greffier.example.org.",
        "organization": "Organisation that will own the App; without it, your account.",
        "name": "Name of the App, unique on GitHub.",
        "github": "Address of your GitHub Enterprise Server, where it is not github.com.",
        "format": "An HTML page, or the manifest as JSON.",
        "code": "The word after “code=” in the address where GitHub led you.",
        "output": "File to write the settings and the secrets in.",
        "button": "Create the App on GitHub",
        "then": "GitHub asks you to confirm, then leads you to an address that does not answer, as it should. Copy "
        "the word after “code=” there, and run within the hour, where the service will run:",
        "done": "The App {slug} exists, its settings are in {path}.\nInstall it on the catalogue's repository: "
        "{page}/installations/new\nThen check everything: greffier doctor",
    },
}
# Where GitHub leads with the code: nowhere, so that no server ever logs it.
_NOWHERE = "http://localhost:1/"
_PAGE = """<!doctype html>
<html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; form-action {github}">
<title>{button}</title>
<form action="{action}" method="post"><input type="hidden" name="manifest" value="{manifest}">
<p><button>{button}</button></p></form>
<p>{then}</p>
<pre>greffier app-manifest {where}--code CODE</pre>
</html>"""


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    file = click.Path(dir_okay=False, path_type=Path)
    return click.Command(
        "app-manifest",
        callback=lambda **asked: _app_manifest(lang, **asked),
        help=words["help"],
        add_help_option=False,
        params=[
            click.Option(["--url"], help=words["url"]),
            click.Option(["--organization"], default="", help=words["organization"]),
            click.Option(["--name"], default="greffier", show_default=True, help=words["name"]),
            click.Option(["--github"], default="https://github.com", show_default=True, help=words["github"]),
            click.Option(
                ["--format", "shape"], type=click.Choice(["html", "json"]), default="html", help=words["format"]
            ),
            click.Option(["--code"], default="", help=words["code"]),
            click.Option(["--output"], type=file, default="greffier.env", show_default=True, help=words["output"]),
            *common(lang),
        ],
    )


def _app_manifest(
    lang: Lang, url: str | None, organization: str, name: str, github: str, shape: str, code: str, output: Path
) -> None:
    github = _address(github)
    if code:
        _finish(lang, github, code, output)
        return
    if url is None:
        raise Unusable(
            "Donnez l'adresse du service : --url https://…", "Give the address of the service: --url https://…"
        )
    made = manifest(_address(url), name)
    if shape == "json":
        click.echo(json.dumps(made, indent=2))
        return
    words = _WORDS[lang]
    owner = f"/organizations/{organization}" if organization else ""
    told = {
        "lang": lang,
        "github": github,
        "action": f"{github}{owner}/settings/apps/new",
        "manifest": json.dumps(made),
        "button": words["button"],
        "then": words["then"],
        "where": "" if github == "https://github.com" else f"--github {github} ",
    }
    click.echo(_PAGE.format(**{key: escape(value) for key, value in told.items()}))


def manifest(url: str, name: str) -> Mapping[str, Any]:
    """Return the manifest of the App of a service at `url`."""
    from bot.forge.app import GRANTS
    from webhooks.events import EVENTS

    return {
        "name": name,
        "url": url,
        "hook_attributes": {"url": f"{url}/webhooks/github", "active": True},
        "redirect_url": _NOWHERE,
        "public": False,
        "default_permissions": GRANTS,
        "default_events": EVENTS,
    }


def _finish(lang: Lang, github: str, code: str, output: Path) -> None:
    """Spend the code for the secrets of the App and write them for their owner's eyes only."""
    from bot.forge.app import convert

    api = "https://api.github.com" if github == "https://github.com" else f"{github}/api/v3"
    try:
        output.touch(0o600, exist_ok=False)  # before the code is spent
    except FileExistsError:
        raise Unusable(
            f"{output} existe déjà : déplacez-le, ou choisissez un autre fichier avec --output.",
            f"{output} exists already: move it, or choose another file with --output.",
        ) from None
    try:
        made = convert(api, code)
    except Unusable:
        output.unlink()
        raise
    settings = {
        "APP_ID": made["id"],
        "PRIVATE_KEY": made["pem"].strip().replace("\n", "\\n"),  # files of settings hold one line each
        "WEBHOOK_SECRET": made["webhook_secret"],
        "GITHUB_URL": api,
        "PUBLIC_URL": made["external_url"].rstrip("/"),  # what was given to --url
    }
    output.write_text("".join(f"GREFFIER_{name}={value}\n" for name, value in settings.items()), "utf-8")
    click.echo(_WORDS[lang]["done"].format(slug=made["slug"], path=output.absolute(), page=made["html_url"]))


def _address(given: str) -> str:
    url = urlsplit(given.rstrip("/"))
    if url.scheme not in ("http", "https") or not url.hostname:
        raise Unusable(f"« {given} » n'est pas une adresse comme https://…", f"“{given}” is no address like https://…")
    return url.geturl()
