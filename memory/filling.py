"""Keeping the vectors of memories filled, in the background of a worker."""

from __future__ import annotations

import asyncio

from errors import MosaicError
from log import get_logger
from memory.caller import SYSTEM
from memory.pool import get_conn
from memory.recaller import ActiveSource
from memory.vectors import fill

logger = get_logger(__name__)

ROUND_SECONDS = 1.0
RETRY_SECONDS = 30.0
TURN_SECONDS = 10.0
"""How long one worker fills before another may."""
BATCH = 16
LOCK = 7_305_104
"""An advisory lock of its own; the migrations and the audit have others."""


async def keep_filled(active: ActiveSource) -> None:
    """Do it for as long as this process works, one worker at a time. A failure is logged and
    tried again; until then recall finds by words."""
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        try:
            await _turn(active)
        except MosaicError as error:
            logger.warning("memories wait for their vectors", code=error.code)
            await asyncio.sleep(RETRY_SECONDS)
        except Exception:
            logger.exception("memories wait for their vectors")
            await asyncio.sleep(RETRY_SECONDS)


async def _turn(active: ActiveSource) -> None:
    loop = asyncio.get_running_loop()
    ends = loop.time() + TURN_SECONDS
    async with get_conn(SYSTEM) as conn:
        waiting = await (
            await conn.execute(
                "SELECT pg_try_advisory_xact_lock(%s) AS mine "
                "WHERE EXISTS (SELECT FROM memories_waiting)",
                (LOCK,),
            )
        ).fetchone()
        if waiting is None or not waiting["mine"]:
            return
        embedder = await active.get()
        while (begun := loop.time()) < ends:
            if not await fill(embedder, BATCH):
                return
            # Runs come first: as long as it took is left to them.
            await asyncio.sleep(loop.time() - begun)
