"""A file of the catalogue as the site reads it: front matter, the lines of every key, body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import PurePosixPath
from typing import NamedTuple

from rules.front_matter import FrontMatter, front_matter, read
from rules.model import Facts, Fix, Kind
from rules.site_scalars import Timestamp, Value
from rules.site_yaml import Refused
from rules.yaml_lines import KEY

__all__ = [
    "FOLDERS",
    "MAX_BYTES",
    "ROADMAP",
    "Document",
    "Problem",
    "Timestamp",
    "Value",
    "kind_of",
    "parse",
    "right_folder",
    "too_large",
]

MAX_BYTES = 256 * 1024

ROADMAP = "_data/roadmap.md"
FOLDERS = {
    "_data/api": Kind.API,
    "_data/service": Kind.SERVICE,
    "_data/producteurs": Kind.PRODUCER,
    "_data/guides": Kind.GUIDE,
}

# How people call these folders, on the way to a file that the site then never reads.
_FOLDER_CALLED = {
    name: folder
    for folder in FOLDERS
    for stem in [folder.rpartition("/")[2].removesuffix("s")]
    for name in (stem, f"{stem}s", f"_{stem}", f"_{stem}s")
}


class Problem(NamedTuple):
    """Why a front matter can't be read: one per document. Lines are 1-based lines of the file.

    `line` to `end_line` is the culprit, where a person must look, and `column` the 1-based character of
    `line`; `stopped_line` is where the parser gave up, often the line after. `facts` are raw values for
    messages. `fix` is set only where the corrected file really reads, every key kept.
    """

    code: str
    line: int
    end_line: int
    stopped_line: int
    column: int
    facts: Facts
    fix: Fix | None = None


@dataclass(frozen=True)
class Document:
    """A file, read. `data` is the front matter, empty where it can't be read; `body` is the rest of the
    text and `body_line` the 1-based line that it starts on. `spans` gives for each JSON pointer
    (`/access_page/0/description`) its first and last line, from the key to the value's end."""

    path: str
    kind: Kind
    text: str
    data: Mapping[str, Value]
    spans: Mapping[str, tuple[int, int]]
    body: str
    body_line: int
    problem: Problem | None = None

    @property
    def slug(self) -> str:
        """The name of the file without its folder and its `.md`: what other entries call it."""
        return PurePosixPath(self.path).stem

    def span(self, pointer: str) -> tuple[int, int]:
        """Return the lines of `pointer`, or of what holds it. A missing key stands on the first line of the
        front matter, what has no key at all on that of the file."""
        nowhere = 2 if pointer and self.spans else 1
        while pointer and pointer not in self.spans:
            pointer = pointer.rpartition("/")[0]
        return self.spans.get(pointer, (nowhere, nowhere))

    def line(self, pointer: str) -> int:
        """Return the line of the key at `pointer`, as `span` does."""
        return self.span(pointer)[0]

    def field_at(self, line: int) -> str:
        """Return the pointer of the innermost value that stands on a line of the header; empty for the text below."""
        return self._fields.get(line, "")

    @cached_property
    def _fields(self) -> Mapping[int, str]:
        last_first = list(self.spans.items())[::-1]
        outer_first = sorted(last_first, key=lambda span: span[0].count("/"))
        return {line: pointer for pointer, (first, last) in outer_first for line in range(first, last + 1)}

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    def raw_line(self, number: int) -> str:
        """Return the line of that 1-based number, without its end; empty beyond the file."""
        return self._lines[number - 1].removesuffix("\r") if 0 < number <= len(self._lines) else ""


def kind_of(path: str) -> Kind | None:
    """Return what the file at `path` is for the catalogue, by its name alone; None when it is nothing."""
    if path == ROADMAP:
        return Kind.ROADMAP
    folder, _, name = path.rpartition("/")
    if name.startswith(".") or name.endswith(".example"):
        return None
    if folder in FOLDERS:
        return FOLDERS[folder] if name.endswith(".md") else Kind.STRAY
    return Kind.STRAY if name.endswith(".md") and right_folder(path) else None


def right_folder(path: str) -> str | None:
    """Return the folder that a file under `_data/` was meant for, None where its way tells of none."""
    way = path.split("/")[:-1]
    called = (_FOLDER_CALLED.get(name) for name in reversed(way))
    return next(filter(None, called), None) if way[:1] == ["_data"] else None


def parse(path: str, content: bytes | str) -> Document:
    """Read a file of the catalogue. Never raises: what can't be read is told by `problem`.

    A path that is nothing for the catalogue gets the kind of a stray file.
    """
    kind = kind_of(path) or Kind.STRAY
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    if len(raw) > MAX_BYTES:
        return too_large(path)
    text = raw.decode("utf-8", "replace")
    bad = _not_text(raw, text)
    if bad:
        return Document(path, kind, text, {}, {}, text, 1, bad)
    matter = front_matter(text)
    if matter is None:
        return Document(path, kind, text, {}, {}, text, 1, _explain(text, None, None))
    body, body_line = text[matter.end :], 1 + text.count("\n", 0, matter.end)
    try:
        data, spans = read(matter)
    except Refused as refused:
        return Document(path, kind, text, {}, {}, body, body_line, _explain(text, matter, refused))
    if KEY.match(body.lstrip()) and (cut := _explain_cut(kind, text, data, body_line)):
        return Document(path, kind, text, {}, {}, body, body_line, cut)
    return Document(path, kind, text, data, spans, body, body_line)


def too_large(path: str) -> Document:
    """Return the document of a file of over MAX_BYTES, that nobody needs to read: it is more than an entry may hold."""
    facts = {"limit": MAX_BYTES // 1024}
    return Document(path, kind_of(path) or Kind.STRAY, "", {}, {}, "", 1, Problem("file-too-large", 1, 1, 1, 1, facts))


def _not_text(raw: bytes, text: str) -> Problem | None:
    """Tell the first byte that no text file holds: NUL, or what is not UTF-8."""
    try:
        raw.decode()
        at = text.find("\0")
    except UnicodeDecodeError as error:
        at = len(raw[: error.start].decode())
    if at < 0:
        return None
    line = 1 + text.count("\n", 0, at)
    return Problem("file-not-text", line, line, line, at - text.rfind("\n", 0, at), {"character": text[at]})


def _explain(text: str, matter: FrontMatter | None, refused: Refused | None) -> Problem:
    from rules.yaml_repair import explain  # only a faulty file needs it, and few are

    return explain(text, matter, refused)


def _explain_cut(kind: Kind, text: str, data: Mapping[str, Value], body_line: int) -> Problem | None:
    from rules.fields import FIELDS
    from rules.yaml_repair import explain_cut

    return explain_cut(text, FIELDS.get(kind, frozenset()), data.keys(), body_line)
