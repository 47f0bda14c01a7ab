"""A pull request as its pages show it: the timeline, the comments on the diff, and the diff with both."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from bot.playground.checks import latest
from bot.playground.diff import Change, Hunk, Row
from bot.playground.markdown import Part, parts
from bot.playground.model import CheckRun, Comment, Happening, Label, Pull, Review, ReviewComment, User
from bot.playground.threads import line_now, threads

_HEADER = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)")
_ABOVE = 3  # lines of the diff shown above the commented ones, in the conversation


@dataclass(frozen=True, slots=True)
class Said:
    """A comment in a thread: its parts, and the lines that its suggestions would replace."""

    comment: ReviewComment
    parts: tuple[Part, ...]
    replaced: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Thread:
    """A conversation on the diff. `start` and `line` are where it stands today, None on a whole file or once
    outdated; `rows` is the diff it was made on."""

    path: str
    start: int | None
    line: int | None
    outdated: bool
    rows: tuple[Row, ...]
    said: tuple[Said, ...]

    @property
    def first(self) -> ReviewComment:
        """The comment that opened it."""
        return self.said[0].comment

    @property
    def applicable(self) -> bool:
        """Whether its suggestions can be applied to the head."""
        return self.line is not None and self.first.side == "RIGHT" and self.first.minimized is None


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline; `labels` gathers those put on, or taken off, together."""

    what: str
    who: User
    when: float
    commit: str = ""
    comment: Comment | None = None
    review: Review | None = None
    threads: tuple[Thread, ...] = ()
    labels: tuple[Label, ...] = ()

    @property
    def key(self) -> str:
        """What the step is called as long as it is there."""
        about = self.comment or self.review
        return f"{self.what}-{about.id}" if about else f"{self.what}-{self.commit[:12] or self.when}"


def timeline(pull: Pull) -> list[Step]:
    """Return what happened after the opening, oldest first."""
    steps = [Step("committed", pull.author, pull.created, commit=pull.heads[0])]
    found = list(threads(pull))
    for happening in pull.timeline:
        step = _step(pull, happening, found)
        last = steps[-1]
        if step.labels and (last.what, last.who) == (step.what, step.who):
            steps[-1] = replace(last, labels=(*last.labels, *step.labels))
        else:
            steps.append(step)
    return steps


def _step(pull: Pull, happening: Happening, found: Iterable[list[ReviewComment]]) -> Step:
    step = Step(happening.what, happening.who, happening.when)
    match happening.about:
        case Label():
            return replace(step, labels=(happening.about,))
        case Review() as review:
            here = tuple(thread(pull, comments) for comments in found if comments[0].review is review)
            return replace(step, review=review, threads=here)
        case Comment() as comment:
            return replace(step, comment=comment)
        case str() as commit:
            return replace(step, commit=commit)
    return step


def thread(pull: Pull, comments: Sequence[ReviewComment]) -> Thread:
    """Return a conversation on the diff as it stands today."""
    first = comments[0]
    line = line_now(pull, first)
    start = line_now(pull, first, first.start_line) if line and first.start_line else line
    outdated = first.line is not None and (line is None or start is None)
    rows = tuple(_rows(first.excerpt))
    numbers = range(first.start_line or first.line or 0, (first.line or 0) + 1)
    replaced = tuple(row.text for row in rows if row.new in numbers) if first.side == "RIGHT" else ()
    said = tuple(Said(comment, parts(comment.body), replaced) for comment in comments)
    return Thread(first.path, start, line, outdated, rows[-(len(numbers) + _ABOVE) :], said)


def _rows(excerpt: str) -> Iterator[Row]:
    """Number the lines of a `diff_hunk`."""
    header, *lines = excerpt.split("\n")
    found = _HEADER.match(header)
    old, new = map(int, found.groups()) if found else (1, 1)
    for line in lines:
        sign = line[:1] or " "
        yield Row(sign, old if sign in " -" else None, new if sign in " +" else None, line[1:])
        old, new = old + (sign in " -"), new + (sign in " +")


@dataclass(frozen=True, slots=True)
class FileView:
    """A changed file with the conversations on it: `on_file` those about the whole, `on_row` those below a row, by
    hunk and row."""

    change: Change
    hunks: tuple[Hunk, ...]
    on_file: tuple[Thread, ...]
    on_row: dict[tuple[int, int], list[Thread]]


def file_views(pull: Pull) -> list[FileView]:
    """Return the changed files; outdated conversations stay in the timeline, as on GitHub."""
    found = [thread(pull, comments) for comments in threads(pull)]
    return [_file(change, [one for one in found if one.path == change.path]) for change in pull.changes()]


def _file(change: Change, found: Iterable[Thread]) -> FileView:
    on_row: dict[tuple[int, int], list[Thread]] = {}
    places = {
        (side, number): (index, at)
        for index, hunk in enumerate(change.hunks)
        for at, row in enumerate(hunk.rows)
        for side, number in (("RIGHT", row.new), ("LEFT", row.old if row.sign == "-" else None))
        if number is not None
    }
    found = [one for one in found if not one.outdated]
    for one in found:
        if one.line is not None:
            on_row.setdefault(places[one.first.side, one.line], []).append(one)
    return FileView(change, change.hunks, tuple(one for one in found if one.line is None), on_row)


def runs_on(pull: Pull) -> list[CheckRun]:
    """Return the latest check run of each name on the head, as the pull request shows them."""
    return latest([run for run in pull.repository.check_runs if run.head_sha == pull.head])
