"""The stock AG-UI client against the real service: its own checks accept every stream.

The client is installed from its lock file into `node_modules` beside this file (ignored).
Without Node these tests are skipped with a notice, except where `CI` is set.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import Standin, running_standin
from tests.standin.steps import Say, Step

HERE = Path(__file__).parent
IN_CI = bool(os.environ.get("CI"))

Drive = Callable[..., Awaitable[list[dict[str, Any]]]]


@pytest.fixture(scope="module")
async def node() -> str:
    """The path of Node, with the client installed."""
    found, npm = shutil.which("node"), shutil.which("npm")
    if found is None or npm is None:
        message = "the stock AG-UI client was not tested: node and npm are not installed"
        pytest.fail(message) if IN_CI else pytest.skip(message)
    lock = hashlib.sha256((HERE / "package-lock.json").read_bytes()).hexdigest()
    stamp = HERE / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != lock:
        code, output = await _output([npm, "ci", "--no-progress"])
        if code != 0:
            message = f"the stock AG-UI client was not tested: npm ci failed\n{output}"
            pytest.fail(message) if IN_CI else pytest.skip(message)
        stamp.write_text(lock)
    return found


@pytest.fixture(scope="module")
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as server:
        yield server


@pytest.fixture(scope="module")
async def claude_service(server_url: str, standin: Standin) -> AsyncIterator[Server]:
    """A service whose model is the stand-in."""
    async with running_service(
        server_url, demo=True, ANTHROPIC_API_KEY="test", ANTHROPIC_BASE_URL=standin.url
    ) as server:
        yield server


@pytest.fixture(scope="module")
def drive(node: str) -> Drive:
    """`await drive(service, email, thread_id, step, …)`: what the client saw, step by step."""

    async def run(
        server: Server, email: str, thread_id: str, *steps: dict[str, Any]
    ) -> list[dict[str, Any]]:
        token = (await server.log_in(email)).headers["Authorization"].removeprefix("Bearer ")
        for step in steps:
            if step.get("token") == "right":
                step["token"] = token
        task = {"url": server.url, "token": token, "threadId": thread_id, "steps": steps}
        code, output = await _output([node, "drive.mjs"], json.dumps(task))
        assert code == 0, output
        told = json.loads(output)
        assert told["warnings"] == [], "the client had to repair our stream"
        results: list[dict[str, Any]] = told["results"]
        return results

    return run


async def _output(command: list[str], given: str = "") -> tuple[int, str]:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=HERE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    output, errors = await asyncio.wait_for(process.communicate(given.encode()), 120)
    code = process.returncode or 0
    return code, (output if code == 0 else output + errors).decode()


def say(text: str, **more: Any) -> dict[str, Any]:
    return {"runId": str(uuid4()), "text": text, **more}


def slowly(sentences: int) -> list[Step]:
    """An answer of that many sentences, each a block of its own, 50 ms apart."""
    return [Say(f"{'' if at == 0 else ' '}Good to hear from you.", pause=0.025)
            for at in range(sentences)]  # fmt: skip


def types(result: dict[str, Any]) -> list[str]:
    return [event["type"] for event in result["events"]]


def last_message(result: dict[str, Any], role: str) -> dict[str, Any]:
    found: dict[str, Any] = [item for item in result["messages"] if item["role"] == role][-1]
    return found


async def stored_answer(server: Server, email: str, thread_id: str) -> dict[str, Any]:
    thread = (await (await server.log_in(email)).get(f"/threads/{thread_id}")).json()
    found: dict[str, Any] = [row for row in thread["messages"] if row["role"] == "assistant"][-1]
    return found


async def test_a_chat_reads_as_it_is_stored_receipt_included(service: Server, drive: Drive) -> None:
    thread_id = str(uuid4())
    first, second = await drive(
        service,
        OPERATOR,
        thread_id,
        say("What broke since yesterday?"),
        say("Which proposals are stuck and for how long?"),
    )
    for result in (first, second):
        assert result["failed"] is None and result["outcome"] == "success"
        assert types(result)[0] == "RUN_STARTED" and types(result)[-1] == "RUN_FINISHED"
        assert "TOOL_CALL_RESULT" in types(result)
    stored = await stored_answer(service, OPERATOR, thread_id)
    answer = last_message(second, "assistant")
    assert answer["id"] == stored["id"] and answer["content"] == stored["content"] != ""
    activity = last_message(second, "activity")
    assert activity["activityType"] == "receipt"
    assert activity["content"]["id"] == stored["receipt"]["id"]
    assert activity["content"]["known"] == stored["receipt"]["known"] != []


async def test_a_client_that_streams_gets_every_delta(
    claude_service: Server, standin: Standin, drive: Drive
) -> None:
    standin.script(slowly(10))
    thread_id = str(uuid4())
    (result,) = await drive(claude_service, CLIENT, thread_id, say("Good morning to you."))
    deltas = [e["delta"] for e in result["events"] if e["type"] == "TEXT_MESSAGE_CONTENT"]
    stored = await stored_answer(claude_service, CLIENT, thread_id)
    assert len(deltas) > 3
    assert "".join(deltas) == last_message(result, "assistant")["content"] == stored["content"]


async def test_a_refused_request_leaves_the_client_usable(service: Server, drive: Drive) -> None:
    thread_id, run_id = str(uuid4()), str(uuid4())
    unknown, answered, reused, resumed, again = await drive(
        service,
        OPERATOR,
        thread_id,
        say("What is the bottleneck?", token="not-a-token"),
        {"runId": run_id, "token": "right"},
        {"runId": run_id, "text": "Something else."},
        say("Go on.", resume=[{"interruptId": "none", "status": "cancelled"}]),
        say("Is research running?"),
    )
    refusals = [(unknown, 401), (reused, 422), (resumed, 409)]
    for result, status in refusals:
        assert result["failed"]["status"] == status
        problem = json.loads(result["failed"]["payload"])
        assert problem["status"] == status and problem["detail"].endswith(".")
        assert result["events"] == []
    for result in (answered, again):
        assert result["outcome"] == "success" and last_message(result, "assistant")["content"]


async def test_a_run_sent_twice_is_one_run(service: Server, drive: Drive) -> None:
    thread_id, run_id = str(uuid4()), str(uuid4())
    step = {"runId": run_id, "text": "What is the bottleneck?", "messageId": str(uuid4())}
    (first,) = await drive(service, OPERATOR, thread_id, dict(step))
    (second,) = await drive(service, OPERATOR, thread_id, dict(step))
    assert second["events"] == first["events"] and second["messages"] == first["messages"]
    thread = (await (await service.log_in(OPERATOR)).get(f"/threads/{thread_id}")).json()
    assert [row["role"] for row in thread["messages"]].count("user") == 1


async def test_who_left_in_mid_answer_joins_and_reads_all_of_it(
    claude_service: Server, standin: Standin, drive: Drive
) -> None:
    standin.script(slowly(20))
    thread_id, run_id = str(uuid4()), str(uuid4())
    left, joined = await drive(
        claude_service,
        CLIENT,
        thread_id,
        {"runId": run_id, "text": "Tell me something calm.", "leave": True},
        {"runId": run_id, "follow": run_id},
    )
    assert "RUN_FINISHED" not in types(left)
    assert types(joined)[:2] == ["RUN_STARTED", "MESSAGES_SNAPSHOT"]
    assert joined["outcome"] == "success"
    stored = await stored_answer(claude_service, CLIENT, thread_id)
    assert last_message(joined, "user")["content"] == "Tell me something calm."
    assert last_message(joined, "assistant")["content"] == stored["content"]
    assert len(stored["content"]) > len(last_message(left, "assistant")["content"])


async def test_a_cancelled_run_ends_as_cancelled_and_keeps_its_text(
    claude_service: Server, standin: Standin, drive: Drive
) -> None:
    standin.script(slowly(600))
    thread_id = str(uuid4())
    (result,) = await drive(claude_service, CLIENT, thread_id, say("Talk on.", cancel=True))
    assert result["cancelStatus"] == 202
    assert result["failed"] is None and result["outcome"] == "cancelled"
    assert "TEXT_MESSAGE_END" in types(result)
    partial = last_message(result, "assistant")["content"]
    stored = await stored_answer(claude_service, CLIENT, thread_id)
    assert partial != "" and stored["content"] == partial
    assert stored["metadata"]["status"] == "cancelled"


async def test_an_approval_stops_the_run_until_it_is_answered(
    service: Server, drive: Drive
) -> None:
    thread_id = str(uuid4())
    stopped, blocked, answered = await drive(
        service,
        OPERATOR,
        thread_id,
        say("Start the Oak build."),
        say("Is research running?", tab=True),
        {"runId": str(uuid4()), "answer": {"status": "cancelled"}},
    )
    assert stopped["outcome"] == "interrupt"
    (interrupt,) = stopped["interrupts"]
    assert interrupt["toolCallId"] and interrupt["responseSchema"] and interrupt["expiresAt"]
    assert blocked["failed"]["status"] == 409
    assert answered["failed"] is None and answered["outcome"] == "success"
    assert "TOOL_CALL_RESULT" in types(answered) and "TOOL_CALL_START" not in types(answered)


async def test_a_model_that_breaks_off_ends_the_run_with_a_code(
    claude_service: Server, standin: Standin, drive: Drive
) -> None:
    standin.script("fault:overloaded_after")
    broken, again = await drive(
        claude_service, CLIENT, str(uuid4()), say("Good morning."), say("Hello again.")
    )
    assert types(broken)[-1] == "RUN_ERROR"
    assert broken["events"][-1]["code"] == "LLM_5XX"
    assert again["outcome"] == "success"
