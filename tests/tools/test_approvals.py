"""An act is done once, by whoever may decide it, on what they saw, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest

from errors import Conflict, Forbidden, Gone, Invalid, MosaicError, NotFound
from memory import accepting, approvals, audit
from memory.approvals import Origin
from memory.caller import SYSTEM, Caller
from memory.pool import get_conn
from tests.conftest import MakeCaller
from tests.tools.deals import (
    NOW,
    Deal,
    a_deal,
    answer,
    as_system,
    ask_for,
    ask_specially,
    gated,
    lead_row,
    status_of,
)
from tools.approvals import Outcome, carry_out, findings_of, propose
from tools.registry import ToolContext


@pytest.fixture
async def owner(make_caller: MakeCaller) -> Caller:
    return await make_caller("operator")


@pytest.fixture
async def deal(pool: None) -> AsyncIterator[Deal]:
    async with a_deal() as made:
        yield made


async def untouched(deal: Deal) -> bool:
    row = await lead_row(deal)
    return row["status"] == "APPROVED" and row["build_started_at"] is None


async def test_nothing_is_done_before_a_decision(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    assert asked.act == f"Start build for {deal.title}"
    assert (asked.status, asked.owner_id, asked.decides) == ("pending", owner.user_id, "operator")
    assert asked.expires_at - asked.created_at == timedelta(hours=24)
    assert await untouched(deal)
    waiting = findings_of(asked, NOW)
    assert waiting.facts[0].statement == f"“{asked.act}” waits for a person's decision."


async def test_approved_once_it_is_done_said_back_and_audited(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    outcome = await answer(owner, asked, reason="they paid")
    row = await lead_row(deal)
    assert (row["status"], row["build_started_at"]) == ("BUILDING", NOW)
    assert outcome.refusal is None
    who = f"{owner.user_id}@test.local"
    assert outcome.findings.facts[0].statement == f"The build of {deal.title} was started by {who}."
    async with get_conn(owner) as conn:
        kept = await approvals.get(conn, asked.id)
        entry = await (
            await conn.execute(
                "SELECT * FROM audit_log WHERE subject = %s", (f"approvals/{asked.id}",)
            )
        ).fetchone()
        assert await audit.verify_chain(conn) is None
    assert (kept.status, kept.decided_by, kept.decision_reason) == (
        "executed",
        owner.user_id,
        "they paid",
    )
    assert findings_of(kept, NOW) == outcome.findings
    assert entry is not None
    assert (entry["actor"], entry["action"]) == (owner.user_id, "approval.executed")
    assert entry["detail"]["args"] == {"lead": deal.title}
    assert entry["detail"]["by"] == who


async def test_a_second_decision_says_who_decided(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    await answer(owner, asked)
    for decision in ("approve", "deny"):
        with pytest.raises(Conflict, match=f"already approved by {owner.user_id}@test.local at 20"):
            await answer(owner, asked, decision)  # type: ignore[arg-type]
    assert await status_of(asked) == "executed"


async def test_of_many_decisions_at_once_one_wins(
    make_caller: MakeCaller, owner: Caller, deal: Deal
) -> None:
    other = await make_caller("operator")
    asked = await ask_for(owner, "log_touch", lead=deal.title, type="CALL", summary="A demo")

    async def decide(number: int) -> Outcome | MosaicError:
        caller = (owner, other)[number % 2]
        try:
            return await answer(caller, asked, "deny" if number == 5 else "approve")
        except Conflict as error:
            return error

    results = await asyncio.gather(*(decide(number) for number in range(6)))
    winners = [item for item in results if isinstance(item, Outcome)]
    assert len(winners) == 1
    done = winners[0].approval.status == "executed"
    assert (await lead_row(deal))["touch_count"] == int(done)
    async with get_conn(SYSTEM) as conn:
        rows = await conn.execute(
            "SELECT action FROM audit_log WHERE subject = %s", (f"approvals/{asked.id}",)
        )
        assert len(await rows.fetchall()) == 1


async def test_denied_it_is_never_done(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    outcome = await answer(owner, asked, "deny", reason="not yet")
    assert outcome.approval.status == "denied"
    [told] = outcome.findings.facts
    assert told.statement == (
        f'“Start build for {deal.title}” was denied by {owner.user_id}@test.local: "not yet".'
    )
    with pytest.raises(Conflict, match="already denied"):
        await answer(owner, asked)
    assert await untouched(deal)


async def test_after_its_time_it_is_gone(owner: Caller, deal: Deal) -> None:
    moment = timedelta(milliseconds=50)
    asked = await ask_specially(owner, "start_build", {"lead": deal.title}, expires_in=moment)
    await asyncio.sleep(0.1)
    with pytest.raises(Gone, match="expired"):
        await answer(owner, asked)
    async with get_conn(SYSTEM) as conn:
        expired = await approvals.expire_due(conn)
    assert asked.id in {item.id for item in expired}
    assert asked.id not in {item.id for item in expired if item.status != "expired"}
    with pytest.raises(Gone, match="expired"):
        await answer(owner, asked)
    assert await untouched(deal)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (
            "UPDATE leads SET deal_outcome = 'lost', outcome_at = now() WHERE id = %s",
            "the deal outcome of {title} was empty and is now lost",
        ),
        (
            "UPDATE leads SET status = 'REJECTED' WHERE id = %s",
            "the status of {title} was APPROVED and is now REJECTED",
        ),
        (
            "UPDATE artifacts SET content = 'Other words' WHERE lead_id = %s AND type = 'proposal'",
            "the content of The proposal of {title} was First words and is now Other words",
        ),
        (
            "UPDATE artifacts SET content = repeat('x', 300) || 'y' WHERE lead_id = %s",
            "the content of The proposal of {title} was First words and is now xxx",
        ),
        (
            "INSERT INTO artifacts (lead_id, type, title) VALUES (%s, 'proposal', 'A newer one')",
            "it would rest on other rows now than those that were shown",
        ),
        ("DELETE FROM artifacts WHERE lead_id = %s", "The proposal of {title} is gone"),
        ("DELETE FROM leads WHERE id = %s", "{title} is gone"),
    ],
)
async def test_changed_data_means_no_write(
    owner: Caller, deal: Deal, statement: str, said: str
) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    await as_system(statement, deal.id)
    outcome = await answer(owner, asked)
    assert outcome.approval.status == "superseded"
    assert isinstance(outcome.refusal, Conflict) and outcome.refusal.code == "superseded"
    assert said.format(title=deal.title) in outcome.refusal.detail
    assert said.format(title=deal.title) in outcome.findings.facts[0].statement
    async with get_conn(SYSTEM) as conn:
        started = await conn.execute(
            "SELECT FROM leads WHERE id = %s AND (status = 'BUILDING' OR build_started_at "
            "IS NOT NULL)",
            (deal.id,),
        )
        assert started.rowcount == 0
    with pytest.raises(Conflict, match="changed since"):
        await answer(owner, asked)


async def test_a_name_that_means_another_lead_by_now_is_no_approval_of_it(
    owner: Caller, deal: Deal
) -> None:
    short = deal.title.split()[1]
    asked = await ask_for(owner, "start_build", lead=short)
    async with a_deal() as other:
        await as_system("UPDATE leads SET title = %s WHERE id = %s", short, other.id)
        outcome = await answer(owner, asked)
        assert outcome.approval.status == "superseded"
        assert await untouched(other)
    assert await untouched(deal)


async def test_who_lost_the_role_decides_nothing(make_caller: MakeCaller, deal: Deal) -> None:
    former = await make_caller("operator")
    asked = await ask_for(former, "start_build", lead=deal.title)
    await as_system("UPDATE users SET role = 'client' WHERE id = %s", former.user_id)
    for caller in (Caller(former.user_id, "client"), former):
        with pytest.raises(Forbidden, match="operator"):
            await answer(caller, asked)
    await as_system(
        "UPDATE users SET role = 'operator', disabled_at = now() WHERE id = %s", former.user_id
    )
    with pytest.raises(Forbidden):
        await answer(former, asked)
    assert await status_of(asked) == "pending"
    assert await untouched(deal)


async def test_an_allowed_edit_is_what_is_done(owner: Caller) -> None:
    async with a_deal("SCORED") as deal:
        asked = await ask_for(owner, "reject_lead", lead=deal.title, reason="Too small")
        edited = {"reason": "They want it next week"}
        outcome = await answer(owner, asked, edited_args=edited)
        assert outcome.approval.args["reason"] == "Too small"
        assert outcome.approval.final_args["reason"] == "They want it next week"
        row = await lead_row(deal)
        assert (row["status"], row["rejection_reason"]) == ("REJECTED", "They want it next week")
        assert row["rejected_at"] == NOW


@pytest.mark.parametrize(
    ("edited", "said"),
    [
        ({"lead": "Other"}, "lead cannot be edited here, only reason"),
        ({"reason": ""}, "reason: "),
        ({"reason": "x", "status": "SHIPPED"}, "status cannot be edited"),
    ],
)
async def test_a_forbidden_edit_decides_nothing(
    owner: Caller, edited: dict[str, str], said: str
) -> None:
    async with a_deal("SCORED") as deal:
        asked = await ask_for(owner, "reject_lead", lead=deal.title)
        with pytest.raises(Invalid, match=said):
            await answer(owner, asked, edited_args=edited)
        assert await status_of(asked) == "pending"
        assert (await lead_row(deal))["status"] == "SCORED"


async def test_four_eyes_are_two_people(make_caller: MakeCaller, owner: Caller, deal: Deal) -> None:
    asked = await ask_specially(owner, "start_build", {"lead": deal.title}, four_eyes=True)
    with pytest.raises(Forbidden, match="Another operator"):
        await answer(owner, asked)
    assert await untouched(deal)
    outcome = await answer(await make_caller("operator"), asked)
    assert outcome.approval.status == "executed"


async def test_who_asked_may_withdraw_it(owner: Caller, deal: Deal) -> None:
    asked = await ask_specially(owner, "start_build", {"lead": deal.title}, four_eyes=True)
    assert (await answer(owner, asked, "deny")).approval.status == "denied"


async def test_a_client_neither_sees_nor_decides(
    make_caller: MakeCaller, owner: Caller, deal: Deal
) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    client = await make_caller("client")
    async with get_conn(client) as conn:
        assert await approvals.list_inbox(conn) == []
        with pytest.raises(NotFound):
            await approvals.get(conn, asked.id)
    with pytest.raises(Forbidden):
        await answer(client, asked)
    async with get_conn(client) as conn:
        with pytest.raises(Forbidden):
            await propose(ToolContext(conn, client, NOW), gated("start_build"), {"lead": deal.id})


async def test_an_act_the_rule_refuses_is_not_even_proposed(owner: Caller) -> None:
    async with a_deal("ENRICHED") as deal:
        with pytest.raises(Conflict, match="cannot become APPROVED"):
            await ask_for(owner, "approve_lead", lead=deal.title)
        with pytest.raises(Invalid, match="lead: Field required"):
            await ask_for(owner, "approve_lead")
        with pytest.raises(NotFound, match="No lead is called"):
            await ask_for(owner, "approve_lead", lead="Nobody at all")


async def test_one_call_of_a_run_asks_once(owner: Caller, deal: Deal) -> None:
    origin = Origin(uuid4().hex, uuid4().hex, "call-1")
    assert origin.run_id and origin.thread_id
    async with get_conn(owner) as conn:
        await accepting.accept(
            conn,
            owner,
            thread_id=origin.thread_id,
            run_id=origin.run_id,
            message_id=uuid4().hex,
            text="Start it",
            event="{}",
        )
    tool = gated("start_build")
    asked = []
    for _ in range(2):
        async with get_conn(owner) as conn:
            ctx = ToolContext(conn, owner, NOW)
            asked.append(await propose(ctx, tool, {"lead": deal.title}, origin))
    assert asked[0] == asked[1]
    await answer(owner, asked[0])
    async with get_conn(owner) as conn:
        again = await propose(ToolContext(conn, owner, NOW), tool, {"lead": deal.title}, origin)
    assert (again.id, again.status) == (asked[0].id, "executed")


async def test_an_approval_of_one_lead_moves_no_other(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    async with a_deal() as other:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="needs an approval"):
            async with get_conn(owner) as conn:
                await approvals.decide(conn, owner, asked.id, "approve")
                await conn.execute("SELECT set_config('app.approval', %s, true)", (asked.id,))
                await conn.execute("UPDATE leads SET status = 'BUILDING' WHERE id = %s", (deal.id,))
                await conn.execute(
                    "UPDATE leads SET status = 'BUILDING' WHERE id = %s", (other.id,)
                )
        assert await untouched(other)
    assert await untouched(deal)
    assert await status_of(asked) == "pending"


async def test_an_approval_holds_in_its_own_transaction_only(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    async with get_conn(owner) as conn:
        await approvals.decide(conn, owner, asked.id, "approve")
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="needs an approval"):
        async with get_conn(owner) as conn:
            await conn.execute("SELECT set_config('app.approval', %s, true)", (asked.id,))
            await conn.execute("UPDATE leads SET status = 'BUILDING' WHERE id = %s", (deal.id,))
    with pytest.raises(Conflict, match="in this transaction"):
        async with get_conn(owner) as conn:
            await approvals.mark_executed(conn, asked.id, {})
    assert await untouched(deal)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE leads SET status = 'BUILDING' WHERE id = %s",
        "UPDATE leads SET approved_at = now() WHERE id = %s",
        "UPDATE leads SET proposal_sent_at = now() WHERE id = %s",
        "UPDATE leads SET build_started_at = now() WHERE id = %s",
        "UPDATE leads SET build_completed_at = now() WHERE id = %s",
        "UPDATE leads SET rejected_at = now() WHERE id = %s",
        "UPDATE leads SET deal_outcome = 'won', outcome_at = now() WHERE id = %s",
        "DELETE FROM leads WHERE id = %s",
        "INSERT INTO leads (id, title, status) VALUES (%s || 'x', 'Planted', 'APPROVED')",
        "INSERT INTO leads (id, title, approved_at) VALUES (%s || 'x', 'Planted', now())",
        "UPDATE feature_flags SET enabled = NOT enabled WHERE flag_name > %s",
    ],
)
async def test_the_database_refuses_what_nobody_approved(
    owner: Caller, deal: Deal, statement: str
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="needs an approval"):
        async with get_conn(owner) as conn:
            await conn.execute(statement, (deal.id if "flag_name" not in statement else "",))
    assert await untouched(deal)


async def test_what_is_no_money_path_needs_no_approval(owner: Caller, deal: Deal) -> None:
    async with get_conn(owner) as conn:
        done = await conn.execute(
            "UPDATE leads SET next_action = 'Call', status = status WHERE id = %s", (deal.id,)
        )
        assert done.rowcount == 1
        await conn.execute("INSERT INTO leads (id, title) VALUES (%s, 'New')", (f"{deal.id}n",))
        await conn.rollback()


@pytest.mark.parametrize(
    "name",
    [
        "approve_lead",
        "log_touch",
        "mark_proposal_sent",
        "reject_lead",
        "retry_failed_runs",
        "set_deal_outcome",
        "set_flag",
        "start_build",
    ],
)
async def test_a_handler_called_without_an_approval_does_nothing(
    owner: Caller, deal: Deal, name: str
) -> None:
    tool = gated(name)
    given = {
        "lead": deal.title,
        "type": "CALL",
        "summary": "Planted",
        "outcome": "won",
        "name": "RAG_BASELINE",
        "enabled": True,
        "reason": "Planted",
    }
    args = tool.args.model_validate(
        {key: value for key, value in given.items() if key in tool.args.model_fields}
    )
    with pytest.raises(Forbidden, match="approved it"):
        async with get_conn(owner) as conn:
            await tool.handler(ToolContext(conn, owner, NOW), args)
    assert await untouched(deal)


async def test_a_rollback_leaves_the_decision_open(owner: Caller, deal: Deal) -> None:
    asked = await ask_for(owner, "start_build", lead=deal.title)
    async with get_conn(owner) as conn:
        outcome = await carry_out(conn, owner, NOW, asked.id, "approve")
        assert outcome.approval.status == "executed"
        await conn.rollback()
    assert await status_of(asked) == "pending"
    assert await untouched(deal)
    assert (await answer(owner, asked)).approval.status == "executed"
