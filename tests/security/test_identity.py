"""Who may reach what: every route of the application, asked by nobody, by another client, by the
wrong role. The routes are read from the application itself, so that a new one is in it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from api import pages
from api.app import create_app
from api.auth import _authenticated
from settings import Settings
from tests.agui import Answer, Sent, frames
from tests.security.conftest import House
from tests.security.plants import PLACES, a_client, a_lead, plant, rows_of
from tests.security.traces import snapshot
from tests.standin.steps import Call
from tools.registry import all_tools

OPEN = {
    "POST /auth/register", "POST /auth/login", "POST /auth/logout", "GET /health",
    "GET /health/ready", "GET /health/metrics", "GET /config",
}  # fmt: skip
"""What answers without a log-in: it holds nobody's data."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PERSONAL_TABLES = (
    "threads", "messages", "runs", "receipts", "experiments", "learning_data",
    "capability_evidence", "self_efficacy_metrics", "memories",
)  # fmt: skip
REFUSED = {401, 403, 404, 409, 422}


def routes(found: Any) -> Iterator[APIRoute]:
    """The routes of an application, those of its routers included."""
    for route in found:
        if isinstance(route, APIRoute):
            yield route
        elif hasattr(route, "original_router"):
            yield from routes(route.original_router.routes)


APP = create_app(Settings(), worker=False)
ROUTES = {
    f"{method} {route.path}": route for route in routes(APP.routes) for method in route.methods
}
DOCUMENT = APP.openapi()
FRAMES = {name for name, route in ROUTES.items() if route.endpoint in (pages.page, pages.file)}
"""The pages, which are empty until they have asked for something, and their files."""
PUBLIC = OPEN | FRAMES


def asks_who(dependant: Dependant) -> bool:
    """Whether a route depends on a log-in."""
    return dependant.call is _authenticated or any(map(asks_who, dependant.dependencies))


@pytest.mark.parametrize("name", ROUTES)
def test_every_route_declares_its_policy(name: str) -> None:
    assert asks_who(ROUTES[name].dependant) != (name in PUBLIC), (
        f"{name} neither asks who is calling nor stands among the public routes"
    )


def test_there_are_no_other_routes() -> None:
    named = {
        f"{method.upper()} {path}"
        for path, item in DOCUMENT["paths"].items()
        for method in item
        if method in ("get", "post", "put", "patch", "delete")
    }
    assert named <= ROUTES.keys() and len(ROUTES) > 60


@dataclass(frozen=True)
class Things:
    """Two owners' things, by the names that routes give their ids; each holds its canary."""

    of_client: dict[str, str]
    of_operator: dict[str, str]
    client_canary: str
    operator_canary: str
    owner: httpx2.AsyncClient


async def talked(who: httpx2.AsyncClient, text: str) -> dict[str, str]:
    """A thread with one answered run; their ids and the receipt's."""
    sent = Sent(text)
    async with who.stream("POST", "/agui", json=sent.body) as response:
        answer = Answer([frame async for frame in frames(response)])
    made = {"thread_id": sent.thread_id, "run_id": sent.run_id}
    receipts = [e for e in answer.events if e.get("activityType") == "receipt"]
    if receipts:
        made["receipt_id"] = receipts[0]["content"]["id"]
    return made


@pytest.fixture(scope="module")
async def things(house: House) -> Things:
    client_canary, operator_canary = f"canary{uuid4().hex}", f"canary{uuid4().hex}"
    person, token = await a_client(house.conn, client_canary)
    await plant(house.conn, PLACES["learning"], f"Learned {client_canary}", lead="", owner=person)
    owner = house.service.client()
    owner.headers["Authorization"] = f"Bearer {token}"
    [session] = await rows_of(house.conn, "SELECT id FROM sessions WHERE user_id = %s", person)
    [memory] = await rows_of(
        house.conn, "SELECT id::text FROM memories WHERE owner_id = %s LIMIT 1", person
    )
    [learning] = await rows_of(
        house.conn, "SELECT id::text FROM learning_data WHERE user_id = %s", person
    )
    of_client = {
        **await talked(owner, f"list_learnings {{}} about {client_canary}"),
        "session_id": session["id"],
        "memory_id": memory["id"],
        "experiment_id": f"e{person}",
        "entry": f"learning:{learning['id']}",
        "user_id": person,
    }
    lead = await a_lead(house.conn)
    await house.conn.execute(
        "UPDATE leads SET contact_name = %s WHERE id = %s", (operator_canary, lead)
    )
    # The obedient model would also obey what it is reminded of from other tests.
    house.model.script([Call("get_lead", {"lead": lead})], "honest")
    of_operator = await talked(house.operator, f"How does {lead} stand?")
    house.model.script([Call("start_build", {"lead": lead})])
    await talked(house.operator, f"Go on with {lead}.")
    [approval] = await rows_of(
        house.conn, "SELECT id FROM approvals WHERE args @> jsonb_build_object('lead', %s::text)",
        lead,
    )  # fmt: skip
    of_operator |= {"lead": lead, "approval_id": approval["id"]}
    return Things(of_client, of_operator, client_canary, operator_canary, owner)


