"""What machines ask: is this process alive, is it ready, what has it counted."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

from flask import Blueprint, Response, abort, jsonify, request
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

log = logging.getLogger(__name__)

Checks = Mapping[str, Callable[[], object]]


def health(
    registry: CollectorRegistry, alive: Checks, ready: Checks, may_count: Callable[[], bool] = lambda: True
) -> Blueprint:
    """Return `/healthz`, `/readyz` and `/metrics`. A check raises where something is wrong.

    Not alive: to start again would help. Not ready: it would not, send requests elsewhere meanwhile. The
    answers name the checks that failed; why is in the log. Metrics are for whom `may_count` lets in.
    """
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> tuple[Response, int]:
        return _told(alive)

    @pages.get("/readyz")
    def readyz() -> tuple[Response, int]:
        return _told(ready)

    @pages.get("/metrics")
    def metrics() -> Response:
        if not may_count():
            abort(404)
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        return Response(encode(registry), content_type=kind)

    return pages


def _told(checks: Checks) -> tuple[Response, int]:
    found = {name: _passes(name, check) for name, check in checks.items()}
    good = all(found.values())
    return jsonify(ok=good, checks={name: "ok" if passed else "failed" for name, passed in found.items()}), (
        200 if good else 503
    )


def _passes(name: str, check: Callable[[], object]) -> bool:
    try:
        check()
    except Exception:
        log.exception("the check of %s failed", name)
        return False
    return True
