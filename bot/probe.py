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
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from bot import PROJECT, VERSION
from bot.addresses import is_public
from bot.outcomes import PrivateError, hung_up, noting, of_failure, of_status
from bot.replies import Ask, Limits, Reply
from bot.turns import Turns
from rules.evidence import Reach

PORTS = (80, 443)
MOST_REDIRECTS = 4
SITE = "https://api.gouv.fr"  # whose pages load the descriptions of APIs; where names are known, its name is
_BUFFER = 16 * 1024  # bytes that wait to be read
_HEAD_SETTLES = (*range(200, 400), 401, 429)  # any other answer may only mean that HEAD is not served

Heard = TypeVar("Heard")
AddrInfo = tuple[int, int, int, str, Any]  # as `socket.getaddrinfo` gives them


@dataclass(frozen=True, slots=True)
class Network:
    """How the internet is reached: names, sockets and trusted certificates. Hosts in `allowed` may be
    anywhere, on any port: those of a laboratory or an intranet, named by the operator. `about` is the page that
    tells who is asking."""

    allowed: frozenset[str] = frozenset()
    resolver: Callable[[], AbstractResolver] = lambda: aiohttp.AsyncResolver(timeout=3, tries=2)
    opened: Callable[[AddrInfo], socket.socket] = lambda info: socket.socket(*info[:3])
    trusted: Callable[[], ssl.SSLContext] = ssl.create_default_context
    about: str = PROJECT


def ask(
    asks: Iterable[Ask], limits: Limits, network: Network, heard: Callable[[Ask, Reply], Heard]
) -> dict[str, Heard]:
    """Return what `heard` makes of the reply of every address, as each comes, all within `limits.deadline`: no
    reply is kept.

    Never raises for what a server does. What is not known in time is `unknown`, `slow`.
    """
    wanted = {one.url: one for one in asks}
    made = asyncio.run(_Probe(limits, network).all(wanted, heard)) if wanted else {}
    late = Reply(Reach.UNKNOWN, why="slow")
    return {url: made[url] if url in made else heard(one, late) for url, one in wanted.items()}


