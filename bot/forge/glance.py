"""The first request of a review: where the pull request stands, and whether it was judged already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any
from urllib.parse import quote

from bot.errors import Absent, Retry
from bot.forge.connection import Connection
from bot.forge.queries import GLANCE, PLACES
from bot.plan import LABELS
from bot.state import MOST_DESCRIBED, PullRef

CHECK = "greffier"  # the name of our check runs
_OURS = frozenset(name.casefold() for name in LABELS)
REGULAR = (0o100644, 0o100755)
WHOLE_TEXT = 500_000  # bytes: GraphQL cuts longer texts, and each takes a request of its own
_MOST_LARGE = 2


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a tree: git's `mode`, the name of its blob, its size in bytes."""

    mode: int
    oid: str
    size: int


@dataclass(frozen=True, slots=True)
class Glance:
    """A pull request at first sight. `base` is the newest commit of the branch it goes to; `entries` are the
    head's files in the catalogue's folders; `check` is the external id of our last check run on the head and
    `run` its number, 0 where there is none; `labelled` tells whether the request wears labels of ours. `turn`
    names the last event by which head and base may have come back to what they once were, empty where there was
    none: the same two commits after another turn are to be judged anew. The two addresses are those of `Pull`."""

    ref: PullRef
    open: bool
    head: str
    base: str
    files: int
    entries: Mapping[str, Entry]
    check: str
    run: int
    labelled: bool
    turn: str
    read_url: str
    edit_url: str


def glance(connection: Connection, ref: PullRef, app: int | None) -> Glance:
    """Ask for a pull request. `app` is our App, None with a personal token, which has no check runs."""
    asked = {"owner": ref.owner, "name": ref.repo, "number": ref.number}
    variables = {**asked, "app": app, "asApp": app is not None, "check": CHECK}
    repository = connection.query(GLANCE, variables, "glance")["repository"]
    pull = repository and repository["pullRequest"]
    if not pull:
        raise Absent(f"{ref}: GitHub shows no such pull request")
    head = pull["headRefOid"]
    commit = next((node["commit"] for node in pull["commits"]["nodes"] if node["commit"]["oid"] == head), None)
    if commit is None:
        raise Retry(f"{ref}: GitHub does not list the newest commit yet")
    target = (pull["baseRef"] or {}).get("target") or {}
    home = pull["headRepository"]
    return Glance(
        ref,
        pull["state"] == "OPEN",
        head,
        target.get("oid") or pull["baseRefOid"],
        pull["changedFiles"],
        dict(_entries(commit)),
        *_last_check(commit, ref),
        any(label["name"].casefold() in _OURS for label in pull["labels"]["nodes"]),
        next((event["id"] for event in pull["timelineItems"]["nodes"] if event), ""),
        f"{repository['url']}/blob/{head}/",
        f"{home['url']}/edit/{quote(pull['headRefName'])}/" if home else "",
    )


def _entries(commit: Mapping[str, Any]) -> Iterator[tuple[str, Entry]]:
    """Yield the files of the catalogue's folders, which are flat, and the roadmap."""
    for number, place in enumerate(PLACES):
        found = commit[f"p{number}"]
        if found is None:
            continue
        inside = (found["object"] or {}).get("entries")
        if inside is None:
            yield place, Entry(found["mode"], found["oid"], found["size"])
        for entry in inside or ():
            yield f"{place}/{entry['name']}", Entry(entry["mode"], entry["oid"], entry["size"])


def _last_check(commit: Mapping[str, Any], ref: PullRef) -> tuple[str, int]:
    """Return the external id and the number of the last check run that was completed for this pull request:
    another one may have the same head."""
    suites = (commit.get("checkSuites") or {}).get("nodes", ())
    runs = [run for suite in suites for run in suite["checkRuns"]["nodes"] if run["status"] == "COMPLETED"]
    ours = [run for run in runs if (run["externalId"] or "").startswith(f"pr:{ref.number}:")]
    return max(((str(run["externalId"]), int(run["databaseId"])) for run in ours), key=itemgetter(1), default=("", 0))


def worth_reading(described: Mapping[str, Entry]) -> Iterator[tuple[str, Entry]]:
    """Yield the files that describe APIs, by address, as many as may be read: few are large."""
    size = large = 0
    for address, entry in described.items():
        if entry.mode not in REGULAR or entry.size > MOST_DESCRIBED:
            continue
        size += entry.size
        large += entry.size > WHOLE_TEXT
        if size <= 2 * MOST_DESCRIBED and large <= _MOST_LARGE:
            yield address, entry
