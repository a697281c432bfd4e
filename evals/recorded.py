"""A finished run read back from the database: what was said, called, proposed and known."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.calls import call_tool
from errors import Conflict
from evals.conversation import Call
from evals.server import CLIENT
from memory import approvals, receipts, runs, threads, tool_calls, users
from memory.caller import SYSTEM, Caller
from memory.demo import operator as demo
from memory.demo.operator_leads import LEADS
from memory.pool import Connection, get_conn
from tools.findings import REFUSAL, Fact
from tools.operator.lead_queries import lead_names
from tools.registry import get_tool


@dataclass(frozen=True)
class Known:
    """A fact under the answer with the call that made it. `value` is as JSON keeps it."""

    fact: Fact
    value: Any
    call: Call

    @property
    def refusal(self) -> bool:
        """Whether it says why a call was refused."""
        return (self.fact.rule or "").split("@")[0].endswith(f".{REFUSAL}")

    @property
    def derived(self) -> bool:
        """Whether a reading call worked it out, so that it may depend on the day."""
        tool = get_tool(self.call.tool)
        reads = tool is not None and tool.effect == "read"
        return reads and self.fact.rule is not None and not self.refusal


@dataclass(frozen=True)
class Recorded:
    """One run. `turns` end with its message; `wrote_before` are the writing tools of the turns
    before; `strangers` are the (kind, name) of leads that are not the demo's."""

    run_id: str
    caller: Caller
    ended_at: datetime
    turns: list[str]
    wrote_before: list[str]
    calls: list[Call]
    proposed: list[Call]
    known: list[Known]
    inferred: bool
    missing: list[str]
    strangers: list[tuple[str, str]]
    of_demo_client: bool
    demo_loaded_at: datetime | None


async def read_run(run_id: str, before: int) -> Recorded:
    """The run with up to `before` turns of its thread before it.

    Raises NotFound when there is no such run, and Conflict when it has not ended with an answer
    or cannot be told as a conversation.
    """
    async with get_conn(SYSTEM) as conn:
        run = await runs.get(conn, run_id)
        _refuse_unfinished(run)
        thread, turn = run["thread_id"], run["turn"]
        said, text = await threads.recent_messages(conn, thread, turn, before)
        rows = await tool_calls.of_turns(conn, thread, turn - before, turn)
        if any(row["status"] == "interrupted" for row in rows if row["turn"] < turn):
            raise Conflict(
                "A person decided something in this thread before it, which a golden case cannot "
                "repeat. Take fewer turns with --before."
            )
        stored = await receipts.of_run(conn, run_id)
        if stored is None and run["status"] != "interrupted":
            raise Conflict(f"Run {run_id} has no receipt: it was answered with a crisis card.")
        leads = await lead_names(conn)
        caller = await users.caller(conn, run["owner_id"])
        demo_client = await users.find_account(conn, CLIENT)
        known = _known(stored)
        return Recorded(
            run_id=run_id,
            caller=caller,
            ended_at=run["ended_at"],
            turns=[row["content"] for row in said if row["role"] == "user"] + [text],
            wrote_before=[row["tool"] for row in rows if row["turn"] < turn and _writes(row)],
            calls=_calls([row for row in rows if row["turn"] == turn], known),
            proposed=await _proposed(conn, thread, run_id),
            known=known,
            inferred=bool(stored and stored["receipt"]["inferred"]),
            missing=[item["need"] for item in stored["receipt"]["missing"]] if stored else [],
            strangers=_strangers(leads),
            of_demo_client=demo_client is not None and demo_client.user.id == caller.user_id,
            demo_loaded_at=await demo.loaded_at(conn),
        )


async def values_at(run: Recorded, now: datetime | None = None) -> dict[tuple[str, str, str], Any]:
    """The derived facts of the run made again as of `now`, or as of when it ran: their values
    by ledger, subject and label."""
    found: dict[tuple[str, str, str], Any] = {}
    made = set()
    async with get_conn(run.caller) as conn:
        for item in run.known:
            call = f"{item.call.tool} {json.dumps(item.call.args, sort_keys=True)}"
            tool = get_tool(item.call.tool)
            if not item.derived or tool is None or call in made:
                continue
            made.add(call)
            moment = now or item.fact.as_of
            findings = await call_tool(conn, tool, run.caller, moment, item.call.args)
            for fact in findings.facts:
                found[fact.identity] = fact.model_dump(mode="json")["value"]
    return found


def _refuse_unfinished(run: dict[str, Any]) -> None:
    if run["status"] not in ("success", "interrupted"):
        raise Conflict(f"Run {run['id']} is {run['status']}; only one that was answered will do.")
    if run["continues"] is not None:
        raise Conflict(
            f"Run {run['id']} goes on after a decision and has no message of its own. Promote the "
            f"one that asked: {run['root_id']}."
        )


def _known(stored: dict[str, Any] | None) -> list[Known]:
    """The facts of the receipt's known items, each with its call."""
    if stored is None:
        return []
    by_id = {item["fact"]["id"]: item for item in stored["facts"]}
    found = []
    for item in stored["receipt"]["known"]:
        made = by_id.get(item["facts"][0])
        if made is None:
            continue
        call = Call(made["tool"], made["args"])
        found.append(Known(Fact.model_validate(made["fact"]), item["value"], call))
    return found


def _calls(rows: Sequence[dict[str, Any]], known: Sequence[Known]) -> list[Call]:
    """The calls of the run's own turn. One that was refused is on no row, but its refusal is
    known."""
    calls = [Call(row["tool"], row["args"]) for row in rows if row["tool"]]
    for item in known:
        if item.call not in calls and item.call.tool != "recall":
            calls.append(item.call)
    return calls


def _writes(row: dict[str, Any]) -> bool:
    tool = get_tool(row["tool"] or "")
    return tool is not None and tool.effect != "read"


async def _proposed(conn: Connection, thread_id: str, run_id: str) -> list[Call]:
    """The calls of the run that were left waiting for a person."""
    return [
        Call(item.tool, item.args)
        for item in await approvals.of_thread(conn, thread_id)
        if item.run_id == run_id and (item.result or {}).get("reason") != approvals.WITHDRAWN
    ]


def _strangers(leads: Sequence[Any]) -> list[tuple[str, str]]:
    """Titles and contacts of the leads that the demo does not have."""
    own = {lead.id for lead in LEADS}
    others = [lead for lead in leads if lead.id not in own]
    return [("business", lead.title) for lead in others] + [
        ("person", lead.contact_name) for lead in others if lead.contact_name
    ]
