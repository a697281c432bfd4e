"""Declaring tools. Chat schema, REST route, MCP, CLI, docs and offline intents come from here.

@tool(audience="operator", effect="read", title="Read the bottleneck", examples=[
    "what is the bottleneck?",
    Example("is anything waiting for me?", {"focus": "approvals"}),
])
async def get_constraint(ctx: ToolContext, args: ConstraintArgs) -> Findings: ...
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from psycopg import AsyncConnection
from pydantic import BaseModel

from memory.caller import Caller
from tools.findings import Findings
from tools.proposals import Proposal

Audience = Literal["client", "operator", "both"]
Effect = Literal["read", "log", "gated"]


@dataclass(frozen=True)
class ToolContext:
    """What a tool is called with. `conn` is a transaction already bound to `caller`;
    `thread_id` is the conversation that calls, where one does."""

    conn: AsyncConnection[dict[str, Any]]
    caller: Caller
    now: datetime
    thread_id: str | None = None


@dataclass(frozen=True)
class Example:
    """A phrasing that means this tool, with the arguments that phrasing fixes."""

    text: str
    args: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Slot:
    """Marks an argument the offline model fills from the message.

    `Annotated[str, Slot("lead")]`: a name out of the caller's vocabulary of that kind
    ("lead", "experiment"); or "text" (what follows a colon, or the quotation), "number",
    "confidence" (0–1), "date".
    """

    kind: Literal["lead", "experiment", "text", "number", "confidence", "date"]


@dataclass(frozen=True)
class Route:
    method: Literal["GET", "POST", "PATCH"]
    path: str


Handler = Callable[[ToolContext, Any], Awaitable[Findings]]
PlanHandler = Callable[[ToolContext, Any], Awaitable[Proposal]]


@dataclass(frozen=True)
class Tool:
    """A declared tool. `title` is what the reader sees while it works.

    A gated tool has a `plan`: it reads, and says what the call would do, or raises
    errors.Conflict, NotFound or Invalid where it may not be done. Its `handler` does it, only
    ever in the transaction that marks a person's approval executed.
    """

    name: str
    description: str
    args: type[BaseModel]
    handler: Handler
    audience: Audience
    effect: Effect
    title: str
    examples: tuple[Example, ...]
    flag: str | None
    routes: tuple[Route, ...]
    plan: PlanHandler | None = None

    def allows(self, role: str) -> bool:
        """Whether a caller of this role may even be offered the tool."""
        return self.audience == "both" or self.audience == role

    @property
    def schema(self) -> dict[str, Any]:
        """JSON schema of the arguments."""
        return self.args.model_json_schema()


_tools: dict[str, Tool] = {}


def tool(
    *,
    audience: Audience,
    effect: Effect,
    title: str,
    examples: Sequence[str | Example],
    flag: str | None = None,
    routes: Sequence[Route] = (),
    plan: PlanHandler | None = None,
) -> Callable[[Handler], Handler]:
    """Declare a tool. Its name is the function's, its description the docstring, its
    arguments the annotation of `args`. Raises ValueError on a second tool of that name, on a
    gated tool without a plan, and on a plan for a tool that is not gated."""

    def declare(handler: Handler) -> Handler:
        name = handler.__name__
        if name in _tools:
            raise ValueError(f"two tools are called {name}")
        if (effect == "gated") != (plan is not None):
            raise ValueError(f"{name}: a gated tool has a plan, and no other tool has one")
        _tools[name] = Tool(
            name=name,
            description=" ".join((handler.__doc__ or "").split()),
            args=_args_model(handler),
            handler=handler,
            audience=audience,
            effect=effect,
            title=title,
            examples=tuple(e if isinstance(e, Example) else Example(e) for e in examples),
            flag=flag,
            routes=tuple(routes),
            plan=plan,
        )
        return handler

    return declare


@lru_cache(maxsize=1)
def _import_tools() -> None:
    for package in ("tools.client", "tools.operator", "tools.shared"):
        path = importlib.import_module(package).__path__
        for module in pkgutil.walk_packages(path, package + "."):
            importlib.import_module(module.name)


def all_tools() -> list[Tool]:
    """Every tool, sorted by name; imports the tool packages at first use."""
    _import_tools()
    return sorted(_tools.values(), key=lambda item: item.name)


def tools_for(role: str, enabled: Collection[str]) -> list[Tool]:
    """The tools that a caller of this role may be offered, sorted by name; `enabled` are the
    feature flags that are on."""
    return [
        tool
        for tool in all_tools()
        if tool.allows(role) and (tool.flag is None or tool.flag in enabled)
    ]


def get_tool(name: str) -> Tool | None:
    """The tool of that name, or None."""
    return next((item for item in all_tools() if item.name == name), None)


def _args_model(handler: Handler) -> type[BaseModel]:
    import typing

    model = typing.get_type_hints(handler).get("args")
    if not (isinstance(model, type) and issubclass(model, BaseModel)):
        raise TypeError(f"{handler.__name__} needs `args` annotated with a Pydantic model")
    return model
