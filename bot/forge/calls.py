"""What is remembered of each request to GitHub."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was sent. `status` is 0 where no answer came."""

    method: str
    purpose: str
    status: int
    seconds: float
