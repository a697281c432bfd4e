"""The ends of a run: success, cancelled, error. Each is one transaction: the messages, the receipt,
the run's status and its terminal event, committed before anybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any
from uuid import uuid4

from ag_ui.core import (
    ActivitySnapshotEvent,
    AssistantMessage,
    BaseEvent,
    MessagesSnapshotEvent,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunFinishedSuccessOutcome,
    StateSnapshotEvent,
    TokenUsage,
)

from agent import observe
from agent.context import Render, RunContext
from agent.models.types import Usage
from agent.proposing import as_interrupt, card, waits
from agent.provider import spent_in
from agent.receipts.build import build_receipt
from agent.receipts.model import Receipt, marks_of
from agent.takeover import SNAPSHOT_TURNS, as_message, cut_calls_off
from memory import approvals, receipts, spending, threads
from memory.pool import get_conn
from memory.runs import Status, finish
from tools.approvals import withdraw


async def end_success(work: RunContext) -> None:
    """The answer with its receipt."""
    await _end(
        work,
        "success",
        RunFinishedEvent(
            thread_id=work.claim.thread_id,
            run_id=work.claim.run_id,
            outcome=RunFinishedSuccessOutcome(),
            usage=_usage(work),
        ),
    )


async def end_interrupted(work: RunContext, waiting: list[str]) -> None:
    """Stopped for approvals: the reader gets their cards, what is committed, and what to answer."""
    async with get_conn(work.caller) as conn:
        open_ones = [await approvals.get(conn, approval) for approval in waiting]
        rows = await threads.list_messages(conn, work.claim.thread_id, turns=SNAPSHOT_TURNS)
    # Said in words too: not every client shows cards, and a thread is read again later. In a
    # message of its own, so that one that shows cards can leave it out.
    work.speech.close()
    work.speech.say("\n\n".join(waits(approval) for approval in open_ones))
    work.speech.close({"status": "interrupted", "approvals": waiting})
    for approval in open_ones:
        work.tape.emit(
            ActivitySnapshotEvent(
                message_id=f"approval:{approval.id}",
                activity_type="approval",
                content=card(approval),
            )
        )
    cards = [card(approval) for approval in open_ones]
    work.tape.emit(StateSnapshotEvent(snapshot={"approvals": cards}))
    said = [AssistantMessage(id=spoken.id, content=spoken.text) for spoken in work.speech.messages]
    work.tape.emit(MessagesSnapshotEvent(messages=[*map(as_message, rows), *said]))
    await _end(
        work,
        "interrupted",
        RunFinishedEvent(
            thread_id=work.claim.thread_id,
            run_id=work.claim.run_id,
            outcome=RunFinishedInterruptOutcome(
                interrupts=[as_interrupt(one, work.asked[one.id]) for one in open_ones]
            ),
            usage=_usage(work),
        ),
        waiting=waiting,
    )


async def end_cancelled(work: RunContext) -> None:
    """Stopped by its owner; what was written is kept and marked."""
    await _end(
        work,
        "cancelled",
        RunFinishedEvent(
            thread_id=work.claim.thread_id,
            run_id=work.claim.run_id,
            outcome=RunFinishedCancelledOutcome(),
            usage=_usage(work),
        ),
    )


async def end_failed(work: RunContext, code: str, message: str) -> None:
    """Ended by an error, said in one sentence; what was written is kept and marked."""
    await _end(
        work,
        "error",
        RunErrorEvent(message=message, code=code, usage=_usage(work)),
        error=(code, message),
    )


async def _end(
    work: RunContext,
    status: Status,
    terminal: BaseEvent,
    error: tuple[str, str] | None = None,
    waiting: Collection[str] = (),
) -> None:
    # The first end wins. Once it is being written, a cancel comes too late to tear it in two.
    if work.ending is None:
        work.ending = asyncio.create_task(_write_end(work, status, terminal, error, waiting))
    await asyncio.shield(work.ending)


async def _write_end(
    work: RunContext,
    status: Status,
    terminal: BaseEvent,
    error: tuple[str, str] | None,
    waiting: Collection[str],
) -> None:
    claim = work.claim
    # From here the events wait for the transaction that makes them true.
    await work.tape.hold()
    if work.gate is not None and not work.judged:
        work.judged = list(work.gate.judged)
    receipt = _receipt(work) if status != "interrupted" else None
    _close_speech(work, status, receipt)
    if status in ("cancelled", "error"):
        await cut_calls_off(work)
    work.tape.emit(terminal)
    async with get_conn(work.caller) as conn:
        await threads.add_messages(
            conn,
            thread_id=claim.thread_id,
            owner_id=claim.caller.user_id,
            run_id=claim.run_id,
            turn=claim.turn,
            messages=[
                threads.Message(spoken.id, position, "assistant", spoken.text, spoken.metadata)
                for position, spoken in enumerate(work.speech.messages, start=1)
            ],
        )
        if receipt is not None:
            await receipts.add(
                conn,
                claim=claim,
                message_id=work.speech.messages[-1].id,
                receipt=receipt.model_dump(mode="json"),
                facts=_recheckable(work, receipt),
            )
        events = work.tape.take()
        await finish(
            conn,
            claim,
            status,
            events=events,
            provider=work.model.provider,
            model=work.model.name,
            usage=[usage.__dict__ for usage in work.usage],
            error=error,
        )
        await spending.add(conn, claim.caller.user_id, spent_in(work))
        if work.may_have_asked or claim.attempt > 1:
            await withdraw(conn, work.caller, claim.run_id, keep=waiting)
    work.tape.publish(events)
    observe.run_ended(work, status, error[0] if error else "")


def _close_speech(work: RunContext, status: Status, receipt: Receipt | None) -> None:
    metadata: dict[str, Any] = {}
    if status != "success":
        metadata["status"] = status
    if work.notice:
        metadata["notice"] = work.notice
    if work.card:
        metadata["card"] = work.card
    if receipt is not None:
        metadata["receipt"] = {
            "id": receipt.id,
            "known": len(receipt.known),
            "inferred": len(receipt.inferred),
            "missing": len(receipt.missing),
            "overall": receipt.overall,
        }
    work.speech.close(metadata or None)
    if receipt is not None:
        message = work.speech.messages[-1]
        work.tape.emit(receipt_event(receipt, message.id, message.text, work.services.render))


def receipt_event(receipt: Receipt, message_id: str, text: str, render: Render) -> BaseEvent:
    """A receipt as its reader gets it, with the answer's HTML, in which its claims are marked."""
    return ActivitySnapshotEvent(
        message_id=f"{message_id}:receipt",
        activity_type="receipt",
        content={
            **receipt.model_dump(mode="json", exclude_none=True),
            "message_id": message_id,
            "html": render(text, marks_of(receipt)),
        },
    )


