"""Tools, facts and requests for the tests of the Claude adapter."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from agent.models.types import ModelRequest, Turn, UserTurn
from tools.findings import Fact, Findings, Missing
from tools.registry import Effect, Tool, ToolContext

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


class Window(BaseModel):
    """A stretch of time."""

    since: date
    days: int = Field(7, ge=1, le=90)


class FailuresArgs(BaseModel):
    bucket: Literal["failed_runs", "stale_touch"] | None = Field(None, description="Which part.")
    limit: int = Field(20, ge=1, le=100, description="How many to list.")
    window: Window | None = None


class LeadArgs(BaseModel):
    lead: str = Field(max_length=200, description="The lead's name.")


class ExperimentArgs(BaseModel):
    title: str = Field(min_length=1, max_length=200)
    confidence: float | None = Field(None, ge=0, le=1)


async def _never_called(ctx: ToolContext, args: Any) -> Findings:
    raise AssertionError("the adapter calls no tools")


def make_tool(name: str, description: str, args: type[BaseModel], effect: Effect = "read") -> Tool:
    return Tool(name, description, args, _never_called, "both", effect, name, (), None, ())


TOOLS = (
    make_tool("get_lead", "One lead by its name.", LeadArgs),
    make_tool("get_failures", "Failures: what broke, what is stale by touch.", FailuresArgs),
    make_tool("create_experiment", "Log an experiment.", ExperimentArgs, "log"),
)


def make_fact(id: str, subject: str, statement: str, label: str = "state") -> Fact:
    return Fact(
        id=id,
        ledger="failures",
        sources=(),
        subject=subject,
        label=label,
        value=statement,
        as_of=NOW,
        statement=statement,
    )


CEDAR_STUCK = make_fact("f1", "Cedar Contractors", "Cedar Contractors is stuck for 9 days.", "days")
CEDAR_UNSENT = make_fact("f2", "Cedar Contractors", "Cedar Contractors was not sent.", "sent")
OAK_FAILED = make_fact("f3", "Oak Family Law", "Oak Family Law has 3 failed runs.", "runs")
NO_TOUCH = Missing(need="the last touch of Elm Dental", why_it_matters="It may be overdue.")


def make_request(*turns: Turn, tools: tuple[Tool, ...] = TOOLS, **fields: Any) -> ModelRequest:
    return ModelRequest(
        **{
            "role": "operator",
            "stable": "You look after the pipeline. " * 100,
            "context": "Today is Monday.",
            "turns": turns or (UserTurn("Hello."),),
            "tools": tools,
            **fields,
        }
    )
