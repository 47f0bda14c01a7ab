"""The pages of the playground: pull requests as GitHub shows them, at the addresses that GitHub gives them."""

from __future__ import annotations

import hashlib
from datetime import datetime

from flask import Blueprint, Flask, Response, abort, g, redirect, render_template, request, url_for
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bot.playground.acts import acts, voices
from bot.playground.drawings import avatar, label_styles
from bot.playground.finding import content_of, pull_at, repository_at
from bot.playground.guard import protect
from bot.playground.markdown import render
from bot.playground.model import CheckRun
from bot.playground.store import Store
from bot.playground.views import file_views, runs_on, timeline
from bot.playground.words import words
from bot.quoting import visible
from bot.wording import Lang

LANGUAGES: tuple[Lang, Lang] = ("fr", "en")
PULL = "/<owner>/<name>/pull/<int:number>"
_STATES = ("success", "failure", "action_required", "cancelled")


def create_pages(store: Store) -> Flask:
    """Return the application that shows the store, and through whose forms visitors change it."""
    app = Flask(__name__)
    protect(app)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"markdown": render, "clock": _clock, "state": _state, "spelt": _spelt}
    app.before_request(_choose_language)
    app.context_processor(lambda: {"t": words(g.lang), "lang": g.lang, "labels": _label_count(store)})
    app.after_request(_remember)
    app.register_error_handler(HTTPException, _fault)
    app.register_blueprint(_pages(store))
    app.register_blueprint(acts(store))
    return app


def _pages(store: Store) -> Blueprint:
    pages = Blueprint("pages", __name__)

    @pages.get("/")
    def home() -> str:
        with store.lock:
            found = sorted(store.pulls(), key=lambda pull: (pull.repository.full_name, pull.number))
            return render_template("pulls.html", pulls=found, runs_on=runs_on)

    @pages.get("/<owner>/<name>")
    @pages.get("/<owner>/<name>/pulls")
    def repository(owner: str, name: str) -> AnyResponse:
        repository_at(store, owner, name)
        return redirect(url_for("pages.home"))

    def tab(template: str, owner: str, name: str, number: int) -> str:
        with store.lock:
            pull = pull_at(store, owner, name, number)
            refused = store.deliveries[-1].status_code if store.deliveries else 202
            undelivered = None if 200 <= refused < 300 else refused
            data = {"pull": pull, "runs": runs_on(pull), "undelivered": undelivered}
            return render_template(template, **data, timeline=timeline, file_views=file_views, voices=voices)

    @pages.get(PULL)
    def conversation(owner: str, name: str, number: int) -> str:
        return tab("conversation.html", owner, name, number)

    @pages.get(PULL + "/checks")
    def checks(owner: str, name: str, number: int) -> str:
        return tab("checks.html", owner, name, number)

    @pages.get(PULL + "/files")
    def files(owner: str, name: str, number: int) -> str:
        return tab("files.html", owner, name, number)

    @pages.get("/<owner>/<name>/blob/<commit>/<path:path>")
    def blob(owner: str, name: str, commit: str, path: str) -> str:
        with store.lock:
            found = repository_at(store, owner, name)
            text = content_of(found, commit, path)
        return render_template("blob.html", repository=found, commit=commit, path=path, lines=text.split("\n"))

    @pages.get("/labels.css")
    def labels() -> Response:
        with store.lock:
            style = label_styles(label for one in store.repositories.values() for label in one.labels.values())
        return Response(style, mimetype="text/css")

    @pages.get("/avatars/u/<int:user>")
    def portrait(user: int) -> Response:
        found = next((one for one in store.users.values() if one.id == user), None)
        return Response(avatar(found or abort(404)), mimetype="image/svg+xml")

    return pages


def _label_count(store: Store) -> int:
    return sum(len(repository.labels) for repository in store.repositories.values())


def _choose_language() -> None:
    wanted = request.args.get("lang", request.cookies.get("lang", ""))
    g.lang = next((lang for lang in LANGUAGES if lang == wanted), LANGUAGES[0])


def _remember(response: Response) -> Response:
    """Let a page that did not change be answered in one line, and keep the language that was asked for."""
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie("lang", g.lang, samesite="Strict", httponly=True)
    if request.method == "GET" and response.status_code == 200 and not response.is_streamed:
        response.headers["Cache-Control"] = "no-cache"
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest())
        response.make_conditional(request)
    return response


def _fault(fault: HTTPException) -> tuple[str, int] | AnyResponse:
    code = fault.code or 500
    if code < 400:
        return fault.get_response()
    names = {403: "refused", 404: "not_found", 409: "moved", 415: "binary"}
    _choose_language()
    return render_template("fault.html", sentence=words(g.lang)[names.get(code, "bad")]), code


def _clock(when: float) -> str:
    """Write a time of day in the visitor's zone: that of this machine."""
    return datetime.fromtimestamp(when).astimezone().strftime("%H:%M")


def _state(run: CheckRun) -> str:
    if run.status != "completed":
        return "pending"
    return run.conclusion if run.conclusion in _STATES else "other"


def _spelt(line: str) -> str:
    """Return a line of a file with what hides or turns text around spelt out, as GitHub warns of it."""
    return "\t".join(map(visible, line.removesuffix("\r").split("\t")))
