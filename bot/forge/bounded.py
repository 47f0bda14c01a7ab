"""Bounds an answer of GitHub in time and in size; PyGithub waits for each of its bytes anew, and keeps them all."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from math import ceil
from typing import Any

from github import Auth
from github.Requester import HTTPRequestsConnectionClass, HTTPSRequestsConnectionClass, Requester, RequestsResponse
from requests import Response, Session, Timeout
from requests.adapters import HTTPAdapter
from requests.exceptions import RequestException
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

MOST_BYTES = 32 * 1024 * 1024  # of an answer: we ask for 4 MiB of text at most, which JSON may write six times as long
_WHOLE = 60  # seconds for a request that no job's deadline bounds
PER_PAGE = 100


class TooLargeError(RequestException):
    """An answer is larger than any that we ask for."""


class _Watch:
    """Cuts the line of one request at its time, wherever it stands: a socket's own timeout starts anew with
    every byte that arrives."""

    def __init__(self, seconds: float) -> None:
        self.late = False
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(max(seconds, 0), self._cut)
        self._timer.daemon = True
        self._timer.start()

    def over(self, line: socket.socket | None) -> None:
        """Watch over `line`, on which the answer is awaited."""
        self._socket = line
        if self.late:
            raise TimeoutError("its time is over")

    def end(self) -> None:
        self._timer.cancel()
        self._socket = None

    def _cut(self) -> None:
        self.late = True
        if (line := self._socket) is not None:
            with suppress(OSError):  # closed already
                socket.socket.shutdown(line, socket.SHUT_RDWR)


_UNTIL: ContextVar[float | None] = ContextVar("until", default=None)
_WATCH: ContextVar[_Watch | None] = ContextVar("watch", default=None)


@contextmanager
def until(end: float) -> Iterator[None]:
    """Have every request inside, also those that PyGithub makes on its own, be over at `end` of the monotonic clock."""
    token = _UNTIL.set(end)
    try:
        yield
    finally:
        _UNTIL.reset(token)


def requester(url: str, timeout: float, auth: Auth.Auth | None = None) -> Requester:
    """Return the way to the GitHub whose REST address is `url`. A line that is silent for `timeout` seconds is
    given up. Nothing is repeated and nothing waited for, which are ours to decide."""

    class Bounded(Requester):  # of its own, since the class keeps which connections are made
        pass

    Bounded.injectConnectionClasses(_Http, _Https)
    made = Bounded(
        auth,
        url,
        timeout=ceil(timeout),
        user_agent="greffier",
        per_page=PER_PAGE,
        verify=True,
        retry=0,
        pool_size=None,
        api_version="2022-11-28",
    )
    Bounded.resetConnectionClasses()  # those of `made` stay; injected, each would serve one request only
    return made


class _HttpLine(HTTPConnection):
    def request(self, *given: Any, **more: Any) -> None:
        super().request(*given, **more)
        _watched(self)


class _HttpsLine(HTTPSConnection):
    def request(self, *given: Any, **more: Any) -> None:
        super().request(*given, **more)
        _watched(self)


def _watched(line: HTTPConnection) -> None:
    """Have the answer watched that is awaited on a line."""
    if watch := _WATCH.get():
        watch.over(line.sock)


class _HttpPool(HTTPConnectionPool):
    ConnectionCls = _HttpLine


class _HttpsPool(HTTPSConnectionPool):
    ConnectionCls = _HttpsLine


class _Adapter(HTTPAdapter):
    """Opens lines that can be cut, through a proxy too."""

    def init_poolmanager(self, *given: Any, **more: Any) -> None:
        super().init_poolmanager(*given, **more)
        self._cuttable(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **more: Any) -> Any:
        return self._cuttable(super().proxy_manager_for(proxy, **more))

    @staticmethod
    def _cuttable(manager: PoolManager) -> PoolManager:
        manager.pool_classes_by_scheme = {"http": _HttpPool, "https": _HttpsPool}
        return manager


class _Whole(RequestsResponse):
    """An answer that was read to its end."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer)
        content = bytearray()
        for part in answer.iter_content(65_536):
            content += part
            if len(content) > MOST_BYTES:
                raise TooLargeError(f"more than {MOST_BYTES} bytes")
        self._text = content.decode("utf-8", "replace")

    def read(self) -> str:
        return self._text


class _Bounded:
    """What PyGithub takes for a connection: it is told the request, then asked for the answer. Threads share it,
    so that each has its own request; with PyGithub's own, one could send another's."""

    protocol: str
    host: str
    port: int
    timeout: int | None
    verify: bool | str
    session: Session

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.session.mount(f"{self.protocol}://", _Adapter())
        self._asked = threading.local()

    def request(self, verb: str, url: str, input: Any, headers: dict[str, str], _stream: bool = False) -> None:
        self._asked.request = verb, f"{self.protocol}://{self.host}:{self.port}{url}", input, headers

    def getresponse(self) -> RequestsResponse:
        verb, url, body, headers = self._asked.request
        left = (_UNTIL.get() or time.monotonic() + _WHOLE) - time.monotonic()
        if left <= 0:
            raise Timeout("its time was over before it was sent")
        watch = _Watch(left)
        token = _WATCH.set(watch)
        try:
            with self.session.request(
                verb,
                url,
                data=body,
                headers=headers,
                timeout=self.timeout,
                verify=self.verify,
                allow_redirects=False,
                stream=True,
            ) as answer:
                whole = _Whole(answer)
        except RequestException:
            if not watch.late:
                raise
        finally:
            watch.end()
            _WATCH.reset(token)
        if watch.late:  # what was cut may read like an answer that is whole
            raise Timeout(f"it took more than {left:.0f} s")
        return whole


class _Http(_Bounded, HTTPRequestsConnectionClass):
    pass


class _Https(_Bounded, HTTPSRequestsConnectionClass):
    pass
