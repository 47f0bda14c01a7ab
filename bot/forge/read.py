"""Read a pull request: the changed files, the catalogue of its base, and the contents of both.

Nothing goes to disk, and no path of the request into an address: contents are asked for by git name, which
they are checked against.
"""

from __future__ import annotations

import hashlib
import json
import re
from base64 import b64decode
from collections.abc import Collection, Iterable, Iterator, Mapping
from functools import lru_cache
from itertools import islice
from typing import Any

from bot.blobs import Blobs
from bot.errors import Retry, TooLarge
from bot.forge import queries
from bot.forge.changes import entry_changes
from bot.forge.connection import Connection
from bot.forge.glance import REGULAR, WHOLE_TEXT, Entry, Glance, worth_reading
from bot.forge.observe import observed
from bot.forge.patch import hunks, undone
from bot.state import Pull
from bot.wording import TOO_MANY_FILES, TOO_MANY_IN_ALL, TOO_MUCH_TO_READ
from bot.writes import Observed
from rules.catalogue import Catalogue
from rules.document import FOLDERS, MAX_BYTES, ROADMAP, Document, kind_of, parse, too_large
from rules.links import address_on_site

MOST_LISTED = 3_000  # files: https://docs.github.com/rest/pulls/pulls#list-pull-requests-files
MOST_FILES = 5_000  # contents read for one review
MOST_BYTES = 32 * 1024 * 1024
MOST_ODD = 20  # contents asked for one by one, because their text does not tell their bytes
_PER_QUERY = 150  # two queries then hold the whole catalogue
_QUERY_BYTES = 4 * 1024 * 1024


