"""Who may press the buttons: only pages of this very site, read in a browser of this very machine.

The playground listens on loopback, yet any site that is open in the same browser can send it requests.
"""

from __future__ import annotations

import hmac
import secrets

from flask import Flask, Response, request
from werkzeug.exceptions import Forbidden

_HOSTS = ("localhost", "127.0.0.1")  # under another name, it is a site that made its name lead here
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def protect(app: Flask) -> None:
    """Refuse what other sites send, and forbid pages to load anything from elsewhere. Forms carry `token`."""
    token = secrets.token_urlsafe(24)
    app.jinja_env.globals["token"] = token
    app.before_request(lambda: _let_in(token))
    app.after_request(_close)


def _let_in(token: str) -> None:
    if request.host.rpartition(":")[0] not in _HOSTS and request.host not in _HOSTS:
        raise Forbidden
    if request.method in ("GET", "HEAD"):
        return
    home = request.headers.get("Origin", request.host_url.rstrip("/")) == request.host_url.rstrip("/")
    given = request.form.get("token", "")
    if not home or not hmac.compare_digest(given.encode(), token.encode()):
        raise Forbidden


def _close(response: Response) -> Response:
    response.headers.update(_HEADERS)
    return response
