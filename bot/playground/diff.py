"""What a pull request changes: files, renames, hunks as GitHub shows them, and the lines that can be commented."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import SequenceMatcher
from functools import cached_property, lru_cache

from bot.playground.git import Entry, Objects

CONTEXT = 3
SIMILAR = 0.5  # git's default for -M: half of the content is enough to call it a rename
LARGEST_LINES, LARGEST_BYTES = (
    20_000,
    500_000,
)  # https://docs.github.com/repositories/creating-and-managing-repositories/repository-limits#diff-limits


@dataclass(frozen=True, slots=True)
class Row:
    r"""One line of a hunk: `sign` is " ", "+", "-", or "\" for « No newline at end of file »."""

    sign: str
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """A hunk: its `@@` header and its rows."""

    header: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Change:
    """One changed file. `sha` names the blob at the head (at the base if removed); `text` is false for binary."""

    path: str
    status: str
    sha: str
    hunks: tuple[Hunk, ...]
    previous_path: str | None = None
    text: bool = True

    @cached_property
    def additions(self) -> int:
        """Lines added."""
        return sum(row.sign == "+" for hunk in self.hunks for row in hunk.rows)

    @cached_property
    def deletions(self) -> int:
        """Lines removed."""
        return sum(row.sign == "-" for hunk in self.hunks for row in hunk.rows)

    @cached_property
    def patch(self) -> str | None:
        """The hunks as GitHub writes them, without file headers; None where GitHub withholds them."""
        lines = [line for hunk in self.hunks for line in (hunk.header, *(row.sign + row.text for row in hunk.rows))]
        text = "\n".join(lines)
        return text if lines and len(lines) <= LARGEST_LINES and len(text) <= LARGEST_BYTES else None

    def hunk_at(self, side: str, line: int) -> int | None:
        """Return the index of the hunk where a comment may be put on that line, or None.

        RIGHT takes added and unchanged lines, LEFT removed ones:
        https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request
        """
        for index, hunk in enumerate(self.hunks):
            for row in hunk.rows:
                if (row.new == line and row.sign in "+ ") if side == "RIGHT" else (row.old == line and row.sign == "-"):
                    return index
        return None

    def position(self, side: str, line: int) -> int | None:
        """Return how many lines below the first `@@` a line stands, or None when it is not in the diff."""
        for position, row in self._positions():
            if (row.new == line and row.sign in "+ ") if side == "RIGHT" else (row.old == line and row.sign == "-"):
                return position
        return None

    def at_position(self, position: int) -> tuple[str, int] | None:
        """Return the side and line that stand at a position, or None."""
        for found, row in self._positions():
            if found == position and row.sign != "\\":
                return ("LEFT", row.old or 0) if row.sign == "-" else ("RIGHT", row.new or 0)
        return None

    def excerpt(self, side: str, line: int) -> str:
        """Return the hunk down to a commented line: the `diff_hunk` of a review comment."""
        index = self.hunk_at(side, line)
        if index is None:
            return ""
        lines = [self.hunks[index].header]
        for row in self.hunks[index].rows:
            lines.append(row.sign + row.text)
            if (row.new if side == "RIGHT" else row.old) == line and row.sign != ("-" if side == "RIGHT" else "+"):
                break
        return "\n".join(lines)

    def _positions(self) -> Iterator[tuple[int, Row]]:
        position = 0
        for index, hunk in enumerate(self.hunks):
            position += bool(index)
            for row in hunk.rows:
                position += 1
                yield position, row


def compare(objects: Objects, base: str, head: str, declared: Mapping[str, str]) -> list[Change]:
    """Return what changes from one tree to another, sorted by path; `declared` maps a new path to the old one."""
    old, new = objects.files(base), objects.files(head)
    removed = {path: entry for path, entry in old.items() if path not in new}
    added = {path: entry for path, entry in new.items() if path not in old}
    renames = {to: was for to, was in declared.items() if to in added and was in removed}
    renames |= _similar(
        objects,
        {path: entry for path, entry in removed.items() if path not in renames.values()},
        {path: entry for path, entry in added.items() if path not in renames},
    )
    changes = [_change(objects, to, "renamed", removed[was], added[to], was) for to, was in renames.items()]
    changes += [_change(objects, path, "added", None, entry) for path, entry in added.items() if path not in renames]
    gone = removed.keys() - renames.values()
    changes += [_change(objects, path, "removed", removed[path], None) for path in gone]
    for path in old.keys() & new.keys():
        if old[path] != new[path]:
            status = "modified" if old[path].sha != new[path].sha else "changed"  # only the mode: « changed »
            changes.append(_change(objects, path, status, old[path], new[path]))
    return sorted(changes, key=lambda change: change.path.encode())


