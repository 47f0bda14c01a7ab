"""The external id of a check run, `pr:7:<what was judged>:<what was answered>`: it tells later runs what is done.

The number is there because GitHub names no pull request in the check runs of forks.
https://docs.github.com/rest/guides/using-the-rest-api-to-interact-with-checks
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib.metadata import version

from bot.desired import CheckRun, Desired
from bot.state import PullRef
from rules.model import Rule


def judged(ref: PullRef, head: str, base: str, rules: Iterable[Rule], turn: str = "") -> str:
    """Return the first part: which request, at which commits after which `turn` (see Glance), by which rules of
    which version of greffier."""
    written = [
        (rule.id, rule.criterion, rule.severity, rule.decider, rule.applies_to, rule.reads, rule.title, rule.why)
        for rule in rules
    ]
    worded = [(rule.message, rule.evidence, rule.question, rule.check.__qualname__) for rule in rules]
    return f"pr:{ref.number}:{_digest(ref.key, head, base, turn, version('greffier'), written, worded)}"


def answered(first: str, desired: Desired) -> str:
    """Return the whole id of the check run that goes with an answer."""
    shown = (desired.head, desired.summary, desired.comments, sorted(desired.labels), desired.check)
    return f"{first}:{_digest(shown)}"


def unjudged(first: str, check: CheckRun) -> str:
    """Return the whole id of a check run that stands alone, where no entry was judged."""
    return f"{first}:{_digest(check)}"


def given_up(ref: PullRef) -> str:
    """Return the whole id of the check run that says that a request could not be judged."""
    return f"pr:{ref.number}:given-up"


def same_answer(one: str, other: str) -> bool:
    """Whether two ids tell of the same answer, whatever was judged."""
    return one.split(":")[3:] == other.split(":")[3:] != []


def _digest(*values: object) -> str:
    return hashlib.sha256(repr(values).encode("utf-8", "surrogatepass")).hexdigest()[:16]
