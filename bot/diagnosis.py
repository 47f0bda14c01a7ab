"""What the doctor says of one setting: a state, what was found, and what to do about it, in both languages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rules.model import Text

State = Literal["ok", "advice", "wrong", "skipped"]
NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """`name` is a word that programs may rely on. `advice` works but should be better; `wrong` does not work."""

    name: str
    state: State
    found: Text
    todo: Text = NOTHING


def ok(name: str, fr: str, en: str) -> Diagnosis:
    """A setting that is right."""
    return Diagnosis(name, "ok", Text(fr, en))


def wrong(name: str, found: Text, todo: Text) -> Diagnosis:
    """A setting that must be changed."""
    return Diagnosis(name, "wrong", found, todo)


def advice(name: str, found: Text, todo: Text) -> Diagnosis:
    """A setting that works and should be changed."""
    return Diagnosis(name, "advice", found, todo)


def skipped(name: str, fr: str, en: str) -> Diagnosis:
    """A setting that could not be looked at, and why."""
    return Diagnosis(name, "skipped", Text(fr, en))
