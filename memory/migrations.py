"""Plain SQL migrations, each with its rollback: up, down, status, rehearse.

A file is `YYYYMMDD_description.sql` beside `YYYYMMDD_description_rollback.sql`. Each runs in a
transaction of its own under one advisory lock and is recorded with its checksum. The line
`-- Depends: name, name` orders files of one day; `-- Library: procrastinate` (or `langgraph`)
appends the tables that the library itself defines, in the schema the file has just set.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any, Literal, cast

import psycopg
from psycopg import Connection, sql
from tenacity import retry, retry_if_exception, stop_after_delay, wait_fixed

from errors import ConfigError

FOLDER = Path(__file__).parent.parent / "migrations"
LOCK_KEY = 7_305_001
STARTING_SECONDS = 10.0
"""How long a server that is starting is waited for."""
OWN_SCHEMAS = ["public", "jobs", "checkpoints"]


@dataclass(frozen=True)
class Migration:
    """One migration file and its rollback."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def depends(self) -> list[str]:
        match = re.search(r"^-- Depends: (.+)$", self.text, re.MULTILINE)
        return [name.strip() for name in match[1].split(",")] if match else []

    @property
    def up_sql(self) -> str:
        match = re.search(r"^-- Library: (\w+)$", self.text, re.MULTILINE)
        return self.text + (_library_sql(match[1]) if match else "")

    @property
    def down_sql(self) -> str:
        path = self.path.with_name(f"{self.name}_rollback.sql")
        if not path.exists():
            raise ConfigError(f"{self.path.name} has no rollback: write {path.name}")
        return path.read_text(encoding="utf-8")


@dataclass(frozen=True)
class State:
    """A migration as `status` shows it."""

    name: str
    state: Literal["applied", "pending", "edited", "unknown"]
    applied_at: datetime | None


def load(folder: Path = FOLDER) -> list[Migration]:
    """The migrations in the order they apply: by name, each after what it depends on."""
    found = {
        path.stem: Migration(path)
        for path in sorted(folder.glob("*.sql"))
        if not path.stem.endswith("_rollback")
    }
    sorter: TopologicalSorter[str] = TopologicalSorter()
    for migration in found.values():
        unknown = set(migration.depends) - found.keys()
        if unknown:
            raise ConfigError(f"{migration.path.name} depends on {unknown}, which is not there")
        sorter.add(migration.name, *migration.depends)
    try:
        sorter.prepare()
    except CycleError as error:
        raise ConfigError(
            f"migrations depend on each other in a circle: {error.args[1]}"
        ) from error
    order: list[Migration] = []
    ready: list[str] = []
    while sorter.is_active():
        ready = sorted([*ready, *sorter.get_ready()])
        name = ready.pop(0)
        order.append(found[name])
        sorter.done(name)
    return order


def up(url: str, folder: Path = FOLDER) -> list[str]:
    """Apply what is pending; returns the names. Raises ConfigError on an edited or unknown file."""
    with _locked(url) as conn:
        applied = _applied(conn)
        _refuse_drift(applied, load(folder))
        done = []
        for migration in load(folder):
            if migration.name not in applied:
                _apply(conn, migration)
                done.append(migration.name)
        return done


def down(url: str, steps: int = 1, folder: Path = FOLDER) -> list[str]:
    """Roll back the newest `steps` migrations, newest first; returns the names."""
    with _locked(url) as conn:
        applied = _applied(conn)
        targets = [item for item in reversed(load(folder)) if item.name in applied][:steps]
        for migration in targets:
            _roll_back(conn, migration)
        return [item.name for item in targets]


def status(url: str, folder: Path = FOLDER) -> list[State]:
    """Every migration, known or recorded, and where it stands."""
    with _connect(url) as conn:
        applied = _applied(conn)
    known = load(folder)
    names = {item.name for item in known}
    states = []
    for item in known:
        record = applied.get(item.name)
        state: Literal["applied", "pending", "edited"] = "pending"
        if record is not None:
            state = "applied" if record["checksum"] == item.checksum else "edited"
        states.append(State(item.name, state, record["applied_at"] if record else None))
    states += [
        State(name, "unknown", record["applied_at"])
        for name, record in applied.items()
        if name not in names
    ]
    return states


def check(url: str, folder: Path = FOLDER) -> str:
    """The name of the newest applied migration. Raises ConfigError unless all are applied."""
    with _connect(url) as conn:
        applied = _applied(conn)
    known = load(folder)
    _refuse_drift(applied, known)
    pending = [item.name for item in known if item.name not in applied]
    if pending:
        raise ConfigError(f"{len(pending)} migrations are pending. Run `mosaic migrate up`.")
    return known[-1].name


def rehearse(url: str, folder: Path = FOLDER) -> list[str]:
    """On a scratch database beside `url`: apply each, roll it back, compare the catalog with
    what it was, apply it again. Returns the names; raises ConfigError where it differs."""
    with scratch_database(url) as scratch, _locked(scratch) as conn:
        names = []
        for migration in load(folder):
            before = catalog(conn)
            _apply(conn, migration)
            applied = catalog(conn)
            if applied == before:
                raise ConfigError(f"{migration.name} changes nothing")
            _roll_back(conn, migration)
            left = catalog(conn) ^ before
            if left:
                raise ConfigError(f"{migration.name}_rollback.sql leaves: {sorted(left)[:10]}")
            _apply(conn, migration)
            if catalog(conn) != applied:
                raise ConfigError(f"{migration.name} does not apply the same way twice")
            names.append(migration.name)
        return names


