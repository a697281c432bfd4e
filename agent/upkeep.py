"""What a worker does between runs: summaries of past sessions. A failure is logged, and the
next round tries again."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from agent import summarising
from agent.context import Services
from errors import Unavailable
from log import get_logger

logger = get_logger(__name__)

ROUND_SECONDS = 20.0


async def keep_up(services: Services, summary_budget_usd: Decimal) -> None:
    """Do it for as long as this process works."""
    while True:
        await asyncio.sleep(ROUND_SECONDS)
        try:
            await summarising.sweep(services, summary_budget_usd)
        except Unavailable as error:
            logger.warning("upkeep failed, will try again", code=error.code)
        except Exception:
            logger.exception("upkeep failed unexpectedly, will try again")
