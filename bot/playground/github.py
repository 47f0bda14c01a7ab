"""The stand-in for GitHub as a WSGI application, and the way to serve it on loopback."""

from __future__ import annotations

import hashlib
import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from email.utils import formatdate
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException

from bot.playground import apps, checks, reads, reviews, writes
from bot.playground.access import Refusal
from bot.playground.call import DOCS, Call, Route
from bot.playground.faults import Fault, Kind
from bot.playground.graphql import execute
from bot.playground.loopback import HOST, listening
from bot.playground.model import Json
from bot.playground.shapes import Shapes
from bot.playground.store import Store
from bot.playground.traffic import Request

ROUTES = (*apps.ROUTES, *reads.ROUTES, *writes.ROUTES, *reviews.ROUTES, *checks.ROUTES)
VERSIONS = ("2022-11-28", "2026-03-10")  # https://docs.github.com/rest/about-the-rest-api/api-versions


class Dropped(ConnectionError):  # what happened, not what went wrong
    """The connection ends without an answer."""


def create_github(store: Store) -> Flask:
    """Return the stand-in, answering at `/` as api.github.com does and at `/api/v3` and `/api/graphql` as GHES does.

    Every request is added to `store.requests` as it arrives and may meet a fault of `store.faults`. Call it over a
    socket (`serve`) or in process; there, a dropped connection is raised as `Dropped`.
    """
    app = Flask("bot.playground", static_folder=None)
    app.config["PROPAGATE_EXCEPTIONS"] = True
    app.wsgi_app = _Mount(app.wsgi_app)  # type: ignore[method-assign]  # as Flask documents for middleware
    for route in ROUTES:
        name = f"{route.method} {route.path}"
        app.add_url_rule(route.path, name, _view(store, route), methods=[route.method], provide_automatic_options=False)
    app.add_url_rule("/graphql", "POST /graphql", lambda: _graphql(store), methods=["POST"])
    app.before_request(lambda: _arrive(store))
    app.after_request(lambda response: _leave(store, response))
    app.register_error_handler(Refusal, _refuse)
    app.register_error_handler(HTTPException, lambda error: _refuse(Refusal(error.code or 500, error.name)))
    return app


@contextmanager
def serve(store: Store, port: int = 0) -> Iterator[str]:
    """Serve on 127.0.0.1 in a thread (port 0: a free one) and give the address, `http://127.0.0.1:PORT`."""
    with listening(create_github(store), port) as given:
        store.api_url = f"http://{HOST}:{given}"
        yield store.api_url


class _Mount:
    """The paths of GitHub Enterprise Server moved to where api.github.com has them."""

    def __init__(self, inner: Callable[[Any, Any], Iterable[bytes]]) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        for prefix, paths in (("/api/v3", ""), ("/api", "/graphql")):
            if environ["PATH_INFO"].startswith(prefix + (paths or "/")):
                environ = {**environ, "SCRIPT_NAME": prefix, "PATH_INFO": environ["PATH_INFO"].removeprefix(prefix)}
                break
        return self._inner(environ, start_response)


def _arrive(store: Store) -> Response | None:
    """Log the request, let its fault strike if it has no effect, and refuse what GitHub refuses at the door."""
    g.fault = None
    with store.lock:
        arrived = Request(request.method, request.path, request.query_string.decode(), request.get_data())
        arrived.route = str(request.url_rule) if request.url_rule else ""
        store.requests.append(arrived)
        g.log = arrived
    if store.faults.latency:
        time.sleep(store.faults.latency)
    g.fault = store.faults.take(request.method, request.full_path.rstrip("?"))
    if g.fault:
        arrived.fault = g.fault.kind
        if not g.fault.kind.applied:
            return _strike(g.fault)
    if not request.user_agent.string:
        raise Refusal(
            403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent header"
        )
    version = request.headers.get("X-GitHub-Api-Version", VERSIONS[0])
    if version not in VERSIONS:
        raise Refusal(400, f"'{version}' is not a supported API version")
    return None


