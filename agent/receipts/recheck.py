"""Checking a receipt again: every source row is read again and every derived fact made again."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from psycopg import sql
from pydantic import BaseModel

from agent.calls import call_tool
from errors import MosaicError
from memory.caller import Caller
from memory.pool import Connection
from tools.findings import REFUSAL, Fact, RowSource, row_version
from tools.registry import ToolContext, get_tool


class Rechecked(BaseModel):
    """What became of one fact since the answer was given."""

    fact_id: str
    state: Literal["unchanged", "changed", "gone"]
    was: str
    now: str | None = None


async def recheck(
    conn: Connection, caller: Caller, now: datetime, stored: list[dict[str, Any]]
) -> list[Rechecked]:
    """Check stored facts (each `fact`, `tool`, `args`) against the database as it is now.

    A derived fact is made again by the call that made it; a fact read from a row is compared
    with that row. Both see only what the caller may see.
    """
    made: dict[str, dict[tuple[str, str, str], Fact]] = {}
    results = []
    for item in stored:
        fact = Fact.model_validate(item["fact"])
        if fact.rule is None:
            results.append(await _row_fact(conn, fact))
            continue
        if fact.rule.split("@")[0].endswith(f".{REFUSAL}"):
            again = await _refused_again(conn, caller, now, item["tool"], item["args"])
            results.append(_refusal(fact, again))
            continue
        call = f"{item['tool']} {item['args']}"
        if call not in made:
            made[call] = await _make_again(conn, caller, now, item["tool"], item["args"])
        results.append(_derived_fact(fact, made[call].get(fact.identity)))
    return results


async def _make_again(
    conn: Connection, caller: Caller, now: datetime, name: str, args: dict[str, Any]
) -> dict[tuple[str, str, str], Fact]:
    tool = get_tool(name)
    if tool is None or tool.effect != "read" or not tool.allows(caller.role):
        return {}
    try:
        findings = await call_tool(conn, tool, caller, now, args)
    except MosaicError:
        return {}
    return {fact.identity: fact for fact in findings.facts}


async def _refused_again(
    conn: Connection, caller: Caller, now: datetime, name: str, args: dict[str, Any]
) -> str | None:
    """Why the call is refused now; None when it is not, or cannot be asked without doing it."""
    tool = get_tool(name)
    if tool is None or not tool.allows(caller.role) or tool.effect == "log":
        return None
    try:
        if tool.plan is not None:
            await tool.plan(ToolContext(conn, caller, now), tool.args.model_validate(args))
        else:
            await call_tool(conn, tool, caller, now, args)
    except MosaicError as error:
        return error.detail
    return None


def _refusal(was: Fact, detail: str | None) -> Rechecked:
    if detail is None:
        return Rechecked(fact_id=was.id, state="gone", was=was.statement)
    state: Literal["unchanged", "changed"] = "unchanged" if was.statement in detail else "changed"
    return Rechecked(fact_id=was.id, state=state, was=was.statement, now=detail)


def _derived_fact(was: Fact, now: Fact | None) -> Rechecked:
    if now is None:
        return Rechecked(fact_id=was.id, state="gone", was=was.statement)
    # A stored value has been through JSON; the new one is compared in the same form.
    same = was.model_dump(mode="json")["value"] == now.model_dump(mode="json")["value"]
    return Rechecked(
        fact_id=was.id,
        state="unchanged" if same else "changed",
        was=was.statement,
        now=now.statement,
    )


async def _row_fact(conn: Connection, fact: Fact) -> Rechecked:
    states = []
    for source in fact.sources:
        row = await _read(conn, source)
        if row is None:
            return Rechecked(fact_id=fact.id, state="gone", was=fact.statement)
        if row_version([row[name] for name in source.columns]) != source.version:
            states.append(f"{source.columns[0].replace('_', ' ')}: {row[source.columns[0]]}")
    if not states:
        return Rechecked(fact_id=fact.id, state="unchanged", was=fact.statement)
    return Rechecked(fact_id=fact.id, state="changed", was=fact.statement, now="; ".join(states))


async def _read(conn: Connection, source: RowSource) -> dict[str, Any] | None:
    """The row of a source as it is now, if the caller may see it."""
    query = sql.SQL("SELECT {} FROM {} WHERE {}").format(
        sql.SQL(", ").join(map(sql.Identifier, source.columns)),
        sql.Identifier(source.table),
        sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
            for name in source.key
        ),
    )
    return await (await conn.execute(query, source.key)).fetchone()
