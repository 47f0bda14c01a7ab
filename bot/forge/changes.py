"""What the files that GitHub lists as changed are for the catalogue."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from typing import Any

from rules.catalogue import PUBLIC
from rules.document import kind_of
from rules.judgement import Change


def touches_catalogue(files: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any of the changed files is, or was, an entry of the catalogue."""
    return any(kind_of(name) for file in files for name in (file["filename"], file.get("previous_filename", "")))


def loses_files(files: Iterable[Mapping[str, Any]]) -> bool:
    """Whether any file that the site serves goes away: the judgement tells whether an entry needs it."""
    gone = (file for file in files if file["status"] in ("removed", "renamed"))
    return any(file.get("previous_filename", file["filename"]).startswith(PUBLIC) for file in gone)


def entry_changes(files: Iterable[Mapping[str, Any]], base: Container[str], names: Container[str]) -> Iterator[Change]:
    """Yield the changes of catalogue entries, and the files of the base that go away. An entry is new where the
    base has none, whatever the status that GitHub counts from the commit they share."""
    for file in files:
        path, was = file["filename"], file.get("previous_filename") or file["filename"]
        if file["status"] == "removed" or not kind_of(path):
            if was in names and file["status"] in ("removed", "renamed"):
                yield Change(was, was, gone=True)
        else:
            yield Change(path, was if was in base else None)
