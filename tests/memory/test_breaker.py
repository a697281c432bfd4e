"""The circuit breaker: two processes, one row."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest

from memory import breaker
from memory.breaker import FAILURES_TO_OPEN, LONGEST_PAUSE_SECONDS, PAUSE_SECONDS, Breaker
from memory.caller import SYSTEM
from memory.pool import get_conn


@pytest.fixture
async def provider(pool: None) -> AsyncIterator[str]:
    name = f"provider-{uuid4().hex}"
    yield name
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM provider_breakers WHERE provider = %s", (name,))


async def let_pass(provider: str, column: str, seconds: int) -> None:
    """Move a moment of the row into the past, as if time had passed."""
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            f"UPDATE provider_breakers SET {column} = {column} - make_interval(secs => %s) "
            "WHERE provider = %s",
            (seconds, provider),
        )


async def fail(provider: str, times: int) -> None:
    for _ in range(times):
        await Breaker(provider).failed()


async def test_an_unknown_provider_may_be_called(provider: str) -> None:
    one = Breaker(provider)
    await one.succeeded()
    assert await one.allows() and await one.state() == "ok"


async def test_it_opens_for_every_process_after_failures_in_a_row(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN - 1)
    assert await Breaker(provider).allows()
    await asyncio.gather(fail(provider, 1), fail(provider, 1))
    other = Breaker(provider)
    assert not await other.allows() and await other.state() == "open"


async def test_a_success_begins_the_count_anew(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN - 1)
    working = Breaker(provider)
    assert await working.allows()
    await working.succeeded()
    await fail(provider, FAILURES_TO_OPEN - 1)
    assert await Breaker(provider).allows()


async def test_failures_of_long_ago_do_not_count(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN - 1)
    await let_pass(provider, "window_start", breaker.WINDOW_SECONDS + 1)
    await fail(provider, FAILURES_TO_OPEN - 1)
    assert await Breaker(provider).allows()


async def test_one_process_probes_and_its_success_closes(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN)
    await let_pass(provider, "probe_at", PAUSE_SECONDS)
    processes = [Breaker(provider) for _ in range(8)]
    allowed = await asyncio.gather(*(one.allows() for one in processes))
    assert allowed.count(True) == 1
    await processes[allowed.index(True)].succeeded()
    assert await Breaker(provider).state() == "ok" and await Breaker(provider).allows()


async def test_a_failed_probe_begins_another_pause(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN)
    await let_pass(provider, "probe_at", PAUSE_SECONDS)
    probing = Breaker(provider)
    assert await probing.allows()
    await probing.failed()
    await let_pass(provider, "probe_at", PAUSE_SECONDS - 5)
    assert not await Breaker(provider).allows()
    await let_pass(provider, "probe_at", 5)
    assert await Breaker(provider).allows()


async def test_a_probe_that_never_ends_does_not_hold_the_others_for_good(provider: str) -> None:
    await fail(provider, FAILURES_TO_OPEN)
    await let_pass(provider, "probe_at", PAUSE_SECONDS)
    assert await Breaker(provider).allows() and not await Breaker(provider).allows()
    await let_pass(provider, "probe_at", breaker.PROBE_SECONDS)
    assert await Breaker(provider).allows()


@pytest.mark.parametrize(
    ("retry_after", "pause"),
    [
        (None, PAUSE_SECONDS),
        (1, PAUSE_SECONDS),
        (90, 90),
        (86_400, LONGEST_PAUSE_SECONDS),
    ],
)
def test_the_pause_is_the_providers_own_within_reason(retry_after: int | None, pause: int) -> None:
    assert breaker.pause_seconds(retry_after) == pause
