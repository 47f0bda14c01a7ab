"""Serving an application to this machine only."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST = "127.0.0.1"


@contextmanager
def listening(app: WSGIApplication, port: int = 0) -> Iterator[int]:
    """Serve in a thread, on a free port where none is named, and give the port. Raises OSError where it is taken."""
    with socket.create_server((HOST, port)) as bound:  # make_server would end the process where the port is taken
        given: int = bound.getsockname()[1]
        server = make_server(HOST, given, app, threaded=True, request_handler=_Handler, fd=bound.fileno())
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield given
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


class _Handler(WSGIRequestHandler):
    """A quiet handler."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: what arrives is kept where it matters."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """Send the status alone: the application tells the time, which is that of its store."""
        self.send_response_only(code, message)
