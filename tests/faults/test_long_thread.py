"""A conversation of five thousand turns: opened page by page, answered like one of ten."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import httpx2
import psycopg
import pytest

from agent.nodes.recall import HISTORY_TURNS, MESSAGE_CHARACTERS
from tests.agui import Sent, assert_whole, follow, send
from tests.service import OPERATOR, Server, running_service
from tests.standin import Standin, running_standin

TURNS = 5000
PAGE_TURNS = 30
LONG_TEXT = "word " * 1500


@dataclass
class Rig:
    server: Server
    standin: Standin
    operator: httpx2.AsyncClient


@pytest.fixture(scope="module")
async def rig(server_url: str) -> AsyncIterator[Rig]:
    async with AsyncExitStack() as stack:
        standin = await stack.enter_async_context(running_standin())
        server = await stack.enter_async_context(
            running_service(
                server_url,
                demo=True,
                ANTHROPIC_API_KEY="k",
                ANTHROPIC_BASE_URL=standin.url,
                MOSAIC_MODEL="fixed:8x0",
            )
        )
        yield Rig(server, standin, await server.log_in(OPERATOR))


def lengthen(server: Server, thread_id: str) -> None:
    """Give the thread, which has one turn, all the others before it was asked again."""
    with psycopg.connect(server.environment["DATABASE_URL"]) as conn:
        conn.execute(
            """
            WITH thread AS (
                UPDATE threads SET last_turn = %(turns)s WHERE id = %(thread)s
                RETURNING id, owner_id
            ), old AS (
                INSERT INTO runs (id, root_id, thread_id, owner_id, turn, status, request_hash,
                                  ended_at)
                SELECT id || '-' || n, id || '-' || n, id, owner_id, n, 'success', '-', now()
                  FROM thread, generate_series(2, %(turns)s) AS n
                RETURNING id, thread_id, owner_id, turn
            )
            INSERT INTO messages (thread_id, id, owner_id, run_id, turn, position, role, content)
            SELECT thread_id, id || '-' || position, owner_id, id, turn, position,
                   CASE position WHEN 0 THEN 'user' ELSE 'assistant' END,
                   CASE WHEN turn > %(turns)s - 20 THEN %(text)s ELSE 'Short.' END
              FROM old, generate_series(0, 1) AS position
            """,
            {"thread": thread_id, "turns": TURNS, "text": LONG_TEXT},
        )
        conn.execute(
            "INSERT INTO run_events (run_id, seq, owner_id, event) "
            'SELECT id, 1, owner_id, \'{"type":"RUN_STARTED"}\' FROM runs WHERE thread_id = %s '
            "ON CONFLICT DO NOTHING",
            (thread_id,),
        )


async def test_it_opens_by_pages_and_its_next_prompt_is_as_short_as_ever(rig: Rig) -> None:
    first = Sent("hello")
    await send(rig.operator, first)
    lengthen(rig.server, first.thread_id)
    opened = (await rig.operator.get(f"/threads/{first.thread_id}")).json()
    turns = [message["turn"] for message in opened["messages"]]
    assert turns == [n for n in range(TURNS - PAGE_TURNS + 1, TURNS + 1) for _ in range(2)]
    rig.standin.requests.clear()
    sent = Sent("and now?", first.thread_id)
    assert_whole(await send(rig.operator, sent))
    (asked,) = rig.standin.requests
    spoken = json.dumps(asked["messages"])
    assert spoken.count('"role"') <= 2 * HISTORY_TURNS + 1
    assert len(spoken) < 2 * HISTORY_TURNS * (MESSAGE_CHARACTERS + 100) + 2000
    joined = await follow(rig.operator, sent.run_id)
    assert len(json.dumps(joined[1].event)) < 50 * len(LONG_TEXT)
