"""The primary rate limit: what each bearer has spent this hour, as every answer's headers tell.

https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
"""

from __future__ import annotations

from collections.abc import Callable

HOUR = 3600


class Limits:
    """Counts by bearer and resource (`core` or `graphql`); `limit` points per hour each."""

    def __init__(self, clock: Callable[[], float], limit: int = 5_000) -> None:
        self.limit = limit
        self._clock = clock
        self._spent: dict[tuple[str, str], tuple[float, int]] = {}  # when the hour ends, points used

    def spend(self, bearer: str, resource: str, points: int) -> bool:
        """Count points, negative to give them back; False when the hour has not that many left."""
        reset, used = self._window(bearer, resource)
        if used + points > self.limit:
            return False
        self._spent[bearer, resource] = (reset, used + points)
        return True

    def state(self, bearer: str, resource: str) -> dict[str, int]:
        """Return `limit`, `used`, `remaining` and `reset` (seconds since 1970)."""
        reset, used = self._window(bearer, resource)
        return {"limit": self.limit, "used": used, "remaining": self.limit - used, "reset": int(reset)}

    def headers(self, bearer: str, resource: str) -> dict[str, str]:
        """Return the X-RateLimit headers."""
        state = self.state(bearer, resource)
        return {f"X-RateLimit-{name.title()}": str(value) for name, value in state.items()} | {
            "X-RateLimit-Resource": resource
        }

    def _window(self, bearer: str, resource: str) -> tuple[float, int]:
        now = self._clock()
        reset, used = self._spent.get((bearer, resource), (0.0, 0))
        return (reset, used) if reset > now else (now + HOUR, 0)
