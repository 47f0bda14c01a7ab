"""What is read in the file that describes an API, hostile files included."""

from __future__ import annotations

import json
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot import openapi
from bot.openapi import describe
from bot.state import MOST_DESCRIBED
from bot.structured import MOST_NODES, MOST_YAML, parsed
from rules.evidence import Description

VALIDATOR = openapi._validator
SAMPLE = Path(__file__).parents[2] / "bot/playground/sample"
URL = "https://api.marees.gouv.example/v1/openapi.json"
INFO = {"title": "API Marées", "version": "1"}
GET: dict[str, Any] = {"responses": {"200": {"description": "OK"}}}
OPEN_3: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": INFO,
    "servers": [{"url": "https://marees.gouv.example/v1/"}],
    "paths": {"/ports/{id}": {"get": GET, "parameters": []}, "/ports": {"get": GET, "post": GET}},
}
SWAGGER: dict[str, Any] = {
    "swagger": "2.0",
    "info": INFO,
    "host": "marees.gouv.example",
    "basePath": "/v2",
    "schemes": ["https"],
    "paths": {"/ports": {"get": {"responses": {"200": {"description": "OK"}}}}},
}
ASYNC_2: dict[str, Any] = {
    "asyncapi": "2.4.0",
    "info": INFO,
    "servers": {"live": {"url": "mqtt://marees.gouv.example", "protocol": "mqtt"}},
    "channels": {"marees": {}},
}
ASYNC_3: dict[str, Any] = {
    "asyncapi": "3.0.0",
    "info": INFO,
    "servers": {"live": {"host": "marees.gouv.example", "protocol": "mqtt"}},
    "channels": {},
    "operations": {},
}


def said(data: object, url: str = URL) -> Description:
    return describe(json.dumps(data).encode(), url)


