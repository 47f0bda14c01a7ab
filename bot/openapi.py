"""What a file that describes an API says: OpenAPI 2, 3.0, 3.1 or AsyncAPI, held to their official schemas.

The file comes from a stranger: what it holds is bounded before anything walks through it (`bot.structured`), and
no `$ref` of it is ever fetched. Schemas: `bot/schemas/NOTICE`.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files
from itertools import islice
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import jsonschema_rs

from bot.state import MOST_DESCRIBED
from bot.structured import Unreadable, parsed
from rules.evidence import Description

log = logging.getLogger(__name__)

MOST_SERVERS = 5
_LONGEST = 120  # characters of what the validator says
_MOST_TOLD = 200  # characters of a title, an operation or a server
_MOST_CALLED = 2_000  # characters of an address that is called
_VERBS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
_VERSIONS = (
    ("openapi", r"3\.0\.[0-9]{1,3}", "openapi-3.0"),
    ("openapi", r"3\.1\.[0-9]{1,3}", "openapi-3.1"),
    ("swagger", r"2\.0", "openapi-2.0"),
    ("asyncapi", r"2\.[0-9]\.[0-9]", "asyncapi-2"),
    ("asyncapi", r"3\.[0-9]\.[0-9]", "asyncapi-3"),
)
_NAMES = {"openapi": "OpenAPI", "swagger": "Swagger", "asyncapi": "AsyncAPI"}
_SCHEMA_VERSIONS = {"asyncapi-2": "2.6.0", "asyncapi-3": "3.0.0"}  # the later ones take what the earlier ones took


def describe(content: bytes | None, url: str = "") -> Description:
    """Return what the file at `url` says; `content` is None where there is more of it than may be read.
    Never raises: whatever keeps the file from being read is told in the description."""
    try:
        return _described(content, url)
    except Unreadable as error:
        return Description(fault=str(error))
    except Exception:
        log.exception("a file that describes an API can't be read, and nobody knows why")
        return Description(fault="unread")


def _described(content: bytes | None, url: str) -> Description:
    data = _data(content)
    key, version, schema = _version(data)
    if not key:
        raise Unreadable("other")
    title = str(_mapping(data.get("info")).get("title") or "")[:_MOST_TOLD]
    known = Description(f"{_NAMES[key]} {version}", title=title)
    fault, place = _objection({**data, key: _SCHEMA_VERSIONS.get(schema, version)}, schema)
    if fault:
        return known._replace(fault=fault, place=place)
    if key == "asyncapi":
        operations = len(_mapping(data.get("operations")) or _mapping(data.get("channels")))
        return known._replace(operations=operations, servers=_told(_async_servers(data)))
    servers = list(dict.fromkeys(_servers(data, url)))
    free = [one for one in _operations(data) if _needs_no_credentials(one.operation, data)]
    return known._replace(
        operations=sum(1 for _ in _operations(data)),
        servers=_told(servers),
        open_operation=next((f"{one.verb.upper()} {one.path}"[:_MOST_TOLD] for one in free), ""),
        call=_call(servers, free, data),
    )


def _data(content: bytes | None) -> Mapping[str, Any]:
    if content is None or len(content) > MOST_DESCRIBED:
        raise Unreadable("too-large")
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    data = parsed(text) if not text.startswith(b"<") else None
    if not isinstance(data, dict):
        raise Unreadable("page" if text.startswith(b"<") else "other")
    return data


def _version(data: Mapping[str, Any]) -> tuple[str, str, str]:
    for key, pattern, schema in _VERSIONS:
        if re.fullmatch(pattern, str(data.get(key, ""))):
            return key, str(data[key]), schema
    return "", "", ""


def _objection(data: Mapping[str, Any], schema: str) -> tuple[str, str]:
    """Return the validator's first objection and its place as a JSON pointer; nothing where there is none."""
    try:
        _validator(schema).validate(data)  # stops at the first: a file may deserve millions
    except jsonschema_rs.ValidationError as error:
        place = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in error.instance_path)
        told = len(error.message) <= _LONGEST and len(place) <= _MOST_TOLD
        return (error.message, place or "/") if told else ("invalid", place[:_MOST_TOLD] or "/")
    except ValueError:  # nested beyond what the validator walks through
        return "invalid", "/"
    return "", ""


@cache
def _validator(schema: str) -> Any:
    return jsonschema_rs.validator_for(json.loads((files("bot") / "schemas" / f"{schema}.json").read_text("utf-8")))


class _Operation(NamedTuple):
    """What may be done at a path; `item` is all that is said of the path."""

    verb: str
    path: str
    operation: Mapping[str, Any]
    item: Mapping[str, Any]


def _operations(data: Mapping[str, Any]) -> Iterator[_Operation]:
    for path, item in _mapping(data.get("paths")).items():
        for verb in _VERBS if path.startswith("/") else ():
            if verb in _mapping(item):
                yield _Operation(verb, path, _mapping(item[verb]), item)


def _needs_no_credentials(operation: Mapping[str, Any], data: Mapping[str, Any]) -> bool:
    asked = operation.get("security", data.get("security"))
    return not asked or {} in asked


def _call(servers: Iterable[str], free: Iterable[_Operation], data: Mapping[str, Any]) -> str:
    """Return the address of one GET that needs neither credentials nor parameters, and nothing else: an address
    that says more than a path (`?`, `#`) could be made to do something."""
    base = next((server for server in servers if re.fullmatch(r"https?://[^\s?#{}\\]+", server)), "")
    for one in free if base else ():
        if one.verb == "get" and re.fullmatch(r"/[^\s?#{}\\]*", one.path) and _needs_no_parameter(one, data):
            call = f"{base.rstrip('/')}{one.path}"
            return call if call.isprintable() and len(call) <= _MOST_CALLED else ""
    return ""


def _needs_no_parameter(one: _Operation, data: Mapping[str, Any]) -> bool:
    return not any(
        _required(given, data) for said in (one.item, one.operation) for given in _list(said.get("parameters"))
    )


def _required(parameter: object, data: Mapping[str, Any]) -> bool:
    """Whether a parameter must be given; one that can't be found might have to be."""
    found = _mapping(parameter)
    if "$ref" in found:
        name = str(found["$ref"]).rpartition("/")[2]
        known = _mapping(_mapping(data.get("components")).get("parameters") or data.get("parameters"))
        found = _mapping(known.get(name, {"required": True}))
    return bool(found.get("required"))


def _servers(data: Mapping[str, Any], url: str) -> Iterator[str]:
    """Yield the addresses of the API; those that are none are passed over."""
    if "swagger" in data:
        place = urlsplit(url)
        scheme = next(iter(_list(data.get("schemes"))), place.scheme or "https")
        host = data.get("host") or place.netloc
        told = [f"{scheme}://{host}{data.get('basePath', '')}"] if host else []
    else:
        told = [str(_mapping(server).get("url", "")) for server in _list(data.get("servers")) or [{"url": "/"}]]
    for address in told:
        try:
            whole = urljoin(url, address) if url else address
            urlsplit(whole)
        except ValueError:
            continue
        yield whole


def _async_servers(data: Mapping[str, Any]) -> Iterator[str]:
    for server in _mapping(data.get("servers")).values():
        yield str(_mapping(server).get("url") or _mapping(server).get("host") or "")


def _told(servers: Iterable[str]) -> tuple[str, ...]:
    return tuple(server[:_MOST_TOLD] for server in islice(servers, MOST_SERVERS))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
