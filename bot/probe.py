"""The guarded fetch: the only module that opens an address given by a stranger.

The guard stands where sockets are made, so it sees the numeric address of every connection about to be
attempted, for every DNS answer and every redirect: nothing lies between the check and its use.
https://docs.aiohttp.org/en/stable/client_reference.html#aiohttp.TCPConnector (socket_factory)
"""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot.addresses import is_public
from bot.replies import Ask, Limits, Reply
from rules.evidence import Reach

PORTS = (80, 443)
MOST_REDIRECTS = 4
SITE = "https://api.gouv.fr"  # whose pages load the descriptions of APIs
_HEADERS = {
    "User-Agent": "greffier/1 (+https://api.gouv.fr/contact)",
    "Accept-Encoding": "identity",  # nothing is ever decompressed, so nothing explodes
    "Origin": SITE,
}
_BUFFER = 16 * 1024  # bytes that wait to be read
_GONE, _WALLS = (404, 410), (401, 403, 429)
_HEAD_SETTLES = (*range(200, 400), 401, 429)  # any other answer may only mean that HEAD is not served
_NO_SUCH_NAME = 4  # ARES_ENOTFOUND of c-ares: the name servers say so, unlike when they are silent
# What OpenSSL says of a certificate, in one word. https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error/
_CERTIFICATES = {10: "expired", 18: "self-signed", 19: "self-signed", 20: "issuer", 21: "issuer", 62: "name"}

AddrInfo = tuple[int, int, int, str, Any]  # as `socket.getaddrinfo` gives them


@dataclass(frozen=True, slots=True)
class Network:
    """How the internet is reached: names, sockets and trusted certificates. Hosts in `allowed` may be
    anywhere, on any port: those of a laboratory or an intranet, named by the operator."""

    allowed: frozenset[str] = frozenset()
    resolver: Callable[[], AbstractResolver] = lambda: aiohttp.AsyncResolver(timeout=3, tries=2)
    opened: Callable[[AddrInfo], socket.socket] = lambda info: socket.socket(*info[:3])
    trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context


class _PrivateError(OSError):
    """The address is not of the public internet. All have the same words, else they would be wrapped."""


def ask(
    asks: Iterable[Ask],
    limits: Limits,
    network: Network,
    heard: Callable[[Ask, Reply], None] = lambda *_: None,
) -> dict[str, Reply]:
    """Return the reply of every address, all within `limits.deadline`; `heard` is told of each as it comes.

    Never raises for what a server does. What is not known in time is `unknown`, `slow`.
    """
    wanted = {one.url: one for one in asks}
    return asyncio.run(_Probe(limits, network).all(wanted, heard)) if wanted else {}


