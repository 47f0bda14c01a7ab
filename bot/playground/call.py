"""One request being answered: who asks, about which repository, and the way to page and to point."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urlencode

from bot.playground.access import Grant, Refusal
from bot.playground.model import App, CheckRun, Json, Pull, Repository
from bot.playground.shapes import Shapes
from bot.playground.store import Store
from bot.playground.strict import Keys, check

Item = TypeVar("Item")
DOCS = "https://docs.github.com/rest"
REPOSITORY = "/repos/<owner>/<repo>"


@dataclass(slots=True)
class Call:
    """A request that was let in, `bearer` being a token's grant or an App with its own JWT."""

    store: Store
    shapes: Shapes
    url: str  # without the query
    arguments: Mapping[str, Any]
    query: Mapping[str, str]
    accept: str
    body: object
    bearer: Grant | App | None = None
    headers: dict[str, str] = field(default_factory=dict)
    later: list[Callable[[], object]] = field(default_factory=list)

    @property
    def who(self) -> Grant:
        """The bearer of the token."""
        if not isinstance(self.bearer, Grant):
            raise Refusal(401, "Requires authentication")
        return self.bearer

    @property
    def app(self) -> App:
        """The App of the JWT."""
        if not isinstance(self.bearer, App):
            raise Refusal(401, "A JSON web token could not be decoded")
        return self.bearer

    @property
    def repository(self) -> Repository:
        """The repository of the path, 404 where the token does not see it."""
        found = self.store.repositories.get("{owner}/{repo}".format(**self.arguments).lower())
        if found is None or not self.who.sees(found):
            raise Refusal(404, "Not Found")
        return found

    @property
    def pull(self) -> Pull:
        """The pull request of the path; every issue of the stand-in is one."""
        pull = self.repository.pulls.get(self.arguments["number"])
        if pull is None:
            raise Refusal(404, "Not Found")
        return pull

    @property
    def check_run(self) -> CheckRun:
        """The check run of the path."""
        run: CheckRun = found(run for run in self.repository.check_runs if run.id == self.arguments["id"])
        return run

    def keys(self, keys: Keys) -> dict[str, Any]:
        """Return the body, refused when it has other keys or other values than these."""
        return check(self.body, keys)

    def page(self, items: Sequence[Item]) -> list[Item]:
        """Return the page that the query asks for, 30 items by default and 100 at most, with a Link to the others.

        https://docs.github.com/rest/using-the-rest-api/using-pagination-in-the-rest-api
        """
        size = min(max(self._number("per_page", 30), 1), 100)
        page = max(self._number("page", 1), 1)
        last = max(-(-len(items) // size), 1)
        to = {"prev": page - 1, "next": page + 1, "last": last, "first": 1}
        if page >= last:
            del to["next"], to["last"]
        if page == 1:
            del to["prev"], to["first"]
        links = [f'<{self.url}?{urlencode({**self.query, "page": n})}>; rel="{rel}"' for rel, n in to.items()]
        if links:
            self.headers["Link"] = ", ".join(links)
        return list(items[(page - 1) * size : page * size])

    def page_from(self, items: Sequence[Json]) -> list[Json]:
        """Return the page that begins with the item whose id is the query's `cursor`, with a Link to the next one.
        Such lists have no page numbers: https://docs.github.com/rest/apps/webhooks#list-deliveries-for-an-app-webhook
        """
        size = min(max(self._number("per_page", 30), 1), 100)
        ids = [str(item["id"]) for item in items]
        cursor = self.query.get("cursor", "")
        if cursor and cursor not in ids:
            raise Refusal(422, "Invalid cursor")
        start = ids.index(cursor) if cursor else 0
        if start + size < len(items):
            query = urlencode({**self.query, "cursor": ids[start + size]})
            self.headers["Link"] = f'<{self.url}?{query}>; rel="next"'
        return list(items[start : start + size])

    def _number(self, name: str, default: int) -> int:
        text = self.query.get(name, "")
        return int(text) if text.isdecimal() else default


@dataclass(frozen=True, slots=True)
class Route:
    """An operation of the REST API. `needs` are the permissions of an installation token, any one group suffices;
    `app` asks for the App's JWT instead of a token, `open` for nothing. `docs` is its page below https://docs.github.com/rest."""

    method: str
    path: str
    answer: Callable[[Call], tuple[int, Any]]
    docs: str
    needs: tuple[Mapping[str, str], ...] = ({"metadata": "read"},)
    app: bool = False
    open: bool = False


def found(items: Any) -> Any:
    """Return the first item, or 404."""
    for item in items:
        return item
    raise Refusal(404, "Not Found")
