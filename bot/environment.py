"""The only reader of the environment: what surrounds a command, and what the programs it starts are given of it."""

from __future__ import annotations

import os
from collections.abc import Mapping

from bot.wording import Lang

PREFIX = "GREFFIER_"
SECRETS = ("PRIVATE_KEY", "TOKEN", "WEBHOOK_SECRET", "WEBHOOK_SECRET_OLD", "PAGES_TOKEN")
_OF_THE_DOOR = ("WEBHOOK_SECRET", "WEBHOOK_SECRET_OLD", "PAGES_TOKEN")
_OF_THE_WORKER = ("APP_ID", "PRIVATE_KEY", "PRIVATE_KEY_FILE", "TOKEN")


def variables(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return our own variables that say something, without their prefix (default: of this process)."""
    return {
        name.removeprefix(PREFIX): value.strip()
        for name, value in (os.environ if environ is None else environ).items()
        if name.startswith(PREFIX) and value.strip()
    }


def language() -> Lang:
    """Return the language to speak: French, save where the locale says English.
    https://pubs.opengroup.org/onlinepubs/9799919799/basedefs/V1_chap08.html#tag_08_02"""
    locale = next(filter(None, map(os.environ.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "en" if locale.lower().startswith("en") else "fr"


def git_environment() -> Mapping[str, str]:
    """Return the environment to run git in: no variable that points it at another repository, no
    translated message, no question asked, no lock taken, nothing fetched, by whichever way its version knows
    to refuse it. https://git-scm.com/docs/git#_environment_variables"""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    local = {"GIT_ALLOW_PROTOCOL": "none", "GIT_NO_LAZY_FETCH": "1"}
    return kept | local | {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}


def colour() -> bool | None:
    """Return False where colours are refused, None where the terminal decides. https://no-color.org"""
    return False if os.environ.get("NO_COLOR") else None


def for_the_door() -> Mapping[str, str]:
    """Return the environment of the process that the public reaches: it holds no key to GitHub."""
    return _without(_OF_THE_WORKER)


def for_the_worker() -> Mapping[str, str]:
    """Return the environment of the process that reads and writes GitHub: it holds no webhook secret."""
    return _without(_OF_THE_DOOR)


def for_the_playground(given: Mapping[str, str]) -> Mapping[str, str]:
    """Return the environment of a service whose settings are `given` and no others, and that uses no proxy:
    all it reaches is on this machine."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    direct = {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")}
    return direct | {f"{PREFIX}{name}": value for name, value in given.items()}


def _without(names: tuple[str, ...]) -> Mapping[str, str]:
    held = {f"{PREFIX}{name}" for name in names}
    return {name: value for name, value in os.environ.items() if name not in held}


def names(text: str) -> frozenset[str]:
    """Return the names of a list, in lower case."""
    return frozenset(text.lower().replace(",", " ").split())