@contextmanager
def scratch_database(url: str, template: str = "template1") -> Iterator[str]:
    """The URL of a new database on the same server, dropped at the end: empty, or a copy of the
    database named `template`, which nobody may be connected to."""
    name = f"mosaic_scratch_{datetime.now().astimezone().strftime('%H%M%S%f')}"
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(template)
            )
        )
        try:
            yield with_database(url, name)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def with_database(url: str, name: str) -> str:
    """`url` with another database name."""
    return psycopg.conninfo.make_conninfo(url, dbname=name)


def catalog(conn: Connection[dict[str, Any]]) -> set[str]:
    """Every column, index, constraint, policy, function and trigger of our schemas, as text."""
    rows = conn.execute(
        """
        SELECT 'column ' || table_schema || '.' || table_name || '.' || column_name || ' '
               || data_type || ' ' || is_nullable || ' ' || coalesce(column_default, '') AS item
          FROM information_schema.columns WHERE table_schema = ANY(%(schemas)s)
        UNION ALL
        SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = ANY(%(schemas)s)
        UNION ALL
        SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(c.oid) FROM pg_constraint c
          JOIN pg_namespace n ON n.oid = c.connamespace WHERE n.nspname = ANY(%(schemas)s)
        UNION ALL
        SELECT 'policy ' || schemaname || '.' || tablename || ' ' || policyname || ' '
               || coalesce(qual, '') || ' ' || coalesce(with_check, '')
          FROM pg_policies WHERE schemaname = ANY(%(schemas)s)
        UNION ALL
        SELECT 'function ' || p.oid::regprocedure::text || md5(p.prosrc) FROM pg_proc p
          JOIN pg_namespace n ON n.oid = p.pronamespace
         WHERE n.nspname = ANY(%(schemas)s)
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'trigger ' || tgrelid::regclass::text || ' ' || tgname FROM pg_trigger
         WHERE NOT tgisinternal
        UNION ALL
        SELECT 'extension ' || extname FROM pg_extension
        UNION ALL
        SELECT 'schema ' || nspname FROM pg_namespace WHERE nspname = ANY(%(schemas)s)
        """,
        {"schemas": OWN_SCHEMAS},
    ).fetchall()
    return {row["item"] for row in rows if "schema_migrations" not in row["item"]}


def _is_starting(error: BaseException) -> bool:
    """Whether the server is there, but lets nobody in yet (57P03, which a connection that failed
    does not carry as a code)."""
    passing = ("starting up", "shutting down", "not yet accepting", "in recovery mode")
    return isinstance(error, psycopg.OperationalError) and any(
        reason in str(error) for reason in passing
    )


@retry(
    retry=retry_if_exception(_is_starting),
    stop=stop_after_delay(STARTING_SECONDS),
    wait=wait_fixed(0.2),
    reraise=True,
)
def _open(url: str) -> Connection[dict[str, Any]]:
    return psycopg.connect(
        url,
        autocommit=True,
        connect_timeout=10,
        row_factory=psycopg.rows.dict_row,
        # A migrator that was killed must not hold the lock for as long as its statement lasts.
        options="-c search_path=public -c client_connection_check_interval=1000",
    )


def _connect(url: str) -> Connection[dict[str, Any]]:
    try:
        return _open(url)
    except psycopg.OperationalError as error:
        raise ConfigError(
            f"No database: {str(error).strip()}. Check DATABASE_URL and that the server runs."
        ) from error


@contextmanager
def _locked(url: str) -> Iterator[Connection[dict[str, Any]]]:
    with _connect(url) as conn:
        conn.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        conn.execute(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                name text PRIMARY KEY,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now()
            )
            """
        )
        yield conn


def _applied(conn: Connection[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    there = conn.execute("SELECT to_regclass('public.schema_migrations') AS found").fetchone()
    if there is None or there["found"] is None:
        return {}
    rows = conn.execute("SELECT name, checksum, applied_at FROM schema_migrations ORDER BY name")
    return {row["name"]: row for row in rows}


def _refuse_drift(applied: dict[str, dict[str, Any]], known: list[Migration]) -> None:
    checksums = {item.name: item.checksum for item in known}
    for name, record in applied.items():
        if name not in checksums:
            raise ConfigError(
                f"The database has migration {name}, which this version does not know. "
                "Start the version that made it, or a newer one."
            )
        if checksums[name] != record["checksum"]:
            raise ConfigError(
                f"Migration {name} was edited after it was applied. Restore the file and write "
                "a new migration instead."
            )


def _apply(conn: Connection[dict[str, Any]], migration: Migration) -> None:
    with conn.transaction():
        conn.execute("SET LOCAL search_path TO public")
        conn.execute(cast(Any, migration.up_sql))
        conn.execute(
            "INSERT INTO public.schema_migrations (name, checksum) VALUES (%s, %s)",
            (migration.name, migration.checksum),
        )


def _roll_back(conn: Connection[dict[str, Any]], migration: Migration) -> None:
    with conn.transaction():
        conn.execute("SET LOCAL search_path TO public")
        conn.execute(cast(Any, migration.down_sql))
        conn.execute("DELETE FROM public.schema_migrations WHERE name = %s", (migration.name,))


def _library_sql(library: str) -> str:
    if library == "procrastinate":
        from procrastinate.schema import SchemaManager

        return str(SchemaManager.get_schema())
    if library == "langgraph":
        from langgraph.checkpoint.postgres.base import BasePostgresSaver

        steps = BasePostgresSaver.MIGRATIONS
        marks = [f"INSERT INTO checkpoint_migrations (v) VALUES ({v});" for v in range(len(steps))]
        # CONCURRENTLY is for tables in use; these are new, and a transaction cannot hold it.
        return "\n".join([*steps, *marks]).replace("CONCURRENTLY", "")
    raise ConfigError(f"no such library schema: {library}")
