"""Tools for tests that need a shape no real tool has."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from tools.findings import Findings
from tools.registry import Audience, Effect, Example, Tool, ToolContext


async def _unused(ctx: ToolContext, args: Any) -> Findings:
    return Findings(as_of=ctx.now)


def declared(
    name: str,
    args: type[BaseModel],
    audience: Audience,
    effect: Effect,
    *examples: str | Example,
    flag: str | None = None,
) -> Tool:
    """A declaration as `tools.registry.tool` makes it, registered nowhere."""
    return Tool(
        name=name,
        description=name,
        args=args,
        handler=_unused,
        audience=audience,
        effect=effect,
        title=name.replace("_", " ").capitalize(),
        examples=tuple(e if isinstance(e, Example) else Example(e) for e in examples),
        flag=flag,
        routes=(),
    )
