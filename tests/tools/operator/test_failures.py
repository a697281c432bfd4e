"""Failures & Interventions on the demo: every number of operator spec 13.2."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from pydantic import ValidationError

from tests.tools.operator.calls import as_service, call, fact, headlines, written
from tools.operator.failures import FailuresArgs
from tools.registry import ToolContext


async def test_the_payload_of_the_demo(operator: ToolContext) -> None:
    data = (await call(operator, "get_failures")).data
    assert {
        name: ([item["entity"]["id"] for item in bucket["items"]], bucket["oldestDays"])
        for name, bucket in data["buckets"].items()
    } == {
        "failedRuns": (["L02", "L03"], 0),
        "stuckProposals": (["L04"], 9),
        "staleProposals": (["L06"], 12),
        "needsApproval": (["L04", "L05", "L08"], 9),
        "staleByTouch": (["L06", "L14"], 12),
        "brokenIntegrations": (["knowledge_ingest"], 2),
        "lowConfidence": (["demo-learning-4"], 2),
        "otherDecisions": (["demo-learning-4"], 2),
    }
    assert (data["totalItems"], data["distinctLeads"], data["topSeverity"]) == (9, 7, "high")
    assert data["recommendedNextAction"]["key"] == "approvals"
    assert data["asOf"] == "2026-03-06T15:00:00+00:00"
    assert data["thresholds"]["staleProposalDays"] == 7
    json.dumps(data)


async def test_the_last_run_of_every_lead(operator: ToolContext) -> None:
    statuses = (await call(operator, "get_failures")).data["lastRunStatusByLeadId"]
    assert statuses == {
        "L01": "none",
        "L02": "partial",
        "L03": "fail",
        **{f"L{number:02}": "success" for number in range(4, 15)},
    }


async def test_a_failed_run_says_where_why_and_whether_to_retry(operator: ToolContext) -> None:
    [maple, northside] = (await call(operator, "get_failures")).data["buckets"]["failedRuns"][
        "items"
    ]
    assert maple == {
        "entity": {
            "type": "lead",
            "id": "L02",
            "title": "Maple Med Spa booking",
            "href": "/leads/L02",
        },
        "leadId": "L02",
        "leadTitle": "Maple Med Spa booking",
        "why": "failures.failed_runs@1",
        "age": 0,
        "since": "2026-03-06T09:00:00+00:00",
        "suggestedAction": "Retry the run",
        "actionKey": "retry_failed_runs",
        "runId": "L02-run",
        "lastRunStatus": "partial",
        "failedStep": "position",
        "retryable": True,
        "errorCode": "LLM_429",
        "at": "2026-03-06T09:00:00+00:00",
        "retryCount": 1,
    }
    assert (northside["failedStep"], northside["errorCode"]) == ("enrich", "LLM_5XX")


async def test_never_touched_is_flagged(operator: ToolContext) -> None:
    [summit, granite] = (await call(operator, "get_failures")).data["buckets"]["staleByTouch"][
        "items"
    ]
    assert (summit["daysSinceTouch"], summit["neverTouched"]) == (12, False)
    assert (granite["daysSinceTouch"], granite["neverTouched"]) == (10, True)


@pytest.mark.parametrize(
    ("bucket", "said"),
    [
        (
            "failed_runs",
            [
                "The last pipeline run failed for 2 leads.",
                "The last pipeline run of Maple Med Spa booking got only part of the way and "
                "failed at the position step with LLM_429 6 hours ago; it can be retried.",
                "The last pipeline run of Northside Legal intake failed at the enrich step with "
                "LLM_5XX 9 hours ago; it can be retried.",
            ],
        ),
        (
            "stuck_proposals",
            ["The proposal for Cedar Contractors quotes has been ready and unsent for 9 days."],
        ),
        (
            "stale_proposals",
            ["The proposal for Summit Realty router was sent 12 days ago and has no outcome."],
        ),
        (
            "needs_approval",
            [
                "3 approvals wait for you.",
                "The proposal for Cedar Contractors quotes waits for you to review and send it.",
                "The proposal for Bright Coaching site waits for you to review and send it.",
                "Oak Family Law portal is approved and waits for you to start the build.",
            ],
        ),
        (
            "stale_by_touch",
            [
                "2 open leads have gone more than 7 days without contact.",
                "Summit Realty router has not been contacted for 12 days.",
                "Granite Plumbing came in 10 days ago and has never been contacted.",
            ],
        ),
        (
            "broken_integrations",
            [
                "Knowledge ingest is overdue: it last succeeded 52 hours ago and is due every "
                "24 hours.",
                "Notification channel is switched off.",
                "Research works: it last succeeded 20 hours ago and is due every 24 hours.",
            ],
        ),
        (
            "low_confidence",
            ['The learning item "Send three price options" has a confidence of 0.3, below 0.4.'],
        ),
        (
            "other_decisions",
            ['The learning item "Send three price options" has waited 2 days for your decision.'],
        ),
    ],
)
async def test_what_is_asked_about_comes_first(
    operator: ToolContext, bucket: str, said: list[str]
) -> None:
    findings = await call(operator, "get_failures", buckets=[bucket])
    assert headlines(findings) == said
    assert len(findings.facts) == len((await call(operator, "get_failures")).facts)


async def test_without_a_question_the_totals_come_first(operator: ToolContext) -> None:
    findings = await call(operator, "get_failures")
    assert headlines(findings)[:3] == [
        "9 items on 7 different leads need your attention.",
        "The next thing to do is to decide on the 3 approvals that wait for you.",
        "The last pipeline run of Maple Med Spa booking got only part of the way and failed at "
        "the position step with LLM_429 6 hours ago; it can be retried.",
    ]
    assert findings.missing == []


async def test_facts_name_their_subject_their_rows_and_their_rule(operator: ToolContext) -> None:
    stuck = fact(await call(operator, "get_failures"), "Cedar Contractors quotes", "days stuck")
    assert (stuck.value, stuck.unit, stuck.ledger) == (9, "days", "proposal_pipeline")
    assert stuck.aliases == ("Cedar", "Cedar Contractors", "L04")
    assert stuck.rule == "failures.stuck_proposals@1"
    assert [(item.table, item.key, item.columns[0]) for item in stuck.sources] == [
        ("artifacts", {"id": "L04-proposal"}, "created_at"),
        ("leads", {"id": "L04"}, "proposal_sent_at"),
        ("operator_settings", {"id": 1}, "stuck_proposal_days"),
    ]


async def test_the_same_question_twice_gives_the_same_facts(operator: ToolContext) -> None:
    first = await call(operator, "get_failures", buckets=["failed_runs"])
    assert await call(operator, "get_failures", buckets=["failed_runs"]) == first


async def test_a_changed_row_changes_the_version_of_its_source(operator: ToolContext) -> None:
    was = fact(await call(operator, "get_failures"), "Cedar Contractors quotes", "days stuck")
    await written(
        operator,
        "UPDATE artifacts SET created_at = created_at - interval '1 hour' "
        "WHERE id = 'L04-proposal'",
    )
    now = fact(await call(operator, "get_failures"), "Cedar Contractors quotes", "days stuck")
    assert (now.identity, now.value) == (was.identity, was.value)
    assert now.sources[0].version != was.sources[0].version
    assert now.sources[1:] == was.sources[1:]


async def test_thresholds_come_from_the_settings(operator: ToolContext) -> None:
    await operator.conn.execute(
        "UPDATE operator_settings SET stuck_proposal_days = 1, stale_touch_days = 11, "
        "low_confidence_max = 0.2"
    )
    data = (await call(operator, "get_failures")).data
    assert [item["leadId"] for item in data["buckets"]["stuckProposals"]["items"]] == ["L04", "L05"]
    assert [item["leadId"] for item in data["buckets"]["staleByTouch"]["items"]] == ["L06"]
    assert data["buckets"]["lowConfidence"]["count"] == 0
    assert data["thresholds"]["stuckProposalDays"] == 1


async def test_a_newer_success_clears_a_failure_and_a_rejected_lead_has_none(
    operator: ToolContext,
) -> None:
    await written(
        operator,
        "INSERT INTO pipeline_runs (id, lead_id, status, success, started_at) "
        "VALUES ('again', 'L02', 'ok', true, %s)",
        operator.now,
    )
    async with as_service(operator.conn):
        await operator.conn.execute("UPDATE leads SET status = 'REJECTED' WHERE id = 'L03'")
    findings = await call(operator, "get_failures", buckets=["failed_runs"])
    assert headlines(findings) == ["No pipeline run has failed."]
    assert fact(findings, "failed runs", "count").value == 0
    assert findings.data["topSeverity"] == "medium"


async def test_a_day_later_the_failures_are_critical(operator: ToolContext) -> None:
    later = replace(operator, now=operator.now + timedelta(days=1))
    assert (await call(later, "get_failures")).data["topSeverity"] == "critical"


async def test_system_leads_are_nowhere(operator: ToolContext) -> None:
    await operator.conn.execute(
        "INSERT INTO leads (id, title, source, created_at) "
        "VALUES ('S1', 'Research Engine Runs', 'system', %s)",
        (operator.now - timedelta(days=90),),
    )
    data = (await call(operator, "get_failures")).data
    assert data["totalItems"] == 9
    assert "S1" not in data["lastRunStatusByLeadId"]


async def test_chat_answers_marked_low_count_for_the_one_who_got_them(
    operator: ToolContext,
) -> None:
    owner = {"owner": operator.caller.user_id, "low": json.dumps({"overall": "low"})}
    for statement in (
        "INSERT INTO threads (id, owner_id) VALUES ('t-low', %(owner)s)",
        "INSERT INTO runs (id, root_id, thread_id, owner_id, request_hash, turn) "
        "VALUES ('r-low', 'r-low', 't-low', %(owner)s, '', 1)",
        "INSERT INTO messages (id, thread_id, owner_id, run_id, turn, position, role, content) "
        "VALUES ('m-low', 't-low', %(owner)s, 'r-low', 1, 1, 'assistant', '')",
        "INSERT INTO receipts (id, run_id, thread_id, message_id, owner_id, receipt, facts, "
        "created_at) VALUES ('receipt-low', 'r-low', 't-low', 'm-low', %(owner)s, %(low)s, '[]', "
        "'2026-03-05T15:00:00Z')",
    ):
        await operator.conn.execute(statement, owner)
    bucket = (await call(operator, "get_failures")).data["buckets"]["lowConfidence"]
    assert [item["entity"]["type"] for item in bucket["items"]] == ["learning_item", "chat_answer"]


async def test_empty_ledgers_are_looked_up_and_said(empty: ToolContext) -> None:
    findings = await call(empty, "get_failures")
    assert headlines(findings) == ["No lead needs your attention.", "Nothing is urgent."]
    assert findings.data["totalItems"] == 0
    assert len(findings.missing) == 2
    assert not [item for item in findings.facts if item.subject == "broken integrations"]


async def test_long_lists_are_cut_and_totals_never(empty: ToolContext) -> None:
    await empty.conn.execute(
        "INSERT INTO leads (id, title, created_at) "
        "SELECT 'many-' || n, 'Many ' || n, %s FROM generate_series(1, 130) n",
        (empty.now - timedelta(days=30),),
    )
    findings = await call(empty, "get_failures", buckets=["stale_by_touch"])
    bucket = findings.data["buckets"]["staleByTouch"]
    assert (bucket["count"], len(bucket["items"]), bucket["more"]) == (130, 100, 30)
    assert headlines(findings)[0] == "130 open leads have gone more than 7 days without contact."
    assert len(headlines(findings)) == 21


@pytest.mark.parametrize(
    "args", [{"buckets": ["everything"]}, {"buckets": "failed_runs"}, {"bucket": ["failed_runs"]}]
)
def test_unknown_buckets_are_refused(args: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FailuresArgs.model_validate(args)
