"""Resuming a thread that stopped for approvals: AG-UI's `resume`, all of it in one transaction."""

from __future__ import annotations

import json
from typing import Any, Literal

from ag_ui.core import ResumeEntry, RunAgentInput
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.calls import describe
from agent.continuation import start_continuation
from api.services import Service
from errors import Conflict, Invalid
from memory import accepting, approvals, refusals
from memory.approvals import Approval
from memory.caller import Caller
from memory.pool import Connection, get_conn
from tools.approvals import carry_out


class DecisionSent(BaseModel):
    """A person's decision on one approval. `args` edits what may be edited."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["approve", "deny"]
    reason: str | None = Field(None, max_length=approvals.LONGEST_REASON)
    args: dict[str, Any] | None = None


async def resume(service: Service, caller: Caller, sent: RunAgentInput) -> str:
    """Decide the approvals that `resume` answers and start the run that goes on; returns its id.

    Sent again it decides nothing and returns the run that is there. Raises Invalid unless it
    answers every open approval of the stopped run, and what a decision raises (Forbidden, Gone,
    Conflict); then nothing is decided, and the attempt is noted.
    """
    entries = {entry.interrupt_id: entry for entry in sent.resume or []}
    subject = f"threads/{sent.thread_id}"
    async with refusals.noted(caller, "approval.refused", subject, answers=len(entries)):
        run_id, late = await _resume(service, caller, sent, entries)
    if late:
        said = {"answers": len(entries), "code": "already_decided"}
        await refusals.note(caller, "approval.refused", subject, said)
    return run_id


async def _resume(
    service: Service, caller: Caller, sent: RunAgentInput, entries: dict[str, ResumeEntry]
) -> tuple[str, bool]:
    """The run that goes on, and whether all was decided before: this answer came too late."""
    digest = accepting.request_hash(sent.thread_id, _canonical(entries))
    async with get_conn(caller) as conn:
        known = await accepting.find(conn, sent.run_id)
        if known is not None:
            if known["request_hash"] != digest:
                raise Invalid(f"Run {sent.run_id} was started with another request.")
            return sent.run_id, False
        asked = await approvals.of_thread(conn, sent.thread_id)
        interrupted = _stopped_run(asked, entries)
        for approval in asked:
            if approval.run_id == interrupted and approval.status == "pending":
                await _decide(conn, service, caller, approval, entries[approval.id])
        accepted = await start_continuation(conn, service.jobs, interrupted, sent.run_id, digest)
        if accepted is not None:
            return accepted.run_id, False
        going = await accepting.continuation_of(conn, interrupted)
    if going is None:
        raise Conflict("This run has not stopped for an approval.", code="no_open_interrupt")
    return str(going["id"]), True


def _stopped_run(asked: list[Approval], entries: dict[str, ResumeEntry]) -> str:
    """The run whose approvals `entries` answers. Raises Conflict or Invalid."""
    by_id = {approval.id: approval for approval in asked}
    unknown = sorted(entries.keys() - by_id.keys())
    if unknown:
        raise Conflict("No such approval is open in this thread.", code="no_open_interrupt")
    stopped = {by_id[item].run_id for item in entries}
    if len(stopped) != 1:
        raise Invalid("`resume` must answer the approvals of one run.")
    run_id = stopped.pop()
    uncovered = [
        approval.act
        for approval in asked
        if approval.run_id == run_id and approval.status == "pending" and approval.id not in entries
    ]
    if uncovered:
        raise Invalid(f"`resume` must answer every open approval; not answered: {uncovered}")
    if run_id is None:
        raise Conflict("The run of this approval is gone.", code="no_open_interrupt")
    return run_id


async def _decide(
    conn: Connection, service: Service, caller: Caller, approval: Approval, entry: ResumeEntry
) -> None:
    sent = DecisionSent(decision="deny", reason="cancelled")
    if entry.status == "resolved":
        try:
            sent = DecisionSent.model_validate(entry.payload)
        except ValidationError as error:
            raise Invalid(f"The answer to “{approval.act}” is wrong: {describe(error)}.") from error
    await carry_out(
        conn, caller, service.agent.clock(), approval.id, sent.decision, sent.reason, sent.args
    )


def _canonical(entries: dict[str, ResumeEntry]) -> str:
    return json.dumps(
        [[key, entry.status, entry.payload] for key, entry in sorted(entries.items())],
        sort_keys=True,
    )
