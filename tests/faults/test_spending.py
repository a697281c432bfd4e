"""What Claude costs is counted to the last token, and capped; over a cap the offline model answers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import pytest

from agent.models.prices import cost_of
from agent.models.types import Usage
from tests.agui import Answer, Sent, ask, assert_whole, frames, send
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

HELLO = "hello"
DAY_ROWS = """
    SELECT u.email, d.input_tokens, d.output_tokens, d.cost_usd
      FROM usage_days d LEFT JOIN users u ON u.id = d.owner_id
     WHERE d.day = (now() AT TIME ZONE 'UTC')::date
"""


@dataclass
class Rig:
    server: Server
    standin: Standin

    def days(self) -> dict[str | None, tuple[int, int, Decimal]]:
        """Today's tokens in, tokens out and dollars, by e-mail (None: the account is gone)."""
        with psycopg.connect(self.server.environment["DATABASE_URL"]) as conn:
            return {row[0]: (row[1], row[2], row[3]) for row in conn.execute(DAY_ROWS)}

    def spend(self, email: str, dollars: str) -> None:
        """As if this person had spent so much today."""
        with psycopg.connect(self.server.environment["DATABASE_URL"]) as conn:
            conn.execute(
                "INSERT INTO usage_days AS d (owner_id, day, cost_usd) "
                "SELECT id, (now() AT TIME ZONE 'UTC')::date, %s FROM users WHERE email = %s "
                "ON CONFLICT (owner_id, day) DO UPDATE SET cost_usd = excluded.cost_usd",
                (dollars, email),
            )


@asynccontextmanager
async def running(server_url: str, **settings: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        server = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                **settings,
            )
        )
        yield Rig(server, standin)


@pytest.fixture(scope="module")
async def rig(server_url: str) -> AsyncIterator[Rig]:
    caps = {"MOSAIC_USER_DAILY_COST_USD": "1", "MOSAIC_DAILY_COST_USD": "3"}
    async with running(server_url, **caps) as one:
        yield one


def cost_told(answer: Answer) -> Decimal:
    """What the usage that the run's end tells costs."""
    return sum(
        (
            cost_of(
                Usage(
                    provider=item["provider"],
                    model=item["model"],
                    input_tokens=item["inputTokens"],
                    output_tokens=item["outputTokens"],
                    cached_input_tokens=item["cachedInputTokens"],
                    cache_write_input_tokens=item["cacheWriteInputTokens"],
                )
            )
            for item in answer.last["usage"]
        ),
        Decimal(0),
    )


async def soon(is_so: Callable[[], bool]) -> None:
    """Return when it is so; fail when it is not within five seconds."""
    for _ in range(100):
        if is_so():
            return
        await asyncio.sleep(0.05)
    raise AssertionError("it did not come")


async def begin(client: Any, sent: Sent) -> None:
    """Send a message, leave once the first words have come."""
    async with client.stream("POST", "/agui", json=sent.body) as response:
        async for frame in frames(response):
            if frame.event["type"] == "TEXT_MESSAGE_CONTENT":
                return


async def test_what_is_told_is_what_is_counted(rig: Rig) -> None:
    operator = await rig.server.log_in(OPERATOR)
    before = rig.days().get(OPERATOR, (0, 0, Decimal(0)))
    told = [await ask(operator, HELLO), await ask(operator, "What is the bottleneck?")]
    after = rig.days()[OPERATOR]
    usage = [item for answer in told for item in answer.last["usage"]]
    assert after[0] - before[0] == sum(item["inputTokens"] for item in usage) > 1000
    assert after[1] - before[1] == sum(item["outputTokens"] for item in usage)
    expected = sum((cost_told(answer) for answer in told), Decimal(0))
    assert after[2] - before[2] == pytest.approx(expected, abs=Decimal("0.000002"))


@pytest.mark.parametrize("way", ["cancelled", "cancelled before a word", "deleted"])
async def test_a_run_that_is_broken_off_is_counted_too(rig: Rig, way: str) -> None:
    operator = await rig.server.log_in(OPERATOR)
    before = rig.days().get(OPERATOR, (0, 0, Decimal(0)))
    asked = len(rig.standin.requests)
    sent = Sent(HELLO)
    if way == "cancelled before a word":
        rig.standin.script("fault:read_timeout")
        sending = asyncio.create_task(send(operator, sent))
        await soon(lambda: len(rig.standin.requests) > asked)
    else:
        rig.standin.script("fixed:30x60")
        await begin(operator, sent)
    if way == "deleted":
        assert (await operator.delete(f"/threads/{sent.thread_id}")).status_code == 204
    else:
        await operator.post(f"/agui/runs/{sent.run_id}/cancel")
    if way == "cancelled before a word":
        assert_whole(await sending)
    await soon(lambda: rig.days().get(OPERATOR, before) != before)
    after = rig.days()[OPERATOR]
    assert after[0] > before[0] + 500 and after[2] > before[2]


async def test_a_person_over_their_cap_is_answered_by_the_offline_model(rig: Rig) -> None:
    operator, client = await rig.server.log_in(OPERATOR), await rig.server.log_in(CLIENT)
    rig.spend(OPERATOR, "1.00")
    await asyncio.sleep(1.1)
    asked = len(rig.standin.requests)
    answer = await ask(operator, "What is the bottleneck?")
    assert_whole(answer.frames)
    assert answer.receipt["notice"] == (
        "Your budget for the language model is used up for today, so the offline model made this "
        "answer."
    )
    assert "proposal approval" in answer.text and len(rig.standin.requests) == asked
    assert "notice" not in (await ask(client, HELLO)).receipt
    rig.spend(OPERATOR, "0.50")
    await asyncio.sleep(1.1)
    assert "notice" not in (await ask(operator, HELLO)).receipt


async def test_the_cap_on_all_outlives_a_deleted_account(rig: Rig) -> None:
    anonymous = rig.server.client()
    person = {"email": "spender@test.local", "password": "a long enough password"}
    assert (await anonymous.post("/auth/register", json=person)).is_success
    rig.spend(person["email"], "2.90")
    with psycopg.connect(rig.server.environment["DATABASE_URL"]) as conn:
        conn.execute("DELETE FROM users WHERE email = %s", (person["email"],))
    assert rig.days()[None][2] == Decimal("2.90")
    rig.spend(OPERATOR, "0.20")
    await asyncio.sleep(1.1)
    operator = await rig.server.log_in(OPERATOR)
    answer = await ask(operator, HELLO)
    assert answer.receipt["notice"].startswith("Today's budget for the language model is used up,")


async def test_the_cap_ends_a_run_between_two_calls(server_url: str) -> None:
    """The first call reaches the cap; the second is not made, and its tools' facts are the answer."""
    async with running(server_url, MOSAIC_USER_DAILY_TOKENS="100") as rig:
        operator = await rig.server.log_in(OPERATOR)
        answer = await ask(operator, "What is the bottleneck?")
        assert len(rig.standin.requests) == 1 and answer.tools == ["get_constraint"]
        assert answer.receipt["notice"].startswith("Your budget for the language model is used up")
        assert "proposal approval" in answer.text and answer.receipt["known"]
