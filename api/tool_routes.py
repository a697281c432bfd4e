"""The REST routes of the tools, made from their declarations: `/api/tools/{name}` and the paths
that a declaration names."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import APIRouter, Request
from pydantic import ValidationError

from agent.calls import call_tool, describe
from api.auth import CallerDep
from api.services import ServiceDep
from errors import BadRequest, FeatureDisabled, Forbidden, Invalid
from memory import flags
from memory.caller import Caller
from memory.pool import get_conn
from tools.findings import Findings
from tools.registry import Route, Tool, all_tools

Endpoint = Callable[..., Awaitable[dict[str, Any]]]


def build_router() -> APIRouter:
    """One route per declared path, and one by the tool's name."""
    router = APIRouter(tags=["tools"])
    for tool in all_tools():
        if tool.effect == "gated":
            continue
        for route in tool.routes:
            _add(router, tool, route, _payload)
        _add(router, tool, Route("POST", f"/api/tools/{tool.name}"), _findings)
    return router


def _payload(findings: Findings) -> dict[str, Any]:
    """What a named path answers: the domain payload, as of when, and what is missing."""
    return {
        **findings.data,
        "as_of": findings.as_of,
        "missing": [item.model_dump() for item in findings.missing],
    }


def _findings(findings: Findings) -> dict[str, Any]:
    """What `/api/tools/{name}` answers: the findings whole."""
    return findings.model_dump(mode="json", exclude={"undo"} if findings.undo is None else set())


def _add(
    router: APIRouter, tool: Tool, route: Route, shape: Callable[[Findings], dict[str, Any]]
) -> None:
    async def endpoint(request: Request, caller: CallerDep, service: ServiceDep) -> dict[str, Any]:
        sent = await _sent(request, tool)
        return shape(await run_tool(tool, caller, service.agent.clock(), sent))

    router.add_api_route(
        route.path,
        endpoint,
        methods=[route.method],
        name=f"{tool.name} {route.method} {route.path}",
        operation_id=re.sub(r"\W+", "_", f"{tool.name} {route.method.lower()} {route.path}"),
        summary=tool.title,
        description=tool.description,
        openapi_extra=_openapi(tool, route),
    )


async def run_tool(tool: Tool, caller: Caller, now: Any, sent: dict[str, Any]) -> Findings:
    """Call a tool for a REST caller. Raises Forbidden, FeatureDisabled or Invalid."""
    if not tool.allows(caller.role):
        raise Forbidden(f"{tool.title} is not for {caller.role}s.")
    try:
        tool.args.model_validate(sent)
    except ValidationError as error:
        raise Invalid(describe(error)) from error
    async with get_conn(caller) as conn:
        if tool.flag is not None and tool.flag not in await flags.enabled(conn):
            raise FeatureDisabled(f"{tool.title} is not switched on here ({tool.flag}).")
        return await call_tool(conn, tool, caller, now, sent)


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
