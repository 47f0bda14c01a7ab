"""`greffier worker`: run the jobs of the queue, that is, review pull requests as deliveries announce them."""

from __future__ import annotations

import faulthandler
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

import click

from bot.commands import common
from bot.errors import Unusable
from bot.wording import Lang

if TYPE_CHECKING:
    from bot.hint import Target
    from bot.metrics import WorkerMetrics
    from bot.review import Review
    from bot.settings import Settings

_WORDS = {
    "fr": {
        "help": "Relit les demandes que les webhooks annoncent. Il peut tourner en plusieurs exemplaires ; il lui "
        "faut la clé de l'App, et pas le secret des webhooks.",
    },
    "en": {
        "help": "Reviews the pull requests that webhooks announce. Several may run; it needs the key of the App, "
        "and not the secret of the webhooks.",
    },
}
_BEAT = 20  # seconds
KEPT = 90 * 86_400  # seconds that the pages go back
_GIVEN_UP = (
    "Un souci de notre côté a interrompu la relecture : **vos fiches n'y sont pour rien**, elles n'ont pas été jugées. "
    "L'équipe peut voir ce qui s'est passé et la relancer. Vous pouvez aussi écrire `/greffier relire` en commentaire, "
    "un peu plus tard.\n\n"
    "*Something went wrong on our side: your entries were not judged. Comment `/greffier recheck` to try again.*"
)


def command(lang: Lang) -> click.Command:
    """Return the command, its help in that language."""
    return click.Command(
        "worker",
        callback=_work,
        help=_WORDS[lang]["help"],
        add_help_option=False,
        params=[
            click.Option(["--parent"], type=int, hidden=True),
            click.Option(["--inner"], type=int, hidden=True),
            *common(lang),
        ],
    )


def _work(parent: int | None, inner: int | None) -> None:
    """Run until asked to stop, or until the process that started this one is gone; `inner` is the descriptor of
    the inner line that it gave."""
    from bot import logs
    from bot.settings import load
    from bot.supervisor import stop_asked

    stop = stop_asked(parent)
    settings = load()
    logs.start(settings.secrets)
    logs.trace(settings.otlp_endpoint)
    if not settings.app_id and not settings.token:
        raise Unusable(
            "Pour lire GitHub il faut GREFFIER_APP_ID et GREFFIER_PRIVATE_KEY (une App), ou GREFFIER_TOKEN (un jeton).",
            "To read GitHub, set GREFFIER_APP_ID and GREFFIER_PRIVATE_KEY (an App), or GREFFIER_TOKEN (a token).",
        )
    run(settings, stop, inner)


def run(settings: Settings, stop: threading.Event, inner: int | None = None) -> None:
    """Review pull requests until `stop` is set."""
    from bot.answers import Answers
    from bot.evidence import gathering, unsettled
    from bot.follow import follow
    from bot.forge import forges
    from bot.hint import Hint
    from bot.history import History
    from bot.jobs import Jobs
    from bot.journal import Journal
    from bot.metrics import WorkerMetrics
    from bot.missed import ask_again
    from bot.review import review
    from bot.watch import Watch
    from bot.worker import Worker, seat, work
    from rules.loader import load_rules

    settings.data.mkdir(parents=True, exist_ok=True)
    rules, metrics = load_rules(pages=settings.rules_url), WorkerMetrics()
    jobs, journal = Jobs(settings.database_url, settings.timings, patient=True), Journal(settings.journal_url)
    github = forges(settings, journal.turn)
    history, answers = History(settings.journal_url), Answers(settings.journal_url)
    watch, beat = Watch(journal, history, metrics), Beat(settings.timings.still)

    def review_one(target: Target) -> Review:
        forge = github.forge_for(target.installation)
        gather = gathering(settings, answers, patient=target.later > 0)

        def look() -> Review:
            return review(
                target.ref,
                forge,
                rules,
                again=target.again,
                since=target.since,
                later=target.later > 0,
                pass_untouched=settings.pass_untouched,
                gather=gather,
            )

        return watch.review(target, lambda: forge.calls, look)

    def follow_one(hint: Hint) -> Iterable[Target | Hint]:
        if hint.missed:
            ask_again(github, jobs, journal)
            return ()
        return follow(hint, github.forge_for(hint.installation))

    missed = [Hint(None, (), missed=True)] if settings.app_id else []
    # With the embedded database all workers share one folder, so a new machine finds the jobs of the former.
    host = settings.host or ("local" if settings.embedded else socket.gethostname())
    with seat(settings.data, host) as name:
        worker = Worker(
            jobs,
            journal,
            settings.timings,
            follow=follow_one,
            review=review_one,
            give_up=lambda target, _: github.forge_for(target.installation).give_up(target.ref, _GIVEN_UP),
            sweep=lambda: [*missed, *(Hint(installation, ()) for installation in github.installations())],
            rounds={
                beat.strike: settings.timings.still / 6,
                lambda: history.alive(name): _BEAT,
                lambda: history.forget(KEPT): settings.timings.sweep,
                lambda: journal.forget(KEPT): settings.timings.sweep,
                answers.forget: settings.timings.sweep,
            },
            unsettled=(lambda done: unsettled(done.evidence)) if settings.probe else None,
        )
        where: list[dict[str, Any]] = [{"listen": settings.worker_listen}] if settings.worker_listen else []
        where += [] if inner is None else [{"sockets": [socket.socket(fileno=inner)]}]
        _tell(where, metrics, beat, {"queue": jobs.check, "database": history.check})
        work(worker, jobs, settings.database_url, name, settings.timings, stop, settings.parallel)
    for database in (jobs, journal, history, answers):
        database.close()


class Beat:
    """The heart of a worker: its main loop strikes it, and whoever asks sees whether it still does.

    A process whose heart has stopped for `still` seconds says where each thread stands, and ends: whoever keeps it
    running starts it again. The interpreter's own watchdog does that, even where no thread can run.
    """

    def __init__(self, still: float) -> None:
        """Have it beat from now on."""
        self._still = still
        self.strike()

    def strike(self) -> None:
        """Say that the loop is alive."""
        self._last = time.monotonic()
        faulthandler.dump_traceback_later(self._still, exit=True)

    def check(self) -> None:
        """Raise where the loop stands still."""
        if (still := time.monotonic() - self._last) > self._still:
            raise RuntimeError(f"the main loop has stood still for {still:.0f} s")


def _tell(
    where: Iterable[Mapping[str, Any]], metrics: WorkerMetrics, beat: Beat, ready: Mapping[str, Callable[[], object]]
) -> None:
    """Answer who asks for the health and the metrics of this worker. No secret passes there, nor who is reviewed."""
    from flask import Flask
    from waitress.server import create_server

    from webhooks.health import health

    app = Flask("webhooks")
    app.register_blueprint(health(metrics.registry, {"loop": beat.check}, {"loop": beat.check, **ready}))
    for place in where:
        server = create_server(app, threads=2, ident=None, **place)
        threading.Thread(target=server.run, daemon=True).start()
