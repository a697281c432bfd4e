"""What is kept of an approval, who may change it, and in which order it is shown."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from errors import Conflict, Invalid, NotFound
from memory import accepting, approvals
from memory.approvals import Approval, Draft, Origin
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tests.conftest import MakeCaller


@pytest.fixture
async def owner(make_caller: MakeCaller) -> Caller:
    return await make_caller("operator")


async def ask(
    caller: Caller, expires_in: timedelta = timedelta(hours=1), origin: Origin | None = None
) -> Approval:
    draft = Draft(
        tool="start_build",
        args={"lead": "Oak"},
        act="Start build for Oak",
        summary="Start the build of Oak.",
        why="It is approved.",
        facts=[{"statement": "Oak is approved."}],
        rows=[{"table": "leads", "key": {"id": "L08"}}],
        editable=["reason"],
        four_eyes=False,
        expires_in=expires_in,
    )
    async with get_conn(caller) as conn:
        return await approvals.propose(conn, caller, origin or Origin(), draft)


async def test_a_proposal_is_kept_as_it_was_made(owner: Caller) -> None:
    made = await ask(owner)
    assert (made.status, made.decided_by, made.result) == ("pending", None, None)
    assert made.final_args == {"lead": "Oak"}
    async with get_conn(owner) as conn:
        assert await approvals.get(conn, made.id) == made
        with pytest.raises(NotFound):
            await approvals.get(conn, "nothing")


async def test_the_inbox_pages_from_the_newest_and_hides_what_expired(owner: Caller) -> None:
    made = [await ask(owner) for _ in range(3)]
    late = await ask(owner, timedelta(milliseconds=20))
    await asyncio.sleep(0.05)
    async with get_conn(owner) as conn:
        shown = await approvals.list_inbox(conn, limit=2)
        assert [item.id for item in shown] == [made[2].id, made[1].id]
        rest = await approvals.list_inbox(conn, before=shown[-1].id)
        assert rest[0].id == made[0].id
        assert late.id not in {item.id for item in [*shown, *rest]}
    async with get_conn(SYSTEM) as conn:
        assert late.id in {item.id for item in await approvals.expire_due(conn)}
        assert await approvals.expire_due(conn) == []
    async with get_conn(owner) as conn:
        expired = await approvals.list_inbox(conn, "expired")
        assert late.id == expired[0].id


async def test_what_ended_pages_from_the_newest_end(owner: Caller) -> None:
    made = [await ask(owner) for _ in range(3)]
    async with get_conn(owner) as conn:
        before = await approvals.count_open(conn)
    for item in (made[1], made[0]):
        async with get_conn(owner) as conn:
            await approvals.decide(conn, owner, item.id, "deny")
    async with get_conn(owner) as conn:
        assert await approvals.count_open(conn) == before - 2
        first = await approvals.list_ended(conn, limit=1)
        assert [item.id for item in first] == [made[0].id]
        rest = await approvals.list_ended(conn, before=first[0].id)
        assert rest[0].id == made[1].id
        assert made[2].id not in {item.id for item in rest}


async def test_a_decision_ends_in_its_own_transaction(owner: Caller) -> None:
    asked = await ask(owner)
    async with get_conn(owner) as conn:
        decided = await approvals.decide(conn, owner, asked.id, "approve", "fine", {"reason": "x"})
        assert decided.status == "approved"
        assert decided.final_args == {"lead": "Oak", "reason": "x"}
        done = await approvals.mark_executed(conn, asked.id, {"findings": {}})
        assert (done.status, done.result) == ("executed", {"findings": {}})
        assert done.executed_at is not None
        with pytest.raises(Conflict):
            await approvals.mark_failed(conn, asked.id, {})


@pytest.mark.parametrize(
    ("reason", "edited", "said"),
    [
        ("x" * 2001, None, "longer than 2000"),
        (None, {"lead": "Cedar"}, "lead cannot be edited here, only reason"),
    ],
)
async def test_wrong_decisions_are_refused(
    owner: Caller, reason: str | None, edited: dict[str, str] | None, said: str
) -> None:
    asked = await ask(owner)
    async with get_conn(owner) as conn:
        with pytest.raises(Invalid, match=said):
            await approvals.decide(conn, owner, asked.id, "approve", reason, edited)
        with pytest.raises(Invalid, match="A denial takes no edits"):
            await approvals.decide(conn, owner, asked.id, "deny", None, {"reason": "x"})
        assert (await approvals.get(conn, asked.id)).status == "pending"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE approvals SET args = '{}' WHERE id = %(id)s",
        "UPDATE approvals SET act = 'Something else' WHERE id = %(id)s",
        "UPDATE approvals SET expires_at = now() + interval '1 year' WHERE id = %(id)s",
        "UPDATE approvals SET four_eyes = false WHERE id = %(id)s",
        "UPDATE approvals SET rows = '[]' WHERE id = %(id)s",
        "DELETE FROM approvals WHERE id = %(id)s",
        "INSERT INTO approvals (tool, args, act, summary, why, facts, rows, expires_at, status) "
        "VALUES ('t', '{}', %(id)s, '', '', '[]', '[]', now() + interval '1 h', 'approved')",
        "UPDATE approvals SET result = '{}' WHERE id = %(id)s",
        "UPDATE approvals SET status = 'executed', decided_at = now(), executed_at = now() "
        "WHERE id = %(id)s",
        "UPDATE approvals SET status = 'expired' WHERE id = %(id)s",
        "UPDATE approvals SET status = 'approved', decided_at = now(), decided_by = 'nobody', "
        "decision_xact = pg_current_xact_id() WHERE id = %(id)s",
        "UPDATE approvals SET status = 'approved', decided_at = now(), decided_by = %(user)s, "
        "decision_xact = '1' WHERE id = %(id)s",
    ],
)
@pytest.mark.parametrize("system", [False, True])
async def test_the_database_keeps_a_proposal_and_its_states(
    owner: Caller, statement: str, system: bool
) -> None:
    asked = await ask(owner)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(SYSTEM if system else owner) as conn:
            await conn.execute(statement, {"id": asked.id, "user": owner.user_id})
    async with get_conn(owner) as conn:
        assert await approvals.get(conn, asked.id) == asked


async def test_the_service_itself_approves_nothing(owner: Caller) -> None:
    asked = await ask(owner)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        async with get_conn(SYSTEM) as conn:
            await conn.execute(
                "UPDATE approvals SET status = 'approved', decided_at = now(), decided_by = %s, "
                "decision_xact = pg_current_xact_id() WHERE id = %s",
                (owner.user_id, asked.id),
            )


async def test_a_deleted_account_leaves_its_proposals_to_the_others(
    make_caller: MakeCaller, owner: Caller
) -> None:
    leaving = await make_caller("operator")
    asked = await ask(leaving)
    async with get_conn(SYSTEM) as conn:
        await conn.execute("DELETE FROM users WHERE id = %s", (leaving.user_id,))
    async with get_conn(owner) as conn:
        assert (await approvals.get(conn, asked.id)).owner_id is None
        assert (await approvals.decide(conn, owner, asked.id, "deny")).status == "denied"


async def test_one_call_of_a_run_has_one_approval(owner: Caller) -> None:
    run, thread = uuid4().hex, uuid4().hex
    async with get_conn(owner) as conn:
        await accepting.accept(
            conn,
            owner,
            thread_id=thread,
            run_id=run,
            message_id=uuid4().hex,
            text="Start it",
            event="{}",
        )
    origin = Origin(run, thread, "call-1")
    made = await asyncio.gather(*(ask(owner, origin=origin) for _ in range(5)))
    assert len({item.id for item in made}) == 1
    async with get_conn(owner) as conn:
        await conn.execute("DELETE FROM threads WHERE id = %s", (thread,))
        left = await approvals.get(conn, made[0].id)
        assert (left.run_id, left.thread_id, left.status) == (None, None, "pending")
