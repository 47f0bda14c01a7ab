"""Counts and logs each delivery as it is answered: how it was told, with which status, how long it took."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

from bot.metrics import DoorMetrics

log = logging.getLogger(__name__)

_MOST = 80  # characters of what a stranger may put in a header


def tally(app: Flask, metrics: DoorMetrics) -> None:
    """Count and log the deliveries that an application answers."""

    @app.before_request
    def begin() -> None:
        g.begun = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        if request.endpoint == "receive.receive":
            seconds = time.perf_counter() - g.begun
            metrics.answered(response.status_code, seconds)
            told = {
                "delivery": request.headers.get("X-GitHub-Delivery", "")[:_MOST],
                "kind": request.headers.get("X-GitHub-Event", "")[:_MOST],
                "status": response.status_code,
                "seconds": round(seconds, 4),
            }
            level = logging.INFO if response.status_code < 400 else logging.WARNING
            log.log(level, "delivery answered", extra=told)
        return response
