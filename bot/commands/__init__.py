"""The commands of greffier, one module each: `command(lang)` returns the command, its help in that language."""

from __future__ import annotations

from typing import Any

import click

from bot.errors import Retry, Unusable
from bot.wording import Lang


def common(lang: Lang) -> list[click.Parameter]:
    """Return the options that every command takes. Their values are read before any command is built."""
    told: dict[Lang, tuple[str, str, str]] = {
        "fr": ("Langue des réponses.", "En cas de panne, montrer d'où elle vient.", "Montrer cette aide."),
        "en": ("Language of the answers.", "In case of a failure, show where it comes from.", "Show this help."),
    }
    speak, debug, help_ = told[lang]
    return [
        click.Option(["--lang"], type=click.Choice(["fr", "en"]), help=speak, expose_value=False),
        click.Option(["--debug"], is_flag=True, help=debug, expose_value=False),
        click.Option(["--help"], is_flag=True, is_eager=True, expose_value=False, help=help_, callback=_help),
    ]


def away(error: Retry) -> Unusable:
    """Return what a command that GitHub did not answer tells the person who typed it."""
    return Unusable(
        f"GitHub n'a pas répondu comme il faut : réessayez plus tard. ({error})",
        f"GitHub did not answer as it should: try again later. ({error})",
    )


def _help(ctx: click.Context, _: click.Parameter, asked: Any) -> None:
    if asked:
        click.echo(ctx.get_help(), color=ctx.color)
        ctx.exit()
