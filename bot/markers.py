"""The hidden line that lets greffier know its own comments again. Only the first line of a body counts,
so a marker quoted from an entry is never taken for ours; the author's id is checked beside it."""

from __future__ import annotations

import hashlib
import re

from rules.model import Finding

SUMMARY = "<!-- greffier:summary -->"
_FINDING = re.compile(r"<!-- greffier:finding ([0-9a-f]{16}) -->")


def fingerprint(finding: Finding) -> str:
    """Return what a finding is called for ever: 16 hexadecimal digits of rule, path and key."""
    return hashlib.sha256("\0".join(finding.fingerprint).encode()).hexdigest()[:16]


def mark(name: str) -> str:
    """Return the hidden first line of the review comment on the finding called `name`."""
    return f"<!-- greffier:finding {name} -->"


def is_summary(body: str) -> bool:
    """Whether a body begins with the summary's marker."""
    return _first_line(body) == SUMMARY


def marked(body: str) -> str | None:
    """Return the name of the finding that a review comment is about; None for any other body."""
    found = _FINDING.fullmatch(_first_line(body))
    return found.group(1) if found else None


def _first_line(body: str) -> str:
    return body.split("\n", 1)[0].rstrip("\r")
