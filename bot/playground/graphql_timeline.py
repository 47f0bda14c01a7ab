"""How GraphQL sees the timeline of a pull request: the events that moved its branches."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from bot.playground.accounts import iso
from bot.playground.graphql_pages import View
from bot.playground.graphql_schema import EVENTS
from bot.playground.model import Happening, Pull, node_id

if TYPE_CHECKING:
    from bot.playground.graphql_views import Views


def timeline_items(views: Views, pull: Pull, wanted: Collection[str] | None) -> list[View]:
    """The events of the wanted types, all of `EVENTS` where none is named, oldest first."""
    told = [(number, event) for number, event in enumerate(pull.timeline) if event.what in EVENTS]
    return [
        _event(views, pull, number, event)
        for number, event in told
        if wanted is None or f"{event.what.upper()}_EVENT" in wanted
    ]


def _event(views: Views, pull: Pull, number: int, event: Happening) -> View:
    return {
        "__typename": EVENTS[event.what],
        "id": node_id("TE", pull.id * 2**16 + number),
        "actor": lambda _: views.actor(event.who),
        "createdAt": iso(event.when),
    }
