"""`/mcp`, by the protocol's own client: the tools of a role, their answers, proposals, refusals."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx2
import pytest
from mcp import MCPError
from mcp.client.client import Client
from mcp.client.streamable_http import streamable_http_client

from api import mcp_tools
from api.mcp import VERSIONS
from memory.caller import Caller
from tests.security.plants import a_client, a_lead, rows_of
from tests.security.traces import Connection, connect, snapshot
from tests.service import CLIENT, OPERATOR, Server, running_service
from tools.registry import all_tools

PING: dict[str, Any] = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
LIST = {**PING, "method": "tools/list"}


@dataclass(frozen=True)
class Place:
    """A service, its database, and who is logged in."""

    service: Server
    conn: Connection
    operator: httpx2.AsyncClient
    client: httpx2.AsyncClient

    @asynccontextmanager
    async def mcp(self, who: httpx2.AsyncClient, mode: str = "auto") -> AsyncIterator[Client]:
        """The protocol's client, with the token of `who`. What it sends goes over a connection
        that only the token is sent on, as with any client that is no browser."""
        headers = {"Authorization": who.headers["Authorization"]}
        async with httpx2.AsyncClient(headers=headers, timeout=30) as http:
            transport = streamable_http_client(f"{self.service.url}/mcp", http_client=http)
            async with Client(transport, mode=mode) as client:
                yield client


@pytest.fixture(scope="module")
async def place(server_url: str) -> AsyncIterator[Place]:
    """A service of these tests' own, which runs nothing."""
    async with (
        running_service(server_url, "--no-worker", demo=True) as server,
        await connect(server.environment["DATABASE_URL"]) as conn,
    ):
        yield Place(server, conn, await server.log_in(OPERATOR), await server.log_in(CLIENT))


WHEN = {"as_of", "asOf", "metrics_timestamp"}


def timeless(answer: Any) -> Any:
    """An answer without what says when it was asked, and without the ids of its facts."""
    if isinstance(answer, list):
        return [timeless(item) for item in answer]
    if not isinstance(answer, dict):
        return answer
    left_out = WHEN | ({"id"} if "statement" in answer else set())
    return {name: timeless(item) for name, item in answer.items() if name not in left_out}


@pytest.mark.parametrize("mode", ["auto", "legacy"])
@pytest.mark.parametrize("role", ["client", "operator"])
async def test_a_role_is_offered_what_it_may_read_and_propose(
    place: Place, role: str, mode: str
) -> None:
    async with place.mcp(getattr(place, role), mode) as client:
        listed = await client.list_tools()
        assert client.protocol_version == VERSIONS[0]
        assert client.server_info is not None and client.server_info.name == "mosaic"
        assert client.instructions and "proposes" in client.instructions
    declared = {tool.name: tool for tool in all_tools() if tool.allows(role)}
    offered = {name for name, tool in declared.items() if tool.effect != "log"}
    assert offered and {tool.name for tool in listed.tools} == offered
    assert listed.next_cursor is None
    for tool in listed.tools:
        declaration = declared[tool.name]
        assert (tool.title, tool.description) == (declaration.title, declaration.description)
        assert tool.input_schema == declaration.schema
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint == (declaration.effect == "read")


async def test_the_list_comes_in_pages(place: Place) -> None:
    async with place.mcp(place.operator) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        rest = await client.list_tools(cursor=names[3])
        assert [tool.name for tool in rest.tools] == names[4:]
        with pytest.raises(MCPError, match="cursor"):
            await client.list_tools(cursor="no_such_tool")


