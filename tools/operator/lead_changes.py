"""The only SQL that moves a lead along the money path. The database refuses it, too, outside a
transaction that carries out an approval."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from psycopg import sql

from errors import Conflict
from tools.operator.lead_view import LeadView
from tools.operator.queries import Connection
from tools.operator.records import Lead
from tools.operator.rules.transitions import transition


async def move(
    conn: Connection, this: LeadView, wanted: str, now: datetime, reason: str | None = None
) -> None:
    """Bring the lead to the status `wanted` by the one transition rule (operator spec 2.1).

    Raises Conflict for a move that may not be made.
    """
    change = transition(this.lead, this.file.artifacts, wanted, now, reason)
    if change.status != this.lead.status:
        await _write(conn, this.lead, now, {"status": change.status, **change.stamps})


async def stamp_sent(conn: Connection, lead: Lead, sent_at: datetime, now: datetime) -> None:
    """Note that the owner sent the proposal, and nothing else (trap 3)."""
    await _write(conn, lead, now, {"proposal_sent_at": sent_at})


async def stamp_outcome(
    conn: Connection, lead: Lead, outcome: Literal["won", "lost"], now: datetime
) -> None:
    """Note how the deal ended, and when."""
    await _write(conn, lead, now, {"deal_outcome": outcome, "outcome_at": now})


async def _write(conn: Connection, lead: Lead, now: datetime, values: dict[str, Any]) -> None:
    """Write to the lead as it was read. Raises Conflict when it is no longer that lead."""
    query = sql.SQL(
        "UPDATE leads SET {}, updated_at = %(now)s WHERE id = %(lead)s AND status = %(was)s "
        "AND deal_outcome IS NOT DISTINCT FROM %(outcome)s"
    ).format(
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column))
            for column in values
        )
    )
    params = {**values, "now": now, "lead": lead.id, "was": lead.status}
    done = await conn.execute(query, {**params, "outcome": lead.deal_outcome})
    if done.rowcount != 1:
        raise Conflict(f"{lead.title} was changed by somebody else meanwhile. Ask again.")
