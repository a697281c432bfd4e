"""Strict tool schemas: what they say, what they cannot say, and which tools get one."""

from __future__ import annotations

from enum import Enum
from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from agent.models.strict import (
    MAX_STRICT_TOOLS,
    MAX_UNION_PARAMETERS,
    NotStrict,
    strict_schema,
    tool_params,
    without_absent,
)
from tests.agent.models.conversation import FailuresArgs, LeadArgs, make_tool


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Part(BaseModel):
    name: str
    size: int | None = None


class Order(BaseModel):
    colour: Colour
    parts: list[Part] = Field(min_length=1)
    note: str | None = Field(None, max_length=80, description="A remark.")
    speed: Literal["slow", "fast"] = "slow"
    count: int = Field(3, ge=1, le=9)
    rate: float | None


class Tree(BaseModel):
    children: list[Tree] = []


class Anything(BaseModel):
    values: dict[str, Any]


class Untyped(BaseModel):
    value: Any


def test_every_object_is_closed_and_every_property_required() -> None:
    schema = strict_schema(Order.model_json_schema())
    part = schema["properties"]["parts"]["items"]
    for part_of_it in (schema, part):
        assert part_of_it["additionalProperties"] is False
        assert part_of_it["required"] == list(part_of_it["properties"])
    assert "$defs" not in schema
    assert schema["properties"]["colour"] == {"enum": ["red", "blue"]}


def test_what_was_optional_may_be_null_and_what_was_required_may_not() -> None:
    properties = strict_schema(Order.model_json_schema())["properties"]
    null = {"type": "null"}
    assert properties["speed"]["anyOf"] == [{"enum": ["slow", "fast"]}, null]
    assert properties["count"]["anyOf"] == [{"type": "integer"}, null]
    assert properties["note"]["anyOf"] == [
        {"type": "string", "description": "At most 80 characters."},
        null,
    ]
    assert properties["rate"]["anyOf"] == [{"type": "number"}, null]
    assert "anyOf" not in properties["parts"]


def test_bounds_and_defaults_are_told_in_words() -> None:
    properties = strict_schema(Order.model_json_schema())["properties"]
    assert properties["count"]["description"] == "At least 1. At most 9. Null means 3."
    assert properties["note"]["description"] == "A remark."
    assert properties["parts"]["description"] == "At least 1 items."


@pytest.mark.parametrize("model", [Tree, Anything, Untyped])
def test_recursive_open_and_untyped_schemas_have_no_strict_form(model: type[BaseModel]) -> None:
    with pytest.raises(NotStrict):
        strict_schema(model.model_json_schema())
    (param,) = tool_params([make_tool("get_it", "It.", model)])
    assert "strict" not in param
    assert param["input_schema"] == model.model_json_schema()


def test_nulls_go_where_they_mean_not_given_and_stay_where_they_are_a_value() -> None:
    args = {"count": None, "rate": None, "parts": [{"name": "a", "size": None}], "odd": None}
    assert without_absent(args, Order) == {"rate": None, "parts": [{"name": "a"}], "odd": None}


def test_tools_are_in_name_order_with_the_cache_breakpoint_on_the_last() -> None:
    tools = [make_tool("b_tool", "B.", LeadArgs), make_tool("a_tool", "A.", LeadArgs)]
    first, last = tool_params(tools)
    assert (first["name"], last["name"]) == ("a_tool", "b_tool")
    assert "cache_control" not in first
    assert last["cache_control"] == {"type": "ephemeral"}
    assert "cache_control" not in tool_params([*tools[:1], make_tool("c", "C.", LeadArgs)])[0]


def test_the_tools_that_change_something_are_strict_first() -> None:
    reading = [make_tool(f"get_{n:02}", "R.", LeadArgs) for n in range(30)]
    writing = [
        make_tool("update_x", "W.", LeadArgs, "gated"),
        make_tool("zip", "W.", LeadArgs, "log"),
    ]
    strict = [tool["name"] for tool in tool_params(reading + writing) if tool.get("strict")]
    assert len(strict) == MAX_STRICT_TOOLS
    assert {"update_x", "zip"} <= set(strict)


def test_union_parameters_stay_within_the_limit() -> None:
    tools = [make_tool(f"get_{n:02}", "R.", FailuresArgs) for n in range(12)]
    strict = [tool for tool in tool_params(tools) if tool.get("strict")]
    unions = sum(str(tool["input_schema"]).count("anyOf") for tool in strict)
    assert 0 < unions <= MAX_UNION_PARAMETERS
    assert len(strict) < len(tools)


def test_no_tool_is_strict_when_none_may_be() -> None:
    assert not any(
        tool.get("strict") for tool in tool_params([make_tool("a", "A.", LeadArgs)], strict=False)
    )
