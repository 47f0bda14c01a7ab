"""What visitors do through the forms: commit a suggestion or a text, comment, press a button of the check run.

Each act is one of `People`, and the event it makes is delivered to the bot, signed, as GitHub would.
"""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from bot.playground.finding import content_of, pull_at, pull_from, repository_at
from bot.playground.model import Pull
from bot.playground.people import People
from bot.playground.store import Store
from bot.playground.threads import threads
from bot.playground.traffic import Event
from bot.playground.views import Thread, thread

PULL = "/<owner>/<name>/pull/<int:number>"
EDIT = "/<owner>/<name>/edit/<branch>/<path:path>"
NEW = "/<owner>/<name>/new/<branch>/<path:folder>"
_LONGEST = 1_000_000  # characters of a text
_NOT_A_NAME = frozenset({"", ".", "..", ".git"})


def acts(store: Store) -> Blueprint:
    """Return the addresses that the forms post to, and the two editors."""
    forms, people = Blueprint("acts", __name__), People(store)

    @forms.get(EDIT)
    def editor(owner: str, name: str, branch: str, path: str) -> str:
        with store.lock:
            pull = pull_from(store, owner, name, branch)
            text = content_of(pull.repository, pull.head, path)
            return render_template("edit.html", pull=pull, path=path, folder="", text=text)

    @forms.post(EDIT)
    def edit(owner: str, name: str, branch: str, path: str) -> Response:
        with store.lock:
            pull = pull_from(store, owner, name, branch)
            event = _commit(pull, path, content_of(pull.repository, pull.head, path))
        return _deliver(event, pull)

    @forms.get(NEW)
    def new_editor(owner: str, name: str, branch: str, folder: str) -> str:
        with store.lock:
            pull, given = pull_from(store, owner, name, branch), request.args
            data = {"path": "", "folder": folder, "filename": given.get("filename", ""), "text": given.get("value", "")}
            return render_template("edit.html", pull=pull, **data)

    @forms.post(NEW)
    def new(owner: str, name: str, branch: str, folder: str) -> Response:
        path = f"{folder}/{_given('filename')}"
        if _NOT_A_NAME & set(path.split("/")):
            abort(400)
        with store.lock:
            pull = pull_from(store, owner, name, branch)
            event = _commit(pull, path, "")
        return _deliver(event, pull)

    @forms.post(PULL + "/suggestions/<int:comment>/<int:part>")
    def apply(owner: str, name: str, number: int, comment: int, part: int) -> Response:
        with store.lock:
            pull = pull_at(store, owner, name, number)
            found = [thread(pull, said) for said in threads(pull) if any(one.id == comment for one in said)]
            where = found[0] if found else abort(404)
            text = _applied(pull, where, comment, part)
            event = people.push(pull, {where.path: text}, f"Apply suggestion to {where.path}")
        return _deliver(event, pull)

    @forms.post(PULL + "/comments")
    def comment(owner: str, name: str, number: int) -> Response:
        with store.lock:
            pull = pull_at(store, owner, name, number)
            login = _given("as")
            if login not in voices(pull):
                abort(400)
            event = people.comment(pull, login, _given("body"))
        return _deliver(event, pull)

    @forms.post(PULL + "/check-runs/<int:id>")
    def press(owner: str, name: str, number: int, id: int) -> Response:
        """The button named by `identifier`, or « Re-run » where it is empty."""
        with store.lock:
            pull = pull_at(store, owner, name, number)
            repository = repository_at(store, owner, name)
            run = next((run for run in repository.check_runs if run.id == id), None) or abort(404)
            event = people.click(repository, run, pull.author.login, request.form.get("identifier") or None)
        return _deliver(event, pull)

    def _commit(pull: Pull, path: str, before: str) -> Event | None:
        text = _given("text").replace("\r\n", "\n")  # forms send CRLF, whatever the text had
        if "\r\n" in before:
            text = text.replace("\n", "\r\n")
        return people.push(pull, {path: text}, f"Update {path}") if text != before else None

    def _deliver(event: Event | None, pull: Pull) -> Response:
        if event and store.hook:
            store.hook.deliver(event)
        return redirect(_page(pull), 303)

    return forms


def voices(pull: Pull) -> list[str]:
    """Return the people as whom a visitor can comment: the author, and the team."""
    return [pull.author.login, *(login for login in pull.repository.roles if login != pull.author.login)]


def _applied(pull: Pull, where: Thread, comment: int, part: int) -> str:
    """Return the file with the commented lines replaced; 409 where they are no longer there."""
    said = next(said for said in where.said if said.comment.id == comment)
    lines = said.parts[part].suggestion if part < len(said.parts) else None
    if lines is None:
        abort(404)
    if not where.applicable or where.start is None or where.line is None or pull.state != "open":
        abort(409)
    text = content_of(pull.repository, pull.head, where.path)
    end = "\r\n" if "\r\n" in text else "\n"
    head = text.split(end)
    return end.join([*head[: where.start - 1], *lines, *head[where.line :]])


def _given(name: str) -> str:
    """Return a field of the form; 400 where it is missing, blank or too long."""
    value = request.form.get(name, "")
    return value if value.strip() and len(value) <= _LONGEST else abort(400)


def _page(pull: Pull) -> str:
    owner, name = pull.repository.full_name.split("/")
    return url_for("pages.conversation", owner=owner, name=name, number=pull.number)
