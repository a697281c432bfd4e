"""The SQL behind finding, listing and reading leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import sql
from psycopg.rows import class_row

from tools.operator.queries import (
    LATEST_RUNS,
    NEWEST_TOUCHES,
    Connection,
    fetch,
    load_artifacts,
    load_settings,
    load_steps,
)
from tools.operator.records import (
    Artifact,
    Lead,
    LeadText,
    OperatorSettings,
    Run,
    Step,
    Touch,
)
from tools.operator.rules.lead_search import LeadName

ONE_LEAD = sql.SQL("SELECT {columns} FROM leads t WHERE id = %(lead)s AND source <> 'system'")
SELECTION = """
    FROM leads t
   WHERE source <> 'system'
     AND (%(statuses)s::text[] IS NULL OR status = ANY(%(statuses)s))
     AND (NOT %(open_only)s OR (status <> 'REJECTED' AND deal_outcome IS NULL))
     AND (%(ids)s::text[] IS NULL OR id = ANY(%(ids)s))
"""
PAGE = sql.SQL(
    "SELECT {columns}" + SELECTION + "ORDER BY array_position(%(ids)s::text[], id), "
    "created_at DESC, id LIMIT %(limit)s OFFSET %(offset)s"
)
COUNT = sql.SQL("SELECT count(*) AS total" + SELECTION)


@dataclass(frozen=True)
class LeadFile:
    """One lead with the newest of what its ledgers hold."""

    lead: Lead
    text: LeadText
    artifacts: tuple[Artifact, ...]
    run: Run | None
    steps: tuple[Step, ...]
    touch: Touch | None
    settings: OperatorSettings


async def lead_names(conn: Connection) -> list[LeadName]:
    """What every lead can be called, the newest first."""
    async with conn.cursor(row_factory=class_row(LeadName)) as cursor:
        await cursor.execute(
            "SELECT id, title, contact_name, contact_email FROM leads "
            "WHERE source <> 'system' ORDER BY created_at DESC, id"
        )
        return await cursor.fetchall()


async def load_lead_file(conn: Connection, lead_id: str) -> LeadFile | None:
    """Everything an overview of one lead is made from; None when it is not there."""
    params = {"lead": lead_id}
    leads = await fetch(conn, Lead, ONE_LEAD, params)
    if not leads:
        return None
    runs = await fetch(conn, Run, LATEST_RUNS, params)
    steps = await load_steps(conn, runs)
    touches = await fetch(conn, Touch, NEWEST_TOUCHES, params)
    texts = await fetch(conn, LeadText, ONE_LEAD, params)
    return LeadFile(
        lead=leads[0],
        text=texts[0],
        artifacts=(await load_artifacts(conn, lead_id)).get(lead_id, ()),
        run=runs[0] if runs else None,
        steps=steps.get(runs[0].id, ()) if runs else (),
        touch=touches[0] if touches else None,
        settings=await load_settings(conn),
    )


async def load_page(
    conn: Connection,
    *,
    statuses: Sequence[str] | None = None,
    open_only: bool = False,
    ids: Sequence[str] | None = None,
    limit: int,
    offset: int,
) -> tuple[list[Lead], int]:
    """One page of the chosen leads and how many there are in all: in the order of `ids` when
    they are given, else the newest first."""
    params: dict[str, Any] = {
        "statuses": list(statuses) if statuses else None,
        "open_only": open_only,
        "ids": None if ids is None else list(ids),
        "limit": limit,
        "offset": offset,
    }
    row = await (await conn.execute(COUNT, params)).fetchone()
    return await fetch(conn, Lead, PAGE, params), row["total"] if row else 0
