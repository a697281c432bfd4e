"""Approvals: proposed once, decided once by a person, and carried out where they were decided.

`decide` leaves an approval `approved` only within the caller's transaction, which must go on to
`mark_executed`, `mark_failed` or `mark_superseded` (tools/approvals.py does). Time is the
database's. What an act does, and whether its rows still stand, is not known here.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, LiteralString

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from errors import Conflict, Forbidden, Gone, Invalid, MosaicError, NotFound
from memory.caller import Caller
from memory.pool import Connection

Status = Literal["pending", "approved", "denied", "expired", "superseded", "executed", "failed"]
Decision = Literal["approve", "deny"]

LONGEST_REASON = 2000
WITHDRAWN = "the answer that asked for it ended without it"


@dataclass(frozen=True)
class Origin:
    """The call of a run that asked; empty where it was asked outside a run."""

    run_id: str | None = None
    thread_id: str | None = None
    tool_call_id: str | None = None


@dataclass(frozen=True)
class Draft:
    """What is proposed. `rows` are row sources, each with its `values`; `editable` names the
    arguments that an approver may change."""

    tool: str
    args: dict[str, Any]
    act: str
    summary: str
    why: str
    facts: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    editable: list[str]
    four_eyes: bool
    expires_in: timedelta


@dataclass(frozen=True)
class Approval:
    """A proposal and what became of it. `owner_id` asked; `decides` is the role that may
    decide; `result` is what is told of how it ended."""

    id: str
    owner_id: str | None
    run_id: str | None
    thread_id: str | None
    tool_call_id: str | None
    tool: str
    args: dict[str, Any]
    edited_args: dict[str, Any] | None
    act: str
    summary: str
    why: str
    facts: list[dict[str, Any]]
    rows: list[dict[str, Any]]
    editable: list[str]
    decides: str
    four_eyes: bool
    status: Status
    created_at: datetime
    expires_at: datetime
    decided_by: str | None
    decided_by_name: str | None
    decided_at: datetime | None
    decision_reason: str | None
    executed_at: datetime | None
    result: dict[str, Any] | None

    @property
    def final_args(self) -> dict[str, Any]:
        """The arguments as they are carried out: with the approver's edits."""
        return self.args | (self.edited_args or {})


COLUMNS = sql.SQL(", ").join([sql.Identifier(item.name) for item in fields(Approval)])


async def propose(conn: Connection, caller: Caller, origin: Origin, draft: Draft) -> Approval:
    """Write a pending approval, or find the one that this call of this run already has."""
    made = await _fetch(
        conn,
        """
        INSERT INTO approvals (owner_id, run_id, thread_id, tool_call_id, tool, args, act, summary,
                               why, facts, rows, editable, four_eyes, expires_at)
        VALUES (%(owner_id)s, %(run_id)s, %(thread_id)s, %(tool_call_id)s, %(tool)s, %(args)s,
                %(act)s, %(summary)s, %(why)s, %(facts)s, %(rows)s, %(editable)s, %(four_eyes)s,
                now() + %(expires_in)s)
        ON CONFLICT (run_id, tool_call_id) DO NOTHING RETURNING {columns}
        """,
        {
            "owner_id": caller.user_id,
            **asdict(origin),
            **asdict(draft),
            "args": Jsonb(draft.args),
            "facts": Jsonb(draft.facts),
            "rows": Jsonb(draft.rows),
        },
    )
    known = made[0] if made else await find(conn, origin)
    if known is None:
        raise Conflict("This call asks for an approval that another one took. Ask anew.")
    return known


async def find(
    conn: Connection, origin: Origin, tool: str = "", args: dict[str, Any] | None = None
) -> Approval | None:
    """The approval that this call of this run asked for, or one that the run asked for with the
    same tool and arguments: the call has another id when a run is taken up again."""
    found = await _fetch(
        conn,
        """
        SELECT {columns} FROM approvals
         WHERE run_id = %(run_id)s AND (tool_call_id = %(tool_call_id)s
                                        OR (tool = %(tool)s AND args = %(args)s))
         ORDER BY (tool_call_id = %(tool_call_id)s) DESC, created_at LIMIT 1
        """,
        {**asdict(origin), "tool": tool, "args": Jsonb(args)},
    )
    return found[0] if found else None


async def get(conn: Connection, approval_id: str) -> Approval:
    """Raises NotFound when it is not there or not the caller's to see."""
    found = await _fetch(
        conn, "SELECT {columns} FROM approvals WHERE id = %(id)s", {"id": approval_id}
    )
    if not found:
        raise NotFound("There is no such approval.")
    return found[0]


