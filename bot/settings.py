"""The settings of the service, read from its variables."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bot.environment import PREFIX, SECRETS, variables
from bot.errors import Unusable
from bot.logs import scrubber
from bot.timings import Timings
from bot.variables import app_id, pages, private_key, probes, seconds, untouched
from rules.model import Text

_WAITS = (
    "quiet",
    "at_most",
    "backoff",
    "longest_backoff",
    "longest",
    "poll",
    "rounds",
    "sweep",
    "asked_again",
    "still",
)


@dataclass(frozen=True)
class Settings:
    """How the service reaches GitHub and where it keeps its data. Secrets never show in its `repr`.

    `app_id` and `private_key` (PEM) are the App's, or `token` is a personal one. `github_url` is the REST
    address. `webhook_secrets` are all accepted, so that one can replace another. `data` is the folder of
    our own files, `database_url` that of the queue. `listen` is where deliveries are received; `host` names
    this machine among those that share a queue, and `parallel` is how many jobs a worker runs at once.
    Durations are in seconds.

    `public_url` is where people find the public pages, empty where they can't. Operators' pages open with
    `pages_token`, or to whom a reverse proxy names in its header `pages_header`; with neither, they are
    closed. `worker_listen` is where a worker tells its health and its metrics, `otlp_endpoint` where traces are
    sent; each is empty for nowhere.

    `probe` is whether the links of a request are asked for, all within `probe_deadline`; `probe_calls` whether
    one harmless request may be made to an open API; `probe_hosts` need not be on the public internet.

    `pass_untouched` is whether a request that touches no entry gets a check run that passes.
    """

    data: Path
    database_url: str
    app_id: str = ""
    private_key: str = field(default="", repr=False)
    webhook_secrets: tuple[str, ...] = field(default=(), repr=False)
    token: str = field(default="", repr=False)
    repositories: tuple[str, ...] = ()
    github_url: str = "https://api.github.com"
    timeout: float = 12
    deadline: float = 300
    between_writes: float = 1
    listen: str = "127.0.0.1:8080"
    host: str = ""
    parallel: int = 4
    public_url: str = ""
    pages_token: str = field(default="", repr=False)
    pages_header: str = ""
    worker_listen: str = ""
    otlp_endpoint: str = ""
    probe: bool = False
    probe_calls: bool = True
    probe_hosts: frozenset[str] = frozenset()
    probe_deadline: float = 8
    pass_untouched: bool = False
    timings: Timings = field(default_factory=Timings)

    @property
    def embedded(self) -> bool:
        """Whether the queue is a SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def journal_url(self) -> str:
        """Where the journal is kept: beside the queue, in a file of its own on SQLite, so that neither waits."""
        return f"sqlite:///{self.data / 'journal.sqlite'}" if self.embedded else self.database_url

    @property
    def secrets(self) -> tuple[str, ...]:
        """What must never be shown nor logged."""
        password = urlsplit(self.database_url).password or ""
        return (self.private_key, self.token, self.pages_token, password, *self.webhook_secrets)

    @property
    def web_url(self) -> str:
        """Where GitHub shows its pages to people."""
        return (
            "https://github.com" if self.github_url == Settings.github_url else self.github_url.removesuffix("/api/v3")
        )

    @property
    def rules_url(self) -> str:
        """Under which address each rule has its public page; empty where there is none."""
        return f"{self.public_url}/regles/" if self.public_url else ""


class SettingsError(Unusable):
    """The environment is wrong: one line per fault, each saying what to set."""

    def __init__(self, faults: Iterable[Text]) -> None:
        super().__init__(*("\n".join(lines) for lines in zip(*faults, strict=True)))


