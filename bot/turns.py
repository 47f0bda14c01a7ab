"""Whose turn it is to send a request: so many at once, so many to one host, whatever asks in this process."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.replies import Limits

_LOOK = 0.02  # seconds between two looks at whether another round has ended its request


class _Running:
    """The requests that run in this process, whichever review they are for."""

    def __init__(self) -> None:
        self._lock, self._hosts = threading.Lock(), Counter[str]()

    def begin(self, host: str, limits: Limits) -> bool:
        """Count one request more, if the limits allow it."""
        with self._lock:
            free = self._hosts.total() < limits.at_once and self._hosts[host] < limits.per_host
            self._hosts[host] += free
            return free

    def end(self, host: str) -> None:
        """Count one less; a host that is left alone is forgotten."""
        with self._lock:
            self._hosts -= Counter((host,))


_RUNNING = _Running()


class Turns:
    """The turns of one round of questions, which has one event loop."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._all = asyncio.Semaphore(limits.at_once)
        self._hosts = defaultdict[str, asyncio.Semaphore](lambda: asyncio.Semaphore(limits.per_host))
        self._free = defaultdict[str, float](float)

    @asynccontextmanager
    async def of(self, host: str) -> AsyncIterator[None]:
        """Wait for the turn of a request to `host`, then hold it. Few wait for other rounds at a time: the others
        wait in this one."""
        async with self._hosts[host]:
            await self._pause(host)
            async with self._all:
                while not _RUNNING.begin(host, self._limits):
                    await asyncio.sleep(_LOOK)
                try:
                    yield
                finally:
                    _RUNNING.end(host)

    async def _pause(self, host: str) -> None:
        now = asyncio.get_running_loop().time()
        start = max(now, self._free[host])
        self._free[host] = start + self._limits.pause
        await asyncio.sleep(start - now)