def changed(data: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {name: value for name, value in {**deepcopy(data), **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("data", "format_", "operations", "servers"),
    [
        (OPEN_3, "OpenAPI 3.0.3", 3, ("https://marees.gouv.example/v1/",)),
        (changed(OPEN_3, openapi="3.1.0"), "OpenAPI 3.1.0", 3, ("https://marees.gouv.example/v1/",)),
        (SWAGGER, "Swagger 2.0", 1, ("https://marees.gouv.example/v2",)),
        (ASYNC_2, "AsyncAPI 2.4.0", 1, ("mqtt://marees.gouv.example",)),
        (ASYNC_3, "AsyncAPI 3.0.0", 0, ("marees.gouv.example",)),
    ],
)
def test_formats(data: object, format_: str, operations: int, servers: tuple[str, ...]) -> None:
    for content in (
        json.dumps(data).encode(),
        yaml.safe_dump(data).encode(),
        b"\xef\xbb\xbf" + json.dumps(data).encode(),
    ):
        found = describe(content, URL)
        assert (found.format, found.fault, found.title) == (format_, "", "API Marées")
        assert (found.operations, found.servers) == (operations, servers)


@pytest.mark.parametrize("path", sorted(SAMPLE.rglob("swaggers/*.json")), ids=lambda path: path.name)
def test_the_sample(path: Path) -> None:
    found = describe(path.read_bytes())
    assert (found.format, found.fault) == ("OpenAPI 3.0.3", "")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"<!DOCTYPE html><html></html>", "page"),
        (b"\n <?xml version='1.0'?>", "page"),
        (b'{"openapi": ', "not-text"),
        (b"\x00\xff\x00", "not-text"),
        (b"a: [b", "not-text"),
        (b"", "other"),
        (b"Bonjour", "other"),
        (b"[1, 2]", "other"),
        (b'{"title": "API"}', "other"),
        (b'{"openapi": "4.0.0"}', "other"),
        (b'{"openapi": ["3.0.0"]}', "other"),
        (None, "too-large"),
        (b"{" + b" " * MOST_DESCRIBED, "too-large"),
        (b"a: " + b"b" * MOST_YAML, "too-large"),
        (b"{" * 100_000, "not-text"),
        (b'{"a":' * 100_000, "not-text"),
        (b"- " * 100_000, "too-large"),
        (b"[" * 200_000, "too-large"),
        (b"a: &a [*a]", "not-text"),
        (b"a: *b", "not-text"),
        (b"a: {<<: b}", "not-text"),
        (b"? [a]\n: b", "not-text"),
        (b"--- a\n--- b\n", "not-text"),
        (b"a: &a {b: 1}\nc: {<<: *a}\n", "other"),
        (b"!!python/object/apply:os.system [true]", "other"),
        (b"x: !!bool z", "other"),
        (b"x: !!int ''", "other"),
        (b"x: !!float ''", "other"),
        (b"x: !!timestamp z", "other"),
        (b"x: 2001-99-99", "other"),
        (b"a: 1" + b":00" * 300 + b".5", "other"),
        (b"a: 1" + b":00" * (MOST_YAML // 4), "other"),
        (b"a: " + b"1" * 100_000, "other"),
        (b"".join(b"%%TAG !e%d! tag:e,2000:\n" % n for n in range(10_000)) + b"--- a\n", "too-large"),
        (b"[" + b"a," * (MOST_NODES + 1) + b"]", "too-large"),
        (b'{"a":[' + b"0," * MOST_NODES + b"0]}", "too-large"),
        (b'{"a":[' + b"0," * 2_000_000 + b"0]}", "too-large"),
        (b'{"a":1' + b"0" * 5_000 + b"}", "not-text"),
    ],
)
def test_no_description(content: bytes | None, fault: str) -> None:
    start = time.process_time()
    assert describe(content) == Description(fault=fault)
    assert time.process_time() - start < 5


def test_only_the_types_of_json_are_read_in_yaml() -> None:
    text = "a: 1\nb: -1.5e3\nc: 'yes'\nd: yes\ne: true\nf: ~\ng: 1:30\nh: 2001-01-01\ni: '1'\n"
    text += "200: {x: &x {y: 1}, z: {<<: *x, y: 2}}\n"
    assert parsed(text.encode()) == {
        **{
            "a": 1,
            "b": -1500.0,
            "c": "yes",
            "d": "yes",
            "e": True,
            "f": None,
            "g": "1:30",
            "h": "2001-01-01",
            "i": "1",
        },
        "200": {"x": {"y": 1}, "z": {"y": 2}},
    }
    assert parsed(b"a: &a {b: 1, c: 2}\nd: {<<: [*a, {b: 3, e: 4}], c: 5}")["d"] == {"b": 1, "c": 5, "e": 4}  # type: ignore[index]


def test_a_file_that_deserves_many_objections_gets_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each objection costs two kilobytes: the validator is never asked for all of them."""
    asked: list[str] = []
    monkeypatch.setattr(openapi, "_validator", lambda schema: Watched(asked, schema))
    found = said(changed(OPEN_3, tags=list(range(100_000))))
    assert (found.format, found.place) == ("OpenAPI 3.0.3", "/tags/0")
    assert asked == ["validate"]


class Watched:
    """The validator of a schema, and the methods of it that are called."""

    def __init__(self, asked: list[str], schema: str) -> None:
        self._asked, self._validator = asked, VALIDATOR(schema)

    def __getattr__(self, name: str) -> Any:
        self._asked.append(name)
        return getattr(self._validator, name)


def test_servers_that_are_no_addresses_are_passed_over() -> None:
    for bad in ("http://[", "http://a\u2100b"):
        assert said(changed(OPEN_3, servers=[{"url": bad}, {"url": "/v2"}])).servers == (
            "https://api.marees.gouv.example/v2",
        )
        assert said(changed(OPEN_3, servers=[{"url": bad}]), "").servers == ()
    assert said(changed(SWAGGER, host="[a")).servers == ()


@pytest.mark.parametrize(
    "data",
    [
        changed(OPEN_3, info={"title": "\ud800", "version": "1"}),
        changed(OPEN_3, paths={"/\ud800": {"get": GET}}),
        changed(OPEN_3, **{"x-a": float("nan")}),
        changed(OPEN_3, **{"x-a": float("inf")}),
        changed(OPEN_3, openapi="3.1.0", paths={"/a": {"parameters": {"a": 1}, "get": {}}}),
    ],
)
def test_nothing_makes_the_reader_fail(data: dict[str, Any]) -> None:
    assert said(data).fault in ("", "unread", "invalid", "not-text") or said(data).place


def test_a_fault_of_the_reader_is_an_outcome(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(openapi, "_version", lambda _: 1 // 0)
    assert said(OPEN_3) == Description(fault="unread")
    assert "ZeroDivisionError" in caplog.text


def test_what_is_kept_of_a_file_is_short() -> None:
    long = "a" * 100_000
    data = changed(
        OPEN_3,
        info={"title": long, "version": "1"},
        servers=[{"url": f"https://marees.gouv.example/{long}"}],
        paths={f"/{long}": {"get": GET}},
    )
    found = said(data)
    assert (found.fault, found.call) == ("", "")
    assert len(str(found)) < 1_000
    assert len(str(said(changed(OPEN_3, components={"schemas": {long: 3}})))) < 1_000
    assert said(changed(OPEN_3, openapi="3.0." + "9" * 4_000)).fault == "other"


def test_repetitions_are_bounded() -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    assert describe("\n".join(lines).encode()).fault == "too-large"
    few = "openapi: 3.0.3\ninfo: &i {title: a, version: '1'}\nx-i: *i\npaths: {}\n"
    assert describe(few.encode()).format == "OpenAPI 3.0.3"


def test_objections() -> None:
    missing = said(changed(OPEN_3, info={"title": "API"}))
    assert (missing.fault, missing.place) == ('"version" is a required property', "/info")
    assert (missing.format, missing.title) == ("OpenAPI 3.0.3", "API")
    odd = said(changed(OPEN_3, paths={"/ports": {"get": {"responses": 3, "description": "a" * 200}}}))
    assert (odd.fault, odd.place) != ("", "")
    assert len(odd.fault) <= 120
    deep: object = {}
    for _ in range(400):
        deep = {"x": deep}
    assert said({"openapi": "3.0.3", "info": INFO, "paths": {}, "x-deep": deep}).format == "OpenAPI 3.0.3"


def test_no_reference_is_ever_fetched() -> None:
    """No network is needed: what a reference names is never looked for."""
    data = changed(OPEN_3, paths={"/a": {"$ref": "http://127.0.0.1:1/a.json"}}, components={"schemas": {}})
    data["paths"]["/b"] = {"get": {"responses": {"200": {"$ref": "file:///etc/passwd"}}, "parameters": []}}
    data["components"]["schemas"]["c"] = {"$ref": "#/components/schemas/c"}
    found = said(data)
    assert (found.fault, found.operations) == ("", 1)


def call(**changes: Any) -> str:
    return describe(json.dumps(changed(OPEN_3, **changes)).encode(), URL).call


def parameters(*given: object, **shared: object) -> dict[str, Any]:
    return {"/ports": {"get": {**GET, "parameters": list(given)}, **shared}}


LIMIT = {"name": "limit", "in": "query", "schema": {}}


def test_one_harmless_request() -> None:
    assert call() == "https://marees.gouv.example/v1/ports"
    assert call(servers=None) == "https://api.marees.gouv.example/ports"
    assert call(servers=[{"url": "../v2"}]) == "https://api.marees.gouv.example/v2/ports"
    assert call(paths=parameters(LIMIT)) != ""
    assert call(security=[{"key": []}, {}]) != ""
    assert call(paths=parameters({"$ref": "#/components/parameters/l"}), components={"parameters": {"l": LIMIT}}) != ""
    swagger = json.dumps(SWAGGER).encode()
    assert describe(swagger, URL).call == "https://marees.gouv.example/v2/ports"
    here = json.dumps(changed(SWAGGER, host=None, schemes=None)).encode()
    assert describe(here, URL).call == "https://api.marees.gouv.example/v2/ports"


@pytest.mark.parametrize(
    "changes",
    [
        {"security": [{"key": []}]},
        {"paths": {"/ports/{id}": {"get": GET}, "/ports": {"post": GET}}},
        {"paths": parameters({**LIMIT, "required": True})},
        {"paths": parameters(parameters=[{**LIMIT, "required": True}])},
        {"paths": parameters({"$ref": "#/components/parameters/unknown"})},
        {"servers": [{"url": "https://{host}/"}]},
        {"info": {}},
        {"paths": {}},
        {"paths": {"/ports?delete=1": {"get": GET}}},
        {"paths": {"/ports#a": {"get": GET}}},
        {"paths": {"/ports\\a": {"get": GET}}},
        {"paths": {"/ports\u202ea": {"get": GET}}},
        {"paths": {"x-ports": {"get": GET}}},
        {"servers": [{"url": "https://marees.gouv.example/v1?a=1"}]},
        {"servers": [{"url": "https://marees.gouv.example/v1#a"}]},
        {"servers": [{"url": "https://marees.gouv.example/v 1"}]},
        {"servers": [{"url": "ftp://marees.gouv.example/v1"}]},
    ],
)
def test_no_request_that_may_do_harm(changes: dict[str, Any]) -> None:
    assert call(**changes) == ""


def test_no_address_of_its_own() -> None:
    assert describe(json.dumps(changed(OPEN_3, servers=None)).encode(), "").call == ""
    assert describe(json.dumps(changed(SWAGGER, host=None)).encode(), "").call == ""


def test_credentials() -> None:
    assert said(OPEN_3).open_operation == "GET /ports/{id}"
    assert said(changed(OPEN_3, security=[{"key": []}])).open_operation == ""
    paths = {"/ports": {"get": {**GET, "security": []}}}
    assert said(changed(OPEN_3, security=[{"key": []}], paths=paths)).open_operation == "GET /ports"
