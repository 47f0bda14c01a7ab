"""A JSON Schema fragment as a check: what it refuses is a fault, what it accepts is proved by its value."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from jsonschema.validators import Draft202012Validator, extend

from rules.catalogue import World
from rules.document import Document, Timestamp
from rules.model import Check, Fault, Proof, Statement

# The site gets a date object for a bare ISO date: not a string, whatever Python calls it.
_TYPES = Draft202012Validator.TYPE_CHECKER.redefine(
    "string", lambda _, value: isinstance(value, str) and not isinstance(value, Timestamp)
)
_Validator = extend(Draft202012Validator, type_checker=_TYPES)


def schema_check(schema: Mapping[str, object], key: str) -> Check:
    """Return the check of the fragment `schema` on a whole front matter, about its top-level `key`.
    Raises jsonschema.SchemaError when the fragment is no valid schema."""
    _Validator.check_schema(schema)
    validator = _Validator(schema)

    def check(document: Document, _: World) -> Iterator[Statement]:
        errors = list(validator.iter_errors(document.data))
        for error in errors:
            # A missing key has no place of its own: the rule names the one where the finding lands.
            pointer = "".join(f"/{part}" for part in error.absolute_path) or f"/{key}"
            value = error.instance if error.absolute_path else document.data.get(key)
            yield Fault(pointer, {"value": shown(value)} if value is not None else {})
        if not errors and key in document.data:
            yield Proof(f"/{key}", {"value": shown(document.data[key])})

    return check


def shown(value: object) -> str | tuple[str, ...]:
    """Return a front matter value as a fact to quote: a list of texts item by item, the rest as it is typed."""
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    return str(value) if isinstance(value, str | Timestamp) else json.dumps(value, ensure_ascii=False, default=str)