def of_links(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of who asks for links from a clone: those of links, the others at their default.
    Raises SettingsError for these, and Unusable where the operator has switched all asking off."""
    given, faults = variables(environ), list[Text]()
    more = probes(given, faults) | {"public_url": pages(given, faults)["public_url"]}
    if faults:
        raise SettingsError(faults)
    if not more["probe"]:
        raise Unusable(
            f"{PREFIX}PROBE=off interdit ici de demander des liens : retirez cette variable, ou mettez-la à on.",
            f"{PREFIX}PROBE=off forbids to ask for links here: unset this variable, or set it to on.",
        )
    return Settings(Path(), "", **more)


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings of the service; raises SettingsError naming every fault at once.

    Variables begin with GREFFIER_: APP_ID, PRIVATE_KEY (text) or PRIVATE_KEY_FILE, WEBHOOK_SECRET and
    WEBHOOK_SECRET_OLD while one replaces the other, TOKEN instead of an App, REPOSITORIES (`owner/repo`,
    for a token), GITHUB_URL (`https://HOST/api/v3` on GitHub Enterprise Server), DATA, DATABASE_URL, LISTEN
    (`address:port`), HOST, PARALLEL, TIMEOUT, DEADLINE, BETWEEN_WRITES, the durations of Timings, for the
    pages PUBLIC_URL, PAGES_TOKEN, PAGES_HEADER and WORKER_LISTEN, OTLP_ENDPOINT for traces, and for links PROBE
    (`on` or `off`), PROBE_CALLS (likewise), PROBE_HOSTS (names) and PROBE_DEADLINE; UNTOUCHED is what a request
    gets that touches no entry: `nothing`, or `success`, a check run that passes.
    """
    faults: list[Text] = []
    given = variables(environ)
    key = private_key(given, faults)
    if bool(key) != ("APP_ID" in given):
        faults.append(
            Text(
                f"{PREFIX}APP_ID et {PREFIX}PRIVATE_KEY vont ensemble : il manque l'un des deux.",
                f"{PREFIX}APP_ID and {PREFIX}PRIVATE_KEY go together: one of them is missing.",
            )
        )
    if "APP_ID" in given and "TOKEN" in given:
        faults.append(
            Text(
                f"Choisissez : {PREFIX}APP_ID (une App) ou {PREFIX}TOKEN (un jeton personnel), pas les deux.",
                f"Choose: {PREFIX}APP_ID (an App) or {PREFIX}TOKEN (a personal token), not both.",
            )
        )
    url = given.get("GITHUB_URL", Settings.github_url).rstrip("/")
    if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
        faults.append(
            Text(
                f"{PREFIX}GITHUB_URL doit être une adresse, comme https://github.exemple.fr/api/v3 ; lu : {url}",
                f"{PREFIX}GITHUB_URL must be an address, like https://github.example.org/api/v3; read: {url}",
            )
        )
    repositories = tuple(given.get("REPOSITORIES", "").replace(",", " ").split())
    wrong = [name for name in repositories if not re.fullmatch(r"[\w.-]+/[\w.-]+", name)]
    if wrong:
        faults.append(
            Text(
                f"{PREFIX}REPOSITORIES attend des noms comme organisation/depot ; lu : {', '.join(wrong)}",
                f"{PREFIX}REPOSITORIES takes names like organisation/repository; read: {', '.join(wrong)}",
            )
        )
    data = Path(given.get("DATA", "data"))
    timings: dict[str, Any] = {name: seconds(given, name, faults) for name in ("TIMEOUT", "DEADLINE", "BETWEEN_WRITES")}
    waits: dict[str, Any] = {name: seconds(given, name.upper(), faults) for name in _WAITS}
    waited = Timings(**{name: value for name, value in waits.items() if value is not None})
    if (timings["DEADLINE"] or Settings.deadline) >= waited.longest:
        faults.append(
            Text(
                f"{PREFIX}DEADLINE doit être plus court que {PREFIX}LONGEST ({waited.longest:.0f} secondes).",
                f"{PREFIX}DEADLINE must be shorter than {PREFIX}LONGEST ({waited.longest:.0f} seconds).",
            )
        )
    listen = given.get("LISTEN", Settings.listen)
    for name in ("LISTEN", "WORKER_LISTEN"):
        if name in given and not re.fullmatch(r"\S+:\d{1,5}", given[name]):
            faults.append(
                Text(
                    f"{PREFIX}{name} attend une adresse et un port, comme {Settings.listen} ; lu : {given[name]}",
                    f"{PREFIX}{name} takes an address and a port, like {Settings.listen}; read: {given[name]}",
                )
            )
    parallel = given.get("PARALLEL", str(Settings.parallel))
    if not re.fullmatch(r"[1-9]\d?", parallel):
        faults.append(
            Text(
                f"{PREFIX}PARALLEL attend un nombre de 1 à 99 ; lu : {parallel}",
                f"{PREFIX}PARALLEL takes a number from 1 to 99; read: {parallel}",
            )
        )
    number = app_id(given, faults)
    more = pages(given, faults) | probes(given, faults) | untouched(given, faults)
    if faults:
        clean = scrubber(given.get(name, "") for name in SECRETS)  # a secret may have been given to the wrong variable
        raise SettingsError(Text(*(clean(told).replace("\n", " ") for told in fault)) for fault in faults)
    return Settings(
        data=data,
        database_url=given.get("DATABASE_URL", f"sqlite:///{data / 'jobs.sqlite'}"),
        app_id=number,
        private_key=key,
        webhook_secrets=tuple(given[name] for name in ("WEBHOOK_SECRET", "WEBHOOK_SECRET_OLD") if name in given),
        token=given.get("TOKEN", ""),
        repositories=repositories,
        github_url=url,
        listen=listen,
        host=given.get("HOST", ""),
        parallel=int(parallel),
        timings=waited,
        **more,
        **{name.lower(): value for name, value in timings.items() if value is not None},
    )
