"""The body of a request against the keys that GitHub documents: unknown ones are refused, as are wrong values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.playground.access import Refusal

LONGEST_BODY = 65_536  # characters of a comment or review: « body is too long (maximum is 65536 characters) »


@dataclass(frozen=True, slots=True)
class Key:
    """What a key may hold: `longest` counts characters or items; `inside` are the keys of an object or of a list's."""

    kind: type = str
    required: bool = False
    among: tuple[str, ...] = ()
    longest: int | None = None
    inside: Mapping[str, Key] | None = None
    blank: bool = True


Keys = Mapping[str, Key]


def check(body: object, keys: Keys, at: str = "") -> dict[str, object]:
    """Return a body that is an object with these keys only, or refuse with 422 naming every fault."""
    if not isinstance(body, dict):
        raise _invalid([f"{at}{body!r} is not an object."])
    faults = [f'"{at}{name}" is not a permitted key.' for name in body.keys() - keys.keys()]
    for name, key in keys.items():
        value = body.get(name)
        if value is None:
            faults += [f'"{at}{name}" wasn\'t supplied.'] if key.required else []
            continue
        if not isinstance(value, key.kind) or (key.kind is int and isinstance(value, bool)):
            faults.append(f"For '{at}{name}', {value!r} is not a {key.kind.__name__}.")
        elif key.among and value not in key.among:
            faults.append(
                f"For '{at}{name}', {value!r} is not a possible value. Must be one of: {', '.join(key.among)}."
            )
        elif isinstance(value, str | list) and key.longest is not None and len(value) > key.longest:
            faults.append(
                f"{at}{name} is too long (maximum is {key.longest} {'items' if key.kind is list else 'characters'})"
            )
        elif not key.blank and not str(value).strip():
            faults.append(f"{at}{name} can't be blank")
        elif key.inside is not None:
            for item in value if isinstance(value, list) else [value]:
                check(item, key.inside, f"{at}{name}/")
    if faults:
        raise _invalid(sorted(faults))
    return body


def _invalid(faults: list[str]) -> Refusal:
    return Refusal(422, "Invalid request.\n\n" + "\n".join(faults))


def unprocessable(*errors: str) -> Refusal:
    """Return the 422 that GitHub gives where it tells faults as plain texts."""
    return Refusal(422, "Unprocessable Entity", list(errors))


def failed(resource: str, field: str, code: str, message: str | None = None) -> Refusal:
    """Return the 422 « Validation Failed » that names a resource, a field and a code.

    https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#validation-failed
    """
    error: dict[str, object] = {"resource": resource, "field": field, "code": code}
    return Refusal(422, "Validation Failed", [error | ({"message": message} if message else {})])
