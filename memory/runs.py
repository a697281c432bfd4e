"""Runs: claimed by one worker at a time, ended by exactly one terminal event."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from errors import BadRequest, NotFound, Unavailable
from memory.caller import SYSTEM, Caller
from memory.pool import Connection, get_conn

Status = Literal["queued", "running", "success", "interrupted", "cancelled", "error"]
TERMINAL: tuple[Status, ...] = ("success", "interrupted", "cancelled", "error")
EVENTS_CHANNEL = "run_events"
CANCEL_CHANNEL = "run_cancel"
IDS_A_NOTICE = 50
"""A notice holds 8,000 bytes, an id at most 128."""


@dataclass(frozen=True)
class Claim:
    """A run in the hands of one attempt. What it writes is refused once another has claimed it.
    `caller` is its owner, as they are now. `root_id` is the run itself, or the one that stopped
    for the approval after which this one goes on."""

    run_id: str
    root_id: str
    root_turn: int
    thread_id: str
    caller: Caller
    turn: int
    attempt: int
    last_seq: int
    text: str
    cancel_requested: bool
    account_closed: bool

    @property
    def continues(self) -> bool:
        """Whether it goes on after an approval."""
        return self.root_id != self.run_id


class Fenced(Exception):
    """Another attempt has taken this run; what this one still wants to write is dropped."""


async def cancel_queued(conn: Connection, run_id: str, event: str) -> Status:
    """End a run that nobody has taken up yet; returns the status it then has."""
    done = await conn.execute(
        f"""
        WITH ended AS (
            UPDATE runs SET status = 'cancelled', ended_at = now()
             WHERE id = %(run)s AND status = 'queued' RETURNING id, owner_id
        )
        INSERT INTO run_events (run_id, seq, owner_id, event)
        SELECT id, 2, owner_id, %(event)s FROM ended
        RETURNING pg_notify('{EVENTS_CHANNEL}', run_id)
        """,
        {"run": run_id, "event": event},
    )
    return "cancelled" if done.rowcount else "running"


async def get(conn: Connection, run_id: str) -> dict[str, Any]:
    """The run's row. Raises NotFound when it is not there or not the caller's."""
    row = await (await conn.execute("SELECT * FROM runs WHERE id = %s", (run_id,))).fetchone()
    if row is None:
        raise NotFound("There is no such run.")
    return row


async def claim(run_id: str) -> Claim | None:
    """Take a run for a new attempt; None when it has ended. Earlier attempts are fenced off."""
    async with get_conn(SYSTEM) as conn:
        row = await (
            await conn.execute(
                """
                UPDATE runs SET status = 'running', attempt = runs.attempt + 1,
                       started_at = coalesce(runs.started_at, now())
                  FROM users u, runs root
                 WHERE runs.id = %s AND runs.status IN ('queued', 'running')
                   AND u.id = runs.owner_id AND root.id = runs.root_id
                RETURNING runs.root_id, root.turn AS root_turn, runs.thread_id, runs.owner_id, runs.turn, runs.attempt, u.role,
                          u.time_zone, u.disabled_at IS NOT NULL AS closed,
                          (SELECT content FROM messages m WHERE m.thread_id = runs.thread_id
                              AND m.turn = root.turn AND m.position = 0) AS text,
                          runs.cancel_requested_at IS NOT NULL AS cancel_requested
                """,
                (run_id,),
            )
        ).fetchone()
        if row is None:
            return None
        last_seq = 1 if row["attempt"] == 1 else await _last_seq(conn, run_id)
    return Claim(
        run_id=run_id,
        root_id=row["root_id"],
        root_turn=row["root_turn"],
        thread_id=row["thread_id"],
        caller=Caller(row["owner_id"], row["role"], row["time_zone"]),
        turn=row["turn"],
        attempt=row["attempt"],
        last_seq=last_seq,
        text=row["text"] or "",
        cancel_requested=row["cancel_requested"],
        account_closed=row["closed"],
    )


async def _last_seq(conn: Connection, run_id: str) -> int:
    row = await (
        await conn.execute(
            "SELECT coalesce(max(seq), 0) AS seq FROM run_events WHERE run_id = %s", (run_id,)
        )
    ).fetchone()
    return int(row["seq"]) if row else 0


async def append_events(
    conn: Connection, tapes: list[tuple[Claim, list[tuple[int, str]]]]
) -> dict[tuple[str, int], bool]:
    """Append numbered events to tapes, as the service itself, and wake their followers.

    Returns, by run and attempt, whether a cancel was asked for. A run that another attempt has
    is not among them, and nothing of it was written.
    """
    items = [(claim, seq, event) for claim, events in tapes for seq, event in events]
    rows = await (
        await conn.execute(
            f"""
            WITH item AS (
                SELECT * FROM unnest(%(runs)s::text[], %(attempts)s::int[], %(seqs)s::int[],
                                     %(events)b::text[]) AS item (run, attempt, seq, event)
            ), fence AS (
                SELECT id, attempt, owner_id, cancel_requested_at FROM runs
                 WHERE id = ANY(%(ids)s) AND status = 'running'
                   AND EXISTS (SELECT FROM item WHERE run = id AND item.attempt = runs.attempt)
                 ORDER BY id FOR SHARE
            ), written AS (
                INSERT INTO run_events (run_id, seq, owner_id, event)
                SELECT fence.id, item.seq, fence.owner_id, item.event
                  FROM fence JOIN item ON item.run = fence.id AND item.attempt = fence.attempt
            ), told AS (
                SELECT pg_notify('{EVENTS_CHANNEL}', string_agg(id, ' ')) FROM (
                    SELECT id, (row_number() OVER ()) / {IDS_A_NOTICE} AS notice FROM fence
                ) numbered GROUP BY notice
            )
            SELECT id, attempt, cancel_requested_at IS NOT NULL AS cancel_requested,
                   (SELECT count(*) FROM told) AS notices
              FROM fence
            """,
            {
                "ids": [claim.run_id for claim, _ in tapes],
                "runs": [claim.run_id for claim, _, _ in items],
                "attempts": [claim.attempt for claim, _, _ in items],
                "seqs": [seq for _, seq, _ in items],
                "events": [event for _, _, event in items],
            },
        )
    ).fetchall()
    return {(row["id"], row["attempt"]): row["cancel_requested"] for row in rows}


async def hold(conn: Connection, claim: Claim) -> None:
    """Keep the claim to the end of the transaction. Raises Fenced when another attempt has it."""
    held = await conn.execute(
        "SELECT FROM runs WHERE id = %s AND attempt = %s AND status = 'running' FOR SHARE",
        (claim.run_id, claim.attempt),
    )
    if held.rowcount == 0:
        raise Fenced(claim.run_id)


async def read_events(
    conn: Connection, run_id: str, after: int, limit: int = 500
) -> list[tuple[int, str]]:
    """The tape after `after`, oldest first."""
    rows = await (
        await conn.execute(
            "SELECT seq, event FROM run_events WHERE run_id = %s AND seq > %s ORDER BY seq LIMIT %s",
            (run_id, after, limit),
        )
    ).fetchall()
    return [(row["seq"], row["event"]) for row in rows]


async def has_been_read(conn: Connection, run: dict[str, Any], after: int) -> bool:
    """Whether the run has ended and has no events after `after`. Raises BadRequest when it goes on
    and has none up to `after` either: nobody has been told of such an event."""
    if run["status"] not in TERMINAL:
        if after > await _last_seq(conn, run["id"]):
            raise BadRequest(f"This run has no event {after} yet.", code="bad_cursor")
        return False
    if run["tape_length"] is not None:
        return after >= int(run["tape_length"])
    return not await read_events(conn, run["id"], after, limit=1)


async def refuse_dropped(conn: Connection, run_id: str) -> None:
    """Raises Unavailable when the tape was dropped: its reader has to come anew."""
    run = await get(conn, run_id)
    if run["tape_length"] is not None:
        raise Unavailable("This answer is old and is told again. Come back.", retry_after=1)


async def read_chain(conn: Connection, root_id: str) -> list[str]:
    """The events of a run and of those that continue it, oldest first."""
    rows = await (
        await conn.execute(
            "SELECT e.event FROM runs r JOIN run_events e ON e.run_id = r.id "
            "WHERE r.root_id = %s ORDER BY r.turn, e.seq",
            (root_id,),
        )
    ).fetchall()
    return [row["event"] for row in rows]


async def finish(
    conn: Connection,
    claim: Claim,
    status: Status,
    *,
    events: list[tuple[int, str]],
    provider: str | None = None,
    model: str | None = None,
    usage: list[dict[str, Any]] | None = None,
    error: tuple[str, str] | None = None,
) -> None:
    """End the run with the last `events` of its tape, the terminal one among them.

    Raises Fenced when another attempt has the run or it has ended."""
    code, message = error or (None, None)
    done = await conn.execute(
        f"""
        WITH ended AS (
            UPDATE runs SET status = %(status)s, ended_at = now(), provider = %(provider)s,
                   model = %(model)s, usage = %(usage)s, error_code = %(code)s,
                   error_message = %(message)s
             WHERE id = %(run)s AND attempt = %(attempt)s AND status = 'running'
            RETURNING id, root_id, owner_id
        ), written AS (
            INSERT INTO run_events (run_id, seq, owner_id, event)
            SELECT ended.id, item.seq, ended.owner_id, item.event
              FROM ended, unnest(%(seqs)s::int[], %(events)b::text[]) AS item (seq, event)
        ), emptied AS (
            -- The findings served to take the run up again; the receipt keeps the facts it names.
            UPDATE tool_calls SET result = '{{}}' FROM ended, runs
             WHERE runs.root_id = ended.root_id AND tool_calls.run_id = runs.id
               AND %(status)s <> 'interrupted'
        )
        SELECT pg_notify('{EVENTS_CHANNEL}', id) FROM ended
        """,
        {
            "status": status,
            "provider": provider,
            "model": model,
            "usage": Jsonb(usage or []),
            "code": code,
            "message": message,
            "run": claim.run_id,
            "attempt": claim.attempt,
            "seqs": [seq for seq, _ in events],
            "events": [event for _, event in events],
        },
    )
    if done.rowcount == 0:
        raise Fenced(claim.run_id)


async def request_cancel(conn: Connection, run_id: str) -> Status:
    """Ask whoever has the run to stop; returns the status it has now. Idempotent."""
    row = await (
        await conn.execute(
            f"""
            UPDATE runs SET cancel_requested_at = coalesce(cancel_requested_at, now())
             WHERE id = %s RETURNING status, pg_notify('{CANCEL_CHANNEL}', id)
            """,
            (run_id,),
        )
    ).fetchone()
    if row is None:
        raise NotFound("There is no such run.")
    status: Status = row["status"]
    return status


async def decided(conn: Connection) -> list[str]:
    """The stopped runs that nobody continues although no approval of theirs is open."""
    rows = await (
        await conn.execute(
            """
            SELECT r.id FROM runs r
             WHERE r.status = 'interrupted'
               AND NOT EXISTS (SELECT FROM runs c WHERE c.continues = r.id)
               AND NOT EXISTS (SELECT FROM approvals a
                                WHERE a.run_id = r.id AND a.status = 'pending')
             ORDER BY r.created_at LIMIT 100 FOR UPDATE OF r SKIP LOCKED
            """
        )
    ).fetchall()
    return [row["id"] for row in rows]