class Reader:
    """Reads one pull request."""

    def __init__(self, connection: Connection, blobs: Blobs, glance: Glance) -> None:
        self._connection, self._blobs, self._glance = connection, blobs, glance
        self._ref = glance.ref
        self._repository = f"/repos/{glance.ref.owner}/{glance.ref.repo}"
        self._where: dict[str, object] = {"owner": glance.ref.owner, "name": glance.ref.repo}

    def files(self) -> list[dict[str, Any]]:
        """Return the changed files as REST lists them, all of them. Raises Retry when the head is no longer the one
        seen, or when GitHub counts other than it lists: one of its two copies lags."""
        if self._glance.files > MOST_LISTED:
            raise TooLarge(TOO_MANY_FILES, n=self._glance.files, most=MOST_LISTED)
        path = f"{self._repository}/pulls/{self._ref.number}/files"
        files = list(islice(self._connection.linked(path, "changed files"), MOST_LISTED))
        if any(self._glance.head not in file["contents_url"].rpartition("ref=")[2] for file in files):
            raise Retry(f"{self._ref}: the head moved while it was read", 0)
        if len(files) != self._glance.files:
            raise Retry(f"{self._ref}: GitHub counts {self._glance.files} changed files, and lists {len(files)}")
        return files

    def pull(self, files: Iterable[Mapping[str, Any]]) -> tuple[Pull, Observed]:
        """Return the pull request, and what GitHub shows of us on it.

        The catalogue before is that of the newest commit of the base branch, and the catalogue after is the
        same with the request's files laid over it, as a merge would: an entry that the request does not touch
        is one Document in both, and what others added to the base since is seen when it clashes. Only a
        touched entry that the base changed too stands before as the request found it: so what others mended
        or broke in it meanwhile is not counted as the request's doing.
        """
        base, names = self._base()
        changes, old, new = list(entry_changes(files, base, frozenset(names))), set[str](), dict[str, Entry]()
        described = dict[str, Entry]()
        shown = set(names)
        for file in files:
            path = file["filename"]
            if file["status"] in ("removed", "renamed"):
                shown.discard(file.get("previous_filename", path))
                old.add(file.get("previous_filename", path))
            if file["status"] != "removed":
                shown.add(path)
                if kind_of(path):
                    new[path] = self._at_head(path, file["sha"])
                elif (address := address_on_site(path)) and path in self._glance.entries:
                    described[address] = self._glance.entries[path]
        described = dict(worth_reading(described))
        contents, seen = self._contents([*base.values(), *new.values()], described.values())
        before = {path: _document(path, entry, contents) for path, entry in base.items()}
        before |= _as_found(files, base, new, contents)
        after = {path: document for path, document in before.items() if path not in old}
        after |= {path: _document(path, entry, contents) for path, entry in new.items()}
        pull = Pull(
            head=self._glance.head,
            base=self._glance.base,
            before=Catalogue(before.values(), names),
            after=Catalogue([after[path] for path in sorted(after)], shown),
            changes=tuple(changes),
            hunks={file["filename"]: tuple(hunks(file.get("patch") or "")) for file in files},
            ref=self._ref,
            read_url=self._glance.read_url,
            edit_url=self._glance.edit_url,
            descriptions={at: contents[entry.oid] for at, entry in described.items() if entry.oid in contents},
        )
        return pull, seen

    def _at_head(self, path: str, oid: str) -> Entry:
        """Return the head's file at a path; one that lies where the catalogue is not reads as an empty one.
        Raises Retry where GitHub's listing of a folder lacks it: that is no fault of the contributor's."""
        found = self._glance.entries.get(path)
        if found is None and (path == ROADMAP or path.rpartition("/")[0] in FOLDERS):
            raise Retry(f"{self._ref}: GitHub does not list {path}, which the request changes")
        return found or Entry(0, oid, 0)

    def _base(self) -> tuple[dict[str, Entry], list[str]]:
        """Return the catalogue's files at the base by path, and the paths of all files there."""
        name = f"tree:{self._glance.base}"
        kept = self._blobs.get([name])
        if kept:
            rows = json.loads(kept[name])
        else:
            tree = self._connection.get(f"{self._repository}/git/trees/{self._glance.base}", "base tree", recursive=1)
            if tree["truncated"]:
                raise TooLarge(TOO_MANY_IN_ALL)
            rows = [
                [item["path"], int(item["mode"], 8), item["sha"], item.get("size", 0)]
                for item in tree["tree"]
                if item["type"] != "tree"
            ]
            self._blobs.put({name: json.dumps(rows).encode()})
        return {row[0]: Entry(*row[1:]) for row in rows if kind_of(row[0])}, [row[0] for row in rows]

    def _contents(self, entries: Iterable[Entry], described: Collection[Entry]) -> tuple[Mapping[str, bytes], Observed]:
        """Return the contents of entries and of files that describe APIs by git name, and what GitHub shows of us:
        one request tells all where few contents are missing, and a large file takes one more."""
        wanted = {entry.oid: entry.size for entry in entries if _readable(entry)}
        wanted |= {entry.oid: entry.size for entry in described if entry.size <= WHOLE_TEXT}
        if len(wanted) > MOST_FILES or sum(wanted.values()) > MOST_BYTES:
            raise TooLarge(TOO_MUCH_TO_READ, n=len(wanted), mb=sum(wanted.values()) // 1024**2)
        contents = self._blobs.get(wanted)
        batches = list(_batches({oid: size for oid, size in wanted.items() if oid not in contents}))
        odd: list[str] = []
        for batch in batches[:-1]:
            answer = self._connection.query(queries.blobs(batch), self._where, "contents")
            odd += self._keep(answer["repository"], contents)
        last = batches[-1] if batches else []
        asked = {**self._where, "number": self._ref.number}
        answer = self._connection.query(queries.observe(last), asked, "observe")
        odd += self._keep(answer["repository"], contents)
        large = [entry.oid for entry in described if entry.size > WHOLE_TEXT]
        contents |= self._blobs.get(large)
        for oid in [*odd[:MOST_ODD], *(oid for oid in large if oid not in contents)]:
            self._remember({oid: self._one(oid)}, contents)
        return contents, observed(self._connection, answer, self._glance)

    def _keep(self, repository: Mapping[str, Any], contents: dict[str, bytes]) -> list[str]:
        """Remember the texts that have the git name they should, and return the names of the others:
        those that are not UTF-8. A binary content has no text, and nobody needs its bytes."""
        found = [value for name, value in repository.items() if re.fullmatch(r"b\d+", name)]
        if None in found:
            raise Retry(f"{self._ref}: GitHub does not find a content that it lists")
        texts = {blob["oid"]: (blob["text"] or "").encode() for blob in found if not blob["isBinary"]}
        sound = {oid: text for oid, text in texts.items() if git_name(text, len(oid)) == oid}
        self._remember(sound, contents)
        contents |= {blob["oid"]: b"\0" for blob in found if blob["isBinary"]}
        return [oid for oid in texts if oid not in sound]

    def _one(self, oid: str) -> bytes:
        """Return a content by its git name alone, as the bytes that it is."""
        blob = self._connection.get(f"{self._repository}/git/blobs/{oid}", "one content")
        content = b64decode(blob["content"])
        if git_name(content, len(oid)) != oid:
            raise Retry(f"{self._ref}: the content {oid} has another git name")
        return content

    def _remember(self, new: Mapping[str, bytes], contents: dict[str, bytes]) -> None:
        self._blobs.put(new)
        contents |= new


def git_name(content: bytes, length: int) -> str:
    """Return the name that git gives to a content: sha1, or sha256 where names have 64 digits.
    https://git-scm.com/book/en/v2/Git-Internals-Git-Objects"""
    whole = b"blob %d\0%b" % (len(content), content)
    return (hashlib.sha256(whole) if length == 64 else hashlib.sha1(whole, usedforsecurity=False)).hexdigest()


def _as_found(
    files: Iterable[Mapping[str, Any]],
    base: Mapping[str, Entry],
    new: Mapping[str, Entry],
    contents: Mapping[str, bytes],
) -> Iterator[tuple[str, Document]]:
    """Yield the touched entries that the base changed since the request began, as they were then: the
    patch, undone on the head's text, tells."""
    for file in files:
        path, was = file["filename"], file.get("previous_filename") or file["filename"]
        if was in base and path in new and file.get("patch"):
            text = undone(file["patch"], contents.get(new[path].oid, b"").decode("utf-8", "replace"))
            if text is not None and git_name(text.encode(), len(base[was].oid)) != base[was].oid:
                yield was, parse(was, text)


def _readable(entry: Entry) -> bool:
    return entry.mode in REGULAR and entry.size <= MAX_BYTES


def _document(path: str, entry: Entry, contents: Mapping[str, bytes]) -> Document:
    """Return the document of an entry. What is no ordinary file (a link, a submodule) reads as an empty
    one, and what is not UTF-8 as a binary one: each is told to the contributor, none is followed or skipped."""
    if entry.size > MAX_BYTES:
        return too_large(path)
    return _parsed(path, contents.get(entry.oid, b"\0") if _readable(entry) else b"")


@lru_cache(maxsize=8192)
def _parsed(path: str, content: bytes) -> Document:
    return parse(path, content)


def _batches(sizes: Mapping[str, int]) -> Iterator[list[str]]:
    """Cut names into batches of a bounded count and a bounded size."""
    batch: list[str] = []
    size = 0
    for oid in sizes:
        if batch and (len(batch) == _PER_QUERY or size + sizes[oid] > _QUERY_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(oid)
        size += sizes[oid]
    if batch:
        yield batch
