"""Tools as the Messages API takes them: strict schemas where its grammar limits allow.

A strict tool's arguments always fit its schema. For that the API wants every object closed
and knows fewer keywords than Pydantic writes, and it compiles only so much into one request:
what does not fit is sent as an ordinary tool and checked by the executor, as all calls are.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from anthropic.types import ToolParam
from pydantic import BaseModel

from tools.registry import Tool

MAX_STRICT_TOOLS = 20
MAX_UNION_PARAMETERS = 16

Schema = dict[str, Any]

_EFFECT_ORDER = {"gated": 0, "log": 1, "read": 2}
_FORMATS = frozenset(
    {"date-time", "time", "date", "duration", "email", "hostname", "uri", "ipv4", "ipv6", "uuid"}
)
_SPOKEN = {
    "minimum": "At least {}.",
    "maximum": "At most {}.",
    "exclusiveMinimum": "More than {}.",
    "exclusiveMaximum": "Less than {}.",
    "multipleOf": "A multiple of {}.",
    "minLength": "At least {} characters.",
    "maxLength": "At most {} characters.",
    "minItems": "At least {} items.",
    "maxItems": "At most {} items.",
    "pattern": "Matches {}.",
    "format": "Format {}.",
    "default": "Null means {}.",
}


class NotStrict(ValueError):
    """The schema says something that a strict schema cannot say."""


def tool_params(tools: Sequence[Tool], *, strict: bool = True) -> list[ToolParam]:
    """The `tools` of a request, in name order, the last one with the cache breakpoint.

    With `strict`, as many are strict as the API compiles; those that change something first.
    """
    chosen = _strict_names(tools) if strict else frozenset()
    params = [
        _tool_param(tool.name, tool.description, tool.args, tool.name in chosen)
        for tool in sorted(tools, key=lambda tool: tool.name)
    ]
    if params:
        params[-1] = {**params[-1], "cache_control": {"type": "ephemeral"}}
    return params


def strict_schema(schema: Schema) -> Schema:
    """The schema in its strict form: no references, no titles, every object closed and every
    property required, those that were optional as "or null"; bounds and defaults told in the
    description. Raises NotStrict when it is recursive, open or untyped."""
    return _strict(schema, schema.get("$defs", {}), ())


def without_absent(args: dict[str, Any], model: type[BaseModel]) -> dict[str, Any]:
    """`args` without the nulls by which a strict call says "not given", at every depth."""
    schema = _json_schema(model)
    cleaned: dict[str, Any] = _drop_nulls(args, schema, schema.get("$defs", {}))
    return cleaned


def _strict_names(tools: Sequence[Tool]) -> frozenset[str]:
    names: set[str] = set()
    unions_left = MAX_UNION_PARAMETERS
    for tool in sorted(tools, key=lambda tool: (_EFFECT_ORDER[tool.effect], tool.name)):
        unions = _strict_unions(tool.args)
        if unions is not None and unions <= unions_left and len(names) < MAX_STRICT_TOOLS:
            names.add(tool.name)
            unions_left -= unions
    return frozenset(names)


@lru_cache(maxsize=512)
def _json_schema(model: type[BaseModel]) -> Schema:
    return model.model_json_schema()


@lru_cache(maxsize=512)
def _strict_unions(model: type[BaseModel]) -> int | None:
    """How many union parameters the strict form has; None when there is no strict form."""
    try:
        return _count_unions(strict_schema(_json_schema(model)))
    except NotStrict:
        return None


@lru_cache(maxsize=1024)
def _tool_param(name: str, description: str, model: type[BaseModel], strict: bool) -> ToolParam:
    schema = strict_schema(_json_schema(model)) if strict else _json_schema(model)
    param: ToolParam = {"name": name, "description": description, "input_schema": schema}
    if strict:
        param["strict"] = True
    return param


def _strict(schema: Schema, definitions: Schema, inside: tuple[str, ...]) -> Schema:
    if "$ref" in schema:
        name = str(schema["$ref"]).rsplit("/", 1)[-1]
        if name in inside:
            raise NotStrict(f"{name} contains itself")
        merged = {**definitions[name], **{k: v for k, v in schema.items() if k != "$ref"}}
        return _strict(merged, definitions, (*inside, name))
    variants = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
    result: Schema
    if variants:
        forms = [_strict(variant, definitions, inside) for variant in variants]
        result = forms[0] if len(forms) == 1 else {"anyOf": forms}
    elif "enum" in schema:
        result = {"enum": schema["enum"]}
    elif "const" in schema:
        result = {"const": schema["const"]}
    else:
        result = _strict_typed(schema, definitions, inside)
    description = _description(schema, result)
    return {**result, "description": description} if description else result


def _strict_typed(schema: Schema, definitions: Schema, inside: tuple[str, ...]) -> Schema:
    kind = schema.get("type")
    if not isinstance(kind, str):
        raise NotStrict("a part of the schema has no type")
    result: Schema = {"type": kind}
    if kind == "object":
        if schema.get("additionalProperties"):
            raise NotStrict("an object takes any property")
        required = schema.get("required", ())
        properties = {}
        for name, part in schema.get("properties", {}).items():
            form = _strict(part, definitions, inside)
            properties[name] = form if name in required else _or_null(form)
        result |= {
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    elif kind == "array":
        if "items" not in schema:
            raise NotStrict("an array takes any item")
        result["items"] = _strict(schema["items"], definitions, inside)
    elif kind == "string" and schema.get("format") in _FORMATS:
        result["format"] = schema["format"]
    return result


def _or_null(form: Schema) -> Schema:
    variants = form.get("anyOf")
    if variants is None:
        bare = {key: value for key, value in form.items() if key != "description"}
        nullable: Schema = {"anyOf": [bare, {"type": "null"}]}
    elif {"type": "null"} in variants:
        return form
    else:
        nullable = {"anyOf": [*variants, {"type": "null"}]}
    if "description" in form:
        nullable["description"] = form["description"]
    return nullable


def _description(schema: Schema, result: Schema) -> str:
    """The description, with what the strict form cannot say as sentences."""
    sentences = [result.get("description") or "", schema.get("description") or ""]
    for keyword, sentence in _SPOKEN.items():
        value = schema.get(keyword)
        if value is not None and keyword not in result:
            sentences.append(sentence.format(value))
    return " ".join(dict.fromkeys(sentence for sentence in sentences if sentence))


def _count_unions(schema: Schema) -> int:
    own = 1 if "anyOf" in schema else 0
    parts = [*schema.get("anyOf", ()), *schema.get("properties", {}).values()]
    if "items" in schema:
        parts.append(schema["items"])
    return own + sum(_count_unions(part) for part in parts)


def _drop_nulls(value: Any, schema: Schema, definitions: Schema) -> Any:
    if "$ref" in schema:
        schema = definitions[str(schema["$ref"]).rsplit("/", 1)[-1]]
    if isinstance(value, list):
        items = schema.get("items", {})
        return [_drop_nulls(item, items, definitions) for item in value]
    if not isinstance(value, dict):
        return value
    for variant in schema.get("anyOf", ()):
        if "$ref" in variant or variant.get("type") == "object":
            return _drop_nulls(value, variant, definitions)
    properties, required = schema.get("properties", {}), schema.get("required", ())
    return {
        name: _drop_nulls(part, properties.get(name, {}), definitions)
        for name, part in value.items()
        if part is not None or name not in properties or name in required
    }
