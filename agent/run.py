"""Executing one run: claim it, run the graph, end it with exactly one terminal event."""

from __future__ import annotations

import asyncio

import structlog
from langgraph.errors import GraphRecursionError

from agent import observe
from agent.announced import Announced
from agent.context import RunContext, Services
from agent.ending import end_cancelled, end_failed, end_interrupted
from agent.graph import invoke
from agent.nodes.recall import load
from agent.provider import settle
from agent.speech import Speech
from agent.takeover import close_what_is_open
from agent.tape import Tape
from errors import MosaicError
from log import get_logger
from memory.runs import Claim, Fenced, claim

logger = get_logger(__name__)

RUN_SECONDS = 180.0
MAX_ATTEMPTS = 3


async def execute(services: Services, run_id: str) -> None:
    """Run it to its end. Returns quietly when it has ended already or another attempt has it.

    Raises Unavailable when the database is down: the job is then tried again.
    """
    claimed = await claim(run_id)
    if claimed is None:
        return
    structlog.contextvars.bind_contextvars(run_id=run_id, attempt=claimed.attempt)
    try:
        await _attempt(services, claimed)
    except Fenced:
        logger.warning("another attempt has this run; nothing more is written")
    finally:
        structlog.contextvars.clear_contextvars()


@observe.attempt
async def _attempt(services: Services, claimed: Claim) -> None:
    task = asyncio.current_task()
    stopped_by_user = False

    def stop() -> None:
        nonlocal stopped_by_user
        if not stopped_by_user and task is not None:
            stopped_by_user = True
            task.cancel()

    tape = Tape(claimed, services.recorder, services.hub, stop)
    work = RunContext(
        services=services,
        claim=claimed,
        tape=tape,
        speech=Speech(tape, claimed.run_id, claimed.attempt),
        announced=Announced(tape),
        now=services.clock(),
    )
    try:
        try:
            await close_what_is_open(work)
            with services.hub.on_cancel(claimed.run_id, stop):
                if claimed.cancel_requested:
                    await end_cancelled(work)
                else:
                    await _guarded(work)
        except asyncio.CancelledError:
            if not stopped_by_user or task is None:
                # This process is leaving: another one takes the run up, or its end is written.
                await _let_go(work)
                raise
            task.uncancel()
            await end_cancelled(work)
    except Fenced:
        await settle(work)
        raise
    finally:
        await tape.hold()


async def _let_go(work: RunContext) -> None:
    """See an end that is being written through; else account for what the attempt has spent."""
    if work.ending is not None:
        await asyncio.gather(work.ending, return_exceptions=True)
        return
    await work.tape.hold()
    await settle(work)


async def _guarded(work: RunContext) -> None:
    """Run the graph; every failure but the database's own becomes the run's error event."""
    if work.claim.account_closed:
        await end_failed(work, "account_closed", "This account is closed.")
        return
    if work.claim.attempt > MAX_ATTEMPTS:
        await end_failed(
            work, "attempts_exhausted", "This could not be answered after several tries."
        )
        return
    try:
        async with asyncio.timeout(RUN_SECONDS):
            if work.claim.continues:
                await load(work)
            if waiting := await invoke(work):
                await end_interrupted(work, waiting)
    except Fenced:
        raise
    except TimeoutError:
        await end_failed(
            work, "run_timeout", f"This took longer than {RUN_SECONDS:.0f} s and was stopped."
        )
    except GraphRecursionError:
        await end_failed(work, "too_many_steps", "This took too many steps and was stopped.")
    except MosaicError as error:
        work.ending = None
        if error.code in {"database_busy", "database_down"}:
            raise
        logger.warning("run failed", code=error.code, detail=error.detail)
        await end_failed(work, error.code, error.detail)
    except Exception:
        logger.exception("run failed unexpectedly")
        await end_failed(
            work, "internal", "Something went wrong on our side. Please send it again."
        )
