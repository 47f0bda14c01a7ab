"""The inner line: how `greffier serve` and its receiver ask the worker beside them for its health and its metrics.

It is a port of this machine alone, held open by the process that starts both, so that no other program can take it
while the worker starts again.
"""

from __future__ import annotations

import socket
from contextlib import closing
from http.client import HTTPConnection

_HERE = "127.0.0.1"
_SOON = 2.0  # seconds


def opened() -> tuple[socket.socket, int]:
    """Return a line for the worker to answer on, and its port."""
    line = socket.create_server((_HERE, 0))
    return line, int(line.getsockname()[1])


def ask(port: int, path: str) -> str:
    """Return what the worker says; raises where it says nothing within 2 s, or that something is wrong."""
    with closing(HTTPConnection(_HERE, port, timeout=_SOON)) as line:
        line.request("GET", path)
        answer = line.getresponse()
        text = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"the worker answers {answer.status}: {text}")
    return text
