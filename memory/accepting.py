"""Accepting: what begins a run is written once, in one statement or one transaction."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Literal

from errors import Conflict, Invalid, NotFound
from memory.caller import Caller
from memory.pool import Connection

WhenBusy = Literal["enqueue", "reject", "interrupt"]
"""What becomes of a message while runs of its thread are open: it waits behind them, it is refused,
or it stops them."""


@dataclass(frozen=True)
class Accepted:
    """A run that a request names: `new` the first time, attached to after that."""

    run_id: str
    thread_id: str
    turn: int
    new: bool


def request_hash(thread_id: str, text: str) -> str:
    """What makes two requests with one run id the same request."""
    return hashlib.sha256(f"{thread_id}\n{text}".encode()).hexdigest()


async def accept(
    conn: Connection,
    caller: Caller,
    *,
    thread_id: str,
    run_id: str,
    message_id: str,
    text: str,
    event: str,
    when_busy: WhenBusy = "enqueue",
) -> Accepted:
    """Write the thread, the run, the user's message, the tape's first event and the job, or find
    the run that is there: the one of this id, or the one that answers this very message, sent
    from another page.

    Raises NotFound when the thread or the run is someone else's, Invalid when the run id or the
    message id was used for another message, Conflict while an approval is open in the thread and,
    with "reject", while a run is. With "interrupt" the caller stops what `open_before` finds.
    """
    digest = request_hash(thread_id, text)
    found = await (
        await conn.execute(
            ACCEPT,
            {
                "run": run_id,
                "thread": thread_id,
                "owner": caller.user_id,
                "title": _title(text),
                "digest": digest,
                "message": message_id,
                "text": text,
                "event": event,
            },
        )
    ).fetchone()
    if found is None:
        raise NotFound("There is no such thread. Start a new one or list yours at /threads.")
    if found["new_message"] is not None:
        if when_busy == "reject" and await open_before(conn, thread_id, found["new_turn"]):
            raise Conflict(
                "A message of this thread is being answered. Wait for the answer, or stop it.",
                code="thread_busy",
            )
        return Accepted(run_id, thread_id, found["new_turn"], new=True)
    known: dict[str, Any] | None = found
    if found["request_hash"] is None:
        known = await _find_after_refusal(conn, thread_id, run_id, message_id, found)
    if known is None:
        raise NotFound("There is no such run. Use a new run id for every message.")
    if known["request_hash"] != digest:
        raise _reused(run_id, known)
    return Accepted(known["id"], known["thread_id"], known["turn"], new=False)


def _reused(run_id: str, known: dict[str, Any]) -> Invalid:
    if known["id"] != run_id:
        return Invalid(
            "This message id was used for another message. Use a new one for every message.",
            code="message_id_reused",
        )
    return Invalid(
        f"Run {run_id} was started with another message. Use a new run id for every message.",
        code="run_id_reused",
    )


ACCEPT = """
    WITH known AS (
        SELECT id, thread_id, turn, request_hash FROM runs WHERE id = %(run)s
    ), waiting AS (
        SELECT act FROM approvals WHERE thread_id = %(thread)s AND status = 'pending'
           AND expires_at > clock_timestamp() LIMIT 1
    ), thread AS (
        INSERT INTO threads AS t (id, owner_id, title, last_turn)
        SELECT %(thread)s, %(owner)s, %(title)s, 1
         WHERE NOT EXISTS (SELECT FROM known) AND NOT EXISTS (SELECT FROM waiting)
            ON CONFLICT (id) DO UPDATE SET last_turn = t.last_turn + 1, updated_at = now()
               WHERE t.owner_id = excluded.owner_id
        RETURNING last_turn
    ), job AS (
        SELECT queue_run(%(run)s, %(thread)s) AS id FROM thread
    ), run AS (
        INSERT INTO runs (id, root_id, thread_id, owner_id, turn, request_hash, job_id)
        SELECT %(run)s, %(run)s, %(thread)s, %(owner)s, last_turn, %(digest)s, job.id
          FROM thread, job
            ON CONFLICT DO NOTHING
        RETURNING id, thread_id, owner_id, turn
    ), message AS (
        INSERT INTO messages (thread_id, id, owner_id, run_id, turn, position, role, content)
        SELECT thread_id, %(message)s, owner_id, id, turn, 0, 'user', %(text)s FROM run
            ON CONFLICT DO NOTHING
        RETURNING id
    ), event AS (
        INSERT INTO run_events (run_id, seq, owner_id, event)
        SELECT id, 1, owner_id, %(event)s FROM run
    )
    SELECT known.*, waiting.act, thread.last_turn, run.turn AS new_turn,
           message.id AS new_message, job.id AS job
      FROM (SELECT) always LEFT JOIN known ON true LEFT JOIN waiting ON true
      LEFT JOIN thread ON true LEFT JOIN run ON true LEFT JOIN message ON true
      LEFT JOIN job ON true
"""
"""All of an accepted message at once."""


async def _find_after_refusal(
    conn: Connection, thread_id: str, run_id: str, message_id: str, found: dict[str, Any]
) -> dict[str, Any] | None:
    """Why nothing was accepted although the run was not known: raises Conflict or NotFound, or
    returns the run that the same request, sent twice at once, has made meanwhile, or that the
    same message, sent under another run id, has. What was written of it is taken back."""
    if found["act"] is not None:
        raise Conflict(
            f"“{found['act']}” waits for a decision in this thread. Decide it first, or start "
            "another thread.",
            code="interrupt_open",
        )
    if found["last_turn"] is None:
        raise NotFound("There is no such thread. Start a new one or list yours at /threads.")
    await conn.execute(
        "DELETE FROM runs WHERE thread_id = %s AND turn = %s", (thread_id, found["last_turn"])
    )
    await conn.execute("UPDATE threads SET last_turn = last_turn - 1 WHERE id = %s", (thread_id,))
    await conn.execute("DELETE FROM jobs.procrastinate_jobs WHERE id = %s", (found["job"],))
    return await find(conn, run_id) or await _find_by_message(conn, thread_id, message_id)


async def open_before(conn: Connection, thread_id: str, turn: int) -> list[str]:
    """The runs of the thread before `turn` that have not ended, oldest first."""
    rows = await (
        await conn.execute(
            "SELECT id FROM runs WHERE thread_id = %s AND turn < %s "
            "AND status IN ('queued', 'running') ORDER BY turn",
            (thread_id, turn),
        )
    ).fetchall()
    return [row["id"] for row in rows]


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


async def find(conn: Connection, run_id: str) -> dict[str, Any] | None:
    """Id, thread, turn and request hash of a run, if it is there and the caller's."""
    return await (
        await conn.execute(
            "SELECT id, thread_id, turn, request_hash FROM runs WHERE id = %s", (run_id,)
        )
    ).fetchone()


async def _find_by_message(
    conn: Connection, thread_id: str, message_id: str
) -> dict[str, Any] | None:
    return await (
        await conn.execute(
            "SELECT r.id, r.thread_id, r.turn, r.request_hash FROM messages m "
            "JOIN runs r ON r.id = m.run_id WHERE m.thread_id = %s AND m.id = %s",
            (thread_id, message_id),
        )
    ).fetchone()


def _title(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 60 else words[:57].rsplit(" ", 1)[0] + "…"


async def continuation_of(conn: Connection, interrupted: str) -> dict[str, Any] | None:
    """The run that continues `interrupted`, if there is one."""
    return await (
        await conn.execute("SELECT * FROM runs WHERE continues = %s", (interrupted,))
    ).fetchone()