async def test_a_page_ends_where_the_next_begins(
    pool: None, make_caller: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller: Caller = await make_caller("operator")
    whole = await mcp_tools.list_page(mcp_tools.Listing(), caller)
    monkeypatch.setattr(mcp_tools, "PAGE", 3)
    found: list[Any] = []
    cursor = None
    while True:
        page = await mcp_tools.list_page(mcp_tools.Listing(cursor=cursor), caller)
        found += page["tools"]
        if (cursor := page.get("nextCursor")) is None:
            break
        assert len(page["tools"]) == 3
    assert "nextCursor" not in whole and found == whole["tools"]


async def test_a_tool_that_is_switched_off_is_not_listed(place: Place) -> None:
    flag = "EXPERIMENTS_ENABLED"
    switch = "UPDATE feature_flags SET enabled = %s WHERE flag_name = %s"
    async with place.mcp(place.client) as client:
        await place.conn.execute(switch, (False, flag))
        try:
            names = {tool.name for tool in (await client.list_tools()).tools}
            refused = await client.call_tool("list_experiments")
        finally:
            await place.conn.execute(switch, (True, flag))
    assert names and not names & {tool.name for tool in all_tools() if tool.flag == flag}
    assert refused.is_error and flag in refused.content[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("role", "tool", "args"),
    [
        ("operator", "get_constraint", {}),
        ("operator", "get_failures", {}),
        ("operator", "list_leads", {"limit": 3}),
        ("client", "list_experiments", {}),
        ("client", "get_metrics", {"limit": 5}),
    ],
)
async def test_a_read_answers_what_rest_answers(
    place: Place, role: str, tool: str, args: dict[str, Any]
) -> None:
    who = getattr(place, role)
    rest = (await who.post(f"/api/tools/{tool}", json=args)).json()
    async with place.mcp(who) as client:
        answer = await client.call_tool(tool, args)
    found = answer.structured_content
    assert found is not None and not answer.is_error
    assert timeless(found) == timeless(rest) and rest["facts"]
    text = answer.content[0].text  # type: ignore[union-attr]
    for number, fact in enumerate(found["facts"], start=1):
        assert fact["id"] == f"f{number}" and fact["value"] is not None and fact["as_of"]
        assert fact["sources"] or fact["rule"]
        assert f"{fact['statement']} [f{number}]" in text


async def test_a_gated_tool_only_proposes(place: Place) -> None:
    lead = await a_lead(place.conn)
    before = await snapshot(place.conn)
    async with place.mcp(place.operator) as client:
        answer = await client.call_tool("start_build", {"lead": lead})
    card = answer.structured_content
    assert card is not None and not answer.is_error
    assert await snapshot(place.conn) == before
    in_inbox = (await place.operator.get(f"/approvals/{card['id']}")).json()
    assert in_inbox["status"] == "pending" and card.items() <= in_inbox.items()
    assert card["args"] == {"lead": lead} and card["tool"] == "start_build"
    assert "waits for your decision" in answer.content[0].text  # type: ignore[union-attr]
    done = await place.operator.post(f"/approvals/{card['id']}", json={"decision": "approve"})
    assert done.json()["status"] == "executed"
    [row] = await rows_of(place.conn, "SELECT status FROM leads WHERE id = %s", lead)
    assert row["status"] == "BUILDING"


async def test_what_a_tool_refuses_is_a_result_in_plain_words(place: Place) -> None:
    lead = await a_lead(place.conn)
    async with place.mcp(place.operator) as client:
        for name, args, status in (
            ("start_build", {"lead": "nobody-has-this-name"}, 404),
            ("approve_lead", {"lead": lead}, 409),
            ("list_leads", {"limit": "many"}, 422),
        ):
            rest = await place.operator.post(f"/api/tools/{name}", json=args)
            answer = await client.call_tool(name, args)
            assert rest.status_code == status and answer.is_error
            assert answer.content[0].text == rest.json()["detail"]  # type: ignore[union-attr]
            assert answer.structured_content is None


async def noted(place: Place, action: str) -> list[dict[str, Any]]:
    return await rows_of(
        place.conn,
        "SELECT subject, detail FROM audit_log WHERE action = %s ORDER BY id",
        action,
    )


async def test_another_roles_tool_is_refused_and_noted(place: Place) -> None:
    lead = await a_lead(place.conn)
    before = await snapshot(place.conn)
    for who, name, args in (
        (place.client, "list_leads", {}),
        (place.client, "start_build", {"lead": lead}),
        (place.operator, "list_experiments", {}),
    ):
        marks = len(await noted(place, "access.refused"))
        async with place.mcp(who) as client:
            answer = await client.call_tool(name, args)
        assert answer.is_error and "is not for" in answer.content[0].text  # type: ignore[union-attr]
        trace = await noted(place, "access.refused")
        assert len(trace) == marks + 1 and trace[-1]["subject"] == f"tools/{name}"
    assert await snapshot(place.conn) == before


async def test_a_tool_that_writes_at_once_is_not_there(place: Place) -> None:
    tables = ("learning_data", "experiments", "memories", "capability_evidence")
    before = await snapshot(place.conn, tables)
    async with place.mcp(place.client) as client:
        for name, args in (
            ("add_learning", {"content": "Planted"}),
            ("create_experiment", {"experiment_name": "Planted"}),
            ("no_such_tool", {}),
        ):
            with pytest.raises(MCPError, match="There is no tool called") as refused:
                await client.call_tool(name, args)
            assert refused.value.code == -32602
            [*_, trace] = await noted(place, "tool.refused")
            named = "unknown" if name == "no_such_tool" else name
            assert (trace["subject"], trace["detail"]["tool"]) == ("mcp", named)
    assert await snapshot(place.conn, tables) == before


async def test_who_has_no_log_in_gets_401(place: Place) -> None:
    owner, token = await a_client(place.conn)
    nobody = place.service.client()
    bearer = {"Authorization": f"Bearer {token}"}
    assert (await nobody.post("/mcp", json=LIST, headers=bearer)).status_code == 200
    await place.conn.execute(
        "UPDATE sessions SET expires_at = now() - interval '1 second' WHERE user_id = %s",
        (owner,),
    )
    for headers in ({}, bearer, {"Authorization": "Bearer x"}, {"Authorization": "Basic eDp5"}):
        answer = await nobody.post("/mcp", json=LIST, headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
        assert "tools" not in answer.text


GARBAGE: dict[str, tuple[bytes, int]] = {
    "nothing": (b"", -32700),
    "a brace": (b"{", -32700),
    "bytes": (b"\xff\xfe\x00", -32700),
    "deep": (b"[" * 5000 + b"]" * 5000, -32700),
    "a word": (b'"ping"', -32600),
    "a batch": (b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600),
    "no version": (b'{"id":1,"method":"ping"}', -32600),
    "no method": (b'{"jsonrpc":"2.0","id":1}', -32600),
    "no id but null": (b'{"jsonrpc":"2.0","id":null,"method":"ping"}', -32600),
    "half a character": (b'{"jsonrpc":"2.0","id":"\\ud800","method":"ping"}', -32700),
    "a list of parameters": (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}', -32600),
}


@pytest.mark.parametrize("kind", GARBAGE)
async def test_what_is_no_message_is_refused(place: Place, kind: str) -> None:
    body, code = GARBAGE[kind]
    headers = {"Content-Type": "application/json"}
    answer = await place.operator.post("/mcp", content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    error = answer.json()
    assert error["jsonrpc"] == "2.0" and error["id"] is None and error["error"]["code"] == code


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("resources/list", {}, -32601),
        ("initialize", {}, -32602),
        ("tools/list", {"cursor": 3}, -32602),
        ("tools/call", {}, -32602),
        ("tools/call", {"name": "list_leads", "arguments": "all"}, -32602),
        ("tools/call", {"name": "a\x00b"}, -32602),
        ("tools/list", {"cursor": "a\x00b"}, -32602),
    ],
)
async def test_a_wrong_request_is_an_error_of_its_own(
    place: Place, method: str, params: dict[str, Any], code: int
) -> None:
    sent = {**PING, "id": "mine", "method": method, "params": params}
    answer = await place.operator.post("/mcp", json=sent)
    assert answer.status_code == 200 and answer.json()["id"] == "mine"
    assert answer.json()["error"]["code"] == code and answer.json()["error"]["message"]


async def test_the_transport_keeps_to_the_protocol(place: Place) -> None:
    who = place.operator
    for method in ("GET", "DELETE", "PUT"):
        answer = await who.request(method, "/mcp")
        assert answer.status_code == 405 and answer.headers["allow"] == "POST", method
    told = await who.post("/mcp", json={"jsonrpc": "2.0", "method": "notifications/initialized"})
    assert told.status_code == 202 and not told.content
    assert (await who.post("/mcp", json=PING)).json() == {"jsonrpc": "2.0", "id": 1, "result": {}}
    html = await who.post("/mcp", json=PING, headers={"Accept": "text/html"})
    assert html.status_code == 406
    large = await who.post("/mcp", content=b" " * 300_000)
    assert large.status_code == 413


async def test_the_version_is_agreed_on(place: Place) -> None:
    for asked, given in (
        *((version, version) for version in VERSIONS), ("2026-07-28", VERSIONS[0]), ("x", VERSIONS[0])
    ):  # fmt: skip
        sent = {**PING, "method": "initialize", "params": {"protocolVersion": asked}}
        answer = await place.operator.post("/mcp", json=sent)
        assert answer.json()["result"]["protocolVersion"] == given
        header = {"MCP-Protocol-Version": asked}
        pinged = await place.operator.post("/mcp", json=PING, headers=header)
        assert pinged.status_code == (200 if asked in VERSIONS else 400)


async def test_a_page_of_another_site_is_refused(place: Place) -> None:
    host = place.service.url.removeprefix("http://")
    for headers, status in (
        ({"Origin": "https://evil.test"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Origin": f"http://{host}"}, 200),
        ({"Origin": f"http://{host}", "Sec-Fetch-Site": "same-origin"}, 200),
    ):
        answer = await place.operator.post("/mcp", json=PING, headers=headers)
        assert answer.status_code == status, headers
