"""Checks of criterion F on the file itself: one for each reason why a header can't be read."""

from __future__ import annotations

from collections.abc import Iterator

from rules.catalogue import World
from rules.document import Document, Problem
from rules.model import Check, Fault, Proof, Statement


def front_matter_missing(document: Document, world: World) -> Iterator[Statement]:
    """The file has a header. This check alone tells, once for all, that the header can be read."""
    for fault in _no_header(document, world):
        yield fault if document.text.strip() else Fault("", {"empty": document.path})
    if document.problem is None:
        yield Proof("", {"count": len(document.data)})


def _refused_for(code: str) -> Check:
    def check(document: Document, _: World) -> Iterator[Statement]:
        problem = document.problem
        if problem is not None and problem.code == code:
            yield Fault("", _facts(problem), problem.line, problem.end_line, problem.fix)

    return check


def _facts(problem: Problem) -> dict[str, str | int | tuple[str, ...]]:
    """Return what can be shown: `stopped` only where it is another place, and an invisible character by its number."""
    facts = {key: fact for key, fact in problem.facts.items() if not isinstance(fact, str) or fact.strip()}
    facts |= {"column": problem.column, "stopped": problem.stopped_line}
    character = problem.facts.get("character")
    if isinstance(character, str) and not character.strip():
        facts["blank"] = f"U+{ord(character):04X}"
    if problem.line <= problem.stopped_line <= problem.end_line:
        del facts["stopped"]
    return facts


_no_header = _refused_for("front-matter-missing")
front_matter_unclosed = _refused_for("front-matter-unclosed")
front_matter_not_a_mapping = _refused_for("front-matter-not-a-mapping")
front_matter_empty = _refused_for("front-matter-empty")
front_matter_cut = _refused_for("front-matter-cut")
yaml_conflict = _refused_for("yaml-conflict")
yaml_key_without_colon = _refused_for("yaml-key-without-colon")
yaml_backslash = _refused_for("yaml-backslash")
yaml_colon_in_value = _refused_for("yaml-colon-in-value")
yaml_duplicate_key = _refused_for("yaml-duplicate-key")
yaml_text_outside_block = _refused_for("yaml-text-outside-block")
yaml_text_and_list = _refused_for("yaml-text-and-list")
yaml_indentation = _refused_for("yaml-indentation")
yaml_quote = _refused_for("yaml-quote")
yaml_tab = _refused_for("yaml-tab")
yaml_special_character = _refused_for("yaml-special-character")
yaml_key_without_space = _refused_for("yaml-key-without-space")
yaml_unreadable = _refused_for("yaml-unreadable")
yaml_too_deep = _refused_for("yaml-too-deep")
file_not_text = _refused_for("file-not-text")
file_too_large = _refused_for("file-too-large")
