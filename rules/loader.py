"""Read the rule files `admission/*.md` and the criteria; a wrong file stops the program, naming file and line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from rules.catalogue import World
from rules.document import Document, parse
from rules.model import Check, Criterion, Decider, Kind, Question, Rule, Severity, Text

_HERE = Path(__file__).parent
_SOURCES = ("contact-page", "guide-pratique", "doctrine", "site-build", "template")
_NEEDED = ("criterion", "source", "decider", "severity", "applies_to", "reads")
_TEXTS = ("message", "evidence", "question")


class RuleFileError(Exception):
    """A rule file is wrong. The message names the file, the line and what to do."""


@cache
def load_criteria() -> Mapping[str, Criterion]:
    """Return the criteria of `criteria.md` by id, in the order of the page."""
    text = (_HERE / "criteria.md").read_text("utf-8")
    parts = re.findall(r"^## (\w+) · (.+?) / (.+)\n\n(.+)\n\n(.+)$", text, re.MULTILINE)
    return {id_: Criterion(id_, Text(fr, en), Text(said_fr, said_en)) for id_, fr, en, said_fr, said_en in parts}


def load_rules(folder: Path | None = None, pages: str = "") -> tuple[Rule, ...]:
    """Return the rules of `folder` (default: those of the package), by criterion, then by id. `pages` is the
    address under which each has its page, `https://…/regles/`. Raises RuleFileError at the first wrong file."""
    order = list(load_criteria())
    sources = sorted((folder or _HERE / "admission").glob("*.md"))
    rules = [_rule(source.name, source.read_text("utf-8"), order) for source in sources]
    shown = [rule._replace(page=f"{pages}{rule.id}") for rule in rules] if pages else rules
    return tuple(sorted(shown, key=lambda rule: order.index(rule.criterion)))


def _rule(name: str, text: str, criteria: list[str]) -> Rule:
    document = parse(f"rules/admission/{name}", text)
    if document.problem:
        raise RuleFileError(f"{document.path}:{document.problem.line}: {document.problem.code}")
    data = cast("dict[str, Any]", document.data)
    for key, fault in _faults(data, criteria):
        raise RuleFileError(f"{document.path}:{document.line(f'/{key}')}: `{key}` {fault}")
    (title_fr, why_fr), (title_en, why_en) = _explanations(document)
    return Rule(
        id=document.slug,
        criterion=data["criterion"],
        source=data["source"],
        decider=Decider(data["decider"]),
        severity=Severity(data["severity"]),
        applies_to=tuple(Kind(kind) for kind in data["applies_to"]),
        reads=tuple(data["reads"]),
        title=Text(title_fr, title_en),
        why=Text(why_fr, why_en),
        check=_check(document, data),
        message=_text(data.get("message")),
        evidence=_text(data.get("evidence")),
        question=_text(data.get("question")),
        body=document.body,
    )


def _faults(data: Mapping[str, Any], criteria: list[str]) -> Iterator[tuple[str, str]]:
    """Yield each key of a rule file that is wrong, and what it should be."""
    yield from ((key, "is missing") for key in _NEEDED if key not in data)
    yield from ((key, "is not known") for key in data if key not in (*_NEEDED, *_TEXTS, "check"))
    for key, known in (
        ("criterion", criteria),
        ("source", _SOURCES),
        ("decider", list(Decider)),
        ("severity", list(Severity)),
    ):
        if data.get(key) not in known:
            yield key, f"must be one of: {', '.join(known)}"
    if not _listed(data.get("applies_to"), list(Kind)) or not data["applies_to"]:
        yield "applies_to", f"must be a list of: {', '.join(Kind)}"
    if not _listed(data.get("reads")):
        yield "reads", "must be a list of keys"
    for key in _TEXTS:
        if key in data and not (
            isinstance(data[key], dict) and data[key].keys() == {"fr", "en"} and all(data[key].values())
        ):
            yield key, "must hold a sentence in `fr` and one in `en`"
    wanted = ("check", "message") if data.get("decider") == Decider.MACHINE else ("question",)
    yield from ((key, f"is needed where a {data.get('decider')} decides") for key in wanted if key not in data)


def _listed(value: object, known: Sequence[str] | None = None) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) and (not known or item in known) for item in value)


def _check(document: Document, data: Mapping[str, Any]) -> Check:
    """Return the function that decides: a named one of `rules.checks`, or a person asked."""
    if "check" in data:
        module, _, function = str(data["check"]).partition(".")
        try:
            return cast("Check", getattr(import_module(f"rules.checks.{module}"), function))
        except (ImportError, AttributeError) as error:
            raise RuleFileError(f"{document.path}:{document.line('/check')}: {error}") from error
    key = data["reads"][0] if data["reads"] else ""

    def ask(entry: Document, _: World) -> list[Question]:
        return [Question(f"/{key}" if key in entry.data else "")]

    return cast("Check", ask)


def _text(value: Mapping[str, str] | None) -> Text:
    return Text(value["fr"].strip(), value["en"].strip()) if value else Text()


def _explanations(document: Document) -> list[tuple[str, str]]:
    """Return (title, text) in French under `# `, then in English under the first `## `."""
    prose, _, _ = document.body.strip().partition("\n```")
    french, divided, english = prose.removeprefix("# ").partition("\n## ")
    if not divided or not prose.startswith("# "):
        raise RuleFileError(f"{document.path}:{document.body_line}: two headings wanted: « # Titre » and « ## Title »")
    parts = [text.partition("\n") for text in (french, english)]
    return [(title.strip(), text.strip()) for title, _, text in parts]
