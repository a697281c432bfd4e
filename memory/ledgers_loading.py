"""Loading a file of ledgers: in one transaction, every line of it or nothing.

Rows are written as the service itself writes them (mosaic_system), so that the tables' own
triggers remember their passages in the same transaction.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import psycopg
from psycopg import sql
from pydantic import BaseModel, ValidationError

from errors import Invalid
from memory import audit, migrations
from memory.caller import SYSTEM
from memory.ledgers import TABLES, Header, Ledger, Line, read_catalog
from memory.pool import Connection, get_conn

Model = TypeVar("Model", bound=BaseModel)


@dataclass
class Loaded:
    """How many of a table's rows were new, and how many had been there."""

    new: int = 0
    there: int = 0


async def load(lines: Iterable[bytes], *, dry_run: bool = False) -> dict[str, Loaded]:
    """Insert the rows of a file whose keys are not there yet; with `dry_run`, take it all back.

    Raises Invalid with the number of the first line that cannot be loaded; nothing is written
    then.
    """
    loaded = {name: Loaded() for name in TABLES}
    numbered = enumerate(lines, start=1)
    _check_header(next(numbered, (1, b""))[1])
    async with get_conn(SYSTEM) as conn:
        catalog = await read_catalog(conn)
        for number, text in numbered:
            ledger, columns = _read(number, text, catalog)
            if await _write(conn, number, ledger, columns, text.decode()):
                loaded[ledger.name].new += 1
            else:
                loaded[ledger.name].there += 1
        new = {name: count.new for name, count in loaded.items() if count.new}
        if dry_run:
            await conn.rollback()
        elif new:
            await audit.append(conn, "command line", "ledgers.loaded", "ledgers", new)
    return loaded


def _check_header(text: bytes) -> None:
    """Raises Invalid unless the file is one of ours that this version can read."""
    header = _parse(Header, 1, text)
    if header.migration not in {known.name for known in migrations.load()}:
        raise _bad_line(
            1,
            f"the file has the schema {header.migration!r}, which this version does not know. "
            "Load it with the version that wrote it, or a newer one",
        )


def _read(number: int, text: bytes, catalog: dict[str, Ledger]) -> tuple[Ledger, list[str]]:
    """The ledger that a line is for, and the columns it fills. Raises Invalid."""
    line = _parse(Line, number, text)
    ledger = catalog.get(line.table)
    if ledger is None:
        raise _bad_line(number, f"{line.table!r} is not one of the tables {', '.join(TABLES)}")
    unknown = sorted(line.row.keys() - set(ledger.columns))
    if unknown:
        raise _bad_line(number, f"{ledger.name} has no column {', '.join(map(repr, unknown))}")
    # Without its key a row would be new each time it is loaded.
    if line.row.get(ledger.key) is None:
        raise _bad_line(number, f"the row of {ledger.name} has no {ledger.key!r}")
    return ledger, list(line.row)


async def _write(
    conn: Connection, number: int, ledger: Ledger, columns: list[str], text: str
) -> bool:
    """Insert a line's row; False when its key is there. Raises Invalid where the database finds
    a value wrong."""
    # PostgreSQL reads the row out of the line itself: no number loses a digit on the way.
    query = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} "
        "FROM jsonb_populate_record(NULL::{table}, %s::jsonb -> 'row') "
        "ON CONFLICT ({key}) DO NOTHING"
    ).format(
        table=sql.Identifier(ledger.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        key=sql.Identifier(ledger.key),
    )
    try:
        if ledger.name == "operator_settings":
            await _make_way(conn, text)
        return (await conn.execute(query, (text,))).rowcount == 1
    except psycopg.errors.ForeignKeyViolation as error:
        column, parent = ledger.parents[error.diag.constraint_name or ""]
        raise _bad_line(
            number,
            f"the {column} of this row of {ledger.name} is in {parent} neither here nor before "
            f"it in the file: {Line.model_validate_json(text).row.get(column)!r}",
        ) from error
    except (psycopg.IntegrityError, psycopg.DataError) as error:
        raise _bad_line(number, f"{ledger.name}: {error.diag.message_primary}") from error


async def _make_way(conn: Connection, text: str) -> None:
    """Settings that stand as the migration made them are nobody's choice: they give way to the
    file's. Settings that somebody has changed stay."""
    async with conn.transaction(force_rollback=True):
        await conn.execute("DELETE FROM operator_settings")
        made = await conn.execute(
            "INSERT INTO operator_settings DEFAULT VALUES "
            "RETURNING (to_jsonb(operator_settings) - 'updated_at')::text AS untouched"
        )
        [row] = await made.fetchall()
    await conn.execute(
        """
        DELETE FROM operator_settings s
         WHERE to_jsonb(s) - 'updated_at' = %s::jsonb
           AND to_jsonb(s) <> to_jsonb(jsonb_populate_record(s, %s::jsonb -> 'row'))
        """,
        (row["untouched"], text),
    )


def _parse(model: type[Model], number: int, text: bytes) -> Model:
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)[0]
        where = "".join(f"{part}: " for part in found["loc"])
        raise _bad_line(number, f"{where}{found['msg']}") from error


def _bad_line(number: int, what: str) -> Invalid:
    return Invalid(f"Line {number}: {what}. Nothing was loaded.", code="bad_line")
