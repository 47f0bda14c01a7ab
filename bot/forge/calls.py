"""What is remembered of each request to GitHub."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was sent. `status` is 0 where no answer came; `left` is how many more GitHub allows this
    hour of the same `resource` (`core`, `graphql`), None where it did not say.
    https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"""

    method: str
    purpose: str
    status: int
    seconds: float
    left: int | None = None
    resource: str = "core"