async def of_call(conn: Connection, root_id: str, tool_call_id: str) -> Approval:
    """The approval that a call asked for, in a run or in one that continues it. Raises NotFound."""
    found = await _fetch(
        conn,
        "SELECT {columns} FROM approvals WHERE tool_call_id = %(call)s "
        "AND run_id IN (SELECT id FROM runs WHERE root_id = %(root)s)",
        {"call": tool_call_id, "root": root_id},
    )
    if not found:
        raise NotFound("This call asked for no approval.")
    return found[0]


async def of_thread(conn: Connection, thread_id: str, limit: int = 50) -> list[Approval]:
    """The newest approvals asked for in a thread, oldest first."""
    found = await _fetch(
        conn,
        "SELECT {columns} FROM approvals WHERE thread_id = %(thread)s "
        "ORDER BY created_at DESC, id DESC LIMIT %(limit)s",
        {"thread": thread_id, "limit": limit},
    )
    return found[::-1]


async def count_open(conn: Connection) -> int:
    """How many approvals wait for a decision now."""
    row = await (
        await conn.execute(
            "SELECT count(*) AS open FROM approvals WHERE status = 'pending' AND expires_at > now()"
        )
    ).fetchone()
    return int(row["open"]) if row else 0


async def list_ended(
    conn: Connection, *, limit: int = 50, before: str | None = None
) -> list[Approval]:
    """The approvals that are decided or expired, the newest end first. `before` is the id of the
    last one of the page before."""
    return await _fetch(
        conn,
        """
        SELECT {columns} FROM approvals
         WHERE status <> 'pending'
           AND (%(before)s::text IS NULL OR (coalesce(decided_at, expires_at), id) <
                    (SELECT coalesce(decided_at, expires_at), id FROM approvals
                      WHERE id = %(before)s))
         ORDER BY coalesce(decided_at, expires_at) DESC, id DESC LIMIT %(limit)s
        """,
        {"limit": limit, "before": before},
    )


async def list_inbox(
    conn: Connection, status: Status = "pending", *, limit: int = 50, before: str | None = None
) -> list[Approval]:
    """The approvals of a status, newest first; those past their time are not pending. `before`
    is the id of the last one of the page before."""
    return await _fetch(
        conn,
        """
        SELECT {columns} FROM approvals
         WHERE status = %(status)s AND (status <> 'pending' OR expires_at > now())
           AND (%(before)s::text IS NULL OR (created_at, id) <
                    (SELECT created_at, id FROM approvals WHERE id = %(before)s))
         ORDER BY created_at DESC, id DESC LIMIT %(limit)s
        """,
        {"status": status, "limit": limit, "before": before},
    )


async def decide(
    conn: Connection,
    caller: Caller,
    approval_id: str,
    decision: Decision,
    reason: str | None = None,
    edited_args: dict[str, Any] | None = None,
) -> Approval:
    """Decide a pending approval; of several at once exactly one decides.

    Raises Forbidden (not a person who may decide it), NotFound, Invalid (an edit of what may
    not be edited), Gone (expired), Conflict (decided before). Nothing is written then.
    """
    name = await _decider(conn, caller)
    approval = await get(conn, approval_id)
    if decision == "approve" and approval.four_eyes and approval.owner_id == caller.user_id:
        raise Forbidden(
            "Whoever asked for this may not approve it. Another operator decides.",
            code="four_eyes",
        )
    _check_edits(approval, decision, edited_args)
    if reason is not None and len(reason) > LONGEST_REASON:
        raise Invalid(f"The reason is longer than {LONGEST_REASON} characters. Shorten it.")
    done = await _fetch(
        conn,
        """
        UPDATE approvals
           SET status = %(status)s, decided_by = %(user)s, decided_by_name = %(name)s,
               decided_at = clock_timestamp(), decision_reason = %(reason)s,
               edited_args = %(edited)s, decision_xact = pg_current_xact_id()
         WHERE id = %(id)s AND status = 'pending' AND expires_at > clock_timestamp()
        RETURNING {columns}
        """,
        {
            "id": approval_id,
            "status": "approved" if decision == "approve" else "denied",
            "user": caller.user_id,
            "name": name,
            "reason": reason,
            "edited": Jsonb(edited_args) if edited_args else None,
        },
    )
    if not done:
        raise _too_late(await get(conn, approval_id))
    return done[0]


