"""Making a backup: pg_dump of one moment, and a manifest of what that moment held."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ValidationError

from errors import ConfigError
from memory import migrations
from memory.backup.fingerprint import Fingerprint, fingerprint
from memory.backup.programs import program_folder, run
from memory.backup.unverified import Unverified
from memory.snapshot import LOCK_SECONDS, Rows, above_row_security, one, snapshot
from settings import VERSION

Say = Callable[[str], None]
"""Told in a few words what is being done now."""


class Manifest(BaseModel):
    """What a backup holds; it lies beside the dump, as `<name>.json`."""

    format: Literal[1] = 1
    file: str
    size: int
    sha256: str
    made_at: datetime
    mosaic: str
    server: str
    database: str
    migration: str
    content: Fingerprint

    @property
    def rows(self) -> int:
        return sum(table.rows for table in self.content.tables.values())


@dataclass(frozen=True)
class Backup:
    """A dump and its manifest. The files hold everything that everybody has said."""

    file: Path
    manifest: Manifest


def back_up(url: str, folder: Path, say: Say = lambda _: None) -> Backup:
    """Write the database at `url` into a new file of `folder`, which only its owner may read.

    Raises ConfigError when it cannot be begun, Unverified when it cannot be finished.
    """
    migration = migrations.check(url)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made_at = datetime.now(UTC)
    file = folder / f"mosaic-{made_at:%Y%m%dT%H%M%S}Z.dump"
    partial = file.with_suffix(".partial")
    try:
        with snapshot(url) as conn:
            free = above_row_security(conn)
            if not free:
                _refuse_hidden_rows(conn)
            say("reading every table")
            content = fingerprint(conn)
            server = one(conn, "SHOW server_version")["server_version"]
            moment = one(conn, "SELECT pg_export_snapshot() AS id, current_database() AS name")
            say("dumping")
            os.close(os.open(partial, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            run(
                program_folder(int(server.split(".")[0])) / "pg_dump",
                "--format=custom",
                f"--lock-wait-timeout={LOCK_SECONDS}s",
                f"--snapshot={moment['id']}",
                f"--file={partial}",
                *([] if free else ["--enable-row-security"]),
                url=url,
            )
        manifest = Manifest(
            file=file.name,
            size=partial.stat().st_size,
            sha256=sha256_of(partial),
            made_at=made_at,
            mosaic=VERSION,
            server=server,
            database=moment["name"],
            migration=migration,
            content=content,
        )
        _write_private(file.with_suffix(".json"), manifest.model_dump_json(indent=1))
        partial.rename(file)
    finally:
        partial.unlink(missing_ok=True)
    return Backup(file, manifest)


def read_manifest(file: Path) -> Manifest:
    """The manifest beside a dump, once the dump is what it says. Raises Unverified."""
    beside = file.with_suffix(".json")
    try:
        manifest = Manifest.model_validate_json(beside.read_bytes())
        digest = sha256_of(file)
    except OSError as error:
        raise Unverified(f"{error.filename} cannot be read: {error.strerror}.") from error
    except ValidationError as error:
        raise Unverified(f"{beside} is no manifest of a backup.") from error
    if digest != manifest.sha256:
        raise Unverified(
            f"{file} is not the file that was written: its SHA-256 is {digest} and should be "
            f"{manifest.sha256}. Use another backup."
        )
    return manifest


def sha256_of(file: Path) -> str:
    """The SHA-256 of a file, in hexadecimal. Raises OSError."""
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _write_private(file: Path, text: str) -> None:
    with os.fdopen(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as target:
        target.write(text)


def _refuse_hidden_rows(conn: Rows) -> None:
    """A role below row security reads everything only as mosaic_system, and only where a policy
    says so. Raises ConfigError where rows could be left out of the dump without a word."""
    closed = conn.execute(
        """
        SELECT c.oid::regclass::text AS name FROM pg_class c
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND c.relrowsecurity
           AND NOT EXISTS (SELECT FROM pg_policy p
                            WHERE p.polrelid = c.oid AND p.polpermissive AND p.polcmd = '*'
                              AND 'mosaic_system'::regrole = ANY(p.polroles)
                              AND pg_get_expr(p.polqual, p.polrelid) = 'true')
        """,
        (migrations.OWN_SCHEMAS,),
    ).fetchall()
    member = one(conn, "SELECT pg_has_role(session_user, 'mosaic_system', 'USAGE') AS is_member")
    if closed or not member["is_member"]:
        raise ConfigError(
            "This database role cannot read every row"
            + (f" of {', '.join(row['name'] for row in closed)}" if closed else "")
            + ". Back up with a role that has BYPASSRLS, or GRANT mosaic_system to it."
        )
