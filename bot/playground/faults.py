"""Faults on demand: what may go wrong between a client and GitHub, at the request that a test chooses."""

from __future__ import annotations

import random
import re
import threading
from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum


class Kind(StrEnum):
    """What happens to a request. BEFORE: it had no effect; AFTER: it was applied, and only the answer is lost."""

    ERROR_BEFORE = "500 before"
    ERROR_AFTER = "500 after"
    DROP_BEFORE = "dropped before"
    DROP_AFTER = "dropped after"
    HANG_BEFORE = "time-out before"
    HANG_AFTER = "time-out after"
    SECONDARY_LIMIT = "403 secondary limit"
    TOO_MANY = "429"

    @property
    def applied(self) -> bool:
        """Whether the request takes effect all the same."""
        return self in (Kind.ERROR_AFTER, Kind.DROP_AFTER, Kind.HANG_AFTER)


@dataclass(slots=True)
class Fault:
    """One fault, spent after `times` requests that match `method` and `path` (a regular expression, searched).

    `nth` counts the matching requests from the moment of injection, the first being 1. `retry_after` (seconds) is what
    a limit asks for, no header if None; a time-out holds the answer for `seconds`, then drops the connection.
    `reached` is set when the fault strikes: a test can wait for it, then kill the client.
    """

    kind: Kind
    nth: int = 1
    method: str | None = None
    path: str = ""
    times: int = 1
    retry_after: int | None = 1
    seconds: float = 30.0
    reached: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Faults:
    """The faults to come, and the standing ones.

    `latency` (seconds) is spent on every request. `truncated_trees` makes every tree incomplete; the patch of a path
    that `withheld` matches (a regular expression) is missing although the file changed.
    """

    latency: float = 0.0
    truncated_trees: bool = False
    withheld: str | None = None
    _planned: list[Fault] = field(default_factory=list)
    _rate: float = 0.0
    _kinds: tuple[Kind, ...] = ()
    _dice: random.Random = field(default_factory=random.Random)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def inject(self, fault: Fault) -> Fault:
        """Plan a fault."""
        with self._lock:
            self._planned.append(fault)
        return fault

    def at_random(self, rate: float, seed: int, kinds: Collection[Kind] = tuple(Kind)) -> None:
        """Let a share of all requests (`rate`, 0 to 1) fail for ever, the same ones for the same seed."""
        with self._lock:
            self._rate, self._kinds, self._dice = rate, tuple(kinds), random.Random(seed)  # noqa: S311 - a die, no secret

    def clear(self) -> None:
        """Let everything go well from now on."""
        with self._lock:
            self._planned.clear()
            self._rate, self.latency, self.truncated_trees, self.withheld = 0.0, 0.0, False, None

    def take(self, method: str, path: str) -> Fault | None:
        """Return the fault of a request that arrives now, if it has one."""
        with self._lock:
            struck = None
            for fault in list(self._planned):
                if (fault.method not in (None, method)) or not re.search(fault.path, path):
                    continue
                if fault.nth > 1:
                    fault.nth -= 1
                elif struck is None:
                    struck = fault
                    fault.times -= 1
                    if not fault.times:
                        self._planned.remove(fault)
            if struck is None and self._rate and self._dice.random() < self._rate:
                struck = Fault(self._dice.choice(self._kinds), seconds=1.0)
        if struck:
            struck.reached.set()
        return struck
