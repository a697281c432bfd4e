"""A gated tool cannot be declared without saying beforehand what it would do."""

from __future__ import annotations

import inspect

import pytest
from pydantic import BaseModel

from tools.findings import Findings
from tools.proposals import Proposal
from tools.registry import Effect, PlanHandler, ToolContext, all_tools, tool


class NoArgs(BaseModel):
    pass


async def plan(ctx: ToolContext, args: NoArgs) -> Proposal:
    return Proposal(act="Do", summary="Done.", why="Because.", facts=(), rows=())


@pytest.mark.parametrize(("effect", "planned"), [("gated", None), ("read", plan), ("log", plan)])
def test_a_plan_belongs_to_a_gated_tool_and_to_no_other(
    effect: Effect, planned: PlanHandler | None
) -> None:
    async def never_declared(ctx: ToolContext, args: NoArgs) -> Findings:
        return Findings(as_of=ctx.now)

    with pytest.raises(ValueError, match="a gated tool has a plan"):
        tool(audience="operator", effect=effect, title="T", examples=[], plan=planned)(
            never_declared
        )
    assert "never_declared" not in {item.name for item in all_tools()}


GATED = [item for item in all_tools() if item.effect == "gated"]


@pytest.mark.parametrize("item", GATED, ids=lambda item: item.name)
def test_a_gated_tool_asks_for_its_approval_first(item: object) -> None:
    handler = item.handler  # type: ignore[attr-defined]
    body = inspect.getsource(handler).split('"""', 2)[2].strip()
    assert body.startswith("by = await approver(ctx)")


def test_gated_tools_are_the_operators() -> None:
    assert {item.audience for item in GATED} == {"operator"}
    assert {item.name for item in GATED} >= {"approve_lead", "start_build", "set_flag"}


@pytest.mark.parametrize("word", ["send", "email", "message", "deploy", "merge", "set_status"])
def test_forbidden_tools_are_not_there(word: str) -> None:
    assert not [item.name for item in all_tools() if item.name.startswith(word)]
