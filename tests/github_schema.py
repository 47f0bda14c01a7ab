"""Validates what a client asked and what the stand-in answered against GitHub's own descriptions.

The data are npm's `@octokit/openapi` (REST and webhooks) and `@octokit/graphql-schema`, in the folder that
GREFFIER_GITHUB_SCHEMAS names, `node_modules` of the project by default.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs
from graphql import GraphQLSchema, build_schema, parse, validate

from bot.playground.traffic import Event, Request

FOLDER = Path(os.environ.get("GREFFIER_GITHUB_SCHEMAS") or Path(__file__).parent.parent / "node_modules") / "@octokit"
OPENAPI = FOLDER / "openapi/generated/api.github.com.json"
GRAPHQL = FOLDER / "graphql-schema/schema.graphql"
ABSENT = "" if OPENAPI.exists() and GRAPHQL.exists() else f"GitHub's descriptions are not in {FOLDER}"
Schema = Any


def faults(requests: Iterable[Request]) -> list[str]:
    """Return what is not as GitHub describes it, one line each; answers that a fault replaced are left out."""
    found: list[str] = []
    for request in requests:
        where = f"{request.method} {request.path}"
        checked = _graphql(request) if request.path == "/graphql" else _rest(request)
        found += [f"{where}: {fault}" for fault in checked]
    return found


def event_faults(event: Event) -> list[str]:
    """Return what is not as GitHub describes it in a webhook payload."""
    action = event.payload.get("action")
    name = "-".join(part.replace("_", "-") for part in (event.name, action) if part)
    body = description()["x-webhooks"][name]["post"]["requestBody"]["content"]["application/json"]["schema"]
    return _errors(_validator(json.dumps(body), closed=False), event.payload)


@cache
def description() -> Any:
    """Return GitHub's OpenAPI description, put right where it is known to be wrong."""
    found = json.loads(OPENAPI.read_text())
    listed = found["paths"]["/app/installations"]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    account = listed["items"]["properties"]["account"]  # a user or an enterprise, not both at once
    account["anyOf"] = account.pop("allOf")
    schemas = found["components"]["schemas"]
    for name in ("line", "position"):  # null on a comment that is outdated
        schemas["pull-request-review-comment"]["properties"][name]["nullable"] = True
    for name in ("pull-request", "pull-request-simple"):  # null once the fork is deleted
        repository = schemas[name]["properties"]["head"]["properties"]["repo"]
        schemas[name]["properties"]["head"]["properties"]["repo"] = {"nullable": True, "allOf": [repository]}
    return found


@cache
def graphql_schema() -> GraphQLSchema:
    """Return GitHub's public GraphQL schema, which defines two fields twice."""
    return build_schema(GRAPHQL.read_text(), assume_valid=True)


def _rest(request: Request) -> list[str]:
    template = _template(request.path)
    operation = description()["paths"].get(template, {}).get(request.method.lower())
    if operation is None:
        return ["GitHub describes no such operation"]
    if request.fault and not request.answer:
        return _request(request, operation)
    refused = request.status in (400, 415, 422)
    return ([] if refused else _request(request, operation)) + ([] if request.fault else _answer(request, operation))


def _request(request: Request, operation: Schema) -> list[str]:
    parameters = [_resolve(parameter) for parameter in operation.get("parameters", [])]
    known = {parameter["name"]: parameter["schema"] for parameter in parameters if parameter["in"] == "query"}
    found = []
    for name, value in parse_qsl(request.query):
        if name not in known:
            found.append(f"unknown parameter {name}")
        else:
            typed = json.loads(value) if _resolve(known[name]).get("type") in ("integer", "boolean") else value
            found += _errors(_validator(json.dumps(known[name]), closed=True), typed)
    described = _resolve(operation.get("requestBody", {}))
    if not request.body:
        return [*found, "no body"] if described.get("required") else found
    if not described:
        return [*found, "a body where GitHub describes none"]
    schema = described["content"]["application/json"]["schema"]
    return found + _errors(_validator(json.dumps(schema), closed=True), json.loads(request.body))


def _answer(request: Request, operation: Schema) -> list[str]:
    described = operation["responses"].get(str(request.status))
    if described is None:
        if request.status < 400:
            return [f"GitHub describes no answer {request.status}"]
        schema: Schema = {"$ref": "#/components/schemas/basic-error"}
    else:
        content = _resolve(described).get("content", {})
        if not content or request.status == 304:
            return [f"{request.status} with a body"] if request.answer else []
        schema = content["application/json"]["schema"]
    if request.answer.lstrip()[:1] not in (b"{", b"["):  # a raw blob
        return []
    return _errors(_validator(json.dumps(schema), closed=False), json.loads(request.answer))


def _graphql(request: Request) -> list[str]:
    body = json.loads(request.body)
    found = [f"unknown key {key}" for key in body.keys() - {"query", "variables", "operationName"}]
    found += [fault.message for fault in validate(graphql_schema(), parse(body["query"]))]
    answer = json.loads(request.answer) if request.answer and not request.fault else {"data": None}
    told = "data" in answer or "errors" in answer or ("message" in answer and request.status >= 400)
    return found + ([] if told else ["neither data nor errors"])


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    """Return the paths of the description as expressions, the most literal first."""
    paths = sorted(description()["paths"], key=lambda path: (2 * path.count("{") - path.count("/"), path))
    greedy = ("{name}", "{ref}", "{path}", "{tree_sha}")
    expressions = []
    for path in paths:
        parts = re.split(r"(\{\w+\})", path)
        pattern = "".join(
            (".+" if part in greedy else "[^/]+") if part.startswith("{") else re.escape(part) for part in parts
        )
        expressions.append((re.compile(pattern), path))
    return expressions


def _template(path: str) -> str:
    return next((template for pattern, template in _templates() if pattern.fullmatch(path)), "")


def _resolve(schema: Schema) -> Schema:
    while isinstance(schema, Mapping) and "$ref" in schema:
        target = description()
        for name in schema["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        schema = target
    return schema


@cache
def _validator(schema: str, *, closed: bool) -> jsonschema_rs.Validator:
    """Compile a schema of the description; `closed` refuses keys that it does not name."""
    return jsonschema_rs.Draft202012Validator(_translate(json.loads(schema), closed, ()), validate_formats=True)


def _translate(schema: Schema, closed: bool, inside: tuple[str, ...]) -> Schema:
    """Turn an OpenAPI 3.0 schema into JSON Schema: `nullable` becomes a type, references are written out."""
    if isinstance(schema, list):
        return [_translate(item, closed, inside) for item in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        if schema["$ref"] in inside:
            return True
        return _translate(_resolve(schema), closed, (*inside, schema["$ref"]))
    done: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            done[key] = {name: _translate(item, closed, inside) for name, item in value.items()}
        elif key in ("items", "allOf", "anyOf", "oneOf", "additionalProperties", "not"):
            done[key] = _translate(value, closed, inside)
        elif key not in ("example", "examples", "nullable", "discriminator", "deprecated", "description", "title"):
            done[key] = value
    if closed and "properties" in done:
        done.setdefault("additionalProperties", False)
    return {"anyOf": [done, {"type": "null"}]} if schema.get("nullable") else done


def _errors(validator: jsonschema_rs.Validator, instance: object) -> list[str]:
    return [
        f"{'/'.join(map(str, error.instance_path))}: {error.message[:300]}" for error in validator.iter_errors(instance)
    ]
