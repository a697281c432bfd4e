"""What the embedding provider may cost in a day: a cap in tokens, shared by all processes."""

from __future__ import annotations

from errors import Unavailable
from memory.caller import SYSTEM
from memory.pool import get_conn


class DailyTokens:
    """At most `cap` tokens of `model` a day (UTC, by the database's clock)."""

    def __init__(self, model: str, cap: int) -> None:
        self._model = model
        self._cap = cap

    async def reserve(self, tokens: int) -> None:
        """Take tokens off the day. Raises Unavailable when that would pass the cap, and when
        the day cannot be read: what cannot be counted is not spent."""
        async with get_conn(SYSTEM) as conn:
            done = await conn.execute(
                """
                INSERT INTO embedding_days AS known (day, model, tokens)
                SELECT (now() AT TIME ZONE 'UTC')::date, %(model)s, %(tokens)s
                 WHERE %(tokens)s <= %(cap)s
                ON CONFLICT (day, model) DO UPDATE SET tokens = known.tokens + excluded.tokens
                 WHERE known.tokens + excluded.tokens <= %(cap)s
                """,
                {"model": self._model, "tokens": tokens, "cap": self._cap},
            )
        if done.rowcount == 0:
            raise Unavailable(
                f"Today's {self._cap:,} tokens for embeddings are spent; what is new is found by "
                "its words until tomorrow (UTC). EMBEDDINGS_DAILY_TOKENS raises the cap.",
                code="embedding_cap",
            )

    async def correct(self, tokens: int) -> None:
        """Add to today what a reservation missed; negative gives back."""
        async with get_conn(SYSTEM) as conn:
            await conn.execute(
                "UPDATE embedding_days SET tokens = greatest(0, tokens + %s) "
                "WHERE day = (now() AT TIME ZONE 'UTC')::date AND model = %s",
                (tokens, self._model),
            )