async def mark_executed(conn: Connection, approval_id: str, result: dict[str, Any]) -> Approval:
    """The act is done, in this transaction. Raises Conflict unless it was approved in it."""
    return await _end(conn, approval_id, "executed", result)


async def mark_failed(conn: Connection, approval_id: str, result: dict[str, Any]) -> Approval:
    """The act was refused when it was done; nothing of it stays. Raises Conflict likewise."""
    return await _end(conn, approval_id, "failed", result)


async def mark_superseded(conn: Connection, approval_id: str, result: dict[str, Any]) -> Approval:
    """What it rested on has changed; nothing was done. Raises Conflict likewise."""
    return await _end(conn, approval_id, "superseded", result)


async def withdraw(conn: Connection, run_id: str, keep: Collection[str]) -> list[Approval]:
    """End the open approvals of a run that nothing waits for, all but those of `keep`; returns
    them."""
    return await _fetch(
        conn,
        """
        UPDATE approvals SET status = 'superseded', decided_at = clock_timestamp(),
               result = %(result)s
         WHERE run_id = %(run)s AND status = 'pending' AND NOT id = ANY (%(keep)s)
        RETURNING {columns}
        """,
        {"run": run_id, "keep": list(keep), "result": Jsonb({"reason": WITHDRAWN})},
    )


async def expire_due(conn: Connection) -> list[Approval]:
    """Mark what was not decided in time; returns those."""
    return await _fetch(
        conn,
        """
        UPDATE approvals SET status = 'expired'
         WHERE id IN (SELECT id FROM approvals
                       WHERE status = 'pending' AND expires_at <= clock_timestamp()
                       ORDER BY expires_at LIMIT 500 FOR UPDATE SKIP LOCKED)
        RETURNING {columns}
        """,
        {},
    )


async def _decider(conn: Connection, caller: Caller) -> str:
    """The e-mail of a caller who is an operator now, by the database. Raises Forbidden."""
    row = None
    if caller.role == "operator":
        row = await (
            await conn.execute(
                "SELECT email FROM users "
                "WHERE id = %s AND role = 'operator' AND disabled_at IS NULL",
                (caller.user_id,),
            )
        ).fetchone()
    if row is None:
        raise Forbidden("Only an operator may decide this. Ask one.", code="wrong_role")
    return str(row["email"])


def _check_edits(
    approval: Approval, decision: Decision, edited_args: dict[str, Any] | None
) -> None:
    edited: Collection[str] = edited_args or {}
    if edited and decision == "deny":
        raise Invalid("A denial takes no edits. Leave `edited_args` out.")
    fixed = sorted(set(edited) - set(approval.editable))
    if fixed:
        allowed = ", ".join(approval.editable) or "nothing"
        raise Invalid(
            f"{', '.join(fixed)} cannot be edited here, only {allowed}. Deny it and ask anew."
        )


def _too_late(approval: Approval) -> MosaicError:
    """Why an approval can no longer be decided."""
    if approval.status in ("pending", "expired"):
        return Gone(
            f"This expired at {_minute(approval.expires_at)}. Nothing was done; ask anew.",
            code="expired",
        )
    if approval.status == "superseded":
        why = "What this rested on has changed since"
        if approval.decided_by is None:
            why = f"This was withdrawn: {WITHDRAWN}"
        return Conflict(f"{why}. Nothing was done; ask anew.", code="superseded")
    verb = "denied" if approval.status == "denied" else "approved"
    at = _minute(approval.decided_at) if approval.decided_at else "an unknown time"
    return Conflict(
        f"This was already {verb} by {approval.decided_by_name} at {at}.", code="already_decided"
    )


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


async def _end(
    conn: Connection, approval_id: str, status: Status, result: dict[str, Any]
) -> Approval:
    done = await _fetch(
        conn,
        """
        UPDATE approvals
           SET status = %(status)s, result = %(result)s,
               executed_at = CASE %(status)s WHEN 'executed' THEN clock_timestamp() END
         WHERE id = %(id)s AND status = 'approved' AND decision_xact = pg_current_xact_id()
        RETURNING {columns}
        """,
        {"id": approval_id, "status": status, "result": Jsonb(result)},
    )
    if not done:
        raise Conflict("This was not approved in this transaction. Decide it first.")
    return done[0]


async def _fetch(conn: Connection, query: LiteralString, params: dict[str, Any]) -> list[Approval]:
    """The rows of `query`, whose `{columns}` are those of an Approval."""
    async with conn.cursor(row_factory=class_row(Approval)) as cursor:
        await cursor.execute(sql.SQL(query).format(columns=COLUMNS), params)
        return await cursor.fetchall()
