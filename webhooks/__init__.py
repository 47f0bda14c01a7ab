"""The door: a Flask application that receives GitHub's deliveries. It holds no GitHub key."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Flask

from bot.hint import Hint
from bot.journal import Journal
from webhooks.receive import MOST_BYTES, receiver


def create_app(secrets: Sequence[str], deliver: Callable[[str, Hint], bool], journal: Journal) -> Flask:
    """Return the application that receives deliveries signed with one of `secrets`.

    `deliver` keeps a hint durably under the id of its delivery, and returns False where it had it.
    """
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    app.register_blueprint(receiver(secrets, deliver, journal))
    return app
