"""What the language model has cost today, by person and in all, and the caps on it.

Spending is added up in the transaction that ends a run. The day is UTC's, by the database's
clock. A cap is checked before every model call (client spec 6.4: per person and global,
configurable, and closed when it cannot be checked).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Literal

from memory.fresh import Fresh
from memory.pool import Connection, get_system_conn

READ_EVERY_SECONDS = 1.0
REMEMBERED = 10_000


@dataclass(frozen=True)
class Spent:
    """Tokens in and out, and US dollars."""

    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: Decimal = Decimal(0)

    def __add__(self, other: Spent) -> Spent:
        return Spent(
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
            self.cost_usd + other.cost_usd,
        )


@dataclass(frozen=True)
class Cap:
    """The most that may be spent in a day: US dollars, and tokens in and out together."""

    cost_usd: Decimal
    tokens: int

    def reached(self, spent: Spent) -> bool:
        return (
            spent.cost_usd >= self.cost_usd
            or spent.input_tokens + spent.output_tokens >= self.tokens
        )


@dataclass(frozen=True)
class Caps:
    """The caps of one person and of everybody together."""

    person: Cap
    everybody: Cap


Whose = Literal["person", "everybody"]


def cap_reached(person: Spent, everybody: Spent, caps: Caps) -> Whose | None:
    """Whose cap leaves no room for another call; None while there is room."""
    if caps.everybody.reached(everybody):
        return "everybody"
    if caps.person.reached(person):
        return "person"
    return None


class Spending:
    """Today's spending as this process sees it, read at most once a second a person."""

    def __init__(self, caps: Caps) -> None:
        self._caps = caps
        self._today: dict[str, Fresh[tuple[Spent, Spent]]] = {}

    async def cap_reached(self, owner_id: str, unrecorded: Spent) -> Whose | None:
        """Whose cap a person has reached, counting what their run has spent but not recorded
        yet. Raises Unavailable when it cannot be read."""
        if owner_id not in self._today:
            if len(self._today) >= REMEMBERED:
                self._today.clear()
            self._today[owner_id] = Fresh(partial(_read_today, owner_id), READ_EVERY_SECONDS)
        person, everybody = await self._today[owner_id].get()
        return cap_reached(person + unrecorded, everybody + unrecorded, self._caps)


async def _read_today(owner_id: str) -> tuple[Spent, Spent]:
    async with get_system_conn() as conn:
        row = await (
            await conn.execute(
                """
                SELECT coalesce(sum(input_tokens), 0)::bigint AS input,
                       coalesce(sum(output_tokens), 0)::bigint AS output,
                       coalesce(sum(cost_usd), 0) AS cost,
                       coalesce(sum(input_tokens) FILTER (WHERE own), 0)::bigint AS own_input,
                       coalesce(sum(output_tokens) FILTER (WHERE own), 0)::bigint AS own_output,
                       coalesce(sum(cost_usd) FILTER (WHERE own), 0) AS own_cost
                  FROM (SELECT *, owner_id IS NOT DISTINCT FROM %s AS own FROM usage_days
                         WHERE day = (now() AT TIME ZONE 'UTC')::date) today
                """,
                (owner_id,),
            )
        ).fetchone()
    if row is None:
        return Spent(), Spent()
    person = Spent(row["own_input"], row["own_output"], row["own_cost"])
    return person, Spent(row["input"], row["output"], row["cost"])


async def add(conn: Connection, owner_id: str, spent: Spent) -> None:
    """Add to the person's day; nothing is written when nothing was spent. What an account that
    is gone has spent counts for everybody."""
    if spent == Spent():
        return
    await conn.execute(
        """
        INSERT INTO usage_days AS known (owner_id, day, input_tokens, output_tokens, cost_usd)
        VALUES ((SELECT id FROM users WHERE id = %s), (now() AT TIME ZONE 'UTC')::date, %s, %s, %s)
        ON CONFLICT (owner_id, day) DO UPDATE SET
            input_tokens = known.input_tokens + excluded.input_tokens,
            output_tokens = known.output_tokens + excluded.output_tokens,
            cost_usd = known.cost_usd + excluded.cost_usd
        """,
        (owner_id, spent.input_tokens, spent.output_tokens, spent.cost_usd),
    )
