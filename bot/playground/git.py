"""Git objects under their real sha1 names, and the nearest commit that two histories share.

https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

REGULAR, EXECUTABLE, SYMLINK, SUBMODULE, FOLDER = "100644", "100755", "120000", "160000", "40000"
EPOCH = (
    1_767_225_600  # 2026-01-01T00:00:00Z: commits are dated from here, one second apart, so their names never change
)


@dataclass(frozen=True, slots=True)
class File:
    """What a person puts at a path where a plain text is not enough.

    A symbolic link's content is its target; a submodule's is the 40 hexadecimal digits of its commit.
    """

    content: bytes
    mode: str = REGULAR


# What becomes of a path in a commit: a text (UTF-8), bytes, a file with its mode; None deletes what is there.
Content = str | bytes | File | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A path of a tree, folders aside: `mode` in git's six digits, `sha` of the blob (or commit, for a submodule)."""

    mode: str
    sha: str


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit. `when` (seconds since 1970) always grows, so that a child is later than its parents."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    message: str
    author: str
    email: str
    when: int


@dataclass(slots=True)
class Objects:
    """The objects that a repository and its forks share, as on GitHub."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    folders: dict[str, list[tuple[str, Entry]]] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    _files: dict[str, dict[str, Entry]] = field(default_factory=dict)

    def files(self, tree: str) -> Mapping[str, Entry]:
        """Return every file below a tree by its full path."""
        return self._files[tree]

    def blob(self, entry: Entry) -> bytes:
        """Return the content that a diff compares; a submodule's is the line git shows for it."""
        return f"Subproject commit {entry.sha}\n".encode() if entry.mode == SUBMODULE else self.blobs[entry.sha]

    def commit(
        self, parents: Iterable[str], changes: Mapping[str, Content], message: str, author: str, email: str
    ) -> Commit:
        """Record a commit: the first parent's files with `changes` laid over them."""
        parents = tuple(parents)
        files = dict(self._files[self.commits[parents[0]].tree]) if parents else {}
        for path, content in changes.items():
            if content is None:
                files.pop(path, None)
            else:
                files[path] = self._entry(content)
        tree = self._tree(files)
        when = EPOCH + len(self.commits)
        person = f"{author} <{email}> {when} +0000"
        lines = [f"tree {tree}", *(f"parent {sha}" for sha in parents), f"author {person}", f"committer {person}"]
        sha = _name("commit", ("\n".join(lines) + f"\n\n{message}").encode())
        commit = Commit(sha, tree, parents, message, author, email, when)
        self.commits[sha] = commit
        return commit

    def ancestors(self, sha: str) -> set[str]:
        """Return a commit and everything it descends from."""
        seen: set[str] = set()
        waiting = [sha]
        while waiting:
            current = waiting.pop()
            if current not in seen:
                seen.add(current)
                waiting.extend(self.commits[current].parents)
        return seen

    def merge_base(self, one: str, other: str) -> str | None:
        """Return the latest commit that both descend from, or None for unrelated histories."""
        shared = self.ancestors(one) & self.ancestors(other)
        return max(shared, key=lambda sha: self.commits[sha].when, default=None)

    def between(self, base: str, head: str) -> list[Commit]:
        """Return the commits of `head` that `base` lacks, oldest first."""
        missing = self.ancestors(head) - self.ancestors(base)
        return sorted((self.commits[sha] for sha in missing), key=lambda commit: commit.when)

    def edits(self, old: str, new: str) -> dict[str, Content]:
        """Return what leads from one commit's files to another's, in the form that `commit` takes."""
        before, after = (self._files[self.commits[sha].tree] for sha in (old, new))
        gone: dict[str, Content] = dict.fromkeys(before.keys() - after.keys())
        changed = {path: entry for path, entry in after.items() if before.get(path) != entry}
        return gone | {path: File(self._content(entry), entry.mode) for path, entry in changed.items()}

    def _content(self, entry: Entry) -> bytes:
        return entry.sha.encode() if entry.mode == SUBMODULE else self.blobs[entry.sha]

    def _entry(self, content: str | bytes | File) -> Entry:
        file = content if isinstance(content, File) else File(content.encode() if isinstance(content, str) else content)
        if file.mode == SUBMODULE:
            return Entry(SUBMODULE, file.content.decode())
        sha = _name("blob", file.content)
        self.blobs[sha] = file.content
        return Entry(file.mode, sha)

    def _tree(self, files: dict[str, Entry]) -> str:
        children: list[tuple[str, Entry]] = []
        folders: dict[str, dict[str, Entry]] = {}
        for path, entry in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = entry
            else:
                children.append((path, entry))
        children += [(name, Entry(FOLDER, self._tree(inside))) for name, inside in folders.items()]
        children.sort(key=lambda child: (child[0] + "/" if child[1].mode == FOLDER else child[0]).encode())
        body = b"".join(f"{entry.mode} {name}\0".encode() + bytes.fromhex(entry.sha) for name, entry in children)
        sha = _name("tree", body)
        self.folders[sha] = children
        self._files[sha] = files
        return sha


def _name(kind: str, body: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).hexdigest()
