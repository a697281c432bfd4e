"""The invariants hold of what the service wrote, and each fails on a row broken on purpose."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.rows import dict_row

from tests.agui import Answer, Sent, send
from tests.faults.invariants import Acknowledged, Broken, broken, load
from tests.service import CLIENT, OPERATOR, running_service


@dataclass(frozen=True)
class Written:
    """A database that a service has written, and what its clients were told is stored."""

    url: str
    acknowledged: list[Acknowledged]


@pytest.fixture(scope="module")
async def written(server_url: str) -> AsyncIterator[Written]:
    """A question, a logged experiment, a proposal that was approved and one that waits."""
    async with running_service(server_url, demo=True) as service:
        operator, client = await service.log_in(OPERATOR), await service.log_in(CLIENT)
        told = []

        async def say(person: object, text: str) -> Answer:
            sent = Sent(text)
            told.append(Acknowledged(sent.run_id, sent.message_id, text))
            return Answer(await send(operator if person is operator else client, sent))

        await say(client, "How is my confidence going?")
        await say(client, "Log an experiment: write to two former colleagues")
        await say(operator, "What is the bottleneck?")
        await say(operator, "Start the Oak build")
        pending = (await operator.get("/approvals")).json()["approvals"]
        asked = f"/approvals/{pending[0]['id']}"
        assert (await operator.post(asked, json={"decision": "approve"})).status_code == 200
        last = await say(operator, "Turn on the EXPERIMENTS_ENABLED flag")
        assert last.last["outcome"]["type"] in {"interrupt", "success"}
        await service.stop()
        yield Written(service.environment["DATABASE_URL"], told)


def found(written: Written, *statements: str) -> list[Broken]:
    """What does not hold once `statements` are done, as a superuser whose foreign keys and
    triggers look away; nothing of it stays."""
    with psycopg.connect(written.url, row_factory=dict_row) as conn:
        conn.execute("SET LOCAL session_replication_role = replica")
        for statement in statements:
            assert conn.execute(statement.encode()).rowcount != 0, statement
        try:
            return broken(conn, written.acknowledged)
        finally:
            conn.rollback()


def test_what_the_service_wrote_holds(written: Written) -> None:
    assert found(written) == []
    with psycopg.connect(written.url) as conn:
        for table in ("messages", "tool_calls", "approvals", "receipts", "audit_log"):
            assert conn.execute(f"SELECT FROM {table}".encode()).rowcount > 0, table


LAST_RUN = "(SELECT id FROM runs ORDER BY created_at DESC LIMIT 1)"
LAST_CALL = "(SELECT max(tool_call_id) FROM tool_calls)"
RENUMBERED = "(SELECT run_id FROM run_events WHERE seq = 9 LIMIT 1)"

BROKEN = {
    "every acknowledged message": (
        "UPDATE messages SET content = content || '.' WHERE id = "
        "(SELECT max(id) FROM messages WHERE role = 'user')",
    ),
    "has that message": (
        "DELETE FROM messages WHERE id = (SELECT max(id) FROM messages WHERE role = 'user')",
    ),
    "writes was made at most once": (
        "INSERT INTO tool_calls (run_id, tool_call_id, owner_id, position, step, tool, args, result)"
        " SELECT run_id, 'again', owner_id, position, step, tool, args, result FROM tool_calls"
        " WHERE tool = 'create_experiment' LIMIT 1",
    ),
    "idempotency key": (
        "ALTER TABLE experiments DROP CONSTRAINT experiments_user_id_idempotency_key_key",
        "UPDATE experiments SET idempotency_key = 'same', request_hash = '-'",
    ),
    "has a job that is waiting": (f"UPDATE runs SET status = 'running' WHERE id = {LAST_RUN}",),
    "goes on in one other run": ("DELETE FROM runs WHERE continues IS NOT NULL",),
    "events count 1, 2, 3": (
        f"UPDATE run_events SET seq = 1000 WHERE seq = 9 AND run_id = {RENUMBERED}",
    ),
    "one terminal event": (
        "DELETE FROM run_events e WHERE seq = (SELECT max(seq) FROM run_events WHERE run_id = e.run_id)"
        f" AND run_id = {LAST_RUN}",
    ),
    "what its events said": (
        "UPDATE messages SET content = content || '.' WHERE role = 'assistant'",
    ),
    "announced has one result": (
        "DELETE FROM run_events WHERE event LIKE '%\"TOOL_CALL_RESULT\"%'",
    ),
    "recorded was announced": (
        f"UPDATE tool_calls SET tool_call_id = 'other' WHERE tool_call_id = {LAST_CALL}",
    ),
    "an approval was decided once": (
        "UPDATE approvals SET args = args || '{\"lead\": \"another\"}' WHERE status = 'executed'",
    ),
    "carried out at most once": (
        "INSERT INTO approvals SELECT (jsonb_populate_record(a, "
        '\'{"id": "again", "tool_call_id": "again"}\')).* FROM approvals a WHERE status = \'executed\'',
    ),
    "what a receipt rests on": (
        "UPDATE self_efficacy_metrics SET user_id = 'somebody else'",
        "UPDATE experiments SET user_id = 'somebody else'",
    ),
    "a receipt stands under": ("UPDATE receipts SET run_id = 'another'",),
    "hangs on a row of another": (
        f"UPDATE messages SET owner_id = 'somebody else' WHERE run_id = {LAST_RUN}",
    ),
    "unbroken chain": ("UPDATE audit_log SET actor = 'somebody else' WHERE id = 1",),
}


@pytest.mark.parametrize("promise", BROKEN)
def test_each_fails_on_a_broken_row(written: Written, promise: str) -> None:
    told = [item.promise for item in found(written, *BROKEN[promise])]
    assert any(promise in one for one in told), told


def test_every_invariant_is_broken_once() -> None:
    promises = load()[1]
    assert len(promises) == len(BROKEN)
    for promise in promises:
        assert sum(part in promise for part in BROKEN) == 1, promise
