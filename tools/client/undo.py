"""Undo: taking back an own log entry of the last day, and taking that back (decisions,
"Deletion")."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import cast

from psycopg import sql
from pydantic import BaseModel, Field

from errors import Conflict, Invalid, NotFound
from tools.client.change_log import restore
from tools.client.entries import TABLES, Kind, Row, entry_name, source
from tools.client.fields import Label
from tools.client.rules.naming import SHORTEST_ID
from tools.client.wording import counted, excerpt, listed
from tools.findings import Fact, Findings, Ledger, Undo
from tools.registry import Example, ToolContext, tool

WINDOW = timedelta(days=1)

LEDGERS: dict[Kind, Ledger] = {
    "experiment": "experiments",
    "change": "experiments",
    "reflection": "experiments",
    "learning": "learnings",
    "evidence": "evidence",
    "metric": "self_efficacy",
}
# The column that says in the client's words what the entry is.
WORDS: dict[Kind, str] = {
    "experiment": "experiment_name",
    "change": "experiment_name",
    "reflection": "outcome",
    "learning": "content",
    "evidence": "capability_name",
    "metric": "metric_name",
}


class UndoEntryArgs(BaseModel):
    entry: Label | None = Field(
        None, description='What to undo, such as "learning:12"; left out, the newest entry'
    )
    redo: bool = Field(False, description="Take the undoing back")


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Undo an entry",
    examples=[
        "Undo that",
        "Undo",
        "Take that back",
        "I didn't mean to log that",
        "Remove what you just logged",
        "That was a mistake, delete it",
        "Scratch that last entry",
        "Please revert the last change",
        "Undo the last learning",
        "Cancel what you just saved",
        "No, don't record that",
        "Oops, wrong entry",
        "Reverse that",
        "Strike the last thing from my record",
        "Roll that back",
        "Forget the entry I just made",
        "Erase the entry I just logged",
        "Take out what I added a moment ago",
        "That should not be in my record",
        "Wrong, delete that entry",
        Example("Redo it", {"redo": True}),
        Example("Bring it back after all", {"redo": True}),
        Example("Undo the undo", {"redo": True}),
        Example("Restore the entry I just removed", {"redo": True}),
        Example("Actually, keep it", {"redo": True}),
        Example("Put it back in", {"redo": True}),
        Example("Recover the entry you took out", {"redo": True}),
        Example("I do want that entry after all", {"redo": True}),
        Example("I want back what you removed", {"redo": True}),
        Example("Reinstate the entry", {"redo": True}),
    ],
)
async def undo_entry(ctx: ToolContext, args: UndoEntryArgs) -> Findings:
    """Undo an entry the client logged within the last day (the newest, or the one named), or
    redo one undone within the last day."""
    kind, key = _parsed(args.entry) if args.entry else await _newest(ctx, args.redo)
    entry = await _read(ctx, kind, key)
    if (entry["undone_at"] is None) == args.redo:
        return _result(ctx, kind, entry, args.redo)
    _within_a_day(ctx, entry, args.redo)
    if kind == "change":
        await restore(ctx, entry, forward=args.redo)
    elif kind == "experiment" and not args.redo:
        await _nothing_rests_on(ctx, entry)
    await _mark(ctx, kind, entry, args.redo)
    return _result(ctx, kind, await _read(ctx, kind, key), args.redo)


def _parsed(entry: str) -> tuple[Kind, str | int]:
    match = re.fullmatch(r"(\w+):([\w-]{1,100})", entry)
    kind, key = (match[1], match[2]) if match else ("", "")
    if kind == "experiment" and len(key) >= SHORTEST_ID:
        return "experiment", key
    if kind != "experiment" and kind in TABLES and re.fullmatch(r"\d{1,18}", key):
        return cast(Kind, kind), int(key)
    raise Invalid(f'"{entry}" names no entry. An entry looks like "learning:12".')


async def _newest(ctx: ToolContext, redo: bool) -> tuple[Kind, str | int]:
    """The caller's newest entry of the last day; for a redo, the one undone last. An outcome
    note goes with its completion, a change with its experiment."""
    moment = sql.Identifier("undone_at" if redo else "created_at")
    parts = []
    for kind, table in TABLES.items():
        extra = {
            "change": "AND EXISTS (SELECT FROM experiments e WHERE e.id = t.experiment_id "
            "AND e.undone_at IS NULL)",
            "reflection": "AND change_id IS NULL",
        }.get(kind, "")
        parts.append(
            sql.SQL(
                "SELECT {kind} AS kind, id::text AS key, {moment} AS moment FROM {table} t "
                "WHERE user_id = %(user)s AND (undone_at IS NULL) <> %(redo)s "
                "AND {moment} >= %(since)s {extra}"
            ).format(
                kind=sql.Literal(kind),
                moment=moment,
                table=sql.Identifier(table),
                extra=sql.SQL(extra),
            )
        )
    statement = sql.SQL(
        "SELECT kind, key FROM ({}) AS entry "
        "ORDER BY moment DESC, kind = 'experiment', length(key) DESC, key DESC LIMIT 1"
    ).format(sql.SQL(" UNION ALL ").join(parts))
    parameters = {"user": ctx.caller.user_id, "redo": redo, "since": ctx.now - WINDOW}
    row = await (await ctx.conn.execute(statement, parameters)).fetchone()
    if row is None:
        raise NotFound(
            "You have undone nothing within the last day, so there is nothing to redo."
            if redo
            else "You have logged nothing within the last day, so there is nothing to undo."
        )
    return _parsed(f"{row['kind']}:{row['key']}")


async def _read(ctx: ToolContext, kind: Kind, key: str | int) -> Row:
    """The entry, locked, with `experiment_name` where it belongs to an experiment."""
    match = "starts_with(t.id, %(key)s)" if kind == "experiment" else "t.id = %(key)s"
    joined = kind in ("change", "reflection", "learning")
    statement = sql.SQL(
        "SELECT t.*{name} FROM {table} t {join} WHERE {match} "
        "AND t.user_id = %(user)s FOR UPDATE OF t"
    ).format(
        name=sql.SQL(", e.experiment_name, e.undone_at AS experiment_undone_at" if joined else ""),
        table=sql.Identifier(TABLES[kind]),
        join=sql.SQL("JOIN experiments e ON e.id = t.experiment_id" if joined else ""),
        match=sql.SQL(match),
    )
    parameters = {"key": key, "user": ctx.caller.user_id}
    rows = await (await ctx.conn.execute(statement, parameters)).fetchall()
    if len(rows) != 1:
        raise NotFound(f'You have no entry "{entry_name(kind, key)}".')
    return rows[0]


def _within_a_day(ctx: ToolContext, entry: Row, redo: bool) -> None:
    moment = entry["undone_at"] if redo else entry["created_at"]
    if ctx.now - moment > WINDOW:
        raise Conflict(
            "That was undone more than a day ago and can no longer be redone. Log it again."
            if redo
            else "That was logged more than a day ago and can no longer be undone. Update or "
            "archive the experiment instead."
        )
    if redo and entry.get("experiment_undone_at") is not None:
        raise Conflict(f'Its experiment "{entry["experiment_name"]}" is undone. Redo that first.')


async def _nothing_rests_on(ctx: ToolContext, entry: Row) -> None:
    """An experiment with something logged under it is archived, not undone."""
    row = (
        await (
            await ctx.conn.execute(
                "SELECT (SELECT count(*) FROM learning_data WHERE experiment_id = %(id)s "
                "AND undone_at IS NULL) AS learning, "
                "(SELECT count(*) FROM experiment_reflections WHERE experiment_id = %(id)s "
                "AND undone_at IS NULL) AS reflection, "
                "(SELECT count(*) FROM capability_evidence WHERE experiment_id = %(id)s "
                "AND undone_at IS NULL) AS evidence",
                {"id": entry["id"]},
            )
        ).fetchone()
        or {}
    )
    resting = [
        counted(number, "piece") + " of evidence" if kind == "evidence" else counted(number, kind)
        for kind, number in row.items()
        if number
    ]
    if resting:
        raise Conflict(
            f'"{entry["experiment_name"]}" already has {listed(resting)}. Undo those first, or '
            "archive the experiment."
        )


async def _mark(ctx: ToolContext, kind: Kind, entry: Row, redo: bool) -> None:
    undone_at = None if redo else ctx.now
    await ctx.conn.execute(
        sql.SQL("UPDATE {} SET undone_at = %s WHERE id = %s AND user_id = %s").format(
            sql.Identifier(TABLES[kind])
        ),
        (undone_at, entry["id"], ctx.caller.user_id),
    )
    if kind == "change":
        await ctx.conn.execute(
            "UPDATE experiment_reflections SET undone_at = %s WHERE change_id = %s "
            "AND user_id = %s",
            (undone_at, entry["id"], ctx.caller.user_id),
        )


def _result(ctx: ToolContext, kind: Kind, entry: Row, redo: bool) -> Findings:
    name = entry_name(kind, entry["id"])
    words = entry[WORDS[kind]] or "a reflection"
    what = f'the last change of "{words}"' if kind == "change" else f'the {kind} "{excerpt(words)}"'
    message = (
        f"Redone: {what} counts again."
        if redo
        else f"Undone: {what} no longer counts. You can redo it within a day."
    )
    column = "id" if kind == "change" or entry[WORDS[kind]] is None else WORDS[kind]
    fact = Fact(
        ledger=LEDGERS[kind],
        sources=(source(kind, entry, column, "undone_at"),),
        subject=excerpt(words),
        label=f"entry {name}",
        value=entry[column],
        as_of=ctx.now,
        statement=message,
    )
    return Findings(
        facts=[fact],
        ledgers=[LEDGERS[kind]],
        as_of=ctx.now,
        data={"entry": name, "status": "redone" if redo else "undone", "message": message},
        undo=Undo(tool="undo_entry", args={"entry": name} | ({} if redo else {"redo": True})),
    )