def _receipt(work: RunContext) -> Receipt | None:
    """The receipt of the last message; None when nothing was said or a crisis card was."""
    if not work.speech.messages or work.card is not None:
        return None
    consulted = [
        ledger
        for made in work.consulted
        if made.findings is not None
        for ledger in (made.findings.ledgers or [fact.ledger for fact in made.findings.facts])
    ]
    return build_receipt(
        receipt_id=uuid4().hex,
        answer_text=work.speech.messages[-1].text,
        judged=work.judged,
        facts=work.facts,
        missing=work.missing,
        ledgers_consulted=consulted,
        repaired=work.repaired,
        replaced=work.replaced,
        notice=work.notice,
    )


def _recheckable(work: RunContext, receipt: Receipt) -> list[dict[str, Any]]:
    """The facts the receipt names, each with the call that can make it again."""
    cited = {fact for item in receipt.known for fact in item.facts}
    cited |= {fact for item in receipt.inferred for fact in item.based_on}
    origin: dict[str, tuple[str, dict[str, Any]]] = {}
    position = 0
    for made in work.consulted:
        for _ in made.findings.facts if made.findings else []:
            origin[work.facts[position].id] = (made.call.name, made.call.args)
            position += 1
    return [
        {
            "fact": fact.model_dump(mode="json"),
            "tool": origin[fact.id][0],
            "args": origin[fact.id][1],
        }
        for fact in work.facts
        if fact.id in cited and fact.id in origin
    ]


def _usage(work: RunContext) -> list[TokenUsage]:
    return [token_usage(usage) for usage in work.usage]


def token_usage(usage: Usage) -> TokenUsage:
    """The tokens of a model call in AG-UI's shape."""
    return TokenUsage(
        provider=usage.provider,
        model=usage.model,
        input_tokens=usage.input_tokens,
        output_tokens=usage.output_tokens,
        total_tokens=usage.input_tokens + usage.output_tokens,
        cached_input_tokens=usage.cached_input_tokens,
        cache_write_input_tokens=usage.cache_write_input_tokens,
    )
