"""The server in front of the application: what it keeps of a body before anything is known of who sends it.

Bodies arrive before the application sees their request. Here those that it would refuse anyway are thrown away as they
come, and it answers as to an empty one; all others together have a limit. https://docs.pylonsproject.org/projects/waitress
"""

from __future__ import annotations

import json
import re
from typing import Any, ClassVar, cast
from weakref import WeakSet

from flask import Flask
from waitress.buffers import OverflowableBuffer
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import BaseWSGIServer, MultiSocketServer, create_server
from waitress.task import ErrorTask
from waitress.utilities import Error

from webhooks.receive import MEDIA_TYPES, MOST_BYTES, PATH

_MOST_OF_A_FORM = 64 * 1024  # bytes: what the pages ask for takes some hundreds
_MOST_AT_ONCE = 5 * MOST_BYTES  # of all bodies that are being read or answered
_MOST_DISCARDED = 64 * 1024 * 1024  # of one body: past it, the line is cut, and the answer may be lost
_MOST_OPEN = 500  # connections, each a file; one that says nothing is closed after these seconds
_SILENCE = 20
_SIGNATURE = re.compile("sha256=[0-9a-f]{64}")


class _Nowhere(OverflowableBuffer):
    """A buffer that keeps nothing, and says that it holds `length` bytes."""

    def __init__(self, length: int) -> None:
        super().__init__(1)
        self._length = length

    def __len__(self) -> int:
        return self._length

    def append(self, s: bytes) -> None:
        pass


class _Busy(Error):
    code = 503
    reason = "Service Unavailable"


class _Request(HTTPRequestParser):
    """A request that is being read."""

    path: str
    _all: ClassVar[WeakSet[_Request]] = WeakSet()
    _most = 0
    _kept = True

    def parse_header(self, header_plus: bytes) -> None:
        """Decide from the headers whether the body is kept."""
        super().parse_header(header_plus)
        delivery = self.path == PATH
        self._most = MOST_BYTES if delivery else _MOST_OF_A_FORM
        if delivery and not self._may_be_genuine():
            self._discard(0)
        elif self.content_length > self._most:
            self._discard(self.content_length)
        else:
            self._all.add(self)

    def received(self, data: bytes) -> int:
        """Read a part; returns the number of bytes taken."""
        count = super().received(data)
        if self._kept and self.body_bytes_received > self._most:  # its length was not told
            self._discard(MOST_BYTES + 1)
        elif self._kept and sum(one.body_bytes_received for one in self._all) > _MOST_AT_ONCE:
            self._discard(0)
            self.error = _Busy("too much is being received: send it again later")
        return count

    def _may_be_genuine(self) -> bool:
        """Whether the application would read the body at all."""
        kind = self.headers.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
        return kind in MEDIA_TYPES and bool(_SIGNATURE.fullmatch(self.headers.get("X_HUB_SIGNATURE_256", "")))

    def _discard(self, length: int) -> None:
        """Keep nothing of the body, and have it look `length` bytes long."""
        self._kept = False
        self._all.discard(self)
        if self.body_rcv is not None:
            self.body_rcv.buf.close()
            self.body_rcv.buf = _Nowhere(length)
            self.headers = {**self.headers, "CONTENT_LENGTH": str(length)}


class _Refusal(ErrorTask):
    """What the server itself refuses is told in one line of JSON too."""

    def execute(self) -> None:
        error = cast("_Request", self.request).error or _Busy("")
        body = json.dumps({"error": error.body}).encode() + b"\n"
        self.status = f"{error.code} {error.reason}"
        self.response_headers = [("Content-Type", "application/json")]
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


class _Line(HTTPChannel):
    parser_class = _Request
    error_task_class = _Refusal


def listening(app: Flask, listen: str) -> BaseWSGIServer | MultiSocketServer:
    """Return a server for `app` that listens already, on `address:port`; its `run` answers."""
    lines: Any = {}
    server = create_server(
        app,
        map=lines,
        listen=listen,
        threads=8,
        ident=None,
        max_request_body_size=_MOST_DISCARDED,
        connection_limit=_MOST_OPEN,
        channel_timeout=_SILENCE,
        cleanup_interval=5,
        asyncore_use_poll=True,  # select() knows no file above number 1,024
        clear_untrusted_proxy_headers=False,  # they only say where who guesses comes from, and whether it was by TLS
    )
    for line in lines.values():
        if isinstance(line, BaseWSGIServer):
            line.channel_class = _Line
    return server
