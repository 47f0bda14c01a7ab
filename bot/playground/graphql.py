"""GraphQL: real documents executed against a part of GitHub's schema, with its prices and its form of errors.

https://docs.github.com/graphql/overview/rate-limits-and-node-limits-for-the-graphql-api
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError, GraphQLSyntaxError, build_schema, execute_sync, parse, validate

from bot.playground.access import Grant
from bot.playground.accounts import iso
from bot.playground.graphql_mutations import Mutations, name_of, things, unknown
from bot.playground.graphql_pages import View, problem
from bot.playground.graphql_schema import SDL
from bot.playground.graphql_views import Views
from bot.playground.model import Json
from bot.playground.store import Store

SCHEMA = build_schema(SDL)


def execute(store: Store, grant: Grant, body: object) -> Json:
    """Return the answer to a body of `query`, `variables` and `operationName`: `data` and `errors`, always HTTP 200."""
    if not isinstance(body, dict) or not isinstance(body.get("query"), str):
        return {"errors": [{"message": "A query attribute must be specified and must be a string."}]}
    if unknown := body.keys() - {"query", "variables", "operationName"}:
        return {"errors": [{"message": f"Unexpected keys: {', '.join(sorted(unknown))}"}]}
    try:
        document = parse(body["query"])
    except GraphQLSyntaxError as error:
        return {"errors": [_error(error)]}
    if faults := validate(SCHEMA, document):
        return {"errors": [_error(fault) for fault in faults]}
    if store.limits.state(grant.user.login, "graphql")["remaining"] < 1:
        return {"errors": [{"type": "RATE_LIMITED", "message": f"API rate limit exceeded for {grant.user.login}."}]}
    views = Views(store, grant)
    result = execute_sync(
        SCHEMA,
        document,
        root_value=_root(store, grant, views),
        variable_values=body.get("variables") or {},
        operation_name=body.get("operationName"),
    )
    store.limits.spend(grant.user.login, "graphql", _points(views))
    errors = [_error(error) for error in result.errors or []]
    return {"data": result.data} | ({"errors": errors} if errors else {})


def _points(views: Views) -> int:
    return max(views.connections // 100, 1)


def _root(store: Store, grant: Grant, views: Views) -> Mapping[str, Any]:
    """What stands at the top: the queries and the mutations."""

    def repository(_: Any, owner: str, name: str, followRenames: bool = True) -> View:  # noqa: N803, ARG001 - GitHub's
        found = store.repositories.get(f"{owner}/{name}".lower())
        if found is None or not grant.sees(found):
            raise problem("NOT_FOUND", f"Could not resolve to a Repository with the name '{owner}/{name}'.")
        return views.repository(found)

    def node(_: Any, id: str) -> View:
        for pull, thing in things(store, grant):
            if name_of(thing) == id:
                views.need(pull.repository, "pull_requests", "read")
                return views.written(pull, thing)
        raise unknown(id)

    def rate_limit(_: Any, dryRun: bool = False) -> View:  # noqa: N803, ARG001 - GitHub's
        state = store.limits.state(grant.user.login, "graphql")
        return {**state, "resetAt": iso(state["reset"]), "cost": _points(views)}

    return {
        **Mutations(store, grant, views).by_name(),
        "node": node,
        "rateLimit": rate_limit,
        "repository": repository,
        "viewer": lambda _: views.viewer(),
    }


def _error(error: GraphQLError) -> Json:
    """Write an error as GitHub does: `type` stands beside `message`, `path` and `locations`."""
    shape = dict(error.formatted)
    kind = (error.extensions or {}).get("type")
    shape.pop("extensions", None)
    return {"type": kind, **shape} if kind else shape
