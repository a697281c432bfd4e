"""Runs: accepted once, claimed by one worker at a time, ended by exactly one terminal event."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.types.json import Jsonb

from errors import Conflict, Invalid, NotFound
from memory.caller import SYSTEM, Caller
from memory.pool import Connection, get_conn

Status = Literal["queued", "running", "success", "interrupted", "cancelled", "error"]
TERMINAL: tuple[Status, ...] = ("success", "interrupted", "cancelled", "error")
EVENTS_CHANNEL = "run_events"
CANCEL_CHANNEL = "run_cancel"


@dataclass(frozen=True)
class Accepted:
    """A run that a request names: `new` the first time, attached to after that."""

    run_id: str
    thread_id: str
    turn: int
    new: bool


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
    cancel_requested: bool
    account_closed: bool

    @property
    def continues(self) -> bool:
        """Whether it goes on after an approval."""
        return self.root_id != self.run_id


class Fenced(Exception):
    """Another attempt has taken this run; what this one still wants to write is dropped."""


def request_hash(thread_id: str, text: str) -> str:
    """What makes two requests with one run id the same request."""
    return hashlib.sha256(f"{thread_id}\n{text}".encode()).hexdigest()


async def accept(
    conn: Connection, caller: Caller, *, thread_id: str, run_id: str, message_id: str, text: str
) -> Accepted:
    """Write the thread, the run and the user's message, or find the run that is there.

    Raises NotFound when the thread or the run is someone else's, Invalid when the run id was
    used for another message, Conflict while an approval is open in the thread.
    """
    known = await find(conn, run_id)
    if known is None:
        await _refuse_while_open(conn, thread_id)
        await conn.execute(
            "INSERT INTO threads (id, owner_id, title) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (thread_id, caller.user_id, _title(text)),
        )
        thread = await (
            await conn.execute(
                "UPDATE threads SET last_turn = last_turn + 1, updated_at = now() WHERE id = %s "
                "RETURNING last_turn",
                (thread_id,),
            )
        ).fetchone()
        if thread is None:
            raise NotFound("There is no such thread. Start a new one or list yours at /threads.")
        inserted = await conn.execute(
            "INSERT INTO runs (id, root_id, thread_id, owner_id, turn, request_hash) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
            (
                run_id,
                run_id,
                thread_id,
                caller.user_id,
                thread["last_turn"],
                request_hash(thread_id, text),
            ),
        )
        if inserted.rowcount:
            await conn.execute(
                "INSERT INTO messages (thread_id, id, owner_id, run_id, turn, position, role, content)"
                " VALUES (%s, %s, %s, %s, %s, 0, 'user', %s)",
                (thread_id, message_id, caller.user_id, run_id, thread["last_turn"], text),
            )
            return Accepted(run_id, thread_id, thread["last_turn"], new=True)
        # The same request came twice at once; this one waited for the other's commit.
        await conn.execute(
            "UPDATE threads SET last_turn = last_turn - 1 WHERE id = %s", (thread_id,)
        )
        known = await find(conn, run_id)
        if known is None:
            raise NotFound("There is no such run. Use a new run id for every message.")
    if known["request_hash"] != request_hash(thread_id, text):
        raise Invalid(
            f"Run {run_id} was started with another message. Use a new run id for every message.",
            code="run_id_reused",
        )
    return Accepted(run_id, known["thread_id"], known["turn"], new=False)


async def _refuse_while_open(conn: Connection, thread_id: str) -> None:
    row = await (
        await conn.execute(
            "SELECT act FROM approvals WHERE thread_id = %s AND status = 'pending' "
            "AND expires_at > clock_timestamp() LIMIT 1",
            (thread_id,),
        )
    ).fetchone()
    if row is not None:
        raise Conflict(
            f"“{row['act']}” waits for a decision in this thread. Decide it first, or start "
            "another thread.",
            code="interrupt_open",
        )


async def continue_run(
    conn: Connection, interrupted: str, run_id: str, digest: str
) -> Accepted | None:
    """Write the run that goes on after the approvals of `interrupted`; None when there is one.
    It has no message of the user's: their decision is its beginning."""
    row = await (
        await conn.execute(
            """
            WITH turn AS (
                UPDATE threads t SET last_turn = last_turn + 1, updated_at = now() FROM runs r
                 WHERE r.id = %(interrupted)s AND r.status = 'interrupted' AND t.id = r.thread_id
                   AND NOT EXISTS (SELECT FROM runs WHERE continues = %(interrupted)s)
                RETURNING t.last_turn
            )
            INSERT INTO runs (id, root_id, continues, thread_id, owner_id, turn, request_hash)
            SELECT %(run)s, r.root_id, r.id, r.thread_id, r.owner_id, turn.last_turn, %(digest)s
              FROM runs r, turn WHERE r.id = %(interrupted)s
            ON CONFLICT DO NOTHING
            RETURNING thread_id, owner_id, turn
            """,
            {"interrupted": interrupted, "run": run_id, "digest": digest},
        )
    ).fetchone()
    if row is None:
        return None
    return Accepted(run_id, row["thread_id"], row["turn"], new=True)


