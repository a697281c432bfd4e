"""Sessions are summarised behind the runs: by quotation, or by Claude as far as it is borne out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from agent import summarising
from agent.context import Services
from agent.models.claude import Claude
from agent.models.offline import OfflineModel
from agent.models.retry import RetryBudget
from agent.models.types import Model
from memory import remembered, summaries, threads
from memory.breaker import Breaker
from memory.caller import SYSTEM, Caller
from memory.embedding_models import ActiveEmbedder
from memory.hub import Hub
from memory.pool import get_conn
from memory.recaller import Recaller
from memory.recorder import Recorder
from memory.spending import Cap, Caps, Spending
from memory.threads import Message
from settings import Settings
from tests.conftest import MakeCaller
from tests.standin import Standin, running_standin
from tests.standin.steps import Citation, Say

NOW = datetime.now(UTC)
BUDGET = Decimal(2)
PLENTY = Cap(Decimal(1000), 10**12)
SAID = (
    "I want to leave teaching because the marking eats my weekends.",
    "My sister Ann runs a bakery in Leeds.",
    "I promised to call the bakery on Friday.",
    "I can save 400 dollars a month until June.",
)


@pytest.fixture
async def standin() -> AsyncIterator[Standin]:
    async with running_standin() as running:
        yield running


@pytest.fixture
def services(tmp_path: Path) -> Services:
    """Those of a process without a key."""
    return services_with(None, tmp_path)


def services_with(model: Model | None, home: Path) -> Services:
    active = ActiveEmbedder(Settings(_env_file=None, MOSAIC_HOME=home))
    offline = OfflineModel(active.configured, home, lambda: NOW)
    return Services(
        hub=Hub(""),
        recorder=Recorder(),
        model=model or offline,
        offline=offline,
        breaker=Breaker(f"provider-{uuid4().hex}"),
        spending=Spending(Caps(PLENTY, PLENTY)),
        recaller=Recaller(active),
        render=lambda text, marks: text,
        clock=lambda: NOW,
    )


async def talked(owner: Caller, *said: str, ago: timedelta = timedelta(hours=3)) -> str:
    """A thread in which the person said these, each answered with thanks."""
    thread_id, at = uuid4().hex, NOW - ago
    async with get_conn(SYSTEM) as conn:
        await conn.execute(
            "INSERT INTO threads (id, owner_id, title, last_turn, updated_at) "
            "VALUES (%s, %s, 'Leaving', %s, %s)",
            (thread_id, owner.user_id, len(said), at),
        )
        for turn, text in enumerate(said, start=1):
            run_id = uuid4().hex
            await conn.execute(
                "INSERT INTO runs (id, thread_id, owner_id, turn, root_id, request_hash, status) "
                "VALUES (%(id)s, %(thread)s, %(owner)s, %(turn)s, %(id)s, '', 'success')",
                {"id": run_id, "thread": thread_id, "owner": owner.user_id, "turn": turn},
            )
            await threads.add_messages(
                conn,
                thread_id=thread_id,
                owner_id=owner.user_id,
                run_id=run_id,
                turn=turn,
                messages=[
                    Message(f"{run_id}-q", 0, "user", text, {}),
                    Message(f"{run_id}-a", 1, "assistant", "Thank you.", {}),
                ],
            )
        await conn.execute(
            "UPDATE messages SET created_at = %s WHERE thread_id = %s", (at, thread_id)
        )
    return thread_id


async def summary_of(thread_id: str) -> dict[str, Any] | None:
    async with get_conn(SYSTEM) as conn:
        return await (
            await conn.execute("SELECT * FROM thread_summaries WHERE thread_id = %s", (thread_id,))
        ).fetchone()


async def summarise_all(services: Services, budget: Decimal = BUDGET) -> None:
    """Until no thread waits."""
    while True:
        before = await summaries.take_due("2 hours", 20, 1)
        for thread in before:
            async with get_conn(SYSTEM) as conn:
                await conn.execute(
                    "UPDATE threads SET summarising_until = NULL WHERE id = %s", (thread.id,)
                )
        if not before:
            return
        await summarising.sweep(services, budget)


async def remembered_kinds(owner: Caller) -> dict[str, str]:
    """The text of what is remembered, by kind; messages left out."""
    async with get_conn(owner) as conn:
        rows = await remembered.list_memories(conn, owner, remembered.Wanted())
    return {row["kind"]: row["text"] for row in rows if row["kind"] != "message"}


async def test_offline_the_persons_sentences_are_quoted(
    services: Services, make_caller: MakeCaller
) -> None:
    owner = await make_caller()
    thread = await talked(owner, *SAID)
    await summarise_all(services)
    made = await summary_of(thread)
    assert made is not None and made["made_by"] == "quotations"
    assert (made["first_turn"], made["last_turn"]) == (1, 4)
    for sentence in SAID:
        assert sentence in made["text"]
    assert made["text"].startswith("Session of ") and "(Leaving), you said: " in made["text"]
    assert not set('"“”') & set(made["text"]), "it is quoted whole when it is recalled"
    assert (await remembered_kinds(owner))["summary"] == made["text"]
    async with get_conn(owner) as conn:
        await threads.delete(conn, thread)
    assert await remembered_kinds(owner) == {} and await summary_of(thread) is None


async def test_a_session_that_goes_on_and_a_short_one_are_not(
    services: Services, make_caller: MakeCaller
) -> None:
    owner = await make_caller()
    going_on = await talked(owner, *SAID, ago=timedelta(minutes=5))
    short = await talked(owner, *SAID[:3])
    await summarise_all(services)
    assert await summary_of(going_on) is None and await summary_of(short) is None


async def test_what_is_forgotten_leaves_the_summary_and_a_correction_enters_it(
    services: Services, make_caller: MakeCaller
) -> None:
    owner = await make_caller()
    thread = await talked(owner, *SAID)
    await summarise_all(services)
    async with get_conn(owner) as conn:
        rows = await remembered.list_memories(conn, owner, remembered.Wanted(kind="message"))
        ids = {row["text"]: row["id"] for row in rows}
        await remembered.forget(conn, owner, ids[SAID[1]], NOW)
        await remembered.correct(conn, owner, ids[SAID[3]], "I can save 300 dollars a month.", NOW)
    assert "summary" not in await remembered_kinds(owner)
    await summarise_all(services)
    made = await summary_of(thread)
    assert made is not None
    assert "Ann" not in made["text"] and "400" not in made["text"]
    assert "I can save 300 dollars a month." in made["text"]


async def test_a_thread_that_is_left_out_has_no_summary(
    services: Services, make_caller: MakeCaller
) -> None:
    owner = await make_caller()
    thread = await talked(owner, *SAID)
    await summarise_all(services)
    async with get_conn(owner) as conn:
        await remembered.set_remembering(conn, thread, False)
    await summarise_all(services)
    assert await summary_of(thread) is None and await remembered_kinds(owner) == {}
    async with get_conn(owner) as conn:
        await remembered.set_remembering(conn, thread, True)
    await summarise_all(services)
    assert "summary" in await remembered_kinds(owner)


def claude_at(standin: Standin) -> Claude:
    retries = RetryBudget(attempts=1, seconds=2.0, first_wait=0.01, longest_wait=0.02)
    return Claude(api_key="key", model="claude-sonnet-5-5", base_url=standin.url, retries=retries)


def cited(text: str, place: int) -> Say:
    """A sentence that cites what the person said at that place."""
    return Say(text, (Citation(0, place, place + 1, "fact:memory:you", "you", SAID[place]),))


async def test_of_claudes_summary_only_what_is_borne_out_is_kept(
    standin: Standin, tmp_path: Path, make_caller: MakeCaller
) -> None:
    owner = await make_caller()
    thread = await talked(owner, *SAID)
    claude = claude_at(standin)
    standin.script(
        [
            cited(f'You said: "{SAID[3]}"', 3),
            cited(" You can save 900 dollars a month until June.", 3),
            Say(" You will surely be happy."),
        ]
    )
    await summarise_all(services_with(claude, tmp_path))
    made = await summary_of(thread)
    await claude.close()
    assert made is not None and made["made_by"] == "model", made
    assert "400 dollars" in made["text"]
    assert "900" not in made["text"] and "happy" not in made["text"]
    assert await summaries.spent_today() > 0
    async with get_conn(owner) as conn:
        spent = await (await conn.execute("SELECT output_tokens FROM usage_days")).fetchone()
    assert spent is not None and spent["output_tokens"] > 0


@pytest.mark.parametrize("answer", ["fault:500", "refusal", "empty", "loop"])
async def test_quotations_take_the_place_of_a_model_that_fails(
    standin: Standin, tmp_path: Path, make_caller: MakeCaller, answer: str
) -> None:
    owner = await make_caller()
    thread = await talked(owner, *SAID)
    claude = claude_at(standin)
    standin.script(answer)
    await summarise_all(services_with(claude, tmp_path))
    made = await summary_of(thread)
    await claude.close()
    assert len(standin.requests) == 1
    assert made is not None and made["made_by"] == "quotations"


async def test_without_budget_the_model_is_not_asked(
    standin: Standin, tmp_path: Path, make_caller: MakeCaller
) -> None:
    thread = await talked(await make_caller(), *SAID)
    claude = claude_at(standin)
    await summarise_all(services_with(claude, tmp_path), Decimal(0))
    made = await summary_of(thread)
    await claude.close()
    assert len(standin.requests) == 0
    assert made is not None and made["made_by"] == "quotations"