class _Probe:
    """One round of questions."""

    def __init__(self, limits: Limits, network: Network) -> None:
        self._limits, self._network = limits, network
        self._end = None if limits.deadline is None else time.monotonic() + limits.deadline
        self._ends: dict[str, str] = {}
        self._trusted = noting(network.trusted(), self._ends)
        self._turns = Turns(limits)
        self._names: asyncio.Task[bool] | None = None

    async def all(self, asks: Mapping[str, Ask], heard: Callable[[Ask, Reply], Heard]) -> dict[str, Heard]:
        """Ask for everything, as much at once as the limits allow; what is not known in time is left out."""
        made: dict[str, Heard] = {}

        async def settle(one: Ask) -> None:
            reply = await self._settle(one)
            if self._left() != 0:  # making something of a reply takes time too
                made[one.url] = heard(one, reply)

        async with self._session(self._guarded) as self._stranger, self._session(self._network.opened) as self._named:
            tasks = [asyncio.create_task(settle(one)) for one in asks.values()]
            try:
                await asyncio.wait(tasks, timeout=self._left())
            finally:  # whoever types Ctrl-C does not wait either
                for task in tasks:
                    task.cancel()
                results = await asyncio.gather(*tasks, return_exceptions=True)
            for result in results:
                if isinstance(result, Exception):
                    raise result  # a fault of ours
        await asyncio.sleep(0.05)  # connections that were broken off are closed meanwhile
        return made

    def _left(self) -> float | None:
        return None if self._end is None else max(0, self._end - time.monotonic())

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
            headers={
                "User-Agent": f"greffier/{VERSION} (+{self._network.about})",
                "Accept-Encoding": "identity",  # nothing is ever decompressed, so nothing explodes
            },
            trust_env=False,
            auto_decompress=False,
            read_bufsize=_BUFFER,
            timeout=aiohttp.ClientTimeout(None),  # ours hold for names and redirects too
        )

    def _guarded(self, info: AddrInfo) -> socket.socket:
        if not is_public(info[4][0]):
            raise PrivateError("not a public address")
        return self._network.opened(info)

    async def _settle(self, one: Ask) -> Reply:
        """Ask for one address; believe that it is gone only when told twice, and that a site does not exist only
        where others do: some networks know no names."""
        reply = await self._follow(one)
        if reply.outcome is Reach.GONE and not one.once:
            await asyncio.sleep(self._limits.again)
            reply = await self._follow(one)
        if reply.why == "no-host" and not await self._knows_names():
            return replace(reply, outcome=Reach.UNKNOWN, why="connection")
        return reply

    async def _knows_names(self) -> bool:
        """Whether the site's own name is known in this round."""
        if self._names is None:
            self._names = asyncio.create_task(self._knows(str(URL(SITE).host)))
        return await asyncio.shield(self._names)

    async def _knows(self, name: str) -> bool:
        resolver = self._network.resolver()
        try:
            return bool(await resolver.resolve(name))
        except OSError:
            return False
        finally:
            await resolver.close()

    async def _follow(self, one: Ask) -> Reply:
        """Ask for an address and for those that it redirects to."""
        origin, lets = SITE, True
        try:
            url = start = _address(URL(one.url), self._network.allowed)
            for _ in range(MOST_REDIRECTS + 1):
                method = "GET" if one.most or one.once else "HEAD"
                reply, onward = await self._once(method, url, one.most, origin)
                lets = lets and reply.origin  # a browser stops at the first answer that does not
                if onward is None or one.once:
                    return replace(reply, final="" if url == start else str(url), origin=lets)
                onward = _address(onward, self._network.allowed)
                if onward.origin() != url.origin():
                    origin = "null"  # https://fetch.spec.whatwg.org/#http-redirect-fetch, step 10
                url = onward
        except ValueError:  # what yarl can't read is no address
            return Reply(Reach.UNKNOWN, why="forbidden")
        return Reply(Reach.UNKNOWN, why="redirects")

    async def _once(self, method: str, url: URL, most: int, origin: str) -> tuple[Reply, URL | None]:
        """Send one request; returns where it redirects to beside the reply."""
        name = str(url.raw_host)
        http = self._named if name in self._network.allowed else self._stranger
        async with self._turns.of(name.rstrip(".")):
            try:
                async with (
                    asyncio.timeout(self._limits.each),
                    http.request(method, url, allow_redirects=False, headers={"Origin": origin}) as response,
                ):
                    reply, onward = await self._read(response, most, origin)
                    response.close()
            except TimeoutError:
                return Reply(Reach.UNKNOWN, why="slow"), None
            except (aiohttp.ClientError, OSError) as error:
                reply, onward = of_failure(error), None
                if not hung_up(error):
                    return reply, None
        if method == "HEAD" and reply.status not in _HEAD_SETTLES:
            return await self._once("GET", url, most, origin)
        return reply, onward

    async def _read(self, response: aiohttp.ClientResponse, most: int, origin: str) -> tuple[Reply, URL | None]:
        """Return what a response says, and where it redirects to."""
        headers, url, status = response.headers, response.url, response.status
        reply = Reply(
            of_status(status),
            status,
            until=self._ends.get(str(url.raw_host), "") if url.scheme == "https" else "",
            origin=headers.get("Access-Control-Allow-Origin") in ("*", origin),
        )
        if 300 <= status < 400:
            return reply, url.join(URL(headers["Location"])) if "Location" in headers else None
        if not most or reply.outcome is not Reach.REACHABLE:
            return reply, None
        if headers.get("Content-Encoding", "identity") != "identity":
            return replace(reply, why="compressed"), None
        body = bytearray()
        async for chunk in response.content.iter_chunked(_BUFFER):
            body += chunk
            if len(body) > most:
                return replace(reply, body=None), None
        return replace(reply, body=bytes(body)), None


def _address(url: URL, allowed: frozenset[str]) -> URL:
    """Return the address to ask for; raises ValueError for one that nobody may have us open."""
    host = url.raw_host
    odd = url.scheme not in ("http", "https") or url.user is not None or url.password is not None
    if odd or not host or (url.port not in PORTS and host not in allowed):
        raise ValueError(url)
    return url.with_fragment(None)
