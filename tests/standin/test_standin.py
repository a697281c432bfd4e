"""The stand-in refuses what the Messages API refuses, and the real SDK reads its streams."""

from __future__ import annotations

import asyncio
import copy
import json
import signal
import sys
from collections.abc import AsyncIterator
from typing import Any

import anthropic
import httpx2
import pytest
from anthropic import AsyncAnthropic

from tests.standin import Standin, running_standin

HEADERS = {"x-api-key": "key", "anthropic-version": "2026-10-21"}
HELLO = {"role": "user", "content": "Hello there, how are you?"}
TOOL = {
    "name": "get_lead",
    "description": "One lead by name.",
    "strict": True,
    "input_schema": {
        "type": "object",
        "properties": {"lead": {"type": "string"}},
        "required": ["lead"],
        "additionalProperties": False,
    },
}
RESULT = {
    "type": "search_result",
    "source": "fact:lead:Cedar",
    "title": "Cedar",
    "content": [{"type": "text", "text": "Cedar has 3 open quotes."}],
    "citations": {"enabled": True},
}


@pytest.fixture(scope="module")
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


@pytest.fixture(scope="module")
async def http(standin: Standin) -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(base_url=standin.url, headers=HEADERS) as client:
        yield client


@pytest.fixture(scope="module")
async def sdk(standin: Standin) -> AsyncIterator[AsyncAnthropic]:
    async with AsyncAnthropic(api_key="key", base_url=standin.url, max_retries=0) as client:
        yield client


def with_results(*contents: Any) -> list[dict[str, Any]]:
    """A conversation in which one call per content was made and answered."""
    calls = [
        {"type": "tool_use", "id": f"toolu_{n}", "name": "get_lead", "input": {"lead": "Cedar"}}
        for n in range(len(contents))
    ]
    results = [
        {"type": "tool_result", "tool_use_id": f"toolu_{n}", "content": content}
        for n, content in enumerate(contents)
    ]
    question = {"role": "user", "content": "How is Cedar doing?"}
    return [
        question,
        {"role": "assistant", "content": calls},
        {"role": "user", "content": results},
    ]


def request(**changes: Any) -> dict[str, Any]:
    body = {"model": "honest", "max_tokens": 100, "messages": [HELLO], "tools": [TOOL]}
    return {**copy.deepcopy(body), **changes}


def strict_tool(schema: dict[str, Any], name: str = "get_lead") -> dict[str, Any]:
    return {**TOOL, "name": name, "input_schema": schema}


def blocks(*content: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"role": "user", "content": list(content)}]


def object_of(properties: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
        **changes,
    }


CACHED = {"type": "text", "text": "Hello.", "cache_control": {"type": "ephemeral"}}
OTHER_RESULT = {**RESULT, "citations": {"enabled": False}}
UNION = {"anyOf": [{"type": "string"}, {"type": "null"}]}
PAIRED = with_results([RESULT])
ORPHAN = [*PAIRED[:1], PAIRED[2]]
TEXT_FIRST = [*PAIRED[:2], {"role": "user", "content": [CACHED, *PAIRED[2]["content"]]}]

REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "max_tokens missing": ({"max_tokens": None}, "max_tokens"),
    "temperature": ({"temperature": 1.0}, "temperature"),
    "top_p": ({"top_p": 0.5}, "top_p"),
    "top_k": ({"top_k": 5}, "top_k"),
    "unknown field": ({"colour": "red"}, "Extra inputs"),
    "no messages": ({"messages": []}, "at least one message"),
    "assistant first": ({"messages": [{"role": "assistant", "content": "Hi"}, HELLO]}, "first"),
    "prefill": ({"messages": [HELLO, {"role": "assistant", "content": "Hi"}]}, "prefill"),
    "unknown role": ({"messages": [{"role": "system", "content": "Hi"}]}, "role"),
    "call without result": ({"messages": [*PAIRED[:2], HELLO]}, "without `tool_result`"),
    "result without call": ({"messages": ORPHAN}, "unexpected `tool_use_id`"),
    "text before results": ({"messages": TEXT_FIRST}, "without `tool_result`"),
    "empty text": ({"messages": blocks({"type": "text", "text": ""})}, "non-empty"),
    "blank text": ({"messages": blocks({"type": "text", "text": " \n"})}, "non-whitespace"),
    "empty system": ({"system": [{"type": "text", "text": ""}]}, "non-empty"),
    "mixed citations": ({"messages": with_results([RESULT], [OTHER_RESULT])}, "all or none"),
    "result mixed with text": (
        {"messages": with_results([RESULT, {"type": "text", "text": "And more."}])},
        "cannot be mixed",
    ),
    "result without title": (
        {"messages": with_results([{**RESULT, "title": ""}])}, "search_result.title"
    ),
    "five breakpoints": ({"messages": blocks(*[CACHED] * 5)}, "maximum of 4"),
    "two tools of a name": ({"tools": [TOOL, TOOL]}, "unique"),
    "odd tool name": ({"tools": [{**TOOL, "name": "get lead"}]}, "pattern"),
    "open object": (
        {"tools": [strict_tool(object_of({}, additionalProperties=True))]}, "additionalProperties"
    ),
    "optional property": (
        {"tools": [strict_tool(object_of({"a": {"type": "string"}}, required=[]))]}, "required"
    ),
    "unsupported keyword": (
        {"tools": [strict_tool(object_of({"a": {"type": "integer", "minimum": 1}}))]}, "minimum"
    ),
    "many strict tools": (
        {"tools": [strict_tool(object_of({}), f"tool_{n}") for n in range(21)]}, "Too many strict"
    ),
    "many unions": (
        {"tools": [strict_tool(object_of({f"p{n}": UNION for n in range(17)}))]}, "union types"
    ),
    "thinking off on Sonnet 5.5": (
        {"model": "claude-sonnet-5-5", "thinking": {"type": "disabled"}}, "thinking.type.disabled"
    ),
    "too long": ({"system": "word " * 900_000}, "prompt is too long"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
async def test_it_refuses_what_the_api_refuses(http: httpx2.AsyncClient, name: str) -> None:
    changes, words = REFUSED[name]
    body = {key: value for key, value in request(**changes).items() if value is not None}
    response = await http.post("/v1/messages", json=body)
    assert response.status_code == 400
    error = response.json()["error"]
    assert error["type"] == "invalid_request_error"
    assert words in error["message"]


async def test_a_proper_request_is_taken_with_and_without_a_stream(
    http: httpx2.AsyncClient,
) -> None:
    messages = [*with_results([RESULT], [RESULT]), HELLO]
    for body in (request(), request(messages=messages), request(system=[CACHED])):
        whole = await http.post("/v1/messages", json=body)
        assert (whole.status_code, whole.json()["type"]) == (200, "message")
        streamed = await http.post("/v1/messages", json={**body, "stream": True})
        assert streamed.headers["content-type"].startswith("text/event-stream")
        assert "event: message_stop\n" in streamed.text


@pytest.mark.parametrize(
    ("headers", "status", "kind"),
    [
        ({"anthropic-version": "2026-10-21"}, 401, "authentication_error"),
        ({"anthropic-version": "2026-10-21", "x-api-key": "invalid"}, 401, "authentication_error"),
        ({"x-api-key": "key"}, 400, "invalid_request_error"),
    ],
)
async def test_headers_are_checked(
    standin: Standin, headers: dict[str, str], status: int, kind: str
) -> None:
    async with httpx2.AsyncClient(base_url=standin.url, headers=headers) as client:
        response = await client.post("/v1/messages", json=request())
    assert (response.status_code, response.json()["error"]["type"]) == (status, kind)


async def test_an_unknown_model_is_not_found(http: httpx2.AsyncClient) -> None:
    for model in ("nobody", "liar:nothing", "fault:nothing"):
        response = await http.post("/v1/messages", json=request(model=model))
        assert (response.status_code, response.json()["error"]["type"]) == (404, "not_found_error")


async def test_the_sdk_reads_text_and_citations(sdk: AsyncAnthropic) -> None:
    body = request(messages=with_results([RESULT]))
    async with sdk.messages.stream(**body) as stream:
        message = await stream.get_final_message()
    assert message.stop_reason == "end_turn"
    cited = [
        citation
        for block in message.content
        if block.type == "text"
        for citation in block.citations or ()
    ]
    assert [(c.type, c.cited_text) for c in cited] == [
        ("search_result_location", "Cedar has 3 open quotes.")
    ]
    assert message.usage.output_tokens > 5


async def test_the_sdk_reads_a_tool_call_from_its_pieces(sdk: AsyncAnthropic) -> None:
    question = {"role": "user", "content": "How is Cedar Contractors of the North doing?"}
    pieces = 0
    async with sdk.messages.stream(**request(messages=[question])) as stream:
        async for event in stream:
            pieces += event.type == "input_json"
        message = await stream.get_final_message()
    (block,) = message.content
    assert block.type == "tool_use"
    assert block.input == {"lead": "Cedar Contractors"}
    assert pieces > 1
    assert message.stop_reason == "tool_use"


async def test_an_error_inside_the_stream_has_status_200(sdk: AsyncAnthropic) -> None:
    with pytest.raises(anthropic.APIStatusError) as raised:
        async with sdk.messages.stream(**request(model="fault:overloaded_after")) as stream:
            await stream.get_final_message()
    assert (raised.value.status_code, raised.value.type) == (200, "overloaded_error")


async def test_the_cache_reads_what_an_earlier_request_wrote(http: httpx2.AsyncClient) -> None:
    system = [{**CACHED, "text": "A rule of the house. " * 300}]

    async def usage(model: str, *messages: Any) -> dict[str, int]:
        body = request(model=model, system=system, messages=list(messages))
        counted: dict[str, int] = (await http.post("/v1/messages", json=body)).json()["usage"]
        return counted

    first = await usage("echo", HELLO)
    again = await usage("echo", HELLO, {"role": "user", "content": "And now?"})
    other = await usage("empty", HELLO)
    assert first["cache_read_input_tokens"] == 0
    assert again["cache_read_input_tokens"] == first["cache_creation_input_tokens"] > 1000
    assert again["cache_creation_input_tokens"] == 0
    assert other["cache_read_input_tokens"] == 0


async def test_a_short_prompt_is_not_cached(http: httpx2.AsyncClient) -> None:
    body = request(messages=blocks(CACHED))
    for _ in range(2):
        usage = (await http.post("/v1/messages", json=body)).json()["usage"]
        assert usage["cache_read_input_tokens"] == usage["cache_creation_input_tokens"] == 0


async def test_a_posted_script_answers_the_next_requests_of_its_key(
    http: httpx2.AsyncClient, standin: Standin
) -> None:
    steps = [{"step": "say", "text": "As told."}, {"step": "stop", "reason": "refusal"}]
    script = {"key": "other", "answers": [steps, "fault:529", "echo"]}
    assert (await http.post("/_script", json=script)).json() == {"queued": 3}
    assert (await http.post("/v1/messages", json=request())).json()["stop_reason"] == "end_turn"
    theirs = {**HEADERS, "x-api-key": "other"}
    answers = [
        await http.post("/v1/messages", json=request(model="empty"), headers=theirs)
        for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [200, 529, 200, 200]
    assert answers[0].json()["content"] == [{"type": "text", "text": "As told."}]
    assert answers[2].json()["content"][0]["text"] == HELLO["content"]
    assert answers[3].json()["content"] == []
    bad = await http.post("/_script", json={"answers": [[{"step": "dance"}]]})
    assert bad.status_code == 400


async def test_a_key_chooses_a_persona_whatever_the_model(http: httpx2.AsyncClient) -> None:
    headers = {**HEADERS, "x-api-key": "sk-standin-echo"}
    body = request(model="claude-sonnet-5-5")
    answer = (await http.post("/v1/messages", json=body, headers=headers)).json()
    assert answer["content"][0]["text"] == HELLO["content"]


async def test_it_runs_as_a_program_of_its_own() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.standin", "--port", "0", stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(20):
            address = json.loads(await process.stdout.readline())
        async with httpx2.AsyncClient(base_url=address["url"], headers=HEADERS) as client:
            assert (await client.get("/health")).json() == {"ok": True}
            assert (await client.post("/v1/messages", json=request())).status_code == 200
            assert len((await client.get("/_requests")).json()) == 1
    finally:
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(10):
            assert await process.wait() == 0
