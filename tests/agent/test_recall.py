"""What was said before comes up when it is asked for: quoted, Known, and checked again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from tests.agui import ask
from tests.service import CLIENT, OPERATOR, Server, running_service
from tests.standin import running_standin
from tests.standin.reading import read
from tests.standin.steps import Say, Step

MANAGER = "My manager at the museum is called Henrietta and she never answers emails."


@pytest.fixture(scope="module")
async def offline(server_url: str) -> AsyncIterator[Server]:
    async with running_service(server_url, demo=True) as server:
        yield server


async def say_last_week(server: Server, text: str) -> None:
    """Say it in a conversation of its own, and let a week pass."""
    client = await server.log_in(CLIENT)
    await ask(client, text)
    past = datetime.now(UTC) - timedelta(days=7)
    async with await psycopg.AsyncConnection.connect(
        server.environment["DATABASE_URL"], autocommit=True
    ) as conn:
        await conn.execute("UPDATE messages SET created_at = %s WHERE content = %s", (past, text))


async def test_what_i_said_is_quoted_and_known(offline: Server) -> None:
    await say_last_week(offline, MANAGER)
    client = await offline.log_in(CLIENT)
    answer = await ask(client, "What did I say about my manager at the museum last week?")
    assert f'you said: "{MANAGER}"' in answer.text
    known = [item for item in answer.receipt["known"] if item["ledger"] == "memory"]
    assert known and MANAGER in known[0]["statement"]
    checked = await client.post(f"/receipts/{answer.receipt['id']}/verify")
    assert {item["state"] for item in checked.json()["items"]} == {"unchanged"}


async def test_what_was_never_said_is_missing(offline: Server) -> None:
    answer = await ask(
        await offline.log_in(CLIENT), "What did I say about the zeppelin races on Mars?"
    )
    assert answer.receipt["known"] == [] and answer.receipt["missing"]
    assert "zeppelin" not in answer.text


async def test_nobody_else_is_told(offline: Server) -> None:
    await say_last_week(offline, MANAGER)
    answer = await ask(
        await offline.log_in(OPERATOR), "What did I say about my manager at the museum?"
    )
    assert "Henrietta" not in answer.text


class Quoting:
    """A model that says the first passage it was given, and cites it."""

    def respond(self, body: dict[str, Any]) -> list[Step]:
        passage = read(body).facts[0]
        return [Say(passage.text, (passage.cite(),))]


async def test_the_model_is_given_the_passage_and_may_cite_it(server_url: str) -> None:
    async with (
        running_standin() as standin,
        running_service(
            server_url, demo=True, ANTHROPIC_API_KEY="k", ANTHROPIC_BASE_URL=standin.url
        ) as server,
    ):
        await say_last_week(server, MANAGER)
        standin.script(Quoting())
        client = await server.log_in(CLIENT)
        answer = await ask(client, "What did I say about Henrietta, my manager at the museum?")
        (known,) = answer.receipt["known"]
        assert (known["ledger"], MANAGER in known["statement"]) == ("memory", True)
        assert known["subject"].startswith("what you said on ")
