"""`greffier serve`: receive GitHub's webhooks, and review the pull requests that they announce."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
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
            *common(lang),
        ],
    )


def _serve(no_worker: bool, parent: int | None) -> None:
    """Run until asked to stop, or until the process that started this one is gone."""
    from bot import environment, logs
    from bot.settings import load
    from bot.supervisor import Part, stop_asked, supervise

    stop = stop_asked(parent)
    settings = load()
    logs.start(settings.secrets)
    if not settings.webhook_secrets:
        raise Unusable(
            "Choisissez un secret, donnez-le à GitHub et mettez-le dans GREFFIER_WEBHOOK_SECRET : sans lui, "
            "n'importe qui pourrait se faire passer pour GitHub.",
            "Choose a secret, give it to GitHub and put it in GREFFIER_WEBHOOK_SECRET: without it anybody could "
            "pretend to be GitHub.",
        )
    if no_worker:
        receive(settings, stop)
        return
    greffier = [sys.executable, "-m", "bot"]
    ours = ["--parent", str(os.getpid())]
    parts = [
        Part([*greffier, "serve", "--no-worker", *ours], environment.for_the_door()),
        Part([*greffier, "worker", *ours], environment.for_the_worker()),
    ]
    sys.exit(supervise(parts, stop))


def receive(settings: Settings, stop: threading.Event) -> None:
    """Receive deliveries until `stop` is set."""
    from bot.history import History
    from bot.jobs import Jobs
    from bot.journal import Journal
    from webhooks.server import listening

    settings.data.mkdir(parents=True, exist_ok=True)
    jobs, journal = Jobs(settings.database_url, settings.timings), Journal(settings.journal_url)
    history = History(settings.journal_url)
    server = listening(application(settings, jobs, journal, history), settings.listen)
    logging.getLogger(__name__).info("listening on %s", settings.listen)

    def end() -> None:
        stop.wait()
        os.kill(os.getpid(), signal.SIGUSR1)  # the server's loop ends on an exception of its own thread

    def leave(*_: object) -> None:
        raise SystemExit

    signal.signal(signal.SIGUSR1, leave)
    threading.Thread(target=end, daemon=True).start()
    server.run()  # answers what it has begun to answer, then returns
    for database in (jobs, journal, history):
        database.close()


def application(settings: Settings, jobs: Jobs, journal: Journal, history: History) -> Flask:
    """Return all that a receiver answers: deliveries, pages, health and metrics."""
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
    secure = settings.public_url.startswith("https:")
    guard = Guard(settings.pages_token, settings.pages_header, settings.webhook_secrets[0], secure=secure)
    desk = Desk(jobs, journal, history, {rule.id: rule for rule in rules}, settings.web_url, _PATIENCE)
    app = create_app(settings.webhook_secrets, jobs.deliver, journal)
    tally(app, metrics)
    guard.install(app)
    open_site(app, rules, guard.who)
    app.register_blueprint(pages(desk, guard))
    ready = {"queue": jobs.check, "database": history.check}
    app.register_blueprint(health(metrics.registry, {}, ready, lambda: bool(guard.who())))
    return app
