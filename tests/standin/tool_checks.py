"""What the Messages API refuses in tool definitions, strict ones above all."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

MAX_STRICT_TOOLS = 20
MAX_UNION_PARAMETERS = 16
MAX_OPTIONAL_PARAMETERS = 24

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_FIELDS = {"type", "name", "description", "input_schema", "strict", "cache_control"}
_KEYWORDS = {
    "type", "properties", "required", "additionalProperties", "items", "anyOf", "allOf", "enum",
    "const", "description", "title", "format", "$ref", "$defs", "minItems",
}  # fmt: skip
_FORMATS = {
    "date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid",
}  # fmt: skip

Rejection = Callable[[str], Exception]


def check_tools(tools: list[dict[str, Any]], rejected: Rejection) -> None:
    """Raise `rejected` for the first definition that the API would refuse."""
    names = [tool.get("name", "") for tool in tools]
    if len(names) != len(set(names)):
        raise rejected("tools: Tool names must be unique.")
    for position, tool in enumerate(tools):
        where = f"tools.{position}"
        if not _NAME.match(tool.get("name", "")):
            raise rejected(f"{where}.name: String should match pattern '{_NAME.pattern}'")
        for field in tool:
            if field not in _FIELDS:
                raise rejected(f"{where}.{field}: Extra inputs are not permitted")
        schema = tool.get("input_schema")
        if not isinstance(schema, dict) or schema.get("type") != "object":
            raise rejected(f"{where}.input_schema.type: Input should be 'object'")
        if {"anyOf", "oneOf", "allOf"} & schema.keys():
            raise rejected(f"{where}.input_schema: no oneOf, allOf, or anyOf at the top level")
    strict = [tool for tool in tools if tool.get("strict")]
    _check_limits(strict, rejected)
    for tool in strict:
        for part in _parts(tool["input_schema"]):
            _check_strict(part, f"tools.{tool['name']}", rejected)


def _check_limits(strict: list[dict[str, Any]], rejected: Rejection) -> None:
    if len(strict) > MAX_STRICT_TOOLS:
        raise rejected(
            f"Too many strict tools ({len(strict)}). The maximum number of strict tools "
            f"supported is {MAX_STRICT_TOOLS}."
        )
    parts = [part for tool in strict for part in _parts(tool["input_schema"])]
    unions = sum("anyOf" in part or isinstance(part.get("type"), list) for part in parts)
    if unions > MAX_UNION_PARAMETERS:
        raise rejected(
            f"Schemas contains too many parameters with union types ({unions} parameters with "
            f"type arrays or anyOf; limit: {MAX_UNION_PARAMETERS})."
        )
    optional = sum(
        len(part["properties"].keys() - set(part.get("required", ())))
        for part in parts
        if "properties" in part
    )
    if optional > MAX_OPTIONAL_PARAMETERS:
        raise rejected(
            f"Schemas contains too many optional parameters ({optional}; "
            f"limit: {MAX_OPTIONAL_PARAMETERS})."
        )


def _check_strict(part: dict[str, Any], where: str, rejected: Rejection) -> None:
    for keyword in part:
        if keyword not in _KEYWORDS:
            raise rejected(f"{where}: For '{part.get('type')}' type, '{keyword}' is not supported")
    if part.get("minItems", 0) > 1 or part.get("format", "date") not in _FORMATS:
        raise rejected(f"{where}: an unsupported minItems or format")
    if part.get("type") == "object":
        if part.get("additionalProperties") is not False:
            raise rejected(
                f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to "
                "false"
            )
        properties = part.get("properties", {})
        if missing := properties.keys() - set(part.get("required", ())):
            raise rejected(f"{where}: strict tools need every property required: {sorted(missing)}")
    elif not {"type", "anyOf", "allOf", "enum", "const", "$ref"} & part.keys():
        raise rejected(f"{where}: a schema needs a type")


def _parts(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The schema and every schema inside it."""
    yield schema
    inner = [
        *schema.get("properties", {}).values(),
        *schema.get("$defs", {}).values(),
        *schema.get("anyOf", ()),
        *schema.get("allOf", ()),
    ]
    if "items" in schema:
        inner.append(schema["items"])
    for part in inner:
        yield from _parts(part)
