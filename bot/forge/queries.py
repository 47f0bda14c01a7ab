"""The GraphQL documents, built from names of ours and checked object names only: nothing of a contributor's.

https://docs.github.com/graphql/reference
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from bot.plan import LABELS
from rules.document import FOLDERS, ROADMAP

PLACES = (*FOLDERS, ROADMAP, "public/swaggers")
_OID = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_AUTHOR = "author { ... on Bot { databaseId } ... on User { databaseId } }"
_PAGE = "pageInfo { hasNextPage endCursor }"

# Where a pull request stands, which files its head has in the catalogue's folders, and our last check runs on it;
# and the last event after which it may be again what it once was: nothing else brings a branch back.
GLANCE = (
    """
query($owner: String!, $name: String!, $number: Int!, $app: Int, $asApp: Boolean!, $check: String) {
  repository(owner: $owner, name: $name) {
    url
    pullRequest(number: $number) {
      state changedFiles headRefOid headRefName baseRefOid
      baseRef { target { oid } }
      headRepository { url }
      labels(first: 100) { nodes { name } }
      timelineItems(last: 1, itemTypes: [HEAD_REF_FORCE_PUSHED_EVENT, BASE_REF_FORCE_PUSHED_EVENT,
        BASE_REF_CHANGED_EVENT, AUTOMATIC_BASE_CHANGE_SUCCEEDED_EVENT]) { nodes { ... on Node { id } } }
      commits(last: 1) { nodes { commit {
        oid
        checkSuites(first: 10, filterBy: {appId: $app, checkName: $check}) @include(if: $asApp) { nodes {
          checkRuns(first: 100, filterBy: {checkName: $check, checkType: ALL}) {
            nodes { databaseId externalId status }
          }
        } }
"""
    + "\n".join(f"        p{i}: file(path: {json.dumps(place)}) {{ ...listed }}" for i, place in enumerate(PLACES))
    + """
      } } }
    }
  }
}
fragment listed on TreeEntry { path mode oid size object { ... on Tree { entries { name mode oid size } } } }
"""
)

COMMENTS = f"comments(first: 100, after: $after) {{ nodes {{ id body isMinimized {_AUTHOR} }} {_PAGE} }}"
THREADS = (
    "reviewThreads(first: 100, after: $after) { nodes { isOutdated path startLine line "
    f"comments(first: 1) {{ totalCount nodes {{ id body isMinimized minimizedReason {_AUTHOR} }} }} }} {_PAGE} }}"
)


def observe(oids: Iterable[str]) -> str:
    """Return the query of what GitHub shows of us, and of some blobs beside: they are the last thing read
    before writing, so the same request tells whether the head moved meanwhile."""
    labels = " ".join(f"l{i}: label(name: {json.dumps(name)}) {{ id }}" for i, name in enumerate(LABELS))
    return f"""
query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  viewer {{ databaseId }}
  repository(owner: $owner, name: $name) {{
    id {labels} {_objects(oids)}
    pullRequest(number: $number) {{ id headRefOid labels(first: 100) {{ nodes {{ id }} }} {COMMENTS} {THREADS} }}
  }}
}}"""


def more(connection: str) -> str:
    """Return the query of the next page of `COMMENTS` or of `THREADS`."""
    return f"""
query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{ {connection} }} }}
}}"""


def blobs(oids: Iterable[str]) -> str:
    """Return the query of some blobs."""
    return f"query($owner: String!, $name: String!) {{ repository(owner: $owner, name: $name) {{ {_objects(oids)} }} }}"


def open_pulls(count: int) -> str:
    """Return the query of the open pull requests of some repositories: the variables `o0`, `n0`, … name the owner and
    the repository of `r0`, and so on. It costs a point for 100 repositories."""
    named = ", ".join(f"$o{i}: String!, $n{i}: String!" for i in range(count))
    asked = " ".join(f"r{i}: repository(owner: $o{i}, name: $n{i}) {{ ...opened }}" for i in range(count))
    pulls = "pullRequests(states: [OPEN], first: 100) { nodes { number } pageInfo { hasNextPage } }"
    return f"query({named}) {{ {asked} }} fragment opened on Repository {{ {pulls} }}"


def mutation(fields: Sequence[tuple[str, str]]) -> str:
    """Return one document of several mutations, done in their order: for each its name and what it answers.
    Their inputs are the variables `i0`, `i1`, …"""
    inputs = ", ".join(f"$i{i}: {name[0].upper()}{name[1:]}Input!" for i, (name, _) in enumerate(fields))
    done = " ".join(f"m{i}: {name}(input: $i{i}) {{ {answer} }}" for i, (name, answer) in enumerate(fields))
    return f"mutation({inputs}) {{ {done} }}"


def numbered(inputs: Sequence[Mapping[str, object]]) -> dict[str, object]:
    """Return the inputs of a mutation as its variables."""
    return {f"i{i}": value for i, value in enumerate(inputs)}


def _objects(oids: Iterable[str]) -> str:
    checked = [oid for oid in oids if _OID.fullmatch(oid)]
    return " ".join(
        f'b{i}: object(oid: "{oid}") {{ ... on Blob {{ oid text isBinary }} }}' for i, oid in enumerate(checked)
    )
