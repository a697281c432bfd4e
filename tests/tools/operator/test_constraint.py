"""The bottleneck on the demo: the numbers of operator spec 4.3 and 13.2 as the decisions have them."""

from __future__ import annotations

import json
from datetime import timedelta

from tests.tools.operator.calls import as_service, call, fact, headlines
from tools.registry import ToolContext


async def test_the_constraint_of_the_demo(operator: ToolContext) -> None:
    data = (await call(operator, "get_constraint")).data
    assert (data["constraintKey"], data["label"], data["score"]) == (
        "proposal_approval",
        "Proposal approval",
        85,
    )
    assert data["counts"] == {
        "population": 10,
        "createdInWindow": 9,
        "new": 2,
        "enriched": 8,
        "scored": 7,
        "positioned": 6,
        "proposals": 6,
        "approved": 2,
        "buildStarted": 1,
        "buildCompleted": 0,
    }
    eligible = {item["key"]: item["score"] for item in data["candidates"] if item["eligible"]}
    assert eligible == {"proposal_approval": 85, "build_execution": 80}
    assert len(data["candidates"]) == 8
    json.dumps(data)


async def test_the_evidence_of_the_demo(operator: ToolContext) -> None:
    evidence = {
        item["key"]: (item["value"], item["previous"], item["delta"], item["n"], item["previousN"])
        for item in (await call(operator, "get_constraint")).data["evidence"]
    }
    assert evidence == {
        "leadsStuckCount": (1, None, None, None, None),
        "awaitingOperator": (2, None, None, None, None),
        "awaitingClient": (2, None, None, None, None),
        "approvalsPending": (3, None, None, None, None),
        "avgProposalCycleDays": (3.3, 1.0, 2.3, 3, 1),
        "winRateDelta": (67, 100, -33, 3, 1),
    }


async def test_what_is_said(operator: ToolContext) -> None:
    findings = await call(operator, "get_constraint")
    assert headlines(findings) == [
        "The bottleneck is proposal approval.",
        "2 proposals are ready and wait for you to review and send: Cedar Contractors quotes and "
        "Bright Coaching site.",
        "1 lead has waited at proposal approval for more than 7 days: Cedar Contractors quotes.",
        "3 approvals are pending.",
        "Over the last 14 days proposals took 3.3 days on average from ready to sent "
        "(3 proposals), against 1.0 days (1 proposal) in the 14 days before; with so few "
        "proposals this says little.",
        "The win rate over the last 30 days is 67 % (2 of 3 decided), against 100 % (1 of 1) in "
        "the 30 days before; with so few deals this says little.",
        "Review the proposals that are ready, the oldest first.",
        "Send each one that you approve, yourself.",
    ]
    assert findings.missing == []


async def test_each_number_is_a_fact_of_its_own(operator: ToolContext) -> None:
    findings = await call(operator, "get_constraint")
    values = {
        ("win rate", "win rate"): 67,
        ("win rate", "win rate before"): 100,
        ("win rate", "change in the win rate"): -33,
        ("win rate", "deals decided"): 3,
        ("proposal cycle", "average proposal cycle"): 3.3,
        ("proposal cycle", "average proposal cycle before"): 1.0,
        ("proposal cycle", "change in the average proposal cycle"): 2.3,
        ("proposal cycle", "proposals sent"): 3,
        ("approvals", "approvals pending"): 3,
        ("leads stuck", "leads stuck"): 1,
        ("unsent proposals", "awaiting you"): 2,
        ("sent proposals", "awaiting the client"): 2,
        ("pipeline", "leads in the pipeline"): 10,
        ("pipeline", "leads proposed"): 6,
    }
    assert {key: fact(findings, *key).value for key in values} == values
    rate = fact(findings, "win rate", "win rate")
    assert (rate.unit, rate.rule) == ("%", "constraint.winRateDelta@1")
    assert {item.key["id"] for item in rate.sources if item.table == "leads"} == {
        "L08",
        "L09",
        "L10",
        "L13",
    }


async def test_the_same_question_twice_gives_the_same_facts(operator: ToolContext) -> None:
    assert await call(operator, "get_constraint") == await call(operator, "get_constraint")


async def test_a_large_sample_carries_no_warning(operator: ToolContext) -> None:
    await operator.conn.execute("UPDATE operator_settings SET small_sample_max = 0")
    said = " ".join(headlines(await call(operator, "get_constraint")))
    assert "says little" not in said


async def test_windows_without_cases_are_missing_and_never_zero(operator: ToolContext) -> None:
    async with as_service(operator.conn):
        await operator.conn.execute("UPDATE leads SET deal_outcome = NULL, outcome_at = NULL")
        await operator.conn.execute(
            "UPDATE leads SET proposal_sent_at = %s WHERE proposal_sent_at IS NOT NULL",
            (operator.now - timedelta(days=1),),
        )
    findings = await call(operator, "get_constraint")
    assert [item.need for item in findings.missing] == [
        "The win rate of the last 30 days: no deal was decided",
        "The average proposal cycle of the 14 days before: there was none",
    ]
    assert "winRateDelta" not in {item["key"] for item in findings.data["evidence"]}
    assert not [item for item in findings.facts if item.subject == "win rate"]
    cycle = fact(findings, "proposal cycle", "average proposal cycle")
    assert "before" not in cycle.statement


async def test_without_a_condition_that_holds_there_is_no_clear_constraint(
    operator: ToolContext,
) -> None:
    async with as_service(operator.conn):
        await operator.conn.execute(
            "UPDATE leads SET proposal_sent_at = %s WHERE id IN ('L04', 'L05')", (operator.now,)
        )
        await operator.conn.execute("UPDATE leads SET status = 'BUILDING' WHERE id = 'L08'")
    findings = await call(operator, "get_constraint")
    assert findings.data["constraintKey"] is None
    assert headlines(findings)[0] == "There is no clear bottleneck."
    assert findings.data["evidence"]


async def test_a_pipeline_stage_shows_how_often_its_step_failed(operator: ToolContext) -> None:
    async with as_service(operator.conn):
        await operator.conn.execute(
            "UPDATE leads SET proposal_sent_at = %s WHERE id IN ('L04', 'L05')", (operator.now,)
        )
    findings = await call(operator, "get_constraint")
    assert findings.data["constraintKey"] == "build_execution"
    failures = fact(findings, "build step", "failures")
    assert (failures.value, failures.statement) == (
        0,
        "The build step has not failed in runs of the last 14 days.",
    )


async def test_an_empty_business(empty: ToolContext) -> None:
    findings = await call(empty, "get_constraint")
    assert headlines(findings) == [
        "There is no clear bottleneck.",
        "There are no leads yet, so no stage can be the constraint.",
    ]
    assert findings.data["constraintKey"] is None
    assert len(findings.missing) == 1
