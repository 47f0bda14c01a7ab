"""What a YAML scalar is worth for the site: the types of js-yaml 3.14, safe schema.

See https://github.com/nodeca/js-yaml/tree/3.14.1/lib/js-yaml/type. They are neither those of YAML 1.2
nor those of PyYAML: `yes` is a text, `1_000` a number, `12:30` the number 750.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TypeAlias, Union


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A value that the site turns into a JavaScript date, such as `2024-01-31`. It is no string, so
    that no rule takes it for one; `text` is what the file says."""

    text: str

    def __str__(self) -> str:
        return self.text


Value: TypeAlias = Union[bool, int, float, str, Timestamp, list["Value"], dict[str, "Value"], None]  # noqa: UP007

_WORDS: dict[str, Value] = {"": None, "~": None}
_WORDS |= dict.fromkeys(("null", "Null", "NULL"))
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True)
_WORDS |= dict.fromkeys(("false", "False", "FALSE"), False)

_INTEGER = re.compile(r"0b[01_]*[01]|0x[0-9a-fA-F_]*[0-9a-fA-F]|0(?:[0-7_]*[0-7])?|[1-9](?:[0-9_]*[0-9])?")
_SEXAGESIMAL = re.compile(r"[1-9][0-9_]*(?::[0-5]?[0-9])+|[0-9][0-9_]*(?::[0-5]?[0-9])+\.(?:[0-9_]*[0-9])?")
_FLOAT = re.compile(
    r"[-+]?(?:0|[1-9][0-9_]*)(?:\.[0-9_]*)?(?:[eE][-+]?[0-9]+)?(?<!_)"
    r"|\.[0-9_]+(?:[eE][-+]?[0-9]+)?(?<!_)"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TIMESTAMP = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?"
    r"(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?"
)
_SPECIAL_STARTS = frozenset("~nNtTfF0123456789+-.")
_SAFE_INTEGER = 2**53

# Kinds of `convert`, as YAML names them after `tag:yaml.org,2002:`.
SCALAR_TAGS = ("str", "null", "bool", "int", "float", "timestamp", "merge")


def resolve(text: str) -> Value:
    """Return what an unquoted `text` is worth: the first type that recognises it, else the text."""
    if text and text[0] not in _SPECIAL_STARTS:
        return text
    if text in _WORDS:
        return _WORDS[text]
    for read in (_integer, _float, _timestamp):
        value = read(text)
        if value is not None:
            return value
    return text


def convert(text: str, tag: str) -> Value:
    """Return what `text` is worth under an explicit tag of `SCALAR_TAGS` (`!!int "3"`).

    Raises ValueError where the site refuses it.
    """
    if tag == "str":
        return text
    value: Value
    if tag in ("null", "bool"):
        value = _WORDS.get(text, text)
        fits = value is None if tag == "null" else isinstance(value, bool)
    elif tag == "merge":
        value, fits = text, text in ("", "<<")
    else:
        value = {"int": _integer, "float": _float, "timestamp": _timestamp}[tag](text)
        fits = value is not None
    if not fits:
        raise ValueError(f"{text!r} is no {tag}")
    return value


def key_text(key: Value) -> str:
    """Return the name under which JavaScript files a key: `String(key)`. Dates stay as written."""
    if isinstance(key, str):
        return key
    if key is None or isinstance(key, bool):
        return {None: "null", True: "true", False: "false"}[key]
    if isinstance(key, float):
        return {"inf": "Infinity", "-inf": "-Infinity", "nan": "NaN"}.get(repr(key), repr(key))
    if isinstance(key, list):
        return ",".join("" if item is None else key_text(item) for item in key)
    if isinstance(key, dict):
        return "[object Object]"
    return str(key)


def _number(value: float) -> int | float:
    """JavaScript has doubles only: `1.0` is 1, and integers beyond 2^53 lose digits."""
    return int(value) if value.is_integer() and abs(value) < _SAFE_INTEGER else value


def _sign(text: str) -> tuple[int, str]:
    return (-1 if text[:1] == "-" else 1), text[1:] if text[:1] in ("-", "+") else text


def _integer(text: str) -> int | float | None:
    sign, digits = _sign(text)
    if _INTEGER.fullmatch(digits):
        digits = digits.replace("_", "")
        base = {"0b": 2, "0x": 16}.get(digits[:2], 8 if digits[0] == "0" else 10)
        if base == 10:  # float() is linear where int() refuses more than 4,300 digits
            return _number(sign * float(digits))
        try:
            return _number(sign * float(int(digits[2:] if base != 8 else digits, base)))
        except OverflowError:
            return sign * math.inf
    return _base_60(sign, digits) if ":" in digits and "." not in digits else None


def _float(text: str) -> int | float | None:
    if not _FLOAT.fullmatch(text):
        sign, digits = _sign(text)
        return _base_60(sign, digits) if ":" in digits else None
    digits = text.replace("_", "").lower()
    if digits.endswith(("inf", "nan")):
        return float(digits.replace(".", ""))
    # JavaScript reads `._e1` as not a number, where Python would raise.
    return math.nan if digits.startswith(".e") else _number(float(digits))


def _base_60(sign: int, digits: str) -> int | float | None:
    if not _SEXAGESIMAL.fullmatch(digits):
        return None
    value = 0.0
    for part in digits.replace("_", "").split(":"):
        value = value * 60 + float(part)
    return _number(sign * value)


def _timestamp(text: str) -> Timestamp | None:
    return Timestamp(text) if _TIMESTAMP.fullmatch(text) else None
