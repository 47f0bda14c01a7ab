"""How GraphQL sees git: blobs cut at 512,000 bytes, commits, trees, branches."""

from __future__ import annotations

from bot.playground.diff import is_binary
from bot.playground.git import FOLDER, SUBMODULE, Entry
from bot.playground.graphql_pages import View
from bot.playground.model import Repository, node_id

LONGEST_TEXT = 512_000  # bytes: Blob.text is cut here, and isTruncated tells


def git_object(repository: Repository, oid: str) -> View | None:
    """A blob, tree or commit, or None where there is none of that name."""
    objects = repository.objects
    shared = {"oid": oid, "id": f"GO_kwDO{oid}"}
    if oid in objects.blobs:
        content = objects.blobs[oid]
        binary, text = is_binary(content), content[:LONGEST_TEXT].decode("utf-8", "replace")
        return shared | {
            "__typename": "Blob",
            "byteSize": len(content),
            "isBinary": binary,
            "isTruncated": not binary and len(content) > LONGEST_TEXT,
            "text": None if binary else text,
        }
    if oid in objects.commits:
        tree = objects.commits[oid].tree
        message = objects.commits[oid].message
        return shared | {
            "__typename": "Commit",
            "file": lambda _, path: _entry_at(repository, tree, path),
            "message": message,
            "tree": lambda _: git_object(repository, tree),
        }
    if oid in objects.folders:
        entries = objects.folders[oid]
        return shared | {
            "__typename": "Tree",
            "entries": lambda _: [_entry(repository, name, name, entry) for name, entry in entries],
        }
    return None


def _entry_at(repository: Repository, tree: str, path: str) -> View | None:
    """A file or a folder below a tree, None where there is none."""
    folder, _, name = path.strip("/").rpartition("/")
    for part in folder.split("/") if folder else []:
        inside = dict(repository.objects.folders.get(tree, []))
        if part not in inside:
            return None
        tree = inside[part].sha
    entry = dict(repository.objects.folders.get(tree, [])).get(name)
    return _entry(repository, name, path, entry) if entry else None


def _entry(repository: Repository, name: str, path: str, entry: Entry) -> View:
    kind = {FOLDER: "tree", SUBMODULE: "commit"}.get(entry.mode, "blob")
    return {
        "__typename": "TreeEntry",
        "mode": int(entry.mode, 8),
        "name": name,
        "object": lambda _: git_object(repository, entry.sha),
        "oid": entry.sha,
        "path": path,
        "size": len(repository.objects.blobs[entry.sha]) if kind == "blob" else 0,
        "type": kind,
    }


def ref(repository: Repository, name: str) -> View | None:
    """A branch, or None where there is none of that name."""
    if name not in repository.branches:
        return None
    target = repository.branches[name]
    return {
        "__typename": "Ref",
        "id": node_id("REF", repository.id) + name,
        "name": name,
        "prefix": "refs/heads/",
        "target": lambda _: git_object(repository, target),
    }


def resolve(repository: Repository, expression: str) -> str:
    """Return the object of `REV` or `REV:PATH`; REV is a branch or a commit."""
    objects = repository.objects
    revision, colon, path = expression.partition(":")
    revision = repository.branches.get(revision.removeprefix("refs/heads/"), revision)
    if not colon or revision not in objects.commits:
        return revision
    tree = objects.commits[revision].tree
    for name in path.strip("/").split("/") if path else []:
        entries = dict(objects.folders.get(tree, []))
        if name not in entries:
            return ""
        tree = entries[name].sha
    return tree
