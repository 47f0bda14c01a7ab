"""Ask git about a clone: the only module that runs it.

Nothing of the repository is trusted: paths are bytes between NULs, no shell, no hook, no program of the
repository to filter a file nor to show a difference, no submodule entered, nothing fetched, no more of a
blob read than an entry may hold. Nothing is written to it either.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import IO, NamedTuple, cast

from bot.environment import git_environment
from bot.errors import Unusable

_SETTINGS = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.bigFileThreshold=1m",  # a larger file is never loaded to be compared
    "diff.autoRefreshIndex=true",  # a file that was only touched is not listed
    "core.splitIndex=false",  # a copy of the index leaves no other file in the repository
)
_SAFE = ("git", *(word for setting in _SETTINGS for word in ("-c", setting)))
_PLAIN = (
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--no-relative",
    "--submodule=short",
    "--ignore-submodules=dirty",
    "--diff-filter=u",
)
_LIKE_GITHUB = ("--raw", "-p", "-z", "-M", "-U3", "--inter-hunk-context=0", "--diff-algorithm=myers", "--no-abbrev")
_HUNK = re.compile(rb"^@@ -\S+ \+(\d+)(?:,(\d+))? @@", re.MULTILINE)
_MISSING = re.compile(r"promisor|lazy fetch|^fatal: unable to read [0-9a-f]{40}", re.MULTILINE)
_NO_FILE = (b"000000", b"160000")  # the modes of nothing at all, and of a submodule
_DEFAULT_BRANCHES = (
    "refs/remotes/origin/HEAD",
    "refs/remotes/origin/main",
    "refs/remotes/origin/master",
    "refs/heads/main",
    "refs/heads/master",
)


@dataclass(frozen=True, slots=True)
class Clone:
    """A git repository. Commands run in `top`; `prefix` is where the person stands in it (`site/`, or
    nothing); `index` is None where there are no files (a bare repository)."""

    top: Path
    prefix: bytes
    index: Path | None


class FileChange(NamedTuple):
    """One file of a difference: `old` and `new` are its paths at the base and at the head, None where it
    is not there. `blob` names its content at the head, empty where git has not stored it: it is in the
    files. `hunks` are the lines of the head that the difference shows."""

    old: bytes | None
    new: bytes | None
    blob: bytes
    hunks: tuple[range, ...]


def find(folder: Path) -> Clone | None:
    """Return the clone that holds `folder`, None where git or a clone is missing. Raises Unusable if git refuses."""
    if shutil.which("git") is None:
        return None
    try:
        asked = run(folder, "rev-parse", "--is-inside-work-tree", "--show-cdup", "--git-path", "index")
    except Unusable as error:
        if "not a git repository" in error.text.en:
            return None
        raise
    inside, up, index = os.fsdecode(asked).split("\n", 2)
    if inside != "true":
        return Clone(folder, b"", None)
    top = Path(os.path.realpath(folder / up))
    prefix = os.path.relpath(os.path.realpath(folder), top) + "/"
    return Clone(top, b"" if prefix == "./" else os.fsencode(prefix), folder / index.removesuffix("\n"))


def commit(clone: Clone, name: str) -> str:
    """Return the full name of a commit. Raises Unusable where there is none of that name."""
    asked = ("rev-parse", "--verify", "--quiet", "--end-of-options", name + "^{commit}")
    found = run(clone.top, *asked, may_fail=True).decode().strip()
    if not found.isalnum():  # `^main` names what is not in main
        raise Unusable(
            f"La version « {name} » est introuvable : `git branch --all` montre celles qui existent.",
            f"Revision “{name}” can't be found: `git branch --all` shows those that exist.",
        )
    return found


def last_commit(clone: Clone) -> str:
    """Return the commit that the files stand on; before the first one, the empty tree, which compares as well."""
    found = run(clone.top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}", may_fail=True)
    return (found or run(clone.top, "hash-object", "-t", "tree", "--stdin")).decode().strip()


def default_branch(clone: Clone) -> str | None:
    """Return the last commit of the default branch, None where no branch looks like it."""
    told = run(clone.top, "for-each-ref", "--format=%(refname) %(objectname)", *_DEFAULT_BRANCHES)
    refs = dict(line.split() for line in os.fsdecode(told).splitlines())
    return next((refs[ref] for ref in _DEFAULT_BRANCHES if ref in refs), None)


def start(clone: Clone, base: str | None, tip: str) -> str:
    """Return where the request starts: as on GitHub, the common ancestor of its base (None: the default branch) and
    its tip; the base itself where they share nothing. Raises Unusable, also where it can't be known."""
    base = default_branch(clone) if base is None else commit(clone, base)
    if base is None:
        if not run(clone.top, "for-each-ref", "--count=1"):
            return tip  # nothing was ever committed
        raise Unusable(
            "La branche principale est introuvable : dites à quoi comparer, par exemple --base HEAD~1.",
            "The default branch can't be found: say what to compare with, --base HEAD~1 for instance.",
        )
    shared = run(clone.top, "merge-base", base, tip, may_fail=True).decode().strip()
    if not shared and run(clone.top, "rev-parse", "--is-shallow-repository").strip() == b"true":
        raise _incomplete()
    return shared or base


def files(clone: Clone, tree: str) -> dict[bytes, bytes]:
    """Return the blob of every file of a commit by path. Submodules are left out."""
    lines = run(clone.top, "ls-tree", "-r", "-z", "--full-tree", tree).split(b"\0")[:-1]
    entries = (line.split(b"\t", 1) for line in lines)
    return {path: what.split()[2] for what, path in entries if what.split()[1] == b"blob"}


