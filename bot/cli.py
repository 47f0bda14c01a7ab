"""The command line: the composition root. A command is imported when it is typed, so that none pays for the others."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from io import TextIOWrapper
from typing import Any, cast

import click

from bot import VERSION
from bot.commands import common
from bot.environment import colour, language
from bot.errors import Unusable
from bot.wording import Lang

# Each a module of bot.commands, with _ for -.
COMMANDS = (
    "check",
    "links",
    "review",
    "rules",
    "sample",
    "serve",
    "worker",
    "sweep",
    "jobs",
    "doctor",
    "migrate",
    "app-manifest",
    "playground",
)
DONE, BLOCKING, USAGE, OURS = 0, 1, 2, 3  # what the exit code tells
UNREAD = 141  # nobody reads what is printed: as a shell tells of a program that SIGPIPE ended

_HELP = {
    "fr": "Relit les fiches du catalogue des API publiques et dit, ligne par ligne, ce qu'il faut corriger.",
    "en": "Reviews the entries of the catalogue of public APIs and tells, line by line, what to correct.",
}
_EPILOG = {
    "fr": """\b
Pour commencer :
  greffier sample demo          écrit un catalogue d'exemple, avec des demandes à relire
  greffier check --repo demo    relit ce qui y change
  greffier rules                montre les règles, critère par critère""",
    "en": """\b
To begin:
  greffier sample demo          writes a sample catalogue, with requests to review
  greffier check --repo demo    reviews what changes in it
  greffier rules                shows the rules, criterion by criterion""",
}


class _Formatter(click.HelpFormatter):
    """Click's help; its other headings read the same in French."""

    def write_heading(self, heading: str) -> None:
        super().write_heading("Commandes" if heading == "Commands" else heading)


class _Context(click.Context):
    formatter_class = _Formatter


class _Commands(click.Group):
    """A group that imports its commands one at a time. https://click.palletsprojects.com/en/stable/complex/#lazily-loading-subcommands"""

    def __init__(self, lang: Lang) -> None:
        version = click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_version,
            help="Dire la version." if lang == "fr" else "Tell the version.",
        )
        super().__init__(
            "greffier", help=_HELP[lang], epilog=_EPILOG[lang], params=[version, *common(lang)], add_help_option=False
        )
        self.lang = lang
        if lang == "fr":
            self.context_class = _Context

    def make_context(self, *given: Any, **more: Any) -> click.Context:
        with _where_read():
            return super().make_context(*given, **more)

    def invoke(self, ctx: click.Context) -> Any:
        with _where_read():
            return super().invoke(ctx)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, _ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        return cast("click.Command", import_module(f"bot.commands.{cmd_name.replace('-', '_')}").command(self.lang))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.NoSuchCommand as error:  # click knows none of the commands that are not imported
            raise click.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None


@contextmanager
def _where_read() -> Iterator[None]:
    """End with UNREAD where nobody reads what is printed: click would end with 1, which tells that
    something blocks. https://docs.python.org/3/library/signal.html#note-on-sigpipe"""
    try:
        yield
    except BrokenPipeError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for what is left to print
        raise click.exceptions.Exit(UNREAD) from error


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and exit: 0 nothing blocks, 1 something does, 2 a wrong use, 3 a fault of ours;
    141 where nobody reads what it prints."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that can't show « ✅ » shows its code
    lang = _asked_language(words)
    try:
        code = _Commands(lang).main(words, "greffier", standalone_mode=False, color=colour())
    except click.UsageError as error:
        context = error.ctx
        if context and not isinstance(error, click.exceptions.NoArgsIsHelpError):  # whose help begins with it
            click.echo(context.get_usage(), err=True)
        _stop(_sentence(error, lang), USAGE)
    except Unusable as error:
        _stop(error.text.fr if lang == "fr" else error.text.en, USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.exit(130)
    except Exception as error:
        if "--debug" in words:
            raise
        said = f"{type(error).__name__}: {error}"
        french = f"greffier est en panne, les fiches n'y sont pour rien. Ajoutez --debug pour voir où. ({said})"
        english = f"greffier failed, through no fault of the entries. Add --debug to see where. ({said})"
        _stop(french if lang == "fr" else english, OURS)
    if arguments is None and "check" in words:  # its many values die with the process: freeing each takes a while
        os._exit(code or DONE)
    sys.exit(code or DONE)


def _stop(sentence: str, code: int) -> None:
    from bot.logs import scrubber

    click.echo(scrubber()(sentence), err=True)
    sys.exit(code)


def _asked_language(words: Sequence[str]) -> Lang:
    """Return the language of `--lang`, wherever it stands, else that of the locale."""
    text = " ".join(words).replace("--lang=", "--lang ") + " "
    return next((lang for lang in ("fr", "en") if f"--lang {lang} " in text), language())


def _version(ctx: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        click.echo(f"greffier {VERSION}")
        ctx.exit()


def _sentence(error: click.UsageError, lang: Lang) -> str:
    """Return what is wrong with the words typed; click speaks English only."""
    if lang == "en":
        return error.format_message()
    if isinstance(error, click.NoSuchOption | click.NoSuchCommand):
        name = error.option_name if isinstance(error, click.NoSuchOption) else error.command_name
        near = f" Vouliez-vous dire {' ou '.join(error.possibilities)} ?" if error.possibilities else ""
        return f"« {name} » n'existe pas.{near} Voir --help."
    if isinstance(error, click.MissingParameter) and error.param:
        return f"Il manque {error.param.get_error_hint(error.ctx)}. Voir --help."
    if isinstance(error, click.BadParameter) and error.param and isinstance(error.param.type, click.Choice):
        return f"{error.param.get_error_hint(error.ctx)} accepte : {', '.join(error.param.type.choices)}."
    return error.format_message()
