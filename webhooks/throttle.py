"""Slows down who guesses: after a few wrong tokens nobody is listened to for a while, from one address or from all."""

from __future__ import annotations

import threading
import time
from collections import deque

_FROM_ONE, _FROM_ALL = 5, 50  # wrong guesses
_WITHIN = 300  # seconds


class Throttle:
    """The wrong guesses of the last five minutes, in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._wrong: deque[tuple[float, str]] = deque(maxlen=_FROM_ALL)

    def wrong(self, address: str) -> None:
        """Note a wrong guess."""
        with self._lock:
            self._wrong.append((time.monotonic(), address))

    def closed(self, address: str) -> bool:
        """Whether no more guesses are heard from an address for now."""
        since = time.monotonic() - _WITHIN
        with self._lock:
            recent = [one for at, one in self._wrong if at > since]
        return len(recent) >= _FROM_ALL or recent.count(address) >= _FROM_ONE
