"""What the variables of the service say: each function adds to `faults` what is wrong, and what to write instead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.environment import PREFIX, names
from rules.model import Text

_SHORTEST = 20  # characters of a token that nobody guesses


def pages(given: Mapping[str, str], faults: list[Text]) -> dict[str, Any]:
    """Return the settings of the pages, and of what else shows how the service fares."""
    names = ("PUBLIC_URL", "PAGES_TOKEN", "PAGES_HEADER", "WORKER_LISTEN", "OTLP_ENDPOINT")
    read = {name.lower(): given.get(name, "") for name in names}
    read["public_url"] = read["public_url"].rstrip("/")
    if not re.fullmatch(r"(https?://[^\s?#\"<>()]+)?", read["public_url"]):
        faults.append(
            Text(
                f"{PREFIX}PUBLIC_URL doit être une adresse, comme https://greffier.exemple.fr",
                f"{PREFIX}PUBLIC_URL must be an address, like https://greffier.example.org",
            )
        )
    if not re.fullmatch(r"(https?://\S+)?", read["otlp_endpoint"]):
        faults.append(
            Text(
                f"{PREFIX}OTLP_ENDPOINT doit être une adresse, comme http://collecteur:4318/v1/traces",
                f"{PREFIX}OTLP_ENDPOINT must be an address, like http://collector:4318/v1/traces",
            )
        )
    if 0 < len(read["pages_token"]) < _SHORTEST:
        faults.append(
            Text(
                f"{PREFIX}PAGES_TOKEN doit avoir au moins {_SHORTEST} caractères : `openssl rand -hex 32`.",
                f"{PREFIX}PAGES_TOKEN must have at least {_SHORTEST} characters: `openssl rand -hex 32`.",
            )
        )
    if not re.fullmatch(r"[\w-]*", read["pages_header"]):
        faults.append(
            Text(
                f"{PREFIX}PAGES_HEADER attend le nom d'un en-tête, comme X-Forwarded-User",
                f"{PREFIX}PAGES_HEADER takes the name of a header, like X-Forwarded-User",
            )
        )
    return read


def probes(given: Mapping[str, str], faults: list[Text]) -> dict[str, Any]:
    """Return the settings of links."""
    switches = {}
    for name in ("PROBE", "PROBE_CALLS"):
        switches[name.lower()] = given.get(name, "on") == "on"
        if given.get(name, "on") not in ("on", "off"):
            faults.append(
                Text(
                    f"{PREFIX}{name} attend on ou off ; lu : {given[name]}",
                    f"{PREFIX}{name} takes on or off; read: {given[name]}",
                )
            )
    hosts = names(given.get("PROBE_HOSTS", ""))
    deadline = seconds(given, "PROBE_DEADLINE", faults)
    return {**switches, "probe_hosts": hosts, **({} if deadline is None else {"probe_deadline": deadline})}


def untouched(given: Mapping[str, str], faults: list[Text]) -> dict[str, Any]:
    """Return whether a request that touches no entry is given a check run that passes."""
    asked = given.get("UNTOUCHED", "nothing")
    if asked not in ("nothing", "success"):
        faults.append(
            Text(
                f"{PREFIX}UNTOUCHED attend nothing (rien n'est montré) ou success (un contrôle réussi) ; lu : {asked}",
                f"{PREFIX}UNTOUCHED takes nothing (nothing is shown) or success (a check that passes); read: {asked}",
            )
        )
    return {"pass_untouched": asked == "success"}


def app_id(given: Mapping[str, str], faults: list[Text]) -> str:
    """Return the App's number, empty where there is none. Its client id would sign as well, but GitHub
    names the App by its number in check runs."""
    number = given.get("APP_ID", "")
    if number and not re.fullmatch(r"[0-9]{1,18}", number):
        faults.append(
            Text(
                f"{PREFIX}APP_ID attend un nombre, « App ID » sur la page de l'App, non « Client ID » ; lu : {number}",
                f"{PREFIX}APP_ID takes a number, “App ID” on the page of the App and not “Client ID”; read: {number}",
            )
        )
    return number


def private_key(given: Mapping[str, str], faults: list[Text]) -> str:
    """Return the App's key, given as text (where `\\n` may stand for a line end) or by the file's name."""
    text = given.get("PRIVATE_KEY", "").replace("\\n", "\n")
    if "PRIVATE_KEY_FILE" in given:
        name = given["PRIVATE_KEY_FILE"]
        if "-----BEGIN" in name:
            faults.append(
                Text(
                    f"{PREFIX}PRIVATE_KEY_FILE attend le nom d'un fichier, et a reçu la clé elle-même : donnez le nom, "
                    f"ou mettez la clé dans {PREFIX}PRIVATE_KEY.",
                    f"{PREFIX}PRIVATE_KEY_FILE takes the name of a file, and was given the key itself: give the name, "
                    f"or put the key in {PREFIX}PRIVATE_KEY.",
                )
            )
            return ""
        try:
            text = Path(name).read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:  # whatever was given may be a secret: it is not repeated
            told = error.strerror if isinstance(error, OSError) else ""
            faults.append(
                Text(
                    f"{PREFIX}PRIVATE_KEY_FILE attend le nom d'un fichier qui se lit : {told or 'pas du texte'}.",
                    f"{PREFIX}PRIVATE_KEY_FILE takes the name of a file that can be read: {told or 'no text'}.",
                )
            )
            return ""
    if text and "PRIVATE KEY-----" not in text:
        faults.append(
            Text(
                f"{PREFIX}PRIVATE_KEY n'est pas une clé : elle commence par « -----BEGIN … PRIVATE KEY----- ».",
                f"{PREFIX}PRIVATE_KEY is no key: one begins with “-----BEGIN … PRIVATE KEY-----”.",
            )
        )
    return text


def seconds(given: Mapping[str, str], name: str, faults: list[Text]) -> float | None:
    """Return a duration in seconds, None where it is not given."""
    if name not in given:
        return None
    try:
        value = float(given[name])
    except ValueError:
        value = -1
    if not 0 <= value < 86_400:
        faults.append(
            Text(
                f"{PREFIX}{name} attend un nombre de secondes ; lu : {given[name]}",
                f"{PREFIX}{name} takes a number of seconds; read: {given[name]}",
            )
        )
    return value
