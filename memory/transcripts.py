"""A conversation held elsewhere, brought in as a thread: its utterances are messages like any."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from memory import threads
from memory.caller import Caller
from memory.pool import Connection


@dataclass(frozen=True)
class Utterance:
    """What one speaker said, and when. `role` is whose side of the conversation it is; the
    speaker has a name where there are others than the person and the assistant."""

    id: str
    role: Literal["user", "assistant"]
    speaker: str | None
    text: str
    at: datetime


async def add_transcript(
    conn: Connection,
    caller: Caller,
    *,
    thread_id: str,
    title: str,
    utterances: Sequence[Utterance],
) -> None:
    """Write the thread: one run that is over, with the utterances in their order. Brought in
    again, it is left as it is."""
    await conn.execute(
        "INSERT INTO threads (id, owner_id, title, last_turn) VALUES (%s, %s, %s, 1) "
        "ON CONFLICT DO NOTHING",
        (thread_id, caller.user_id, title),
    )
    await conn.execute(
        "INSERT INTO runs (id, root_id, thread_id, owner_id, turn, status, request_hash, ended_at) "
        "VALUES (%(run)s, %(run)s, %(thread)s, %(owner)s, 1, 'success', 'transcript', now()) "
        "ON CONFLICT DO NOTHING",
        {"run": f"{thread_id}:transcript", "thread": thread_id, "owner": caller.user_id},
    )
    await threads.add_messages(
        conn,
        thread_id=thread_id,
        owner_id=caller.user_id,
        run_id=f"{thread_id}:transcript",
        turn=1,
        messages=[
            threads.Message(
                said.id,
                position,
                said.role,
                said.text,
                {"speaker": said.speaker} if said.speaker else {},
                said.at,
            )
            for position, said in enumerate(utterances)
        ],
    )
