"""The operator's demo: fourteen leads and everything their ledgers show (operator spec 13.2).

Ages are relative to the `now` that is handed in. Ids are stable, so loading again brings the
same rows back to their first state.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from memory.demo.operator_leads import LEADS, DemoLead, DemoRun
from memory.pool import Connection

Row = dict[str, Any]

CASH_COLLECTED = Decimal(21_500)
STEPS = ("enrich", "score", "position", "propose")
STEP_TIME = timedelta(minutes=2)
FROZEN = datetime(2026, 3, 6, 15, tzinfo=UTC)
"""The clock of operator spec 13.2."""


async def load(conn: Connection, now: datetime) -> None:
    """Write the demo as of `now`; loading it again restores it."""
    touched = [lead for lead in LEADS if lead.touched is not None]
    runs = [(lead, lead.run) for lead in LEADS if lead.run is not None]
    await _write(conn, "leads", [_lead(lead, now) for lead in LEADS])
    await _write(conn, "lead_touches", [_touch(lead, now) for lead in touched])
    await _write(conn, "pipeline_runs", [_run(lead, run, now) for lead, run in runs])
    steps = [step for lead, run in runs for step in _steps(lead, run, now)]
    await _write(conn, "pipeline_step_runs", steps)
    await _write(conn, "artifacts", [row for lead in LEADS for row in _artifacts(lead, now)])
    await _write(conn, "integration_health", integrations(now), key="name")
    await _write(conn, "ops_artifacts", _run_reports(now))
    await _write(conn, "learning_items", _learning_items(now))
    await conn.execute("UPDATE operator_settings SET cash_collected = %s", (CASH_COLLECTED,))


async def is_loaded(conn: Connection) -> bool:
    """Whether the demo is there, as it was loaded or as it has become since."""
    found = await conn.execute("SELECT 1 FROM leads WHERE id = %s", (LEADS[0].id,))
    return await found.fetchone() is not None


async def loaded_at(conn: Connection) -> datetime | None:
    """When the demo was loaded last, by the age of its first lead; None without the demo."""
    first = LEADS[0]
    found = await conn.execute("SELECT created_at FROM leads WHERE id = %s", (first.id,))
    row = await found.fetchone()
    return None if row is None else row["created_at"] + timedelta(days=first.created)


async def reset(conn: Connection) -> None:
    """Remove the demo's rows; what belongs to its leads goes with them."""
    for table, key, rows in (
        ("leads", "id", [_lead(lead, FROZEN) for lead in LEADS]),
        ("integration_health", "name", integrations(FROZEN)),
        ("ops_artifacts", "id", _run_reports(FROZEN)),
        ("learning_items", "id", _learning_items(FROZEN)),
    ):
        query = sql.SQL("DELETE FROM {} WHERE {} = ANY(%s)").format(
            sql.Identifier(table), sql.Identifier(key)
        )
        await conn.execute(query, ([row[key] for row in rows],))
    await conn.execute(
        "UPDATE operator_settings SET cash_collected = NULL WHERE cash_collected = %s",
        (CASH_COLLECTED,),
    )


async def _write(conn: Connection, table: str, rows: Sequence[Row], key: str = "id") -> None:
    """Insert `rows`, all of the same columns; a row that is there takes the new values."""
    columns = list(rows[0])
    query = sql.SQL("INSERT INTO {} ({}) VALUES ({}) ON CONFLICT ({}) DO UPDATE SET {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join([sql.Identifier(name) for name in columns]),
        sql.SQL(", ").join([sql.Placeholder(name) for name in columns]),
        sql.Identifier(key),
        sql.SQL(", ").join(
            [sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in columns]
        ),
    )
    async with conn.cursor() as cursor:
        await cursor.executemany(query, rows)


