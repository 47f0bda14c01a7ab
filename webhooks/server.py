"""The server in front of the application. What it refuses by itself, it tells as the application does."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from waitress.channel import HTTPChannel
from waitress.server import create_server
from waitress.task import ErrorTask

if TYPE_CHECKING:
    from flask import Flask
    from waitress.server import BaseWSGIServer, MultiSocketServer

_LARGEST = 64 * 1024 * 1024  # bytes read before the application, whose own limit is lower, can answer


class _Refusal(ErrorTask):
    """A request that never reaches the application: too large, or no HTTP."""

    def execute(self) -> None:
        fault = self.request.error  # type: ignore[attr-defined]  # the stubs take the request for its error
        body = json.dumps({"error": str(fault.body)}).encode() + b"\n"
        self.status = f"{fault.code} {fault.reason}"
        self.response_headers = [("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def listening(app: Flask, listen: str) -> MultiSocketServer | BaseWSGIServer:
    """Return a server for `app` that listens already; its `run` answers."""
    HTTPChannel.error_task_class = _Refusal
    return create_server(
        app,
        listen=listen,
        threads=8,
        ident=None,
        max_request_body_size=_LARGEST,
        clear_untrusted_proxy_headers=False,  # they only say where who guesses comes from, and whether it was by TLS
    )
