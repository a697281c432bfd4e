"""Examining a database: every check, in one snapshot, reading only."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from memory import migrations
from memory.doctor import rows, runs, schema
from memory.doctor.finding import Finding
from memory.snapshot import Rows, one, snapshot


@dataclass(frozen=True)
class Report:
    """A database as it was found: server version, newest migration, rows by table, findings."""

    server: str
    migration: str | None
    tables: dict[str, int]
    findings: list[Finding]

    @property
    def healthy(self) -> bool:
        return not self.findings

    def as_json(self) -> dict[str, Any]:
        """The report for a machine."""
        return {"healthy": self.healthy, **asdict(self)}


def examine(url: str, folder: Path = migrations.FOLDER) -> Report:
    """What is wrong with the database at `url`, whose migrations are in `folder`.

    Raises ConfigError when the database cannot be reached or may not be read.
    """
    states = migrations.status(url, folder)
    recorded = [state for state in states if state.applied_at is not None]
    findings = check_migrations(states)
    with snapshot(url) as conn:
        tables = rows.count_rows(conn)
        if recorded:
            findings += _check(conn, tables, _applied_sql(states, folder))
        server = str(one(conn, "SHOW server_version")["server_version"])
    return Report(server, recorded[-1].name if recorded else None, tables, findings)


def check_migrations(states: list[migrations.State]) -> list[Finding]:
    """Migrations that are pending, were edited after they were applied, or are not known."""
    said = {
        "pending": ("has not been applied", "Run `mosaic migrate up`."),
        "edited": (
            "was edited after it was applied",
            "Restore the file as it was; put the change in a new migration.",
        ),
        "unknown": (
            "is in the database and not in this version",
            "Run the version that made it, or a newer one.",
        ),
    }
    return [
        Finding(f"migration_{state.state}", state.name, 1, f"{state.name} {what}.", remedy)
        for state in states
        if state.state in said
        for what, remedy in [said[state.state]]
    ]


def _check(conn: Rows, tables: dict[str, int], migration_sql: str) -> list[Finding]:
    findings = schema.check_indexes(conn, migration_sql)
    checks = [*schema.CHECKS, *rows.CHECKS]
    if tables.keys() >= runs.TABLES:
        checks += runs.CHECKS
    for check in checks:
        findings += check(conn)
    return findings


def _applied_sql(states: list[migrations.State], folder: Path) -> str:
    applied = {state.name for state in states if state.state == "applied"}
    return "\n".join(item.up_sql for item in migrations.load(folder) if item.name in applied)
