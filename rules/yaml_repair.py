"""Explains why a front matter can't be read to someone who has never heard of YAML, with a fix where one works."""

from __future__ import annotations

from rules.document import FrontMatter, Problem
from rules.site_yaml import Refused


def explain(text: str, matter: FrontMatter | None, refused: Refused | None) -> Problem:
    """Return the problem of `text`: no front matter, or one that was refused."""
    if matter is None or refused is None:
        code = "front-matter-unclosed" if text.startswith("---") else "front-matter-missing"
        return Problem(code, 1, 1, 1, 1, {})
    line = matter.rows[min(refused.line, len(matter.rows) - 1)]
    code = {"empty": "front-matter-empty", "not a mapping": "front-matter-not-a-mapping"}.get(refused.reason)
    return Problem(code or "yaml-unreadable", line, line, line, refused.column + 1, {"reason": refused.reason})