def changes(clone: Clone, base: str, tip: str | None) -> list[FileChange]:
    """Return what changes from one commit to another, or to the files as they are (None): untracked
    files included, ignored files not."""
    asked = ("diff", *_PLAIN, *_LIKE_GITHUB, base)
    if tip:
        return list(_read_diff(run(clone.top, *asked, tip, "--"), stored=True))
    with TemporaryDirectory() as folder:
        # Untracked files are announced on a copy of the index: git then compares them as the others, renames included.
        index = Path(folder, "index")
        if clone.index and clone.index.exists():
            shutil.copy2(clone.index, index)
        settings = Path(folder, "settings")
        settings.write_bytes(_no_filter(clone))
        inert = ("-c", f"include.path={settings}")
        if untracked := _untracked(clone, base):
            run(clone.top, *inert, "update-index", "-z", "--index-info", index=index, told=untracked)
        return list(_read_diff(run(clone.top, *inert, *asked, "--", index=index), stored=False))


def blobs(clone: Clone, names: Iterable[bytes], most: int) -> Iterator[bytes]:
    """Yield the first `most` bytes of blobs, one at a time, in the order of their names.
    https://git-scm.com/docs/git-cat-file#_batch_output"""
    names = list(names)
    if not names:
        return
    with TemporaryFile() as asked:
        asked.writelines(name + b"\n" for name in names)
        asked.seek(0)
        with subprocess.Popen(  # noqa: S603 - git, by a fixed word, and no shell
            [*_SAFE, "cat-file", "--batch"],
            cwd=clone.top,
            env=git_environment(),
            stdin=asked,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        ) as process:
            answers = cast("IO[bytes]", process.stdout)
            for _ in names:
                header = answers.readline().split()
                if len(header) != 3:
                    raise _incomplete()
                size = int(header[2])
                yield answers.read(min(size, most))
                for at in range(most, size, most):
                    answers.read(min(size - at, most))
                answers.readline()


def run(folder: Path, *arguments: str, index: Path | None = None, told: bytes = b"", may_fail: bool = False) -> bytes:
    """Return what a git command prints once it is `told` something; nothing where it may find nothing, which
    its code 1 means. Raises Unusable."""
    environment = {**git_environment(), **({"GIT_INDEX_FILE": str(index)} if index else {})}
    done = subprocess.run(  # noqa: S603 - git, by a fixed word, and no shell
        [*_SAFE, *arguments], cwd=folder, env=environment, input=told, capture_output=True, check=False
    )
    if done.returncode and not (may_fail and done.returncode == 1):
        said = done.stderr.decode("utf-8", "replace").strip()
        if _MISSING.search(said):
            raise _incomplete()
        raise Unusable(f"Git refuse de lire ce dépôt. {said}", f"Git refuses to read this repository. {said}")
    return b"" if done.returncode else done.stdout


def _untracked(clone: Clone, name: str) -> bytes:
    """Return what adds the untracked files to an index, each as another content, called `name`: it is never
    read, as git compares the file itself. `git add` would enter submodules, and write to the repository."""
    paths = run(clone.top, "ls-files", "--others", "--exclude-standard", "-z").split(b"\0")[:-1]
    return b"".join(b"100644 %b 0\t%b\0" % (name.encode(), path) for path in paths if not path.endswith(b"/"))


def _incomplete() -> Unusable:
    return Unusable(
        "Ce clone est incomplet : refaites-le avec `git clone`, sans --depth ni --filter.",
        "This clone is incomplete: make it again with `git clone`, without --depth or --filter.",
    )


def _no_filter(clone: Clone) -> bytes:
    """Return settings that take its programs away from every filter: the repository says which files go
    through which, and its settings what these run. https://git-scm.com/docs/gitattributes#_filter"""
    told = run(clone.top, "config", "--name-only", "-z", "--get-regexp", r"^filter\.", may_fail=True).split(b"\0")
    names = {name.removeprefix(b"filter.").rpartition(b".")[0] for name in told}
    nothing = b'[filter "%b"]\n\tclean =\n\tprocess =\n\trequired = false\n'
    return b"".join(nothing % re.sub(rb'(["\\])', rb"\\\1", name) for name in sorted(names))


def _read_diff(output: bytes, stored: bool) -> Iterator[FileChange]:
    """Read `git diff --raw -p -z`: the list of files, then one part of the patch for each.
    https://git-scm.com/docs/git-diff#_raw_output_format"""
    listed, _, patch = output.partition(b"\0\0")
    parts = iter(re.split(rb"^diff --git ", patch, flags=re.MULTILINE)[1:])
    words = iter(listed.split(b"\0") if listed else ())
    for word in words:
        was, mode, _, blob, status = word[1:].split()
        old = new = next(words)
        if status.startswith(b"R"):
            new = next(words)
        part = next(parts)
        if status == b"T":
            part = next(parts)  # a file that becomes a link, or the reverse, is shown removed, then added
        hunks = (range(int(at), int(at) + int(size or 1)) for at, size in _HUNK.findall(part))
        change = FileChange(
            None if was in _NO_FILE else old,
            None if mode in _NO_FILE else new,
            blob if stored else b"",
            tuple(hunk for hunk in hunks if hunk),
        )
        if change.old or change.new:
            yield change
