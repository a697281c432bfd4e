"""The REST routes of the tools, made from their declarations: `/api/tools/{name}` and the paths
that a declaration names."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from agent.calls import call_tool, describe
from agent.proposing import card
from api.auth import CallerDep
from api.services import ServiceDep
from errors import BadRequest, FeatureDisabled, Forbidden, Invalid
from memory import flags, refusals
from memory.approvals import Approval
from memory.caller import Caller
from memory.pool import Connection, get_conn
from tools import approvals
from tools.findings import Findings
from tools.registry import Route, Tool, ToolContext, all_tools

Endpoint = Callable[..., Awaitable[dict[str, Any]]]


def build_router() -> APIRouter:
    """One route per declared path, and one by the tool's name. A gated tool has only that one,
    and it proposes: what it answers is the approval that waits for a person."""
    router = APIRouter(tags=["tools"])
    for tool in all_tools():
        by_name = Route("POST", f"/api/tools/{tool.name}")
        if tool.effect == "gated":
            _add(router, tool, by_name, _proposing(tool), status=202)
            continue
        for route in tool.routes:
            _add(router, tool, route, _reading(tool, _payload))
        _add(router, tool, by_name, _reading(tool, findings_whole))
    return router


def _payload(findings: Findings) -> dict[str, Any]:
    """What a named path answers: the domain payload, as of when, and what is missing."""
    return {
        **findings.data,
        "as_of": findings.as_of,
        "missing": [item.model_dump() for item in findings.missing],
    }


def findings_whole(findings: Findings) -> dict[str, Any]:
    """What `/api/tools/{name}` and MCP answer: the findings whole."""
    return findings.model_dump(mode="json", exclude={"undo"} if findings.undo is None else set())


def _reading(tool: Tool, shape: Callable[[Findings], dict[str, Any]]) -> Endpoint:
    async def endpoint(request: Request, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
        sent = await _sent(request, tool)
        return shape(await run_tool(tool, caller, service.agent.clock(), sent))

    return endpoint


def _proposing(tool: Tool) -> Endpoint:
    async def endpoint(request: Request, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
        sent = await _sent(request, tool)
        return card(await propose_tool(tool, caller, service.agent.clock(), sent))

    return endpoint


def _add(
    router: APIRouter, tool: Tool, route: Route, endpoint: Endpoint, *, status: int = 200
) -> None:
    router.add_api_route(
        route.path,
        endpoint,
        methods=[route.method],
        status_code=status,
        name=f"{tool.name} {route.method} {route.path}",
        operation_id=re.sub(r"\W+", "_", f"{tool.name} {route.method.lower()} {route.path}"),
        summary=tool.title,
        description=tool.description,
        openapi_extra=_openapi(tool, route),
    )


async def run_tool(tool: Tool, caller: Caller, now: datetime, sent: dict[str, Any]) -> Findings:
    """Call a tool for a REST or MCP caller. Raises Forbidden, FeatureDisabled or Invalid."""
    await _check_audience(tool, caller)
    try:
        tool.args.model_validate(sent)
    except ValidationError as error:
        raise Invalid(describe(error)) from error
    async with get_conn(caller) as conn:
        await _check_flag(conn, tool)
        return await call_tool(conn, tool, caller, now, sent)


async def propose_tool(tool: Tool, caller: Caller, now: datetime, sent: dict[str, Any]) -> Approval:
    """Propose what a gated tool would do, for a REST or MCP caller. Raises as `run_tool` does,
    and Conflict or NotFound where it may not even be proposed."""
    await _check_audience(tool, caller)
    async with (
        refusals.noted(caller, "proposal.refused", f"tools/{tool.name}"),
        get_conn(caller) as conn,
    ):
        await _check_flag(conn, tool)
        return await approvals.propose(ToolContext(conn, caller, now), tool, sent)


async def _check_audience(tool: Tool, caller: Caller) -> None:
    if not tool.allows(caller.role):
        await refusals.note(caller, "access.refused", f"tools/{tool.name}")
        raise Forbidden(f"{tool.title} is not for {caller.role}s.")


async def _check_flag(conn: Connection, tool: Tool) -> None:
    if tool.flag is not None and tool.flag not in await flags.enabled(conn):
        raise FeatureDisabled(f"{tool.title} is not switched on here ({tool.flag}).")


async def _sent(request: Request, tool: Tool) -> dict[str, Any]:
    """The arguments out of path, query and JSON body."""
    sent: dict[str, Any] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        sent[name] = values if _takes_list(tool, name) else values[-1]
    if request.method != "GET" and await request.body():
        try:
            value = await request.json()
        except (ValueError, RecursionError) as error:
            raise BadRequest("The body is no JSON.") from error
        if not isinstance(value, dict):
            raise BadRequest("The body must be a JSON object.")
        sent |= value
    return sent | request.path_params


def _takes_list(tool: Tool, name: str) -> bool:
    schema = tool.schema.get("properties", {}).get(name, {})
    options = [schema, *schema.get("anyOf", [])]
    return any(option.get("type") == "array" for option in options)


def _openapi(tool: Tool, route: Route) -> dict[str, Any]:
    """The arguments in OpenAPI's words."""
    schema = tool.args.model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = schema.pop("$defs", {})
    if route.method != "GET":
        body = _inline(schema, definitions)
        return {"requestBody": {"content": {"application/json": {"schema": body}}}}
    required = set(schema.get("required", []))
    return {
        "parameters": [
            {
                "name": name,
                "in": "path" if "{" + name + "}" in route.path else "query",
                "required": name in required or "{" + name + "}" in route.path,
                "schema": _inline(item, definitions),
            }
            for name, item in schema.get("properties", {}).items()
        ]
    }


def _inline(schema: Any, definitions: dict[str, Any]) -> Any:
    """`schema` with its references replaced by what they name."""
    if isinstance(schema, list):
        return [_inline(item, definitions) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(definitions[schema["$ref"].rsplit("/", 1)[-1]], definitions)
    return {name: _inline(item, definitions) for name, item in schema.items()}
