"""Connections of GraphQL: pages between cursors, with GitHub's limits and errors.

https://docs.github.com/graphql/guides/using-pagination-in-the-graphql-api
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any

from graphql import GraphQLError

View = dict[str, Any]


def problem(kind: str, message: str) -> GraphQLError:
    """Return an error with GitHub's `type`, as FORBIDDEN or NOT_FOUND."""
    return GraphQLError(message, extensions={"type": kind})


def connect(name: str, items: Sequence[View], **page: Any) -> View:
    """A connection: `first` or `last` is required and lies between 1 and 100."""
    first, last = page.get("first"), page.get("last")
    size = first if first is not None else last
    if size is None:
        missing = f"You must provide a `first` or `last` value to properly paginate the `{name}` connection."
        raise problem("MISSING_PAGINATION_BOUNDARIES", missing)
    if not 1 <= size <= 100:
        raise problem(
            "EXCESSIVE_PAGINATION",
            f"Requesting {size} records on the `{name}` connection exceeds the `first` limit of 100 records.",
        )
    start = _index(page["after"]) if page.get("after") else 0
    stop = _index(page["before"]) - 1 if page.get("before") else len(items)
    if first is not None:
        stop = min(stop, start + first)
    else:
        start = max(start, stop - size)
    return {
        "nodes": list(items[start:stop]),
        "totalCount": len(items),
        "pageInfo": {
            "startCursor": _cursor(start + 1) if stop > start else None,
            "endCursor": _cursor(stop) if stop > start else None,
            "hasPreviousPage": start > 0,
            "hasNextPage": stop < len(items),
        },
    }


def _cursor(index: int) -> str:
    return b64encode(f"cursor:v2:{index}".encode()).decode()


def _index(cursor: str) -> int:
    try:
        return int(b64decode(cursor).decode().removeprefix("cursor:v2:"))
    except ValueError:
        raise problem("INVALID_CURSOR_ARGUMENTS", f"`{cursor}` does not appear to be a valid cursor.") from None