def follow(old: bytes, new: bytes, line: int) -> int | None:
    """Return where a line of one version stands in a later one, or None when it was changed or removed."""
    if old == new:
        return line
    before, after = _lines(old), _lines(new)
    for start, target, size in SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks():
        if start < line <= start + size:
            return target + line - start
    return None


def is_binary(content: bytes) -> bool:
    """Tell what git calls binary: a NUL among the first 8,000 bytes."""
    return b"\0" in content[:8000]


def _change(
    objects: Objects, path: str, status: str, old: Entry | None, new: Entry | None, previous: str | None = None
) -> Change:
    before, after = (objects.blob(entry) if entry else b"" for entry in (old, new))
    change = Change(path, status, (new or old or Entry("", "")).sha, (), previous)
    if is_binary(before) or is_binary(after):
        return replace(change, text=False)
    return replace(change, hunks=_hunks(before, after))


def _similar(objects: Objects, removed: Mapping[str, Entry], added: Mapping[str, Entry]) -> dict[str, str]:
    """Pair what left with what came, the most alike first, as git does (identical files before all)."""
    lines = {entry.sha: _counted(objects.blob(entry)) for entry in (*removed.values(), *added.values())}
    pairs: list[tuple[float, str, str]] = []
    for to, now in added.items():
        for was, then in removed.items():
            alike = 1.0 if now.sha == then.sha else _likeness(lines[then.sha], lines[now.sha])
            if alike >= SIMILAR:
                pairs.append((-alike, to, was))
    renames: dict[str, str] = {}
    for _, to, was in sorted(pairs):
        if to not in renames and was not in renames.values():
            renames[to] = was
    return renames


def _counted(content: bytes) -> tuple[int, Counter[bytes]]:
    return len(content), Counter(content.splitlines(keepends=True))


def _likeness(old: tuple[int, Counter[bytes]], new: tuple[int, Counter[bytes]]) -> float:
    """Return the share of bytes, 0 to 1, in lines that both versions have: git's similarity index, near enough."""
    least, most = sorted((old[0], new[0]))
    if least < most * SIMILAR or not least:
        return 0.0
    return sum(len(line) * times for line, times in (old[1] & new[1]).items()) / most


def _lines(content: bytes) -> list[str]:
    """Split at line feeds only, as git does; the last line keeps no mark of its missing line feed."""
    lines = content.decode("utf-8", "replace").split("\n")
    return lines[:-1] if lines[-1] == "" else lines


@lru_cache(maxsize=4096)
def _hunks(before: bytes, after: bytes) -> tuple[Hunk, ...]:
    old, new = _lines(before), _lines(after)
    unended = (bool(before) and not before.endswith(b"\n"), bool(after) and not after.endswith(b"\n"))
    # The last lines differ when only one of them lacks its line feed: a mark makes them so for the comparison.
    marked = [
        [*lines[:-1], lines[-1] + "\n"] if missing else lines
        for lines, missing in zip((old, new), unended, strict=True)
    ]
    groups = SequenceMatcher(None, marked[0], marked[1], autojunk=False).get_grouped_opcodes(CONTEXT)
    hunks = []
    for group in groups:
        rows: list[Row] = []
        for tag, i1, i2, j1, j2 in group:
            if tag == "equal":
                rows += [Row(" ", i1 + k + 1, j1 + k + 1, old[i1 + k]) for k in range(i2 - i1)]
            else:
                rows += [Row("-", i + 1, None, old[i]) for i in range(i1, i2)]
                rows += [Row("+", None, j + 1, new[j]) for j in range(j1, j2)]
        hunks.append(
            Hunk(_header(group[0][1], group[-1][2], group[0][3], group[-1][4], old), _marked(rows, old, new, unended))
        )
    return tuple(hunks)


def _marked(rows: list[Row], old: list[str], new: list[str], unended: tuple[bool, bool]) -> tuple[Row, ...]:
    """Say « No newline at end of file » below the last lines that lack it."""
    done: list[Row] = []
    for row in rows:
        done.append(row)
        last_old, last_new = unended[0] and row.old == len(old), unended[1] and row.new == len(new)
        if (last_old and row.sign in "- ") or (last_new and row.sign == "+"):
            done.append(Row("\\", None, None, " No newline at end of file"))
    return tuple(done)


def _header(i1: int, i2: int, j1: int, j2: int, old: list[str]) -> str:
    """Write `@@ -1,3 +1,4 @@ heading`: the heading is git's, the nearest line above that starts with a letter."""
    heading = next((line for line in reversed(old[:i1]) if re.match(r"[A-Za-z_$]", line)), "")
    return f"@@ -{_range(i1, i2)} +{_range(j1, j2)} @@" + (f" {heading[:80].rstrip()}" if heading else "")


def _range(start: int, stop: int) -> str:
    size = stop - start
    return str(start + 1) if size == 1 else f"{start + bool(size)},{size}"
