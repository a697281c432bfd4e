"""Restoring a backup: into a scratch database, compared row by row, and only then put in place."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, conninfo, sql

from errors import ConfigError
from memory import migrations
from memory.backup.dump import Manifest, Say, read_manifest
from memory.backup.fingerprint import differences, fingerprint
from memory.backup.programs import program_folder, run
from memory.backup.unverified import Unverified
from memory.snapshot import ROLES, snapshot

SHOWN_DIFFERENCES = 10


@dataclass(frozen=True)
class Restored:
    """A backup that was restored and found the same. `database` is the one that it now is, None
    when it was only tried; `kept` is the name of the one that was there before; `pending` and
    `unknown` are migrations that this version has more, or less, than the backup."""

    manifest: Manifest
    database: str | None
    kept: str | None
    pending: list[str]
    unknown: list[str]


def restore(
    url: str,
    file: Path,
    *,
    into: str | None = None,
    put_in_place: bool = False,
    say: Say = lambda _: None,
) -> Restored:
    """Restore `file` on the server of `url`, compare it with its manifest and, with
    `put_in_place`, make it the database `into` (else that of `url`); what was there is renamed.

    Raises Unverified when anything differs (nothing is changed then), ConfigError when the
    server, its programs or its roles are missing.
    """
    manifest = read_manifest(file)
    parts = conninfo.conninfo_to_dict(url)
    target = into or str(parts.get("dbname") or parts.get("user") or "postgres")
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%f")
    scratch = f"{target[:30]}_restoring_{stamp}"
    with _maintenance(url, target) as admin, _scratch(admin, scratch):
        scratch_url = migrations.with_database(url, scratch)
        _load(scratch_url, file, say)
        say(f"comparing {len(manifest.content.tables)} tables")
        _compare(scratch_url, manifest)
        states = migrations.status(scratch_url)
        kept = None
        if put_in_place:
            say("putting it in place")
            kept = _swap(admin, scratch, target, f"{target[:30]}_before_{stamp}")
    return Restored(
        manifest,
        target if put_in_place else None,
        kept,
        [state.name for state in states if state.state == "pending"],
        [state.name for state in states if state.state == "unknown"],
    )


@contextmanager
def _maintenance(url: str, target: str) -> Iterator[Connection[Any]]:
    """A connection to the server that is in neither of the databases that are renamed."""
    name = "template1" if target == "postgres" else "postgres"
    try:
        with psycopg.connect(
            migrations.with_database(url, name), autocommit=True, connect_timeout=10
        ) as conn:
            yield conn
    except (psycopg.OperationalError, psycopg.errors.InsufficientPrivilege) as error:
        raise ConfigError(
            f"The server did not allow it: {str(error).strip()}. Restoring takes a role that may "
            "create databases, and a connection to the database "
            f"{name!r}."
        ) from error


@contextmanager
def _scratch(admin: Connection[Any], name: str) -> Iterator[None]:
    """An empty database and the service's roles; the database is dropped at the end, unless it
    has another name by then."""
    for role in ROLES:
        if admin.execute("SELECT FROM pg_roles WHERE rolname = %s", (role,)).fetchone() is None:
            admin.execute(
                sql.SQL("CREATE ROLE {} NOLOGIN NOSUPERUSER NOBYPASSRLS").format(
                    sql.Identifier(role)
                )
            )
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
    admin.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(
            sql.Identifier(name)
        )
    )
    try:
        yield
    finally:
        admin.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def _load(url: str, file: Path, say: Say) -> None:
    """pg_restore into an empty database. Default grants name the role that made them, which may
    not exist here: they are made anew, for the role that restores."""
    with snapshot(url) as conn:
        major = conn.info.server_version // 10_000
    pg_restore = program_folder(major) / "pg_restore"
    entries = run(pg_restore, "--list", str(file)).splitlines(keepends=True)
    defaults = [line for line in entries if " DEFAULT ACL " in line]
    say(f"restoring {len(entries)} entries into a scratch database")
    with tempfile.TemporaryDirectory(prefix="mosaic-restore-") as folder:
        others, only_defaults = Path(folder, "others"), Path(folder, "defaults")
        others.write_text("".join(line for line in entries if line not in defaults))
        only_defaults.write_text("".join(defaults))
        run(
            pg_restore,
            "--no-owner",
            "--exit-on-error",
            f"--use-list={others}",
            str(file),
            url=url,
        )
        script = run(pg_restore, f"--use-list={only_defaults}", "--file=-", str(file))
    statements = re.findall(r"^ALTER DEFAULT PRIVILEGES .*;$", script, re.MULTILINE)
    with psycopg.connect(url) as conn:
        for statement in statements:
            conn.execute(re.sub(r" FOR ROLE \S+ ", " ", statement).encode())


def _compare(url: str, manifest: Manifest) -> None:
    with snapshot(url) as conn:
        found = differences(manifest.content, fingerprint(conn))
    if found:
        shown = "\n".join(f"  {line}" for line in found[:SHOWN_DIFFERENCES])
        more = len(found) - SHOWN_DIFFERENCES
        raise Unverified(
            f"What was restored is not what {manifest.file} should hold:\n{shown}"
            + (f"\n  and {more} more" if more > 0 else "")
        )


def _swap(admin: Connection[Any], scratch: str, target: str, aside: str) -> str | None:
    """Rename `scratch` to `target` in one transaction with moving what is there `aside`; returns
    its new name. Who is connected is disconnected, and finds the new one on coming back."""
    there = admin.execute("SELECT FROM pg_database WHERE datname = %s", (target,)).fetchone()
    if there is None:
        _rename(admin, scratch, target)
        return None
    _allow_connections(admin, target, "false")
    now_named = target
    try:
        admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ANY(%s)",
            ([target, scratch],),
        )
        with admin.transaction():
            _rename(admin, target, aside)
            _rename(admin, scratch, target)
        now_named = aside
    finally:
        _allow_connections(admin, now_named, "true")
    return aside


def _rename(admin: Connection[Any], name: str, to: str) -> None:
    admin.execute(
        sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(to))
    )


def _allow_connections(admin: Connection[Any], name: str, allowed: str) -> None:
    admin.execute(
        sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}").format(
            sql.Identifier(name), sql.SQL(allowed)
        )
    )
