"""How every page is served: in which language, with which headers, and what is said where there is none."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask, Response, g, render_template, request
from jinja2 import StrictUndefined
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from bot.quoting import visible
from bot.wording import Lang, say
from rules.model import Rule
from webhooks import shown
from webhooks.prose import prose, said, sentences
from webhooks.rule_pages import rule_pages
from webhooks.words import words

LANGUAGES: tuple[Lang, Lang] = ("fr", "en")
# Nothing is loaded from elsewhere, and no script runs at all.
# https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Content-Security-Policy
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}


def open_site(app: Flask, rules: Sequence[Rule], known: Callable[[], str] = lambda: "") -> None:
    """Give an application its look and the public pages, those of the rules; they need nothing else.

    `known` returns the name of whoever reads the page, empty for the public.
    """
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"prose": prose, "said": said, "sentences": sentences, "spelt": visible, "iso": shown.iso}
    app.before_request(_choose_language)
    app.context_processor(
        lambda: {
            "t": words(g.lang),
            "lang": g.lang,
            "say": lambda text: say(text, g.lang),
            "clock": lambda at: shown.clock(at, g.lang),
            "lasting": lambda seconds: shown.lasting(seconds, g.lang),
            "zone": shown.zone,
            "known": known(),
        }
    )
    app.after_request(_close)
    app.register_error_handler(HTTPException, _fault)
    app.register_blueprint(rule_pages(rules))


def _choose_language() -> None:
    """Speak the language that was asked for, else that of the browser, else French."""
    asked = request.args.get("lang") or request.cookies.get("lang")
    accepted = request.accept_languages.best_match(LANGUAGES)
    g.lang = next((lang for lang in LANGUAGES if lang in (asked, None if asked else accepted)), LANGUAGES[0])


def _close(response: Response) -> Response:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.update(("Accept-Language", "Cookie"))
    if request.args.get("lang") in LANGUAGES:
        response.set_cookie("lang", g.lang, samesite="Lax", httponly=True, max_age=365 * 86_400)
    return response


def _fault(fault: HTTPException) -> tuple[str, int] | AnyResponse:
    code = fault.code or 500
    if code < 400:
        return fault.get_response()
    names = {400: "incomplete", 403: "refused", 404: "not_found", 405: "incomplete", 413: "incomplete"}
    return render_template("fault.html", sentence=words(g.lang)[names.get(code, "broken")]), code
