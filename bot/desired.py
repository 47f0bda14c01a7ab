"""What GitHub should show of our judgement, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comment:
    """A review comment on lines `start_line` to `line` of the head; `fingerprint` names its finding,
    `clickable` tells whether it offers a fix that one click applies."""

    path: str
    start_line: int
    line: int
    body: str
    fingerprint: str
    clickable: bool = False


@dataclass(frozen=True, slots=True)
class Annotation:
    """A note of the check run on the file view. `level` is `failure`, `warning` or `notice`."""

    path: str
    start_line: int
    end_line: int
    level: str
    title: str
    message: str


@dataclass(frozen=True, slots=True)
class CheckRun:
    """What the check run says. `conclusion` is `success`, `failure` or `action_required`."""

    conclusion: str
    title: str
    summary: str
    annotations: tuple[Annotation, ...]


@dataclass(frozen=True, slots=True)
class Desired:
    """All that GitHub should show of a request judged at commit `head`. `standing` has the fingerprints of
    all its findings, those without a comment of their own too."""

    head: str
    summary: str
    comments: tuple[Comment, ...]
    labels: frozenset[str]
    check: CheckRun
    standing: frozenset[str] = frozenset()
