"""An answer of GitHub is bounded in time and in size, whatever the other end sends, and belongs to who asked."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from bot.errors import Retry
from bot.forge import bounded
from bot.forge.bounded import requester, until
from bot.forge.connection import Account, Connection

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
Answer = Callable[[socket.socket, bytes], None]
PATIENCE = 20  # seconds during which a server drips before it ends its answer well


def drip(line: socket.socket, before: bytes, drop: bytes, after: bytes) -> None:
    """Send `before`, then one `drop` after the other, far sooner than any socket gives up, and at last `after`."""
    line.sendall(before)
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        line.sendall(drop)
        time.sleep(0.1)
    line.sendall(after)


def in_its_head(line: socket.socket, _: bytes) -> None:
    drip(line, b"HTTP/1.1 200 OK\r\nX-Slow: ", b".", b"\r\nContent-Length: 2\r\n\r\n{}")


def in_its_body(line: socket.socket, _: bytes) -> None:
    drip(line, HEAD + b"Connection: close\r\n\r\n{", b" ", b"}")


def in_the_size_of_a_part(line: socket.socket, _: bytes) -> None:
    drip(line, HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"0", b"2\r\n{}\r\n0\r\n\r\n")


def at_once(line: socket.socket, _: bytes) -> None:
    line.sendall(HEAD + b'Content-Length: 17\r\n\r\n{"name": "\xc3\xa9t\xc3\xa9"}')


@contextmanager
def server(answer: Answer, context: ssl.SSLContext | None = None) -> Iterator[str]:
    """Answer one request, and yield the address."""

    def serve() -> None:
        with suppress(OSError):  # the other end has had enough
            line = door.accept()[0]
            with context.wrap_socket(line, server_side=True) if context else line as line:
                answer(line, line.recv(65_536))

    with socket.create_server(("127.0.0.1", 0)) as door:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http{'s' if context else ''}://localhost:{door.getsockname()[1]}"
        thread.join()


def ask(url: str, deadline: float) -> object:
    account = Account(requester(url, 10), lambda: False, 0)
    return Connection(account, deadline).get("/", "essai")


@pytest.mark.parametrize("slow", [in_its_head, in_its_body, in_the_size_of_a_part])
@pytest.mark.parametrize("secure", [False, True])
def test_an_answer_that_drips_ends_with_its_job(
    slow: Answer, secure: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A socket gives up where nothing comes for a while: here something always does."""
    context = None
    if secure:
        authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(context)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "ca.pem"))
    with server(slow, context) as url, pytest.raises(Retry, match="essai: Timeout"):
        ask(url, 1)


def test_an_answer_that_comes_in_time_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with server(at_once) as url:
        assert ask(url, 20) == {"name": "été"}
    monkeypatch.setattr(bounded, "MOST_BYTES", 16)
    with server(at_once) as url, pytest.raises(Retry, match="TooLarge"):
        ask(url, 20)


def test_a_job_whose_time_is_over_sends_nothing() -> None:
    """Nor does the request for a token, which PyGithub makes on its own."""
    way = requester("http://localhost:9", 10)
    with until(time.monotonic() - 1), pytest.raises(bounded.Timeout, match="before it was sent"):
        way.requestJson("GET", "/")


def test_threads_that_share_a_line_send_each_their_own_request() -> None:
    heard = bytearray()

    def answer(line: socket.socket, asked: bytes) -> None:
        heard.extend(asked)
        at_once(line, asked)

    with server(answer) as url:
        shared = bounded._Http("localhost", int(url.rpartition(":")[2]), timeout=10)
        shared.request("GET", "/mine", None, {})
        other = threading.Thread(target=shared.request, args=("POST", "/theirs", "{}", {}))
        other.start()
        other.join()
        shared.getresponse()
        shared.close()
    assert heard.startswith(b"GET /mine ")