async def start_tape(conn: Connection, run_id: str, event: str) -> None:
    """Write the first event of a new run."""
    await conn.execute(
        "INSERT INTO run_events (run_id, seq, owner_id, event) "
        "SELECT id, 1, owner_id, %s FROM runs WHERE id = %s",
        (event, run_id),
    )


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


async def find(conn: Connection, run_id: str) -> dict[str, Any] | None:
    """Thread, turn and request hash of a run, if it is there and the caller's."""
    return await (
        await conn.execute(
            "SELECT thread_id, turn, request_hash FROM runs WHERE id = %s", (run_id,)
        )
    ).fetchone()


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "…"


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


async def append_events(conn: Connection, claim: Claim, first_seq: int, events: list[str]) -> bool:
    """Append to the tape and wake its followers; returns whether a cancel was asked for.

    Raises Fenced when another attempt has the run.
    """
    row = await (
        await conn.execute(
            f"""
            WITH fence AS (
                SELECT owner_id, cancel_requested_at FROM runs
                 WHERE id = %(run)s AND attempt = %(attempt)s AND status = 'running' FOR SHARE
            ), written AS (
                INSERT INTO run_events (run_id, seq, owner_id, event)
                SELECT %(run)s, %(first)s + item.n - 1, fence.owner_id, item.event
                  FROM fence, unnest(%(events)s::text[]) WITH ORDINALITY AS item (event, n)
            )
            SELECT cancel_requested_at IS NOT NULL AS cancel_requested,
                   pg_notify('{EVENTS_CHANNEL}', %(run)s)
              FROM fence
            """,
            {"run": claim.run_id, "attempt": claim.attempt, "first": first_seq, "events": events},
        )
    ).fetchone()
    if row is None:
        raise Fenced(claim.run_id)
    return bool(row["cancel_requested"])


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


async def finish(
    conn: Connection,
    claim: Claim,
    status: Status,
    *,
    provider: str | None = None,
    model: str | None = None,
    usage: list[dict[str, Any]] | None = None,
    error: tuple[str, str] | None = None,
) -> None:
    """End the run, in the transaction that also appended its terminal event.

    Raises Fenced when another attempt has the run or it has ended."""
    code, message = error or (None, None)
    done = await conn.execute(
        """
        UPDATE runs SET status = %s, ended_at = now(), provider = %s, model = %s, usage = %s,
               error_code = %s, error_message = %s
         WHERE id = %s AND attempt = %s AND status = 'running'
        """,
        (status, provider, model, Jsonb(usage or []), code, message, claim.run_id, claim.attempt),
    )
    if done.rowcount == 0:
        raise Fenced(claim.run_id)
    # The findings served to take the run up again; the receipt keeps the facts it names.
    if status != "interrupted":
        await conn.execute(
            "UPDATE tool_calls SET result = '{}' "
            "WHERE run_id IN (SELECT id FROM runs WHERE root_id = %s)",
            (claim.root_id,),
        )


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


async def lost(conn: Connection) -> list[dict[str, Any]]:
    """Id and thread of the open runs that no job will ever take up again, locked for the caller."""
    return await (
        await conn.execute(
            """
            SELECT id, thread_id FROM runs r
             WHERE r.status IN ('queued', 'running') AND r.created_at < now() - interval '5 seconds'
               AND NOT EXISTS (SELECT FROM jobs.procrastinate_jobs j
                                WHERE j.id = r.job_id AND j.status IN ('todo', 'doing'))
             LIMIT 100 FOR UPDATE OF r SKIP LOCKED
            """
        )
    ).fetchall()


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


async def continuation_of(conn: Connection, interrupted: str) -> dict[str, Any] | None:
    """The run that continues `interrupted`, if there is one."""
    return await (
        await conn.execute("SELECT * FROM runs WHERE continues = %s", (interrupted,))
    ).fetchone()
