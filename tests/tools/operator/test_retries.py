"""Failed runs are asked to be tried again: only those a retry can mend, and not too often."""

from __future__ import annotations

from typing import LiteralString

import psycopg
import pytest

from errors import Conflict
from tests.tools.operator.calls import approve, approved, call, proposed, written
from tools.registry import ToolContext


async def queued(ctx: ToolContext) -> dict[str, int]:
    rows = await ctx.conn.execute(
        "SELECT lead_id, retry_count FROM pipeline_runs WHERE status = 'queued' "
        "AND started_at IS NULL"
    )
    return {row["lead_id"]: row["retry_count"] async for row in rows}


async def test_every_run_that_can_be_retried_is_queued(operator: ToolContext) -> None:
    asked = await proposed(operator, "retry_failed_runs")
    assert asked.act == "Retry 2 failed pipeline runs"
    assert await queued(operator) == {}
    outcome = await approved(operator, "retry_failed_runs")
    assert await queued(operator) == {"L02": 2, "L03": 2}
    who = f"{operator.caller.user_id}@test.local"
    assert [item.statement for item in outcome.findings.facts] == [
        f"A retry of the pipeline run of Maple Med Spa booking was queued by {who}.",
        f"A retry of the pipeline run of Northside Legal intake was queued by {who}.",
    ]


async def test_one_lead_alone(operator: ToolContext) -> None:
    outcome = await approved(operator, "retry_failed_runs", lead="Northside")
    assert outcome.approval.act == "Retry the pipeline run of Northside Legal intake"
    assert await queued(operator) == {"L03": 2}
    with pytest.raises(Conflict, match="a retry of Northside Legal intake is queued already"):
        await proposed(operator, "retry_failed_runs", lead="Northside")


async def test_a_failure_stays_listed_until_its_retry_has_run(operator: ToolContext) -> None:
    before = (await call(operator, "get_failures")).data["buckets"]["failedRuns"]
    await approved(operator, "retry_failed_runs")
    after = (await call(operator, "get_failures")).data["buckets"]["failedRuns"]
    assert after == before and before["count"] == 2


async def test_what_no_retry_mends_is_refused(operator: ToolContext) -> None:
    await written(
        operator, "UPDATE pipeline_runs SET last_error_code = 'GATE' WHERE id = 'L02-run'"
    )
    await written(operator, "UPDATE pipeline_runs SET retry_count = 3 WHERE id = 'L03-run'")
    with pytest.raises(Conflict) as refused:
        await proposed(operator, "retry_failed_runs")
    assert refused.value.detail == (
        "No failed pipeline run can be retried: Maple Med Spa booking failed with GATE, which a "
        "retry does not mend and Northside Legal intake was retried 3 times already."
    )
    with pytest.raises(Conflict, match="No last pipeline run of Lakeside Physio has failed"):
        await proposed(operator, "retry_failed_runs", lead="Lakeside")


async def test_five_at_most(operator: ToolContext) -> None:
    await operator.conn.execute(
        "INSERT INTO leads (id, title) SELECT 'many-' || n, 'Many ' || n FROM generate_series(1, 9) n"
    )
    await written(
        operator,
        "INSERT INTO pipeline_runs (lead_id, status, success, last_error_code) "
        "SELECT 'many-' || n, 'error', false, 'LLM_NETWORK' FROM generate_series(1, 9) n",
    )
    await approved(operator, "retry_failed_runs")
    assert len(await queued(operator)) == 5


async def test_a_run_that_succeeded_meanwhile_supersedes(operator: ToolContext) -> None:
    asked = await proposed(operator, "retry_failed_runs", lead="Maple")
    await written(
        operator,
        "INSERT INTO pipeline_runs (lead_id, status, success, started_at) "
        "VALUES ('L02', 'ok', true, %s)",
        operator.now,
    )
    outcome = await approve(operator, asked)
    assert outcome.approval.status == "superseded"
    assert await queued(operator) == {}


async def test_the_database_keeps_one_retry_a_lead(operator: ToolContext) -> None:
    await approved(operator, "retry_failed_runs", lead="Maple")
    with pytest.raises(psycopg.errors.UniqueViolation):
        await written(
            operator,
            "INSERT INTO pipeline_runs (lead_id, status, started_at) VALUES ('L02', 'queued', NULL)",
        )


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("proposal_sent_at", "because its proposal was sent"),
        ("build_started_at", "because its build was started"),
        ("build_completed_at", "because its build was started"),
    ],
)
async def test_what_was_sent_or_built_runs_no_more(
    operator: ToolContext, stamp: LiteralString, said: str
) -> None:
    asked = await proposed(operator, "retry_failed_runs", lead="Maple")
    await written(operator, "UPDATE leads SET " + stamp + " = now() WHERE id = 'L02'")
    with pytest.raises(Conflict, match=said):
        await proposed(operator, "retry_failed_runs", lead="Maple")
    outcome = await approve(operator, asked)
    assert outcome.approval.status == "superseded"
    assert await queued(operator) == {}
