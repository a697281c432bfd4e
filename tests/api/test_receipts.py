"""A receipt can be checked again: what still holds, what changed, what is gone."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psycopg
import pytest

from memory import migrations
from tests.agui import ask
from tests.service import CLIENT, OPERATOR, Server, running_service


@pytest.fixture(scope="module")
async def own(server_url: str) -> AsyncIterator[tuple[Server, psycopg.AsyncConnection]]:
    """A service of this file's own, and its database, to change rows under its feet."""
    async with running_service(server_url, demo=True) as server:
        url = server.environment["DATABASE_URL"]
        async with await psycopg.AsyncConnection.connect(url, autocommit=True) as conn:
            yield server, conn


async def states(server: Server, email: str, receipt_id: str) -> list[dict[str, str]]:
    caller = await server.log_in(email)
    checked = (await caller.post(f"/receipts/{receipt_id}/verify")).json()
    items: list[dict[str, str]] = checked["items"]
    return items


async def test_what_has_not_changed_still_holds(
    own: tuple[Server, psycopg.AsyncConnection],
) -> None:
    server, _ = own
    for email, question in (
        (OPERATOR, "What is the bottleneck and why?"),
        (OPERATOR, "How does Cedar stand?"),
        (OPERATOR, "What broke since yesterday?"),
        (CLIENT, "How is my confidence going?"),
        (CLIENT, "Log an experiment: walk to work twice a week"),
    ):
        receipt = (await ask(await server.log_in(email), question)).receipt
        items = await states(server, email, receipt["id"])
        assert len(items) >= len(receipt["known"]) > 0
        assert {item["state"] for item in items} == {"unchanged"}, (question, items)


async def test_a_changed_row_is_shown_as_changed(
    own: tuple[Server, psycopg.AsyncConnection],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    receipt = (await ask(operator, "How does Lakeside stand?")).receipt
    await conn.execute("UPDATE leads SET score = 12 WHERE id = 'L07'")
    changed = [
        i for i in await states(server, OPERATOR, receipt["id"]) if i["state"] != "unchanged"
    ]
    assert [item["state"] for item in changed] == ["changed"]
    assert "75" in changed[0]["was"] and "12" in changed[0]["is"]


async def test_a_deleted_row_is_shown_as_gone(
    own: tuple[Server, psycopg.AsyncConnection],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    receipt = (await ask(operator, "How does Aspen stand?")).receipt
    await conn.execute("DELETE FROM leads WHERE id = 'L13'")
    items = await states(server, OPERATOR, receipt["id"])
    assert items and {item["state"] for item in items} == {"gone"}


async def test_every_stored_fact_names_a_row_that_is_there(
    own: tuple[Server, psycopg.AsyncConnection],
) -> None:
    server, conn = own
    operator = await server.log_in(OPERATOR)
    answer = await ask(operator, "What is the bottleneck and why?")
    stored = (await operator.get(f"/receipts/{answer.receipt['id']}")).json()
    named = {fact for item in stored["known"] for fact in item["facts"]}
    assert named == {fact["id"] for fact in stored["facts"]}
    sources = [source for fact in stored["facts"] for source in fact["sources"]]
    assert sources
    for source in sources:
        where = psycopg.sql.SQL(" AND ").join(
            psycopg.sql.SQL("{} = {}").format(psycopg.sql.Identifier(k), psycopg.sql.Literal(v))
            for k, v in source["key"].items()
        )
        found = await conn.execute(
            psycopg.sql.SQL("SELECT 1 FROM {} WHERE {}").format(
                psycopg.sql.Identifier(source["table"]), where
            )
        )
        assert await found.fetchone() is not None, source
    assert migrations.check(server.environment["DATABASE_URL"])
