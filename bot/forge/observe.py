"""What GitHub shows of us on a pull request. Ours is what has our author's id and our marker on its first line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bot.forge import queries
from bot.forge.connection import Connection
from bot.forge.glance import Glance
from bot.markers import is_summary, marked
from bot.plan import LABELS
from bot.writes import Observed, OwnComment, OwnThread


def observed(connection: Connection, answer: Mapping[str, Any], glance: Glance) -> Observed:
    """Read the answer to `queries.observe`, and ask for the pages that it has not."""
    us, repository = answer["viewer"]["databaseId"], answer["repository"]
    pull = repository["pullRequest"]
    comments = [*_all(connection, pull, "comments", queries.COMMENTS, glance)]
    threads = [*_all(connection, pull, "reviewThreads", queries.THREADS, glance)]
    # A label of ours may be written in another case there: GitHub finds it by its name all the same.
    ours = {name: repository[f"l{i}"]["id"] for i, name in enumerate(LABELS) if repository[f"l{i}"]}
    worn = {label["id"] for label in pull["labels"]["nodes"]}
    return Observed(
        head=pull["headRefOid"],
        pull_id=pull["id"],
        repository_id=repository["id"],
        summaries=tuple(
            OwnComment(comment["id"], comment["body"], comment["isMinimized"])
            for comment in comments
            if _by(comment, us) and is_summary(comment["body"])
        ),
        threads=tuple(_threads(threads, us)),
        labels=frozenset(name for name, id in ours.items() if id in worn),
        label_ids=ours,
        check=glance.check,
    )


def _threads(threads: Iterable[Mapping[str, Any]], us: int) -> Iterator[OwnThread]:
    for thread in threads:
        first = next(iter(thread["comments"]["nodes"]), None)
        name = marked(first["body"]) if first and _by(first, us) else None
        if first and name:
            line = None if thread["isOutdated"] else thread["line"]
            yield OwnThread(
                first["id"],
                name,
                thread["path"],
                thread["startLine"] or line,
                line,
                first["body"],
                (first["minimizedReason"] or "hidden").lower() if first["isMinimized"] else "",
                thread["comments"]["totalCount"] > 1,
            )


def _by(written: Mapping[str, Any], us: int) -> bool:
    return (written["author"] or {}).get("databaseId") == us


def _all(
    connection: Connection, pull: Mapping[str, Any], name: str, asked: str, glance: Glance
) -> Iterator[Mapping[str, Any]]:
    """Yield the items of a connection of the pull request, page after page."""
    page = pull[name]
    yield from page["nodes"]
    while page["pageInfo"]["hasNextPage"]:
        ref = glance.ref
        where = {"owner": ref.owner, "name": ref.repo, "number": ref.number, "after": page["pageInfo"]["endCursor"]}
        answer = connection.query(queries.more(asked), where, f"more {name}")
        page = answer["repository"]["pullRequest"][name]
        yield from page["nodes"]
