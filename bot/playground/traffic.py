"""What travels: the requests that arrive, and the webhook events and their deliveries that leave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from bot.playground.model import Json


class Event(NamedTuple):
    """A webhook event: its name (`pull_request`) and payload."""

    name: str
    payload: Json


@dataclass(slots=True)
class Delivery:
    """A webhook delivery as `GET /app/hook/deliveries` lists it; `status_code` is 0 until it was answered."""

    id: int
    guid: str
    event: str
    payload: Json
    redelivery: bool
    delivered: float
    status_code: int = 0


@dataclass(slots=True)
class Request:
    """A request that arrived, in order: `path` without the /api/v3 prefix. `status` is 0 when no answer was given."""

    method: str
    path: str
    query: str
    body: bytes
    route: str = ""
    status: int = 0
    answer: bytes = b""
    applied: bool = False
    fault: str | None = None
