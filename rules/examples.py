"""The examples of a rule: the fenced blocks of its file, which explain it to people and are its tests."""

from __future__ import annotations

import re
from typing import Any, cast

from rules.evidence import Answer, answer_from
from rules.loader import RuleFileError
from rules.model import Example, Kind, Rule
from rules.site_yaml import Refused, load

_FENCE = re.compile(
    r"^```(?:md (good|bad|beside|before)|yaml (evidence))(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"[ \t]*(?:# )?<- ici[ \t]*$", re.MULTILINE)
_PATHS = {
    Kind.API: "_data/api/exemple.md",
    Kind.SERVICE: "_data/service/exemple.md",
    Kind.PRODUCER: "_data/producteurs/exemple.md",
    Kind.GUIDE: "_data/guides/exemple.md",
    Kind.ROADMAP: "_data/roadmap.md",
    Kind.STRAY: "_data/api/exemple",
    Kind.REMOVED: "_data/api/exemple.md",
}


def examples_of(rule: Rule) -> tuple[Example, ...]:
    """Return the `md good` and `md bad` blocks, each with the `md beside`, `md before` and `yaml evidence` blocks
    that follow it. Raises RuleFileError where they are wrong."""
    examples: list[Example] = []
    for fence in _FENCE.finditer(rule.body):
        role, path, text = fence[1] or fence[2], fence[3] or _PATHS[rule.applies_to[0]], fence[4]
        if role in ("good", "bad"):
            mark = _MARK.search(text)
            line = text.count("\n", 0, mark.start()) + 1 if mark else None
            examples.append(Example(role == "good", path, _MARK.sub("", text), line, {}, {}))
        elif not examples:
            raise RuleFileError(f"rules/admission/{rule.id}.md: « {role} » must follow an example")
        elif role == "evidence":
            examples[-1] = examples[-1]._replace(evidence=_answers(rule, text))
        else:
            cast("dict[str, str]", examples[-1].others if role == "beside" else examples[-1].before)[path] = text
    return tuple(examples)


def _answers(rule: Rule, text: str) -> dict[str, Answer]:
    """Return what an `evidence` block says that the internet answered: see `rules.evidence`."""
    try:
        given = cast("dict[str, dict[str, Any]]", load(text).value)
        return {url: answer_from(plain) for url, plain in given.items()}
    except (Refused, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RuleFileError(f"rules/admission/{rule.id}.md: « evidence »: {error!r}") from error
