"""The door for new messages: refused before anything is written when there are too many.

The limits are a person's messages in a minute, a person's runs that wait, and all runs that
wait. A message that is there already passes always: sending it again costs nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from errors import MosaicError, TooManyRequests, Unavailable
from memory.caller import Caller
from memory.fresh import Fresh
from memory.pool import Connection, get_system_conn

MINUTE = 60
COUNT_EVERY_SECONDS = 1.0
COME_BACK_SECONDS = 5


@dataclass(frozen=True)
class Limits:
    """The most of each: messages of a person in a minute, their waiting runs, all waiting runs."""

    messages_per_minute: int
    waiting_per_person: int
    waiting: int


@dataclass(frozen=True)
class Crowd:
    """What is there: the person's messages of the last minute, the age (seconds) of the oldest
    of them, their waiting runs, and all waiting runs."""

    messages: int = 0
    oldest_seconds: float = 0.0
    waiting_of_person: int = 0
    waiting: int = 0


def refusal(crowd: Crowd, limits: Limits) -> MosaicError | None:
    """The error with which one more message is refused; None when there is room."""
    if crowd.messages >= limits.messages_per_minute:
        return TooManyRequests(
            f"You have sent {crowd.messages} messages within a minute; "
            f"{limits.messages_per_minute} is the most. Nothing was stored; send it again later.",
            code="too_many_messages",
            retry_after=max(1, math.ceil(MINUTE - crowd.oldest_seconds)),
        )
    if crowd.waiting_of_person >= limits.waiting_per_person:
        return TooManyRequests(
            f"{crowd.waiting_of_person} of your messages are waiting for their answers. Nothing "
            "was stored; send it again when some are answered.",
            code="too_many_waiting",
            retry_after=COME_BACK_SECONDS,
        )
    if crowd.waiting >= limits.waiting:
        return Unavailable(
            "Too many messages are waiting for their answers. Nothing was stored; try again in a "
            "moment.",
            code="overloaded",
            retry_after=COME_BACK_SECONDS,
        )
    return None


class Door:
    """The door of this process. How many runs wait in all is counted at most once a second;
    between two counts it adds what it lets in."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._waiting = 0
        self.closed = False
        self._counted = Fresh(self._count, COUNT_EVERY_SECONDS)

    def close(self) -> None:
        """Let nobody in any more: this process is leaving."""
        self.closed = True

    async def count(self) -> None:
        """Count the waiting runs, if the last count is old. Before `admit`, and outside of its
        transaction: a request holds one connection at a time."""
        await self._counted.get()

    async def _count(self) -> None:
        async with get_system_conn() as conn:
            row = await (
                await conn.execute(
                    "SELECT count(*) AS waiting FROM "
                    "(SELECT 1 FROM runs WHERE status = 'queued' LIMIT %s) counted",
                    (self._limits.waiting,),
                )
            ).fetchone()
        self._waiting = int(row["waiting"]) if row else 0

    async def admit(self, conn: Connection, caller: Caller, run_id: str) -> None:
        """Let a message in, by `conn` of its own transaction. Raises TooManyRequests or
        Unavailable, both with the seconds to wait."""
        row = await (
            await conn.execute(
                """
                SELECT EXISTS (SELECT FROM runs WHERE id = %(run)s) AS known,
                       (SELECT count(*) FROM runs
                         WHERE owner_id = %(owner)s AND status = 'queued') AS waiting_of_person,
                       recent.messages, recent.oldest_seconds
                  FROM (SELECT count(*) AS messages,
                               coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8
                                   AS oldest_seconds
                          FROM runs WHERE owner_id = %(owner)s
                           AND created_at > now() - make_interval(secs => %(minute)s)) recent
                """,
                {"run": run_id, "owner": caller.user_id, "minute": MINUTE},
            )
        ).fetchone()
        if row is None or row.pop("known"):
            return
        if self.closed:
            raise Unavailable(
                "The service is restarting. Nothing was stored; send it again in a moment.",
                code="restarting",
                retry_after=COME_BACK_SECONDS,
            )
        if (error := refusal(Crowd(**row, waiting=self._waiting), self._limits)) is not None:
            raise error
        self._waiting += 1