def _before(now: datetime, days: float | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _run_start(run: DemoRun, now: datetime) -> datetime:
    """A failed run's age is that of its failure; a good one's that of its start."""
    start = now - timedelta(days=run.age)
    return start if run.failed is None else start - (run.steps + 1) * STEP_TIME


def _step_end(run: DemoRun, number: int, now: datetime) -> datetime | None:
    """When step `number` (from 0) of the run ended; None when it never succeeded."""
    return _run_start(run, now) + (number + 1) * STEP_TIME if number < run.steps else None


def _lead(lead: DemoLead, now: datetime) -> Row:
    outcome, outcome_age = lead.outcome or (None, None)
    return {
        "id": lead.id,
        "title": lead.title,
        "source": lead.source,
        "description": lead.description,
        "budget": lead.budget,
        "contact_name": lead.contact,
        "contact_email": f"{lead.contact.split()[0].lower()}@{lead.title.split()[0].lower()}.example",
        "score": lead.score,
        "status": lead.status,
        "enriched_at": _step_end(lead.run, 0, now) if lead.run else None,
        "scored_at": _step_end(lead.run, 1, now) if lead.run else None,
        "proposal_sent_at": _before(now, lead.sent),
        "approved_at": _before(now, lead.approved),
        "build_started_at": _before(now, lead.build_started),
        "build_completed_at": _before(now, lead.build_done),
        "rejected_at": _before(now, lead.rejected),
        "deal_outcome": outcome,
        "outcome_at": _before(now, outcome_age),
        "last_contact_at": _before(now, lead.touched),
        "last_touch_type": None if lead.touched is None else lead.touch_type,
        "touch_count": 0 if lead.touched is None else 1,
        "desired_result": lead.desired_result,
        "created_at": _before(now, lead.created),
        "updated_at": now,
    }


def _touch(lead: DemoLead, now: datetime) -> Row:
    return {
        "id": f"{lead.id}-touch",
        "lead_id": lead.id,
        "type": lead.touch_type,
        "summary": f"Spoke with {lead.contact}.",
        "touched_at": _before(now, lead.touched),
    }


def _run(lead: DemoLead, run: DemoRun, now: datetime) -> Row:
    ended = _run_start(run, now) + (run.steps + bool(run.failed)) * STEP_TIME
    return {
        "id": f"{lead.id}-run",
        "lead_id": lead.id,
        "status": "error" if run.failed else "ok",
        "success": run.failed is None,
        "error": f"{run.failed[0]} failed" if run.failed else None,
        "retry_count": 1 if run.failed else 0,
        "last_error_code": run.failed[1] if run.failed else None,
        "last_error_at": ended if run.failed else None,
        "started_at": _run_start(run, now),
        "finished_at": ended,
    }


def _steps(lead: DemoLead, run: DemoRun, now: datetime) -> list[Row]:
    names = [*STEPS[: run.steps], *([run.failed[0]] if run.failed else [])]
    return [
        {
            "id": f"{lead.id}-run-{name}",
            "run_id": f"{lead.id}-run",
            "step_name": name,
            "success": number < run.steps,
            "notes": None if number < run.steps or run.failed is None else f"{run.failed[1]} |",
            "started_at": _run_start(run, now) + number * STEP_TIME,
            "finished_at": _run_start(run, now) + (number + 1) * STEP_TIME,
        }
        for number, name in enumerate(names)
    ]


def _artifacts(lead: DemoLead, now: datetime) -> list[Row]:
    """What the run made; the proposal has the age that the demo gives it."""
    if lead.run is None:
        return []
    made = [
        ("enrichment", "AI Enrichment Report", _step_end(lead.run, 0, now)),
        ("positioning", "POSITIONING_BRIEF", _step_end(lead.run, 2, now)),
        ("proposal", f"Proposal: {lead.title}", _before(now, lead.proposal)),
    ]
    return [
        {
            "id": f"{lead.id}-{kind}",
            "lead_id": lead.id,
            "type": kind,
            "title": title,
            "content": f"{title} for {lead.contact}.",
            "created_at": at,
        }
        for kind, title, at in made
        if at is not None
    ]


def integrations(now: datetime) -> list[Row]:
    """The business's integrations, as they last worked."""

    def line(name: str, label: str, kind: str, hours: float | None, enabled: bool = True) -> Row:
        at = None if hours is None else now - timedelta(hours=hours)
        return {
            "name": name,
            "label": label,
            "kind": kind,
            "last_run_at": at,
            "last_ok_at": at,
            "last_error": None,
            "expected_every_hours": 24,
            "enabled": enabled,
        }

    return [
        line("research", "Research", "research", 20),
        line("knowledge_ingest", "Knowledge ingest", "knowledge", 52),
        line("notifications", "Notification channel", "notifications", None, enabled=False),
    ]


def _run_reports(now: datetime) -> list[Row]:
    errors: dict[str, list[str]] = {"research": [], "pipeline": [], "knowledge": []}
    return [
        {
            "id": "demo-workday-report",
            "kind": "workday_run_report",
            "title": "WORKDAY_RUN_REPORT",
            "content": "The workday run ended without errors.",
            "meta": Jsonb({"errors": errors}),
            "created_at": now - timedelta(hours=20),
        }
    ]


def _learning_items(now: datetime) -> list[Row]:
    def item(
        number: int,
        title: str,
        classification: str,
        confidence: str,
        age: int,
        state: str = "pending",
        tag: str | None = None,
        decided: bool = True,
        contradictions: Sequence[dict[str, str]] = (),
    ) -> Row:
        return {
            "id": f"demo-learning-{number}",
            "title": title,
            "classification": classification,
            "confidence": Decimal(confidence),
            "produced_tag": tag,
            "promotion_state": state,
            "decided_at": now - timedelta(days=age - 1) if decided else None,
            "decided_by": "the owner" if decided else None,
            "contradictions_with_playbook": Jsonb(list(contradictions)),
            "created_at": now - timedelta(days=age),
        }

    against = {"entry": "One price, one scope", "text": "The playbook says to offer one price."}
    return [
        item(1, "Two-step deposit lifts bookings", "sales", "0.8", 21, "promoted"),
        item(2, "No-show reminder workflow", "ops", "0.7", 12, tag="automation"),
        item(
            3, "Why owners postpone software", "positioning", "0.6", 9, "knowledge_only",
            tag="knowledge_only",
        ),
        item(
            4, "Send three price options", "sales", "0.3", 2, decided=False,
            contradictions=[against],
        ),
    ]  # fmt: skip
