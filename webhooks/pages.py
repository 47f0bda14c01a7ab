"""The operators' pages: what waits, runs and was given up; what became of each delivery; why the bot said that."""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from bot.hint import Hint
from bot.history import FAILED, QUIET, Attempt, History
from bot.journal import Journal, Received
from bot.state import PullRef
from rules.loader import load_criteria
from rules.model import Rule
from webhooks.answers import SURE, Answer, answers, percentile
from webhooks.guard import Guard

if TYPE_CHECKING:
    from bot.jobs import Job, Jobs

log = logging.getLogger(__name__)

DAY = 86_400
_SHOWN = 50  # rows of a list
_ALIVE = 120  # seconds since a worker last told of itself
_PULL = "/revues/<owner>/<repo>/<int:number>"
_NAMED = re.compile(r"(?:https?://[^/\s]+/)?([\w.-]+)/([\w.-]+?)(?:/pull/|#|/)(\d{1,9})\S*")


@dataclass(frozen=True, slots=True)
class Desk:
    """What the pages are made of. `web_url` is where GitHub shows its pages; a delivery has had no review for
    too long after `patience` seconds."""

    jobs: Jobs
    journal: Journal
    history: History
    rules: Mapping[str, Rule]
    web_url: str
    patience: float


def pages(desk: Desk, guard: Guard) -> Blueprint:
    """Return the operators' pages, for those whom `guard` lets in."""
    made = Blueprint("pages", __name__)
    made.before_request(guard.let_in)

    @made.get("/")
    def overview() -> str:
        now = time.time()
        recent = desk.history.since(now - DAY)
        waits = [one.finished - one.asked for one in recent if one.conclusion != FAILED and one.asked is not None]
        unfinished = desk.jobs.unfinished()
        return render_template(
            "overview.html",
            now=now,
            waiting=[job for job in unfinished if job.state != "PENDING"],
            running=[job for job in unfinished if job.state == "PENDING"],
            dead=desk.jobs.given_up(),
            done=sum(_counts(one) for one in recent),
            p50=percentile(waits, 50),
            p95=percentile(waits, 95),
            late=desk.journal.count_unanswered(SURE, now - desk.patience),
            workers={name: at for name, at in desk.history.workers().items() if at > now - DAY},
            alive=now - _ALIVE,
            latest=_latest(recent),
            shown=_SHOWN,
        )

    @made.get("/livraisons")
    def deliveries() -> str:
        now, late_only = time.time(), "retard" in request.args
        before = request.args.get("avant", type=float)
        if late_only:
            found = desk.journal.unanswered(SURE, now - desk.patience, _SHOWN + 1, before)
        else:
            found = desk.journal.deliveries(_SHOWN + 1, before)
        older = found[_SHOWN - 1].received.timestamp() if len(found) > _SHOWN else None
        return render_template(
            "deliveries.html", answers=_answers(desk, found[:_SHOWN], now), late_only=late_only, older=older
        )

    @made.get("/revues")
    def search() -> Response | tuple[str, int]:
        asked = request.args.get("demande", "").strip()
        found = _NAMED.fullmatch(asked)
        if not found:
            return render_template("search.html", asked=asked), 404 if asked else 200
        return redirect(url_for("pages.reviews", owner=found[1], repo=found[2], number=int(found[3])))

    @made.get(_PULL)
    def reviews(owner: str, repo: str, number: int) -> str:
        ref = PullRef(owner, repo, number)
        attempts = desk.history.of(ref, _SHOWN + 1, request.args.get("avant", type=float))
        if not attempts and not desk.journal.asked(ref, 0, time.time()):
            raise NotFound
        return render_template(
            "reviews.html",
            ref=ref,
            attempts=attempts[:_SHOWN],
            older=attempts[_SHOWN - 1].started if len(attempts) > _SHOWN else None,
            rules=desk.rules,
            dead=_about(desk.jobs.given_up(), ref),
            queued=_about(desk.jobs.unfinished(), ref),
            asked="demandee" in request.args,
            web_url=desk.web_url,
            criteria=load_criteria(),
        )

    @made.post(_PULL)
    def recheck(owner: str, repo: str, number: int) -> Response:
        ref = PullRef(owner, repo, number)
        installation = _installation(desk.history.of(ref, 1))
        delivery, asked = f"page-{uuid.uuid4()}", Hint(installation, (f"{owner}/{repo}",), number, again=True)
        begun = time.time()
        desk.jobs.deliver(delivery, asked)
        desk.journal.received(delivery, "page", "relire", str(asked), begun)
        log.info("review of %s asked for on its page by %s", ref, guard.who())
        return redirect(url_for("pages.reviews", owner=owner, repo=repo, number=number, demandee=1), 303)

    @made.post("/abandons/relancer")
    def retry() -> Response:
        job = request.form.get("job", "")
        if not desk.jobs.retry(job):
            abort(404)
        log.info("job %s started again on its page by %s", job, guard.who())
        return redirect(url_for("pages.overview"), 303)

    return made


def _answers(desk: Desk, listed: Sequence[Received], now: float) -> list[Answer]:
    since = min((one.received.timestamp() for one in listed), default=now)
    return answers(listed, desk.history.since(since, {one.about for one in listed}), now, desk.patience)


def _latest(attempts: Sequence[Attempt]) -> list[Attempt]:
    """Return the last attempt at each pull request that said something, newest first."""
    last = {one.pull: one for one in attempts if one.conclusion not in QUIET}
    return sorted(last.values(), key=lambda one: -one.started)[:_SHOWN]


def _counts(one: Attempt) -> bool:
    """Whether an attempt is a review that somebody waited for, or that said something."""
    return one.conclusion != FAILED and (one.asked is not None or one.conclusion not in QUIET)


def _about(jobs: Sequence[Job], ref: PullRef) -> list[Job]:
    return [job for job in jobs if job.what == str(ref)]


def _installation(attempts: Sequence[Attempt]) -> int | None:
    """Return the installation through which a pull request is reached: that of its last review."""
    if not attempts:
        raise BadRequest
    return attempts[0].installation
