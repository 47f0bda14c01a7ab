"""What is asked of an address and what came of it, in plain data; `bot.probe` does the asking."""

from __future__ import annotations

from dataclasses import dataclass

from rules.evidence import Reach

MOST_LINKS = 40  # asked for one review, its one call included; of the others, the evidence says that nobody asked


@dataclass(frozen=True, slots=True)
class Ask:
    """An address to ask for. Up to `most` bytes of what it holds are kept; with 0, only whether it answers.
    `once`: a single GET that follows nothing."""

    url: str
    most: int = 0
    once: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What came of it. `status` is HTTP's, 0 where none was received.

    `why` is one word where there is more to say: `no-host`; of a certificate `expired`, `name`, `issuer`,
    `self-signed` or `tls`; `slow`, `connection`, `redirects` (too many), `private` (an address inside some network),
    `forbidden` (no plain http or https address), `compressed` (though that was refused: nothing is kept of it).
    `final` is where redirects led, `until` the day on which the certificate ends, `origin` whether the site's pages
    may load it, and `body` what was kept, None where there is more of it than was asked for.
    """

    outcome: Reach
    status: int = 0
    why: str = ""
    final: str = ""
    until: str = ""
    origin: bool = False
    body: bytes | None = b""


@dataclass(frozen=True, slots=True)
class Limits:
    """Seconds and counts. All addresses together take `deadline` at most (None: as long as it takes), and one
    request `each`. An address that is gone is asked for again after `again`; requests to one host are `pause` apart."""

    deadline: float | None = 8
    each: float = 4
    again: float = 2
    pause: float = 0
    at_once: int = 8
    per_host: int = 2
