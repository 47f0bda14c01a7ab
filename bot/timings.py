"""How long the service waits, and when a failed attempt is repeated."""

from __future__ import annotations

import random
from dataclasses import dataclass

_LATER = (1, 5, 30)
_AT_THEIR_WORD = 3  # attempts


@dataclass(frozen=True, slots=True)
class Timings:
    """All durations are in seconds.

    A pull request is looked at `quiet` after its last push and never more than `at_most` after the first
    one. A failed attempt is repeated after `backoff`, then twice that, and so on up to `longest_backoff`,
    until there were `attempts`; waiting for GitHub's limits to end is none. A review that takes more than
    `longest` is broken off, and one whose worker died `starts` times is given up. Finished jobs are
    forgotten after `keep`, which must exceed GitHub's redelivery window of 3 days, 7 on GitHub Enterprise
    Server. The queues are read every `poll`, vanished workers looked for every `rounds`, and all open pull
    requests looked through every `sweep`. Sites that did not answer are asked again 1, 5 and 30 times
    `asked_again` after the review that they left unsettled. A worker whose main loop stands for `still`
    ends, and is started again.
    https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
    """

    quiet: float = 5
    at_most: float = 60
    backoff: float = 10
    longest_backoff: float = 1800
    attempts: int = 8
    starts: int = 10
    longest: float = 600
    keep: float = 10 * 86400
    poll: float = 1
    rounds: float = 60
    sweep: float = 3600
    asked_again: float = 60
    still: float = 120

    def later(self, times: int) -> float | None:
        """Return the seconds after which sites are asked again that were asked `times` since the first review,
        None where they have had their time."""
        return self.asked_again * _LATER[times] if times < len(_LATER) else None

    def wait(self, attempt: int, asked: float | None = None) -> float:
        """Return the seconds to wait after attempt number `attempt`, counted from 0, has failed.

        Who knows when to come back is taken at their word, a second at least: the wait is what they
        `asked` for. After three attempts their word was not enough, and it is only the shortest wait. All
        is spread by half, so that many jobs that failed together do not come back together.
        """
        doubled: float = min(self.backoff * 2**attempt, self.longest_backoff)
        told = asked is not None and attempt < _AT_THEIR_WORD
        return max(1 if told else doubled, asked or 0) * random.uniform(1, 1.5)  # noqa: S311 - no secret