class _Probe:
    """One round of questions."""

    def __init__(self, limits: Limits, network: Network) -> None:
        self._limits, self._network = limits, network
        self._start = time.monotonic()
        self._ends: dict[str, str] = {}
        self._trusted = _noting(network.trusted(), self._ends)
        self._turn = asyncio.Semaphore(limits.at_once)
        self._turns = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.per_host))
        self._free = defaultdict[str, float](float)

    async def all(self, asks: Mapping[str, Ask], heard: Callable[[Ask, Reply], None]) -> dict[str, Reply]:
        """Ask for everything, as much at once as the limits allow."""
        replies: dict[str, Reply] = {}

        async def settle(one: Ask) -> None:
            replies[one.url] = reply = await self._settle(one)
            heard(one, reply)

        async with self._session(self._guarded) as self._stranger, self._session(self._network.opened) as self._named:
            tasks = [asyncio.create_task(settle(one)) for one in asks.values()]
            spent, most = time.monotonic() - self._start, self._limits.deadline
            try:
                await asyncio.wait(tasks, timeout=None if most is None else max(0, most - spent))
            finally:  # whoever types Ctrl-C does not wait either
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result  # a fault of ours
        await asyncio.sleep(0.05)  # connections that were broken off are closed meanwhile
        return {url: replies.get(url) or Reply(Reach.UNKNOWN, why="slow") for url in asks}

    def _session(self, opened: Callable[[AddrInfo], socket.socket]) -> aiohttp.ClientSession:
        connector = aiohttp.TCPConnector(
            limit=0,
            force_close=True,
            use_dns_cache=False,
            resolver=self._network.resolver(),
            ssl=self._trusted,
            socket_factory=opened,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            headers=_HEADERS,
            trust_env=False,
            auto_decompress=False,
            read_bufsize=_BUFFER,
            timeout=aiohttp.ClientTimeout(None),  # ours hold for names and redirects too
        )

    def _guarded(self, info: AddrInfo) -> socket.socket:
        if not is_public(info[4][0]):
            raise _PrivateError("not a public address")
        return self._network.opened(info)

    async def _settle(self, one: Ask) -> Reply:
        """Ask for one address; believe that it is gone only when told twice."""
        reply = await self._follow(one)
        if reply.outcome is Reach.GONE and not one.once:
            await asyncio.sleep(self._limits.again)
            reply = await self._follow(one)
        return reply

    async def _follow(self, one: Ask) -> Reply:
        """Ask for an address and for those that it redirects to."""
        try:
            url = start = _address(URL(one.url), self._network.allowed)
            for _ in range(MOST_REDIRECTS + 1):
                reply, onward = await self._once("GET" if one.most or one.once else "HEAD", url, one.most)
                if onward is None or one.once:
                    return replace(reply, final="" if url == start else str(url))
                url = _address(onward, self._network.allowed)
        except ValueError:  # what yarl can't read is no address
            return Reply(Reach.UNKNOWN, why="forbidden")
        return Reply(Reach.UNKNOWN, why="redirects")

    async def _once(self, method: str, url: URL, most: int) -> tuple[Reply, URL | None]:
        """Send one request; returns where it redirects to beside the reply."""
        host = str(url.raw_host)
        http = self._named if host in self._network.allowed else self._stranger
        async with self._turns[host]:
            await self._pause(host)
            async with self._turn:
                try:
                    async with (
                        asyncio.timeout(self._limits.each),
                        http.request(method, url, allow_redirects=False) as response,
                    ):
                        reply, onward = await self._read(response, most)
                        response.close()
                except TimeoutError:
                    return Reply(Reach.UNKNOWN, why="slow"), None
                except (aiohttp.ClientError, OSError) as error:
                    return _failed(error), None
        if method == "HEAD" and reply.status not in _HEAD_SETTLES:
            return await self._once("GET", url, most)
        return reply, onward

    async def _read(self, response: aiohttp.ClientResponse, most: int) -> tuple[Reply, URL | None]:
        """Return what a response says, and where it redirects to."""
        headers, url, status = response.headers, response.url, response.status
        reply = Reply(
            _outcome(status),
            status,
            until=self._ends.get(str(url.raw_host), "") if url.scheme == "https" else "",
            kind=response.content_type,
            origin=headers.get("Access-Control-Allow-Origin") in ("*", SITE),
        )
        if 300 <= status < 400:
            return reply, url.join(URL(headers["Location"])) if "Location" in headers else None
        if not most or reply.outcome is not Reach.REACHABLE:
            return reply, None
        if headers.get("Content-Encoding", "identity") != "identity":
            return replace(reply, body=None), None
        body = bytearray()
        async for chunk in response.content.iter_chunked(_BUFFER):
            body += chunk
            if len(body) > most:
                return replace(reply, body=None), None
        return replace(reply, body=bytes(body)), None

    async def _pause(self, host: str) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self._free[host])
        self._free[host] = start + self._limits.pause
        await asyncio.sleep(start - now)


def _address(url: URL, allowed: frozenset[str]) -> URL:
    """Return the address to ask for; raises ValueError for one that nobody may have us open."""
    host = url.raw_host
    odd = url.scheme not in ("http", "https") or url.user is not None or url.password is not None
    if odd or not host or (url.port not in PORTS and host not in allowed):
        raise ValueError(url)
    return url.with_fragment(None)


def _outcome(status: int) -> Reach:
    if 200 <= status < 300:
        return Reach.REACHABLE
    if status in _WALLS:
        return Reach.REFUSED
    return Reach.GONE if status in _GONE else Reach.UNKNOWN


def _failed(error: Exception) -> Reply:
    """Return what a connection that failed tells."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        code = getattr(error.certificate_error, "verify_code", 0)
        return Reply(Reach.BROKEN, why=_CERTIFICATES.get(code, "tls"))
    if isinstance(error, aiohttp.ClientConnectorSSLError):
        return Reply(Reach.BROKEN, why="tls")
    reason = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(reason, _PrivateError):
        return Reply(Reach.UNKNOWN, why="private")
    if reason.__cause__ is not None and reason.__cause__.args[:1] == (_NO_SUCH_NAME,):
        return Reply(Reach.GONE, why="no-host")
    return Reply(Reach.UNKNOWN, why="connection")


def _noting(context: ssl.SSLContext, ends: dict[str, str]) -> ssl.SSLContext:
    """Have `context` note in `ends` until which day the certificate of each host holds."""

    class Noting(ssl.SSLObject):
        def do_handshake(self) -> None:
            super().do_handshake()
            end = ssl.cert_time_to_seconds(str((self.getpeercert() or {})["notAfter"]))
            ends[str(self.server_hostname)] = datetime.fromtimestamp(end, UTC).date().isoformat()

    context.sslobject_class = Noting  # https://docs.python.org/3/library/ssl.html#ssl.SSLContext.sslobject_class
    return context
