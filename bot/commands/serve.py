"""`greffier serve`: receive GitHub's webhooks, and review the pull requests that they announce."""

from __future__ import annotations

import logging
import os
import sys
import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import click

from bot.commands import common
from bot.errors import Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from flask import Flask

    from bot.history import History
    from bot.jobs import Jobs
    from bot.journal import Journal
    from bot.settings import Settings

_WORDS = {
    "fr": {
        "help": "Reçoit les webhooks de GitHub et relit les demandes qu'ils annoncent. Chaque moitié tourne dans un "
        "processus à elle, qui ne connaît que ses secrets et redémarre s'il s'arrête.",
        "no-worker": "Recevoir seulement : les relectures se font ailleurs, par « greffier worker ».",
    },
    "en": {
        "help": "Receives GitHub's webhooks and reviews the pull requests that they announce. Each half runs in a "
        "process of its own, which knows its own secrets only and is started again if it ends.",
        "no-worker": "Receive only: reviews are made elsewhere, by “greffier worker”.",
    },
}
Worker = Callable[[str], str]  # returns what the worker beside this process answers at a path, or raises
_PATIENCE = 15 * 60  # seconds after which a delivery without a review is worth a look


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    words = _WORDS[lang]
    return click.Command(
        "serve",
        callback=_serve,
        help=words["help"],
        add_help_option=False,
        params=[
            click.Option(["--no-worker"], is_flag=True, help=words["no-worker"]),
            click.Option(["--parent"], type=int, hidden=True),
            click.Option(["--inner"], type=int, hidden=True),
            *common(lang),
        ],
    )


def _serve(no_worker: bool, parent: int | None, inner: int | None) -> None:
    """Run until asked to stop, or until the process that started this one is gone; `inner` is the port of the
    worker's inner line, None where the worker is elsewhere."""
    from bot import environment, logs
    from bot.inner import ask, opened
    from bot.settings import load
    from bot.supervisor import Part, stop_asked, supervise

    stop = stop_asked(parent)
    settings = load()
    logs.start(settings.secrets)
    logs.trace(settings.otlp_endpoint)
    if not settings.webhook_secrets:
        raise Unusable(
            "Choisissez un secret, donnez-le à GitHub et mettez-le dans GREFFIER_WEBHOOK_SECRET : sans lui, "
            "n'importe qui pourrait se faire passer pour GitHub.",
            "Choose a secret, give it to GitHub and put it in GREFFIER_WEBHOOK_SECRET: without it anybody could "
            "pretend to be GitHub.",
        )
    if no_worker:
        receive(settings, stop, partial(ask, inner) if inner else None)
        return
    greffier = [sys.executable, "-m", "bot"]
    line, port = opened()
    ours, held = ["--parent", str(os.getpid()), "--inner"], line.fileno()
    worker = Part([*greffier, "worker", *ours, str(held)], environment.for_the_worker(), keep=[held])
    door = Part([*greffier, "serve", "--no-worker", *ours, str(port)], environment.for_the_door())
    with line:
        sys.exit(supervise([door, worker], stop))


def receive(settings: Settings, stop: threading.Event, worker: Worker | None = None) -> None:
    """Receive deliveries until `stop` is set; `worker` asks the worker beside this process, where there is one."""
    from bot.history import History
    from bot.jobs import Jobs
    from bot.journal import Journal
    from webhooks.server import listening

    settings.data.mkdir(parents=True, exist_ok=True)
    jobs, journal = Jobs(settings.database_url, settings.timings), Journal(settings.journal_url)
    history = History(settings.journal_url)
    server = listening(application(settings, jobs, journal, history, worker), settings.listen)
    logging.getLogger(__name__).info("listening on %s", settings.listen)

    def answer() -> None:
        try:
            server.run()
        finally:
            stop.set()  # nobody would answer any more

    threading.Thread(target=answer, daemon=True).start()
    stop.wait()
    server.task_dispatcher.shutdown()  # once it has answered what it has begun to answer, 5 s at most
    for database in (jobs, journal, history):
        database.close()


def application(
    settings: Settings, jobs: Jobs, journal: Journal, history: History, worker: Worker | None = None
) -> Flask:
    """Return all that a receiver answers: deliveries, pages, health and metrics, those of the worker beside it
    included."""
    from bot.metrics import DoorMetrics
    from rules.loader import load_rules
    from webhooks import create_app
    from webhooks.guard import Guard
    from webhooks.health import health
    from webhooks.pages import Desk, pages
    from webhooks.site import open_site
    from webhooks.tally import tally

    rules, metrics = load_rules(), DoorMetrics()
    metrics.watch(jobs.unfinished, jobs.given_up)
    if worker:
        metrics.join(partial(worker, "/metrics"))
    secure = settings.public_url.startswith("https:")
    guard = Guard(settings.pages_token, settings.pages_header, settings.webhook_secrets[0], journal, secure=secure)
    desk = Desk(jobs, journal, history, {rule.id: rule for rule in rules}, settings.web_url, _PATIENCE)
    app = create_app(settings.webhook_secrets, jobs.deliver, journal)
    tally(app, metrics)
    guard.install(app)
    open_site(app, rules, guard.known)
    app.register_blueprint(pages(desk, guard))
    alive = {"worker": partial(worker, "/healthz")} if worker else {}
    ready = {"queue": jobs.check, "database": history.check}
    app.register_blueprint(health(metrics.registry, alive, ready, lambda: bool(guard.who())))
    return app
