"""Read a pull request from a git clone, or from a folder where git knows nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from bot import git
from bot.errors import Unusable
from bot.state import MOST_DESCRIBED, Pull
from rules.catalogue import Catalogue
from rules.document import MAX_BYTES, Document, kind_of, parse
from rules.judgement import Change, moved
from rules.links import address_on_site

UNCOMMITTED = "0" * 40  # how git names what is not committed yet
_DATA = re.compile(rb"((?:.*?/)?)_data/", re.DOTALL)


def read(folder: Path, base: str | None = None, head: str | None = None, whole: bool = False) -> tuple[Pull, Path]:
    """Return what `head` (default: the files as they are) changes since its common ancestor with `base`
    (default: the default branch), and the folder of the catalogue, which holds `_data/`.

    With `whole` every entry counts as changed, listed where that ancestor has it. Without git, or for `whole`
    without a default branch, nothing tells what is listed: the pull has no base, and no entry before.
    Raises Unusable where there is no catalogue, no such revision, or where a file can't be read.
    """
    clone = git.find(folder)
    if clone is None:
        if base is not None or head is not None:
            raise Unusable(
                f"{folder} n'est pas un clone git : --base et --head n'y ont pas de sens.",
                f"{folder} is not a git clone: --base and --head have no meaning there.",
            )
        return _read_folder(Path(os.path.realpath(folder)))
    if head is None and clone.index is None:
        raise Unusable(
            "Ce dépôt n'a pas de fichiers de travail : dites quoi juger, par exemple --head main.",
            "This repository has no files: say what to judge, --head main for instance.",
        )
    tip = git.last_commit(clone) if head is None else git.commit(clone, head)
    unknown = whole and base is None and git.default_branch(clone) is None
    start = tip if unknown else git.start(clone, base, tip)
    known, changed = git.files(clone, start), git.changes(clone, start, None if head is None else tip)
    root = _root(clone.prefix, [*known, *(one.new for one in changed if one.new)])
    before, after = _catalogues(clone, root, known, changed)
    pull = Pull(UNCOMMITTED if head is None else tip, start, before, after, (), {})
    pull = _with_changes(pull, root, changed)
    if whole:
        pull = _everything(replace(pull, base="", before=Catalogue([])) if unknown else pull)
    return replace(pull, descriptions=dict(_descriptions(clone, root, changed))), clone.top / os.fsdecode(root)


def only(pull: Pull, catalogue: Path, wanted: Iterable[str]) -> Pull:
    """Return the pull with the changes of the `wanted` files and folders only, named from the working
    folder or from the catalogue. Raises Unusable for one that the catalogue does not have."""
    names = pull.before.files | pull.after.files
    picked = [_named(path, catalogue, names) for path in wanted]
    kept = (one for one in pull.changes if any(_holds(path, name) for path in picked for name in _names(one)))
    return replace(pull, changes=tuple(kept)) if picked else pull


def _names(change: Change) -> tuple[str, ...]:
    return (change.path, change.previous) if change.previous else (change.path,)


def _catalogues(
    clone: git.Clone, root: bytes, known: Mapping[bytes, bytes], changed: Iterable[git.FileChange]
) -> tuple[Catalogue, Catalogue]:
    """Return the catalogue at the base and at the head. An entry that does not change is one Document in both."""
    was = {path: blob for path, blob in known.items() if path.startswith(root)}
    gone = {one.old for one in changed if one.old}
    new = {one.new: one.blob for one in changed if one.new and one.new.startswith(root)}
    before = dict(_documents(clone, root, was))
    after = {path: document for path, document in before.items() if path not in gone}
    after.update(_documents(clone, root, new))
    names = (was.keys() - gone) | new.keys()
    return (
        Catalogue(before.values(), [_shown(root, path) for path in was]),
        Catalogue([after[path] for path in sorted(after)], [_shown(root, path) for path in names]),
    )


def _documents(clone: git.Clone, root: bytes, files: Mapping[bytes, bytes]) -> Iterator[tuple[bytes, Document]]:
    entries = {path: blob for path, blob in files.items() if kind_of(_shown(root, path))}
    stored = {path: blob for path, blob in entries.items() if blob}
    for path, content in zip(stored, git.blobs(clone, stored.values(), MAX_BYTES + 1), strict=True):
        yield path, parse(_shown(root, path), content)
    for path in entries.keys() - stored.keys():
        yield path, parse(_shown(root, path), _content(clone.top / os.fsdecode(path)))


def _descriptions(clone: git.Clone, root: bytes, changed: Iterable[git.FileChange]) -> Iterator[tuple[str, bytes]]:
    """Yield the files that describe APIs among those that change."""
    for one in changed:
        address = address_on_site(_shown(root, one.new)) if one.new and one.new.startswith(root) else ""
        if address and one.new:
            stored = git.blobs(clone, [one.blob], MOST_DESCRIBED + 1) if one.blob else ()
            content = next(iter(stored), None) or _content(clone.top / os.fsdecode(one.new), MOST_DESCRIBED)
            if len(content) <= MOST_DESCRIBED:
                yield address, content


def _content(path: Path, most: int = MAX_BYTES) -> bytes:
    """Return what git would store for a file: a link's own text, never what it points at; of one of more than
    `most` bytes the beginning, enough to be refused."""
    try:
        if path.is_symlink():
            return os.fsencode(path.readlink())
        with path.open("rb") as file:
            return file.read(most + 1)
    except OSError as error:
        raise Unusable(
            f"{path} ne peut pas être lu : {error.strerror}.", f"{path} can't be read: {error.strerror}."
        ) from error


def _everything(pull: Pull) -> Pull:
    was = {path: path for path in pull.before.documents} | moved(pull.changes)
    changes = tuple(Change(path, was.get(path)) for path in pull.after.documents)
    return replace(pull, changes=changes, hunks={})


def _with_changes(pull: Pull, root: bytes, changed: Iterable[git.FileChange]) -> Pull:
    """Return the pull with what changes inside the catalogue: a file moved in is new, one moved out is gone."""
    changes, hunks = [], {}
    for one in changed:
        old, new = (_shown(root, path) if path and path.startswith(root) else None for path in (one.old, one.new))
        if new is not None:
            changes.append(Change(new, old))
            hunks[new] = one.hunks
        elif old is not None:
            changes.append(Change(old, old, gone=True))
    return replace(pull, changes=tuple(changes), hunks=hunks)


def _read_folder(folder: Path) -> tuple[Pull, Path]:
    """Return a catalogue that is in no clone: nothing to compare with, so every entry is judged as it is."""
    root = next((place for place in (folder, *folder.parents) if (place / "_data").is_dir()), None)
    if root is None:
        raise _no_catalogue()
    places = [
        Path(place, name)
        for top in ("_data", "public")
        for place, _, names in os.walk(root / top)
        for name in names
        if Path(place, name).is_file() or Path(place, name).is_symlink()
    ]
    files = {_shown(b"", os.fsencode(place.relative_to(root))): place for place in sorted(places)}
    documents = [parse(path, _content(place)) for path, place in files.items() if kind_of(path)]
    catalogue = Catalogue(documents, files)
    return _everything(Pull(UNCOMMITTED, "", Catalogue([]), catalogue, ())), root


def _root(prefix: bytes, paths: Collection[bytes]) -> bytes:
    """Return the folder of the catalogue: where the person stands or above, else the only one below."""
    roots = {found[1] for path in paths if (found := _DATA.match(path))}
    above = [prefix[: end + 1] for end in range(len(prefix) - 1, -1, -1) if prefix[end : end + 1] == b"/"]
    for root in [*above, b""]:
        if root in roots:
            return root
    if len(roots) == 1:
        return roots.pop()
    raise _no_catalogue()


def _named(typed: str, catalogue: Path, names: Collection[str]) -> str:
    """Return the path in the catalogue that a person typed; empty for the whole of it. Raises Unusable."""
    place = Path(typed)
    here = Path(os.path.realpath(place.parent), place.name) if place.name else Path(os.path.realpath(place))
    choices = [os.path.relpath(here, os.path.realpath(catalogue)), os.path.normpath(typed)]
    for choice in choices:
        if choice == ".":
            return ""
        path = _shown(b"", os.fsencode(choice))
        if any(_holds(path, name) for name in names):
            return path
    raise Unusable(
        f"« {typed} » n'est pas dans le catalogue {catalogue} : vérifiez son nom.",
        f"“{typed}” is not in the catalogue {catalogue}: check its name.",
    )


def _holds(path: str, name: str) -> bool:
    return not path or name == path or name.startswith(f"{path}/")


def _shown(root: bytes, path: bytes) -> str:
    """Return a path as the catalogue names it, always valid Unicode."""
    return path[len(root) :].decode("utf-8", "backslashreplace")


def _no_catalogue() -> Unusable:
    return Unusable(
        "Il n'y a pas de catalogue ici : placez-vous dans le dossier qui contient `_data/`, ou nommez-le avec --repo. "
        "Une fiche se relit parmi d'autres : rangez-la d'abord dans un clone du catalogue, par exemple `_data/api/`.",
        "There is no catalogue here: go to the folder that holds `_data/`, or name it with --repo. "
        "An entry is reviewed among the others: first put it in a clone of the catalogue, say in `_data/api/`.",
    )