def request_for(name: str, ids: dict[str, str]) -> tuple[str, dict[str, Any]] | None:
    """Path and body of a request that names these ids; None when the route takes none of them."""
    method, path = name.split(" ", 1)
    operation = DOCUMENT["paths"].get(path, {}).get(method.lower(), {})
    schema = _body_schema(operation)
    properties = schema.get("properties", {})
    used = [key for key in ids if "{" + key + "}" in path or key in properties]
    if not used:
        return None
    for key in ids:
        path = path.replace("{" + key + "}", ids[key])
    if "{" in path:
        return None
    body = {
        key: ids[key] if key in ids else _sample(properties[key])
        for key in properties
        if key in ids or key in schema.get("required", ())
    }
    return path, body


def _body_schema(operation: dict[str, Any]) -> dict[str, Any]:
    content = operation.get("requestBody", {}).get("content", {})
    schema: dict[str, Any] = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        return dict(DOCUMENT["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]])
    return schema


def _sample(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    if "$ref" in schema or "anyOf" in schema:
        return _sample(schema["anyOf"][0]) if "anyOf" in schema else None
    return {"boolean": True, "integer": 1, "number": 1, "object": {}, "array": []}.get(
        schema.get("type", "string"), "Taken over"
    )


async def send(
    who: httpx2.AsyncClient, name: str, path: str, body: dict[str, Any]
) -> tuple[int, str]:
    method = name.split(" ", 1)[0]
    sent = None if method == "GET" else body
    async with who.stream(method, path, json=sent) as response:
        return response.status_code, (await response.aread()).decode(errors="replace")


def taking(ids: str) -> list[str]:
    """The routes that take one of these ids, in their path or their body."""
    names = {
        "client": ("thread_id", "run_id", "receipt_id", "session_id", "memory_id",
                   "experiment_id", "entry"),
        "operator": ("thread_id", "run_id", "receipt_id", "approval_id", "lead"),
    }[ids]  # fmt: skip
    return [
        name
        for name in ROUTES
        if name not in PUBLIC and request_for(name, dict.fromkeys(names, "x")) is not None
    ]


async def test_a_clients_things_are_theirs_alone(house: House, things: Things) -> None:
    """Nobody, another client, and the operators themselves: none reads or changes a client's
    thing by its id."""
    _, token = await a_client(house.conn)
    stranger = house.service.client()
    stranger.headers["Authorization"] = f"Bearer {token}"
    before = await owned(house, things.of_client["user_id"])
    names = taking("client")
    assert len(names) >= 20
    for name in names:
        request = request_for(name, things.of_client)
        assert request is not None, name
        for who, allowed in (
            (house.anybody, {401}),
            (stranger, REFUSED - {401}),
            (house.operator, REFUSED - {401}),
        ):
            status, text = await send(who, name, *request)
            assert status in allowed, (name, status, text)
            assert things.client_canary not in text, name
    assert await owned(house, things.of_client["user_id"]) == before


async def test_the_business_is_closed_to_clients(house: House, things: Things) -> None:
    before = await snapshot(house.conn)
    names = taking("operator")
    assert {"GET /api/leads/{lead}", "POST /approvals/{approval_id}"} <= set(names)
    for name in names:
        request = request_for(name, things.of_operator)
        assert request is not None, name
        for who, allowed in ((house.anybody, {401}), (things.owner, REFUSED - {401})):
            status, text = await send(who, name, *request)
            assert status in allowed, (name, status, text)
            assert things.operator_canary not in text, name
    assert await snapshot(house.conn) == before


async def test_every_closed_route_refuses_nobody(house: House) -> None:
    """Also those that take no id; with a token that never was, too."""
    forged = {"Authorization": f"Bearer {uuid4().hex}"}
    assert "POST /mcp" in ROUTES.keys() - PUBLIC
    for name in ROUTES.keys() - PUBLIC:
        method, path = name.split(" ", 1)
        for headers in ({}, forged):
            answer = await house.anybody.request(method, path, headers=headers)
            assert answer.status_code == 401, (name, answer.text)


def mcp_call(name: str, args: dict[str, str]) -> dict[str, Any]:
    """A tool's call as MCP's clients send it."""
    params = {"name": name, "arguments": args}
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}


async def test_over_mcp_nobody_reaches_more(house: House, things: Things) -> None:
    """Every tool, with the ids of another's things where it takes them and with none: what is not
    the caller's is not in the answer, and nothing is changed. The owners do find theirs."""
    _, token = await a_client(house.conn)
    stranger = house.service.client()
    stranger.headers["Authorization"] = f"Bearer {token}"
    before = await snapshot(house.conn)
    owned_before = await owned(house, things.of_client["user_id"])
    found = dict.fromkeys(("client", "operator"), False)
    for tool in all_tools():
        for ids, canary, outsiders, owner in (
            (things.of_client, things.client_canary, (stranger, house.operator), things.owner),
            (things.of_operator, things.operator_canary, (stranger, things.owner), house.operator),
        ):
            args = {key: ids[key] for key in tool.schema["properties"] if key in ids}
            for sent in ({}, args):
                for who in outsiders:
                    answer = await who.post("/mcp", json=mcp_call(tool.name, sent))
                    assert answer.status_code == 200, (tool.name, answer.text)
                    assert canary not in answer.text, tool.name
            if tool.effect == "read":
                answer = await owner.post("/mcp", json=mcp_call(tool.name, args))
                role = "operator" if owner is house.operator else "client"
                found[role] = found[role] or canary in answer.text
    assert all(found.values()), found
    assert await snapshot(house.conn) == before
    assert await owned(house, things.of_client["user_id"]) == owned_before


async def test_a_roles_lists_hold_nothing_of_the_other(house: House, things: Things) -> None:
    """Routes without an id: what each role gets of the other's data is nothing."""
    lists = [
        name for name in ROUTES if name not in PUBLIC and "{" not in name and "GET" in name[:4]
    ]
    assert len(lists) >= 10
    _, token = await a_client(house.conn)
    stranger = house.service.client()
    stranger.headers["Authorization"] = f"Bearer {token}"
    for name in lists:
        for who, secrets in (
            (stranger, (things.client_canary, things.operator_canary)),
            (things.owner, (things.operator_canary,)),
            (house.operator, (things.client_canary,)),
        ):
            _, text = await send(who, name, name.split(" ", 1)[1], {})
            assert not [secret for secret in secrets if secret in text], name


async def test_the_owners_reach_what_the_others_may_not(house: House, things: Things) -> None:
    """Else the refusals above would prove nothing."""
    for who, ids, kind, canary in (
        (things.owner, things.of_client, "client", things.client_canary),
        (house.operator, things.of_operator, "operator", things.operator_canary),
    ):
        reached = []
        for name in taking(kind):
            request = request_for(name, ids)
            if name.startswith("GET") and request is not None and "receipt" not in name:
                status, text = await send(who, name, *request)
                assert status == 200, (name, text)
                reached.append(canary in text)
        assert any(reached)


async def test_every_response_has_the_headers_and_none_of_cors(house: House) -> None:
    evil = {"Origin": "https://evil.test", "Access-Control-Request-Method": "POST"}
    answers = []
    for name in ROUTES:
        method, path = name.split(" ", 1)
        for verb in (method, "OPTIONS"):
            answer = await house.anybody.request(verb, path, headers=evil)
            answers.append((f"{verb} {path}", answer.headers))
    async with house.client.stream("POST", "/agui", json=Sent("hello").body) as response:
        answers.append(("a stream", response.headers))
        await response.aread()
    for name, headers in answers:
        assert headers["content-security-policy"] == CONTENT_SECURITY_POLICY, name
        assert headers["x-content-type-options"] == "nosniff", name
        assert not [key for key in headers if key.startswith("access-control")], name


async def owned(house: House, person: str) -> dict[str, str]:
    """A person's rows as text, but for the vectors, which are made meanwhile."""
    found = {}
    for table in PERSONAL_TABLES:
        owner = "user_id" if table in PERSONAL_TABLES[4:8] else "owner_id"
        rows = await rows_of(
            house.conn,
            f"SELECT (to_jsonb(t) - '{{vector,vector_model}}'::text[])::text AS row FROM {table} t "  # type: ignore[arg-type]
            f"WHERE {owner} = %s ORDER BY 1",
            person,
        )
        found[table] = json.dumps([row["row"] for row in rows])
    return found
