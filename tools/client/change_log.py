"""Changes of an experiment: applied together, with what was there before kept for the undo."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

from psycopg import sql
from psycopg.types.json import Jsonb

from errors import Conflict, Invalid
from tools.client.entries import Row
from tools.registry import ToolContext

_as_json = partial(json.dumps, default=str)


async def apply_changes(
    ctx: ToolContext, row: Row, changes: dict[str, Any], expected_version: int | None = None
) -> tuple[Row, Row | None]:
    """The changed experiment and its change; the row as it is and None when nothing differs.

    `row` must have been read for update. Raises Conflict when the experiment is not at
    `expected_version`, Invalid when its dates would contradict each other.
    """
    changes = {name: value for name, value in changes.items() if row[name] != value}
    if not changes:
        return row, None
    if expected_version is not None and expected_version != row["version"]:
        raise Conflict(
            f'"{row["experiment_name"]}" has changed: it is at version {row["version"]}, not '
            f"{expected_version}. Read it again and repeat the change."
        )
    after = row | changes
    if after["start_date"] and after["review_date"] and after["review_date"] < after["start_date"]:
        raise Invalid(
            f"The review date {after['review_date']} would lie before the start date "
            f"{after['start_date']}. Change both."
        )
    change = await _record(ctx, row, changes)
    return await _update(ctx, row["id"], changes), change


async def restore(ctx: ToolContext, change: Row, *, forward: bool) -> Row:
    """The experiment with the change taken back, or made again when `forward`.

    Raises Conflict when what the change touched has been changed since.
    """
    expected, wanted = change["after"], change["before"]
    if forward:
        expected, wanted = wanted, expected
    row = await (
        await ctx.conn.execute(
            "SELECT jsonb_populate_record(e, %(expected)s) IS NOT DISTINCT FROM e AS untouched "
            "FROM experiments e WHERE id = %(id)s AND user_id = %(user)s "
            "AND undone_at IS NULL FOR UPDATE",
            {
                "expected": Jsonb(expected),
                "id": change["experiment_id"],
                "user": ctx.caller.user_id,
            },
        )
    ).fetchone()
    if row is None or not row["untouched"]:
        raise Conflict(
            "The experiment has changed since, so this one change cannot be taken back or made "
            "again. Update the experiment instead."
        )
    typed = await (
        await ctx.conn.execute(
            "SELECT (jsonb_populate_record(e, %s)).* FROM experiments e "
            "WHERE id = %s AND user_id = %s",
            (Jsonb(wanted), change["experiment_id"], ctx.caller.user_id),
        )
    ).fetchone()
    values = typed or {}
    return await _update(ctx, change["experiment_id"], {name: values[name] for name in wanted})


async def _record(ctx: ToolContext, row: Row, changes: dict[str, Any]) -> Row | None:
    before = {name: row[name] for name in changes}
    return await (
        await ctx.conn.execute(
            "INSERT INTO experiment_changes (user_id, experiment_id, before, after, created_at) "
            "VALUES (%s, %s, %s, %s, %s) RETURNING *",
            (
                ctx.caller.user_id,
                row["id"],
                Jsonb(before, dumps=_as_json),
                Jsonb(changes, dumps=_as_json),
                ctx.now,
            ),
        )
    ).fetchone()


async def _update(ctx: ToolContext, key: str, changes: dict[str, Any]) -> Row:
    statement = sql.SQL(
        "UPDATE experiments SET {}, version = version + 1, updated_at = %(moment)s "
        "WHERE id = %(key)s AND user_id = %(owner)s RETURNING *"
    ).format(
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name))
            for name in changes
        )
    )
    parameters = {**changes, "moment": ctx.now, "key": key, "owner": ctx.caller.user_id}
    row = await (await ctx.conn.execute(statement, parameters)).fetchone()
    if row is None:
        raise Conflict("The experiment was removed at the same moment. Nothing was changed.")
    return row
