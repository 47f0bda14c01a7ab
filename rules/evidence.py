"""What the internet answered about the addresses of an entry, as plain data that rules may look at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class Reach(StrEnum):
    """What came of asking for an address."""

    REACHABLE = "reachable"  # 2xx
    GONE = "gone"  # 404, 410 or no such host, twice
    REFUSED = "refused"  # 401, 403, 429: a wall against robots, never a fault
    BROKEN = "broken"  # no trustworthy TLS
    UNKNOWN = "unknown"  # 5xx, too slow, no connection: nothing can be said


class Description(NamedTuple):
    """A file that describes an API, as far as it can be read.

    `format` is `OpenAPI 3.0.3`, `Swagger 2.0`, `AsyncAPI 2.6.0`…, empty where the file is none of these; `fault`
    is then why: `page` (of HTML), `not-text` (neither JSON nor YAML) or `other`; or why nobody looked: `too-large`,
    `compressed`, `unread` (it makes the reader stumble). Where there is a format,
    `fault` is the validator's first objection, in English, and `place` the JSON pointer of what it objects to.
    `operations` counts them, `open_operation` is one that needs no credentials (`GET /stations`), `call` is the
    address of one that nothing forbids to try, and `called` the same once it has answered. `origin` says whether
    the site's own pages may load the file: it answers with `Access-Control-Allow-Origin`; None for a file of the site.
    """

    format: str = ""
    fault: str = ""
    place: str = ""
    title: str = ""
    operations: int = 0
    servers: tuple[str, ...] = ()
    open_operation: str = ""
    called: str = ""
    origin: bool | None = None
    call: str = ""


class Answer(NamedTuple):
    """What came of asking for one address. `status` is HTTP's, 0 where none was received; `why` says in
    one word what else happened (see `bot.replies`), `unasked` where nobody asked; `final` is where redirects led,
    `until` the day (ISO) on which the site's certificate ends."""

    outcome: Reach
    status: int = 0
    why: str = ""
    final: str = ""
    until: str = ""
    description: Description | None = None


UNASKED = Answer(Reach.UNKNOWN, why="unasked")  # the request has more addresses than one review asks for


def as_plain(answer: Answer) -> dict[str, Any]:
    """Return an answer as plain data, without what goes without saying: `answer_from` reads it again."""
    given = {name: value for name, value in answer._asdict().items() if value not in ("", 0, None)}
    if answer.description:
        said = answer.description._asdict()
        kept = {name: value for name, value in said.items() if value not in ("", 0, None, ()) or value is False}
        given["description"] = {
            name: list(value) if isinstance(value, tuple) else value for name, value in kept.items()
        }
    return {**given, "outcome": answer.outcome.value}


def answer_from(plain: Mapping[str, Any]) -> Answer:
    """Return the answer that plain data tell of; raises TypeError, KeyError or ValueError for any other data."""
    said = plain.get("description")
    description = Description(**{**said, "servers": tuple(said.get("servers", ()))}) if said is not None else None
    return Answer(**{**plain, "outcome": Reach(plain["outcome"]), "description": description})