def _leave(store: Store, response: Response) -> Response:
    """Let the fault of an applied request strike, answer 304 where nothing changed, and log what was answered."""
    log: Request = g.log
    struck: Fault | None = g.fault
    if struck and struck.kind.applied:
        log.applied = response.status_code < 400
        response = _strike(struck)
    elif struck is None:
        log.applied = response.status_code < 400
        if request.method == "GET" and response.status_code == 200:
            response.headers["ETag"] = f'W/"{hashlib.sha256(response.get_data()).hexdigest()}"'
            if response.headers["ETag"] in request.headers.get("If-None-Match", ""):
                store.limits.spend(g.get("bearer", ""), "core", -1)
                response = Response(status=304, headers={"ETag": response.headers["ETag"]})
    response.headers |= {
        "X-GitHub-Request-Id": f"PLAY:{len(store.requests):X}",
        "X-GitHub-Media-Type": "github.v3; format=json",
        "Date": formatdate(store.clock(), usegmt=True),
    }
    if "bearer" in g:
        response.headers |= store.limits.headers(g.bearer, "graphql" if log.path == "/graphql" else "core")
    if "accepted" in g:
        response.headers["X-Accepted-GitHub-Permissions"] = g.accepted
    log.status, log.answer = response.status_code, response.get_data()
    return response


def _strike(fault: Fault) -> Response:
    """Answer as a fault says, or end the connection."""
    if fault.kind in (Kind.HANG_BEFORE, Kind.HANG_AFTER):
        time.sleep(fault.seconds)
    if fault.kind in (Kind.HANG_BEFORE, Kind.HANG_AFTER, Kind.DROP_BEFORE, Kind.DROP_AFTER):
        connection: socket.socket | None = request.environ.get("werkzeug.socket")
        if connection is not None:
            connection.shutdown(socket.SHUT_RDWR)
        raise Dropped(fault.kind)
    statuses = {Kind.SECONDARY_LIMIT: 403, Kind.TOO_MANY: 429}
    message = "Server Error"
    if fault.kind in statuses:
        message = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    response = _json(statuses.get(fault.kind, 500), {"message": message, "documentation_url": DOCS})
    if fault.kind in statuses and fault.retry_after is not None:
        response.headers["Retry-After"] = str(fault.retry_after)
    return response


def _view(store: Store, route: Route) -> Callable[..., Response]:
    """Return the view of an operation: who asks, may they, and then its answer, one request at a time."""

    def view(**arguments: Any) -> Response:
        g.docs = f"{DOCS}/{route.docs}"
        shapes = Shapes(request.root_url, store.web_url)
        with store.lock:
            call = Call(
                store, shapes, request.base_url, arguments, request.args, request.headers.get("Accept", ""), _body()
            )
            _let_in(call, route)
            status, data = route.answer(call)
        raw = isinstance(data, bytes)
        response = Response(data, status) if raw else _json(status, data)
        response.headers |= call.headers
        for thing in call.later:
            response.call_on_close(thing)
        return response

    return view


def _let_in(call: Call, route: Route) -> None:
    authorization = request.headers.get("Authorization", "")
    if route.open:
        return
    if route.app:
        call.bearer = call.store.tokens.app(authorization)
        return
    call.bearer = grant = call.store.tokens.grant(authorization)
    g.bearer = grant.user.login
    if not call.store.limits.spend(g.bearer, "core", route.path != "/rate_limit"):
        raise Refusal(403, f"API rate limit exceeded for {g.bearer}.")
    g.accepted = "; ".join(f"{name}={level}" for needs in route.needs for name, level in needs.items())
    if "owner" in call.arguments and not any(grant.may(call.repository, needs) for needs in route.needs):
        bearer = "integration" if grant.app else "personal access token"
        raise Refusal(403, f"Resource not accessible by {bearer}")


def _graphql(store: Store) -> Response:
    """Answer a GraphQL request."""
    g.docs = "https://docs.github.com/graphql"
    with store.lock:
        grant = store.tokens.grant(request.headers.get("Authorization", ""))
        g.bearer = grant.user.login
        return _json(200, execute(store, grant, _body()))


def _body() -> object:
    """Return the JSON body, None when there is none, 400 when it cannot be read."""
    raw = request.get_data()
    if not raw or request.method == "GET":
        return None
    try:
        return json.loads(raw)
    except ValueError:
        raise Refusal(400, "Problems parsing JSON") from None


def _refuse(refusal: Refusal) -> Response:
    body: Json = {"message": refusal.message, "documentation_url": g.get("docs", DOCS), "status": str(refusal.status)}
    return _json(refusal.status, body | ({"errors": refusal.errors} if refusal.errors else {}))


def _json(status: int, data: object) -> Response:
    return Response(json.dumps(data, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
