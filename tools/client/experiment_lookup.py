"""Finding the experiment a person means, by id or by name."""

from __future__ import annotations

from psycopg import sql

from errors import NotFound
from tools.client.entries import Row
from tools.client.rules.naming import same_name
from tools.client.wording import listed, short_id
from tools.findings import Findings, Missing
from tools.registry import ToolContext

OPEN = ("active", "paused")


async def experiment_names(ctx: ToolContext) -> list[tuple[str, str]]:
    """(id, name) of every experiment of the caller, the newest first."""
    rows = await (
        await ctx.conn.execute(
            "SELECT id, experiment_name FROM experiments "
            "WHERE user_id = %s AND undone_at IS NULL ORDER BY created_at DESC, id",
            (ctx.caller.user_id,),
        )
    ).fetchall()
    return [(row["id"], row["experiment_name"]) for row in rows]


async def find_experiment(
    ctx: ToolContext, called: str | None, *, lock: bool = False
) -> Row | Findings:
    """The experiment `called` means; without a name, the only one under way.

    When several can be meant, Findings that list them, and nothing may be written. Raises
    NotFound when none can.
    """
    candidates = await _under_way(ctx) if called is None else await _called(ctx, called)
    if len(candidates) == 1:
        return await _read(ctx, candidates[0], lock)
    return await _ask_which(ctx, called, candidates)


async def _called(ctx: ToolContext, called: str) -> list[str]:
    names = await experiment_names(ctx)
    found = same_name(called, names)
    if found:
        return found
    known = listed([f'"{name}"' for _, name in names[:10]])
    raise NotFound(
        f'You have no experiment called "{called}". '
        + (f"Yours are {known}." if known else "You have not logged any experiment yet.")
    )


async def _under_way(ctx: ToolContext) -> list[str]:
    rows = await (
        await ctx.conn.execute(
            "SELECT id FROM experiments WHERE user_id = %s AND undone_at IS NULL "
            "AND status = ANY(%s) ORDER BY updated_at DESC, id",
            (ctx.caller.user_id, list(OPEN)),
        )
    ).fetchall()
    if rows:
        return [row["id"] for row in rows]
    return [key for key, _ in await experiment_names(ctx)]


async def _read(ctx: ToolContext, key: str, lock: bool) -> Row:
    statement = sql.SQL(
        "SELECT * FROM experiments WHERE user_id = %s AND id = %s AND undone_at IS NULL {}"
    ).format(sql.SQL("FOR UPDATE") if lock else sql.SQL(""))
    row = await (await ctx.conn.execute(statement, (ctx.caller.user_id, key))).fetchone()
    if row is None:
        raise NotFound("That experiment was undone a moment ago. Redo it, or name another one.")
    return row


async def _ask_which(ctx: ToolContext, called: str | None, candidates: list[str]) -> Findings:
    rows = await (
        await ctx.conn.execute(
            "SELECT id, experiment_name, status FROM experiments "
            "WHERE user_id = %s AND id = ANY(%s) ORDER BY created_at DESC, id LIMIT 10",
            (ctx.caller.user_id, candidates),
        )
    ).fetchall()
    if not rows:
        raise NotFound("You have not logged any experiment yet. Log one first.")
    choices = listed(
        [f'"{row["experiment_name"]}" ({row["status"]}, {short_id(row["id"])})' for row in rows],
        "or",
    )
    return Findings(
        missing=[
            Missing(
                need=f"which experiment you mean: {choices}",
                why_it_matters=f'More than one fits "{called}", so nothing was done.'
                if called
                else "You did not name one, so nothing was done.",
                how_to_get="question",
                target="Which experiment do you mean?",
            )
        ],
        ledgers=["experiments"],
        as_of=ctx.now,
        data={
            "candidates": [
                {
                    "experiment_id": row["id"],
                    "experiment_name": row["experiment_name"],
                    "status": row["status"],
                }
                for row in rows
            ]
        },
    )
