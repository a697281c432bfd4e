"""The SQL behind the operator's tools: it fetches rows, the rules decide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, TypeVar

from psycopg import AsyncConnection, sql
from psycopg.rows import class_row

from tools.operator.records import (
    Artifact,
    Business,
    Integration,
    Lead,
    LearningItem,
    LowAnswer,
    OperatorSettings,
    Record,
    RoiEstimate,
    Run,
    Step,
    Touch,
)

Connection = AsyncConnection[dict[str, Any]]
Row = TypeVar("Row", bound=Record)

PIPELINE_ARTIFACTS = ["enrichment", "notes", "positioning", "proposal"]

ALL_LEADS = sql.SQL(
    "SELECT {columns} FROM leads t WHERE source <> 'system' ORDER BY created_at DESC, id"
)
LATEST_RUNS = sql.SQL(
    """
    SELECT {columns} FROM leads l CROSS JOIN LATERAL (
        SELECT * FROM pipeline_runs r WHERE r.lead_id = l.id AND r.started_at IS NOT NULL
         ORDER BY r.started_at DESC, r.id DESC LIMIT 1) t
     WHERE l.source <> 'system' AND (%(lead)s::text IS NULL OR l.id = %(lead)s)
    """
)
STEPS = sql.SQL(
    "SELECT {columns} FROM pipeline_step_runs t WHERE run_id = ANY(%(runs)s) "
    "ORDER BY started_at, id"
)
FAILED_STEPS = sql.SQL(
    """
    SELECT {columns} FROM pipeline_step_runs t
      JOIN pipeline_runs r ON r.id = t.run_id
      JOIN leads l ON l.id = r.lead_id
     WHERE r.started_at >= %(since)s AND t.success IS FALSE AND l.source <> 'system'
     ORDER BY t.started_at, t.id
    """
)
NEWEST_TOUCHES = sql.SQL(
    """
    SELECT {columns} FROM leads l CROSS JOIN LATERAL (
        SELECT * FROM lead_touches n WHERE n.lead_id = l.id
         ORDER BY n.touched_at DESC, n.id DESC LIMIT 1) t
     WHERE l.source <> 'system' AND (%(lead)s::text IS NULL OR l.id = %(lead)s)
    """
)
ARTIFACTS = sql.SQL(
    """
    SELECT {columns} FROM artifacts t
     WHERE type = ANY(%(types)s) AND (%(lead)s::text IS NULL OR lead_id = %(lead)s)
     ORDER BY created_at DESC, id DESC
    """
)
INTEGRATIONS = sql.SQL("SELECT {columns} FROM integration_health t ORDER BY name")
LEARNING_ITEMS = sql.SQL(
    "SELECT {columns} FROM learning_items t WHERE decided_at IS NULL ORDER BY created_at, id"
)
LATEST_ESTIMATES = sql.SQL(
    """
    SELECT DISTINCT ON (t.lead_id) {columns} FROM roi_estimates t
      JOIN leads l ON l.id = t.lead_id
     WHERE l.source <> 'system'
     ORDER BY t.lead_id, t.created_at DESC, t.id DESC
    """
)
LOW_ANSWERS = sql.SQL(
    "SELECT {columns} FROM receipts t WHERE created_at >= %(since)s "
    "AND receipt ->> 'overall' = 'low' ORDER BY created_at, id"
)
SETTINGS = sql.SQL("SELECT {columns} FROM operator_settings t")


async def fetch(
    conn: Connection, kind: type[Row], query: sql.SQL, params: dict[str, Any] | None = None
) -> list[Row]:
    """The rows of `query` as records of `kind`, whose columns fill its `{columns}`."""
    names = [item.name for item in fields(kind)]
    columns = sql.SQL(", ").join([sql.Identifier("t", name) for name in names])
    async with conn.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query.format(columns=columns), params)
        return await cursor.fetchall()


async def load_settings(conn: Connection) -> OperatorSettings:
    """The operator's settings; the defaults when their row is not there."""
    rows = await fetch(conn, OperatorSettings, SETTINGS)
    return rows[0] if rows else OperatorSettings()


async def load_business(conn: Connection, now: datetime) -> Business:
    """Everything that failures and the constraint are computed from."""
    settings = await load_settings(conn)
    every_lead = {"lead": None}
    runs = await fetch(conn, Run, LATEST_RUNS, every_lead)
    steps = await load_steps(conn, [run for run in runs if run.success is not True])
    touches = await fetch(conn, Touch, NEWEST_TOUCHES, every_lead)
    since = now - timedelta(days=settings.low_answer_days)
    return Business(
        leads=tuple(await fetch(conn, Lead, ALL_LEADS)),
        latest_runs={run.lead_id: run for run in runs},
        steps=steps,
        touches={touch.lead_id: touch for touch in touches},
        artifacts=await load_artifacts(conn),
        integrations=tuple(await fetch(conn, Integration, INTEGRATIONS)),
        learning_items=tuple(await fetch(conn, LearningItem, LEARNING_ITEMS)),
        roi_estimates=tuple(await fetch(conn, RoiEstimate, LATEST_ESTIMATES)),
        low_answers=tuple(await fetch(conn, LowAnswer, LOW_ANSWERS, {"since": since})),
        settings=settings,
    )


async def load_steps(conn: Connection, runs: Sequence[Run]) -> dict[str, tuple[Step, ...]]:
    """The steps of `runs` by run id, first step first."""
    if not runs:
        return {}
    found: dict[str, tuple[Step, ...]] = {}
    for step in await fetch(conn, Step, STEPS, {"runs": [run.id for run in runs]}):
        found[step.run_id] = (*found.get(step.run_id, ()), step)
    return found


async def load_failed_steps(conn: Connection, since: datetime) -> list[Step]:
    """The steps that failed in runs started at `since` or later."""
    return await fetch(conn, Step, FAILED_STEPS, {"since": since})


async def load_texts(conn: Connection, lead_id: str) -> list[dict[str, Any]]:
    """The newest text of each type that the pipeline made for a lead, proposal first."""
    return await (
        await conn.execute(
            "SELECT DISTINCT ON (type) id, type, title, content, created_at FROM artifacts "
            "WHERE lead_id = %s AND type = ANY(%s) ORDER BY type DESC, created_at DESC, id DESC",
            (lead_id, PIPELINE_ARTIFACTS),
        )
    ).fetchall()


async def load_artifacts(
    conn: Connection, lead_id: str | None = None
) -> dict[str, tuple[Artifact, ...]]:
    """What the pipeline made, by lead id with the newest first; of one lead when it is named."""
    params = {"types": PIPELINE_ARTIFACTS, "lead": lead_id}
    found: dict[str, tuple[Artifact, ...]] = {}
    for item in await fetch(conn, Artifact, ARTIFACTS, params):
        found[item.lead_id] = (*found.get(item.lead_id, ()), item)
    return found
