"""Read the rule files `admission/*.md` and the criteria; a wrong file stops the program, naming file and line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, cast

from jsonschema.exceptions import SchemaError, best_match
from jsonschema.validators import Draft202012Validator

from rules.catalogue import World
from rules.document import Document, parse
from rules.evidence import Answer, answer_from
from rules.model import Check, Criterion, Decider, Example, Kind, Question, Rule, Severity, Text
from rules.schema import schema_check
from rules.site_yaml import Refused, load

_TEXT = {"type": "object", "required": ["fr", "en"], "additionalProperties": {"type": "string", "minLength": 1}}
_KINDS = [kind.value for kind in Kind]
_FORMAT = Draft202012Validator(
    {
        "required": ["criterion", "source", "decider", "severity", "applies_to", "reads"],
        "additionalProperties": False,
        "properties": {
            "criterion": {"type": "string"},
            "source": {"enum": ["contact-page", "guide-pratique", "doctrine", "site-build", "template"]},
            "decider": {"enum": [decider.value for decider in Decider]},
            "severity": {"enum": [severity.value for severity in Severity]},
            "applies_to": {"type": "array", "minItems": 1, "items": {"enum": _KINDS}},
            "reads": {"type": "array", "items": {"type": "string"}},
            "check": {"type": "string", "pattern": r"^\w+\.\w+$"},
            "schema": {"type": "object"},
            "message": _TEXT,
            "evidence": _TEXT,
            "question": _TEXT,
        },
        "not": {"required": ["check", "schema"]},
        "if": {"properties": {"decider": {"const": "machine"}}},
        "then": {"required": ["message"], "anyOf": [{"required": ["check"]}, {"required": ["schema"]}]},
        "else": {"required": ["question"], "not": {"required": ["schema"]}},
    }
)
_FENCE = re.compile(
    r"^```(?:md (good|bad|beside|before)|yaml (evidence))(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
_MARK = re.compile(r"[ \t]*(?:# )?<- ici[ \t]*$", re.MULTILINE)
_FOLDERS = {
    Kind.API: "_data/api/exemple.md",
    Kind.SERVICE: "_data/service/exemple.md",
    Kind.PRODUCER: "_data/producteurs/exemple.md",
    Kind.GUIDE: "_data/guides/exemple.md",
    Kind.ROADMAP: "_data/roadmap.md",
    Kind.STRAY: "_data/api/exemple",
    Kind.REMOVED: "_data/api/exemple.md",
}


class RuleFileError(Exception):
    """A rule file is wrong. The message names the file, the line and what to do."""


@cache
def load_criteria() -> Mapping[str, Criterion]:
    """Return the criteria of `criteria.md` by id, in the order of the page."""
    text = (files("rules") / "criteria.md").read_text("utf-8")
    parts = re.findall(r"^## (\w+) · (.+?) / (.+)\n\n(.+)\n\n(.+)$", text, re.MULTILINE)
    return {id_: Criterion(id_, Text(fr, en), Text(said_fr, said_en)) for id_, fr, en, said_fr, said_en in parts}


def load_rules(folder: Traversable | None = None) -> tuple[Rule, ...]:
    """Return the rules of `folder` (default: those of the package), by criterion, then by id.
    Raises RuleFileError at the first wrong file."""
    order = list(load_criteria())
    sources = sorted((folder or files("rules") / "admission").iterdir(), key=lambda source: source.name)
    rules = [_rule(source.name, source.read_text("utf-8"), order) for source in sources if source.name.endswith(".md")]
    return tuple(sorted(rules, key=lambda rule: order.index(rule.criterion)))


def _rule(name: str, text: str, criteria: list[str]) -> Rule:
    document = parse(f"rules/admission/{name}", text)
    if document.problem:
        raise RuleFileError(f"{document.path}:{document.problem.line}: {document.problem.code}")
    error = best_match(_FORMAT.iter_errors(document.data))
    if error is not None:
        pointer = "".join(f"/{part}" for part in error.absolute_path)
        raise RuleFileError(f"{document.path}:{document.line(pointer)}: {error.message}")
    data = cast("dict[str, Any]", document.data)
    if data["criterion"] not in criteria:
        raise RuleFileError(
            f"{document.path}:{document.line('/criterion')}: no heading {data['criterion']} in criteria.md"
        )
    kinds = tuple(Kind(kind) for kind in data["applies_to"])
    (title_fr, why_fr), (title_en, why_en) = _explanations(document)
    return Rule(
        id=document.slug,
        criterion=data["criterion"],
        source=data["source"],
        decider=Decider(data["decider"]),
        severity=Severity(data["severity"]),
        applies_to=kinds,
        reads=tuple(data["reads"]),
        title=Text(title_fr, title_en),
        why=Text(why_fr, why_en),
        check=_check(document, data),
        schema=data.get("schema"),
        message=_text(data.get("message")),
        evidence=_text(data.get("evidence")),
        question=_text(data.get("question")),
        examples=_examples(document, kinds[0]),
    )


def _check(document: Document, data: Mapping[str, Any]) -> Check:
    """Return the function that decides: a schema, a named function of `rules.checks`, or a person asked."""
    key = data["reads"][0] if data["reads"] else ""
    try:
        if "schema" in data:
            return schema_check(data["schema"], key)
        if "check" in data:
            module, _, function = data["check"].partition(".")
            return cast("Check", getattr(import_module(f"rules.checks.{module}"), function))
    except (SchemaError, ImportError, AttributeError) as error:
        way = "/schema" if "schema" in data else "/check"
        raise RuleFileError(f"{document.path}:{document.line(way)}: {error}") from error

    def ask(entry: Document, _: World) -> list[Question]:
        return [Question(f"/{key}" if key in entry.data else "")]

    return cast("Check", ask)


def _text(value: Mapping[str, str] | None) -> Text:
    return Text(value["fr"].strip(), value["en"].strip()) if value else Text()


def _explanations(document: Document) -> list[tuple[str, str]]:
    """Return (title, text) in French under `# `, then in English under the first `## `."""
    prose = _FENCE.sub("", document.body)
    parts = re.findall(r"^#{1,2} ([^\n]+)\n(.*?)(?=^## |\Z)", prose, re.MULTILINE | re.DOTALL)
    if len(parts) < 2:
        raise RuleFileError(f"{document.path}:{document.body_line}: two headings wanted: « # Titre » and « ## Title »")
    return [(title.strip(), text.strip()) for title, text in parts[:2]]


def _examples(document: Document, kind: Kind) -> tuple[Example, ...]:
    """Return the `md good` and `md bad` blocks, each with the `md beside`, `md before` and `yaml evidence` blocks
    that follow it."""
    examples: list[Example] = []
    for fence in _FENCE.finditer(document.body):
        role, path, text = fence.group(1) or fence.group(2), fence.group(3) or _FOLDERS[kind], fence.group(4)
        if role in ("good", "bad"):
            mark = _MARK.search(text)
            line = text.count("\n", 0, mark.start()) + 1 if mark else None
            examples.append(Example(role == "good", path, _MARK.sub("", text), line, {}, {}))
        elif not examples:
            raise RuleFileError(f"{document.path}:{document.body_line}: « {role} » must follow an example")
        elif role == "evidence":
            examples[-1] = replace(examples[-1], evidence=_answers(document, text))
        else:
            cast("dict[str, str]", examples[-1].others if role == "beside" else examples[-1].before)[path] = text
    return tuple(examples)


def _answers(document: Document, text: str) -> dict[str, Answer]:
    """Return what an `evidence` block says that the internet answered: see `rules.evidence`."""
    try:
        given = cast("dict[str, dict[str, Any]]", load(text).value)
        return {url: answer_from(plain) for url, plain in given.items()}
    except (Refused, AttributeError, KeyError, TypeError, ValueError) as error:
        raise RuleFileError(f"{document.path}:{document.body_line}: « evidence »: {error!r}") from error
