"""`greffier jobs`: what the queue gave up, or still has to do; `greffier jobs retry ID`: start one again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.errors import Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from bot.jobs import Jobs

_WORDS = {
    "fr": {
        "help": "Montre les relectures abandonnées, et pourquoi.",
        "all": "Montrer plutôt ce qui attend ou est en cours.",
        "retry": "Relance une relecture abandonnée.",
        "none": "Rien d'abandonné.",
        "idle": "Rien n'attend.",
        "again": "{id} est relancé.",
        "epilog": "\b\nExemples :\n  greffier jobs\n  greffier jobs retry 0b5dfa52-…",
    },
    "en": {
        "help": "Shows the reviews that were given up, and why.",
        "all": "Show what waits or runs instead.",
        "retry": "Starts a review again that was given up.",
        "none": "Nothing was given up.",
        "idle": "Nothing waits.",
        "again": "{id} is started again.",
        "epilog": "\b\nExamples:\n  greffier jobs\n  greffier jobs retry 0b5dfa52-…",
    },
}


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    retry = click.Command(
        "retry",
        callback=lambda job: _retry(lang, job),
        help=words["retry"],
        add_help_option=False,
        params=[click.Argument(["job"], metavar="ID"), *common(lang)],
    )

    @click.pass_context
    def show(ctx: click.Context, unfinished: bool) -> None:
        if ctx.invoked_subcommand is None:
            _show(lang, unfinished)

    return click.Group(
        "jobs",
        commands=[retry],
        callback=show,
        invoke_without_command=True,
        help=words["help"],
        epilog=words["epilog"],
        add_help_option=False,
        params=[click.Option(["--unfinished"], is_flag=True, help=words["all"]), *common(lang)],
    )


def _show(lang: Lang, unfinished: bool) -> None:
    queue = _open()
    found = queue.unfinished() if unfinished else queue.given_up()
    for job in found:
        click.echo(f"{job.id}  {job.what}  {job.name}  {job.state}  {job.since:%Y-%m-%d %H:%M:%S} UTC")
        if job.reason:
            click.echo(f"    {job.reason}")
    if not found:
        click.echo(_WORDS[lang]["idle" if unfinished else "none"])
    queue.close()


def _retry(lang: Lang, job: str) -> None:
    queue = _open()
    done = queue.retry(job)
    queue.close()
    if not done:
        raise Unusable(
            f"Aucune relecture abandonnée ne s'appelle {job}. « greffier jobs » les montre.",
            f"No review that was given up is called {job}. “greffier jobs” shows them.",
        )
    click.echo(_WORDS[lang]["again"].format(id=job))


def _open() -> Jobs:
    from bot.jobs import Jobs
    from bot.settings import load

    settings = load()
    settings.data.mkdir(parents=True, exist_ok=True)
    return Jobs(settings.database_url, settings.timings)
