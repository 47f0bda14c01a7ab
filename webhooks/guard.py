"""Who may read the operators' pages: whoever gave the token, or is named by the reverse proxy. Closed by default.

A session lasts 12 hours from when the token was typed, whatever is done in it, or until it is signed out: then no copy
of its cookie is worth anything.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import time
from datetime import timedelta

from flask import Blueprint, Flask, current_app, redirect, render_template, request, session, url_for
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import Forbidden, HTTPException, NotFound
from werkzeug.wrappers import Response

from bot.journal import SIGNED_OUT, Journal
from webhooks.throttle import Throttle

log = logging.getLogger(__name__)

_LASTS = timedelta(hours=12)
_READS = ("GET", "HEAD")
_MOST_TOLD = 200  # characters of a header
_MOST_SENT = 64 * 1024  # bytes of a form
_HINT = (
    "the operators' pages are closed: to open them, set GREFFIER_PAGES_TOKEN (a long random token), or "
    "GREFFIER_PAGES_HEADER (the header in which your reverse proxy names who is signed in)"
)


class Guard:
    """Lets people in. `token` is what they type once; `header` names the header that the reverse proxy sets on
    every request, and takes out of what comes from outside. With neither, everything is closed.

    `seed` is a secret that all receivers of one service share; sessions are signed with a key made of it
    and of the token, so another token ends them all; those signed out are noted in `journal`. `secure` keeps
    the cookie off plain HTTP even where a request does not tell that it came by TLS.
    """

    def __init__(self, token: str, header: str, seed: str, journal: Journal, *, secure: bool) -> None:
        self._token, self._header, self._secure = token.encode(), header, secure
        self._journal, self._throttle = journal, Throttle()
        self._key = hmac.new(seed.encode(), b"greffier pages\0" + self._token, hashlib.sha256).digest()
        self._told = False

    @property
    def open(self) -> bool:
        """Whether anyone may come in."""
        return bool(self._token or self._header)

    def install(self, app: Flask) -> None:
        """Give an application its sessions and the page to sign in."""
        app.secret_key = self._key
        app.permanent_session_lifetime = _LASTS
        app.session_interface = _Sessions()
        app.config |= {
            "SESSION_COOKIE_NAME": "greffier",
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_COOKIE_SECURE": self._secure,
            "SESSION_REFRESH_EACH_REQUEST": False,
        }
        app.jinja_env.globals["form_token"] = self.form_token
        if self._token:
            app.register_blueprint(self._sign_in())

    def who(self) -> str:
        """Return who asks: the name the proxy gives, `token` for whoever typed the token, empty for nobody."""
        named = request.headers.get(self._header, "").strip() if self._header else ""
        if named:
            return named[:100]
        kind, _, given = request.headers.get("Authorization", "").partition(" ")  # a proxy may have its own kind
        right = kind == "Bearer" and self._right(given)
        return "token" if self._token and (right or self._signed_in()) else ""

    def known(self) -> str:
        """Return who reads a page that everybody may read: nobody where the journal can't tell."""
        try:
            return self.who()
        except Exception:
            log.exception("a session can't be looked up")
            return ""

    def form_token(self) -> str:
        """Return what a form of this visitor must carry, so that no other site can send it for them."""
        if "form" not in session:
            session["form"] = secrets.token_urlsafe(24)
        return str(session["form"])

    def let_in(self) -> Response | None:
        """Stop a request by who may not make it."""
        if not self.open:
            if not self._told:
                log.info(_HINT)
                self._told = True
            raise NotFound
        if not self.who():
            if not self._token or request.method not in _READS:
                raise Forbidden
            return redirect(url_for("guard.sign_in", to=request.path))
        if request.method not in _READS:
            self._check_form()
        return None

    def _signed_in(self) -> bool:
        name, until = session.get("in"), session.get("until", 0)
        return bool(name) and time.time() < until and not self._journal.marked(f"{SIGNED_OUT}{name}")

    def _right(self, given: str) -> bool:
        """Whether this is the token. Who is wrong is told in the log, and not listened to after a few times."""
        if self._throttle.closed(_address()):
            return False
        right = bool(self._token) and hmac.compare_digest(given.encode(), self._token)
        if not right:
            self._throttle.wrong(_address())
            forwarded = request.headers.get("X-Forwarded-For", "")[:_MOST_TOLD]
            told = {"address": request.remote_addr, "forwarded": forwarded}
            log.warning("a wrong token was given to the operators' pages", extra=told)
        return right

    def _check_form(self) -> None:
        request.max_content_length = _MOST_SENT
        given = request.form.get("form", "")
        if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
            raise Forbidden
        if not hmac.compare_digest(given.encode(), str(session.get("form", secrets.token_hex())).encode()):
            raise Forbidden

    def _sign_in(self) -> Blueprint:
        door = Blueprint("guard", __name__)

        @door.get("/connexion")
        def sign_in() -> str:
            return render_template("sign_in.html", wrong="", to=request.args.get("to", "/"))

        @door.post("/connexion")
        def signed_in() -> Response | tuple[str, int]:
            self._check_form()
            to = request.form.get("to", "/")
            if self._throttle.closed(_address()):
                return render_template("sign_in.html", wrong="too_many", to=to), 429
            if not self._right(request.form.get("token", "").strip()):
                return render_template("sign_in.html", wrong="wrong_token", to=to), 403
            session.clear()
            session.permanent = True
            session["in"], session["until"] = secrets.token_urlsafe(12), time.time() + _LASTS.total_seconds()
            return redirect(_ours(to), 303)

        @door.post("/deconnexion")
        def sign_out() -> Response:
            self._check_form()
            if "in" in session:
                self._journal.mark(f"{SIGNED_OUT}{session['in']}", time.time())
            session.clear()
            return redirect(url_for("rules.every"), 303)

        return door


class _Sessions(SecureCookieSessionInterface):
    """Sessions whose cookie stays off plain HTTP wherever the request came by TLS, here or at the reverse proxy. Who
    lies about that only hides their own cookie from themselves."""

    def get_cookie_secure(self, app: Flask) -> bool:
        """Whether to have the browser send the cookie by TLS only."""
        said = request.headers.get("X-Forwarded-Proto", "")
        return super().get_cookie_secure(app) or request.is_secure or said.startswith("https")


def _address() -> str:
    """Return where a request comes from: what the nearest proxy says, or who is at the other end."""
    return request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip() or str(request.remote_addr)


def _ours(to: str) -> str:
    """Return the address of one of our own pages, whatever was asked for."""
    try:
        endpoint, values = current_app.create_url_adapter(request).match(to, "GET")  # type: ignore[union-attr]
    except HTTPException:
        return url_for("pages.overview")
    return url_for(endpoint, **values)
