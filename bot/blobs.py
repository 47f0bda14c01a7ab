"""What is remembered of GitHub: contents by git name and listings of trees by commit, which never change, and for
each pull request where its last review left it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Protocol

_LARGEST = 256 * 1024 * 1024  # bytes kept on disk; the oldest go first


class Blobs(Protocol):
    """A memory of contents by name. What git names always has the same content; any other name has the one put last."""

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents that are known."""
        ...

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Remember contents."""
        ...


class MemoryBlobs:
    """Contents kept as long as the object lives."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents that are known."""
        return {name: self._contents[name] for name in names if name in self._contents}

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Remember contents."""
        self._contents.update(contents)


class SqliteBlobs:
    """Contents kept in a file of their own, which any number of threads and processes share."""

    def __init__(self, path: Path, largest: int = _LARGEST) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path, self._largest = path, largest
        with closing(self._open()) as database, database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE IF NOT EXISTS blob (name TEXT UNIQUE NOT NULL, content BLOB NOT NULL)")

    def get(self, names: Iterable[str]) -> dict[str, bytes]:
        """Return the contents that are known."""
        wanted = json.dumps(list(names))
        with closing(self._open()) as database:
            told = "SELECT name, content FROM blob WHERE name IN (SELECT value FROM json_each(?))"
            return dict(database.execute(told, [wanted]))

    def put(self, contents: Mapping[str, bytes]) -> None:
        """Remember contents, and forget the oldest where there are too many."""
        with closing(self._open()) as database, database:
            database.executemany("INSERT OR REPLACE INTO blob VALUES (?, ?)", contents.items())
            size = database.execute("SELECT coalesce(sum(length(content)), 0) FROM blob").fetchone()[0]
            if size > self._largest:
                database.execute("DELETE FROM blob WHERE rowid <= (SELECT (min(rowid) + max(rowid)) / 2 FROM blob)")

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._path, timeout=10)
