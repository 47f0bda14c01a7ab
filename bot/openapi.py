"""What a file that describes an API says: OpenAPI 2, 3.0, 3.1 or AsyncAPI, held to their official schemas.

The file comes from a stranger: its size, depth and repetitions are bounded before anything walks through it, and
no `$ref` of it is ever fetched. Schemas: `bot/schemas/NOTICE`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urljoin, urlsplit

import jsonschema_rs
import yaml
from yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from rules.evidence import Description

MOST_BYTES = 4 * 1024 * 1024
MOST_YAML = 1024 * 1024  # bytes: YAML takes a second or two for that many
MOST_NODES, MOST_DEPTH, MOST_ALIASES = 300_000, 100, 100
MOST_SERVERS = 5
_LONGEST = 120  # characters of what the validator says
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_VERSIONS = (
    ("openapi", r"3\.0\.\d+", "openapi-3.0"),
    ("openapi", r"3\.1\.\d+", "openapi-3.1"),
    ("swagger", r"2\.0", "openapi-2.0"),
    ("asyncapi", r"2\.\d\.\d", "asyncapi-2"),
    ("asyncapi", r"3\.\d\.\d", "asyncapi-3"),
)
_NAMES = {"openapi": "OpenAPI", "swagger": "Swagger", "asyncapi": "AsyncAPI"}
_SCHEMA_VERSIONS = {"asyncapi-2": "2.6.0", "asyncapi-3": "3.0.0"}  # the later ones take what the earlier ones took


@dataclass(frozen=True, slots=True)
class Described:
    """What a file says, and the address of one harmless request that it says anyone may make, if any."""

    description: Description
    call: str = ""


class _Loader(yaml.CSafeLoader):
    """The safe loader without merged mappings (`<<`), which may double at every level."""

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Leave a mapping as it is."""


class _Unreadable(Exception):
    """The file can't be read; the argument is the `fault` of its description."""


def describe(content: bytes | None, url: str = "") -> Described:
    """Return what the file at `url` says; `content` is None where there is more of it than may be read.
    Never raises."""
    try:
        data = _data(content)
    except _Unreadable as error:
        return Described(Description(fault=str(error)))
    key, version, schema = _version(data)
    if not key:
        return Described(Description(fault="other"))
    title = str(_mapping(data.get("info")).get("title") or "")
    known = Description(f"{_NAMES[key]} {version}", title=title)
    fault, place = _objection({**data, key: _SCHEMA_VERSIONS.get(schema, version)}, schema)
    if fault:
        return Described(known._replace(fault=fault, place=place))
    if key == "asyncapi":
        operations = len(_mapping(data.get("operations")) or _mapping(data.get("channels")))
        return Described(known._replace(operations=operations, servers=tuple(_async_servers(data))[:MOST_SERVERS]))
    servers = tuple(dict.fromkeys(_servers(data, url)))
    free = [(verb, path, one) for verb, path, one in _operations(data) if _needs_no_credentials(one, data)]
    call = next((path for verb, path, one in free if verb == "get" and _needs_no_parameter(path, one, data)), "")
    base = next((server for server in servers if "{" not in server and urlsplit(server).scheme), "")
    description = known._replace(
        operations=sum(1 for _ in _operations(data)),
        servers=servers[:MOST_SERVERS],
        open_operation=next((f"{verb.upper()} {path}" for verb, path, _ in free), ""),
    )
    return Described(description, f"{base.rstrip('/')}{call}" if base and call else "")


def _data(content: bytes | None) -> dict[str, Any]:
    if content is None or len(content) > MOST_BYTES:
        raise _Unreadable("too-large")
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if text.startswith(b"<"):
        raise _Unreadable("page")
    try:
        data = json.loads(text) if text.startswith(b"{") else _yaml(text)
    except (ValueError, RecursionError, yaml.YAMLError) as error:
        raise _Unreadable("not-text") from error
    if not isinstance(data, dict):
        raise _Unreadable("other")
    return data


def _yaml(text: bytes) -> object:
    """Read YAML once it is known to be shallow: libyaml's composer would overflow the stack of the process."""
    if len(text) > MOST_YAML:
        raise _Unreadable("too-large")
    depth = aliases = 0
    for nodes, event in enumerate(yaml.parse(text, yaml.CSafeLoader)):
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        aliases += isinstance(event, AliasEvent)
        if depth > MOST_DEPTH or nodes > MOST_NODES or aliases > MOST_ALIASES:
            raise _Unreadable("too-large")
    value = yaml.load(text, _Loader)  # noqa: S506 - a safe one
    if aliases:
        _bound(value)
    return json.loads(json.dumps(value, default=str, skipkeys=True))  # dates become texts, keys too, as in JSON


def _bound(value: object) -> None:
    """Refuse what repeats itself without end."""
    left, seen = [value], 0
    while left:
        one = left.pop()
        seen += 1
        if seen > MOST_NODES:
            raise _Unreadable("too-large")
        left += one.values() if isinstance(one, dict) else one if isinstance(one, list) else ()


def _version(data: Mapping[str, Any]) -> tuple[str, str, str]:
    for key, pattern, schema in _VERSIONS:
        if re.fullmatch(pattern, str(data.get(key, ""))):
            return key, str(data[key]), schema
    return "", "", ""


def _objection(data: Mapping[str, Any], schema: str) -> tuple[str, str]:
    """Return the validator's first objection and its place as a JSON pointer; nothing where there is none."""
    try:
        error = next(iter(_validator(schema).iter_errors(data)), None)
    except ValueError:  # nested beyond what the validator walks through
        return "invalid", "/"
    if error is None:
        return "", ""
    place = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.instance_path)
    return error.message if len(error.message) <= _LONGEST else "invalid", place or "/"


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(json.loads((files("bot") / "schemas" / f"{schema}.json").read_text("utf-8")))


def _operations(data: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, item in _mapping(data.get("paths")).items():
        shared = _list(_mapping(item).get("parameters"))
        for verb in _VERBS:
            if verb in _mapping(item):
                operation = _mapping(item[verb])
                yield verb, path, {**operation, "parameters": [*shared, *_list(operation.get("parameters"))]}


def _needs_no_credentials(operation: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    asked = operation.get("security", data.get("security"))
    return not asked or {} in asked


def _needs_no_parameter(path: str, operation: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    return "{" not in path and not any(_required(one, data) for one in operation["parameters"])


def _required(parameter: object, data: Mapping[str, Any]) -> bool:
    """Whether a parameter must be given; one that can't be found might have to be."""
    found = _mapping(parameter)
    if "$ref" in found:
        name = str(found["$ref"]).rpartition("/")[2]
        known = _mapping(_mapping(data.get("components")).get("parameters") or data.get("parameters"))
        found = _mapping(known.get(name, {"required": True}))
    return bool(found.get("required"))


def _servers(data: Mapping[str, Any], url: str) -> Iterator[str]:
    if "swagger" in data:
        place = urlsplit(url)
        scheme = next(iter(_list(data.get("schemes"))), place.scheme or "https")
        host = data.get("host") or place.netloc
        if host:
            yield f"{scheme}://{host}{data.get('basePath', '')}"
        return
    for server in _list(data.get("servers")) or [{"url": "/"}]:
        address = str(_mapping(server).get("url", ""))
        yield urljoin(url, address) if url else address


def _async_servers(data: Mapping[str, Any]) -> Iterator[str]:
    for server in _mapping(data.get("servers")).values():
        yield str(_mapping(server).get("url") or _mapping(server).get("host") or "")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
