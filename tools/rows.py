"""Reading again the rows that a source names, and saying what became of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from psycopg import AsyncConnection, sql

from tools.findings import RowSource, row_source, row_version

Connection = AsyncConnection[dict[str, Any]]

LONGEST_VALUE = 200
_MOMENT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True)
class Seen:
    """A source and, for people to read, the value of each of its columns."""

    source: RowSource
    values: dict[str, Any]

    def stored(self) -> dict[str, Any]:
        """As JSON: the source with its `values`."""
        return {**self.source.model_dump(mode="json"), "values": self.values}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Seen:
        """What `stored` gave."""
        fields = dict(stored)
        values = fields.pop("values")
        return cls(RowSource.model_validate(fields), values)


async def read_row(
    conn: Connection, table: str, key: Mapping[str, str | int], *columns: str, lock: bool = False
) -> dict[str, Any] | None:
    """These columns of a row as the caller may see it; with `lock` nobody else changes it
    before the transaction ends."""
    query = sql.SQL("SELECT {} FROM {} WHERE {}{}").format(
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.Identifier(table),
        sql.SQL(" AND ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), sql.Placeholder(name)) for name in key
        ),
        sql.SQL(" FOR NO KEY UPDATE" if lock else ""),
    )
    return await (await conn.execute(query, dict(key))).fetchone()


async def source_of(
    conn: Connection, table: str, key: dict[str, str | int], *columns: str
) -> RowSource | None:
    """The source that these columns of a row are now; None when it is not there."""
    row = await read_row(conn, table, key, *columns)
    return None if row is None else row_source(table, key, row, *columns)


async def see(conn: Connection, source: RowSource) -> Seen | None:
    """A source with its values; None when its row is gone or no longer the same."""
    row = await read_row(conn, source.table, source.key, *source.columns)
    if row is None or _version(source, row) != source.version:
        return None
    return Seen(source, {name: _readable(row[name]) for name in source.columns})


async def changes(conn: Connection, seen: Seen, *, lock: bool = True) -> list[str]:
    """What changed since: "the status of Oak was APPROVED and is now BUILDING"; nothing when
    the row is the same. With `lock` the row stays locked until the transaction ends."""
    source = seen.source
    row = await read_row(conn, source.table, source.key, *source.columns, lock=lock)
    name = str(seen.values.get("title") or " ".join(str(part) for part in source.key.values()))
    if row is None:
        return [f"{name} is gone"]
    if _version(source, row) == source.version:
        return []
    said = []
    for column in source.columns:
        was, now = seen.values[column], _readable(row[column])
        if was != now:
            words = re.sub("_at$", " date", column).replace("_", " ")
            said.append(f"the {words} of {name} was {_shown(was)} and is now {_shown(now)}")
    return said or [f"the text of {name} is another one"]


def _version(source: RowSource, row: Mapping[str, Any]) -> str:
    return row_version([row[name] for name in source.columns])


def _readable(value: Any) -> Any:
    """A value as JSON keeps it, long texts cut."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return value[:LONGEST_VALUE] if isinstance(value, str) else value


def _shown(value: Any) -> str:
    """A kept value in a sentence; a moment to the minute."""
    if isinstance(value, str) and _MOMENT.match(value):
        return f"{datetime.fromisoformat(value).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
    return "empty" if value is None else str(value)
