"""The doctor finds each defect that is planted, and nothing in a database that is well."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from errors import ConfigError
from memory import migrations
from memory.doctor import Finding, examine
from tests.agui import Sent, send
from tests.service import CLIENT, Server, migrated_database

FINISHED = '{"type":"RUN_FINISHED","threadId":"t","runId":"r"}'
FAILED = '{"type":"RUN_ERROR","message":"m"}'


@pytest.fixture(scope="module")
def migrated(server_url: str) -> Iterator[str]:
    """A migrated database with a person, a thread and one whole run."""
    with migrated_database(server_url) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                "INSERT INTO users (id, email, password_hash) VALUES ('ann', 'ann@test.local', '-')"
            )
            conn.execute("INSERT INTO threads (id, owner_id) VALUES ('t', 'ann')")
            plant_run(conn, "whole", 1, "success", [1, 2], ends=[2])
        yield url


def plant_run(
    conn: psycopg.Connection[tuple[object, ...]],
    run_id: str,
    turn: int,
    status: str,
    events: list[int],
    ends: list[int],
    age: str = "1 second",
) -> None:
    conn.execute(
        "INSERT INTO runs (id, root_id, thread_id, owner_id, turn, status, request_hash, "
        "created_at, ended_at)"
        " VALUES (%s, %s, 't', 'ann', %s, %s, '-', now() - %s::interval, now() - %s::interval)",
        (run_id, run_id, turn, status, age, age),
    )
    end = FAILED if status == "error" else FINISHED
    for seq in events:
        conn.execute(
            "INSERT INTO run_events (run_id, seq, owner_id, event) VALUES (%s, %s, 'ann', %s)",
            (run_id, seq, end if seq in ends else '{"type":"RUN_STARTED"}'),
        )


@pytest.fixture
def url(migrated: str) -> Iterator[str]:
    """A copy of the migrated database, for one test to break."""
    source = psycopg.conninfo.conninfo_to_dict(migrated)["dbname"]
    admin = migrations.with_database(migrated, "postgres")
    with psycopg.connect(admin, autocommit=True) as conn:
        conn.execute(f'CREATE DATABASE broken TEMPLATE "{source}"'.encode())
    try:
        yield migrations.with_database(migrated, "broken")
    finally:
        with psycopg.connect(admin, autocommit=True) as conn:
            conn.execute("DROP DATABASE broken WITH (FORCE)")


def found(url: str) -> list[Finding]:
    return examine(url).findings


def plant(url: str, *statements: str) -> None:
    """Run statements as a superuser whose foreign keys and triggers look away."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("SET session_replication_role = replica")
        for statement in statements:
            conn.execute(statement.encode())


def test_a_database_that_is_well_has_no_findings(migrated: str) -> None:
    report = examine(migrated)
    assert report.findings == []
    assert report.healthy and report.as_json()["healthy"]
    assert report.tables["public.users"] == 1 and report.tables["public.run_events"] == 2
    assert report.migration == migrations.load()[-1].name
    assert int(report.server.split(".")[0]) >= 15


PLANTED = {
    "an expired session": (
        "INSERT INTO sessions (id, user_id, token_hash, expires_at) VALUES "
        "(repeat('a', 32), 'ann', '\\x00', now() - interval '3 days')",
        ("expired_rows", "public.sessions"),
    ),
    "an old log-in count": (
        "INSERT INTO login_attempts VALUES ('x', now() - interval '3 days', 1)",
        ("expired_rows", "public.login_attempts"),
    ),
    "a receipt without its message": (
        "INSERT INTO receipts (id, run_id, thread_id, message_id, owner_id, receipt, facts) "
        "VALUES ('r', 'whole', 't', 'gone', 'ann', '{}', '[]')",
        ("orphan_rows", "public.receipts"),
    ),
    "a row of a person who is gone": (
        "INSERT INTO threads (id, owner_id) VALUES ('lost', 'nobody')",
        ("orphan_rows", "public.threads"),
    ),
    "a run without events": (
        "DELETE FROM run_events WHERE run_id = 'whole'",
        ("run_without_events", "public.runs"),
    ),
    "a foreign key without an index": (
        "CREATE TABLE notes (id int, owner text REFERENCES users); SELECT secure_system('notes')",
        ("foreign_key_without_index", "public.notes"),
    ),
    "a required index that is gone": (
        "DROP INDEX sessions_by_expiry",
        ("index_missing", "sessions_by_expiry"),
    ),
    "an index that was never finished": (
        "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'runs_open'::regclass",
        ("index_invalid", "runs_open"),
    ),
    "a table without row security": (
        "ALTER TABLE messages NO FORCE ROW LEVEL SECURITY",
        ("row_security_open", "public.messages"),
    ),
    "a table without a policy": (
        "CREATE TABLE plain (id int); ALTER TABLE plain ENABLE ROW LEVEL SECURITY; "
        "ALTER TABLE plain FORCE ROW LEVEL SECURITY",
        ("row_security_open", "public.plain"),
    ),
    "a migration that was edited": (
        "UPDATE schema_migrations SET checksum = 'other' WHERE name = '20261121_identity'",
        ("migration_edited", "20261121_identity"),
    ),
    "a migration of another version": (
        "INSERT INTO schema_migrations VALUES ('29990101_later', 'x')",
        ("migration_unknown", "29990101_later"),
    ),
    "a stalled job": (
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status) "
        "VALUES ('runs', 'run', 'doing')",
        ("job_stalled", "jobs.procrastinate_jobs"),
    ),
    "a failed job": (
        "INSERT INTO jobs.procrastinate_jobs (queue_name, task_name, status) "
        "VALUES ('runs', 'run', 'failed')",
        ("job_failed", "jobs.procrastinate_jobs"),
    ),
    "a job that nobody takes": (
        "INSERT INTO jobs.procrastinate_jobs (id, queue_name, task_name) VALUES (77, 'runs', 'run');"
        "INSERT INTO jobs.procrastinate_events (job_id, type, at) "
        "VALUES (77, 'deferred', now() - interval '2 minutes')",
        ("job_waiting", "jobs.procrastinate_jobs"),
    ),
    "a checkpoint whose run is gone": (
        "INSERT INTO checkpoints.checkpoints (thread_id, checkpoint_id, checkpoint, metadata) "
        "VALUES ('gone', 'c', '{}', '{}')",
        ("checkpoint_left", "checkpoints.checkpoints"),
    ),
    "vectors of two dimensions": (
        "CREATE TABLE notes (id int, embedding vector); SELECT secure_system('notes'); "
        "INSERT INTO notes VALUES (1, '[1,2]'), (2, '[1,2,3]')",
        ("vectors_mixed", "public.notes.embedding"),
    ),
    "vectors of two models": (
        "CREATE TABLE notes (id int, model text, embedding vector(2)); "
        "SELECT secure_system('notes'); "
        "INSERT INTO notes VALUES (1, 'minilm', '[1,2]'), (2, 'other', '[1,2]')",
        ("vectors_mixed", "public.notes.embedding"),
    ),
}


@pytest.mark.parametrize("defect", PLANTED)
def test_a_planted_defect_is_found_and_nothing_else(url: str, defect: str) -> None:
    statement, expected = PLANTED[defect]
    plant(url, statement)
    findings = found(url)
    assert [(item.check, item.where) for item in findings] == [expected]
    assert findings[0].count >= 1 and findings[0].detail and findings[0].remedy


RUNS: dict[str, tuple[str, list[int], list[int], str, set[str]]] = {
    "open without a job": ("queued", [1], [], "2 minutes", {"run_without_job"}),
    "open for far too long": ("running", [1], [], "1 hour", {"run_without_job", "run_too_long"}),
    "failed as it should": ("error", [1, 2], [2], "1 second", set()),
    "just accepted": ("queued", [1], [], "5 seconds", set()),
    "a gap": ("success", [1, 3], [3], "1 second", {"tape_with_gaps"}),
    "no first event": ("success", [2, 3], [3], "1 second", {"tape_with_gaps"}),
    "no end": ("success", [1, 2], [], "1 second", {"tape_wrong_end"}),
    "two ends": ("error", [1, 2, 3], [2, 3], "1 second", {"tape_wrong_end"}),
    "an end that is not last": ("cancelled", [1, 2, 3], [2], "1 second", {"tape_wrong_end"}),
    "an end of an open run": ("running", [1, 2], [2], "5 seconds", {"tape_wrong_end"}),
}


@pytest.mark.parametrize("case", RUNS)
def test_runs_and_tapes(url: str, case: str) -> None:
    status, events, ends, age, expected = RUNS[case]
    with psycopg.connect(url, autocommit=True) as conn:
        plant_run(conn, "planted", 2, status, events, ends, age)
    findings = found(url)
    assert {item.check for item in findings} == expected
    assert all(list(item.examples) == ["planted"] for item in findings)


def test_a_pending_migration_and_an_empty_database(server_url: str, tmp_path: Path) -> None:
    folder = tmp_path / "migrations"
    shutil.copytree(migrations.FOLDER, folder)
    with migrations.scratch_database(server_url) as url:
        assert {item.check for item in found(url)} == {"migration_pending"}
        migrations.up(url, folder)
        (folder / "29990101_later.sql").write_text("-- Purpose: none\nCREATE TABLE later (id int);")
        findings = examine(url, folder).findings
        assert [(item.check, item.where) for item in findings] == [
            ("migration_pending", "29990101_later")
        ]


def test_an_approval_that_is_long_over(url: str) -> None:
    plant(url, "DROP TABLE IF EXISTS approvals CASCADE")
    plant(
        url,
        "CREATE TABLE approvals (id text PRIMARY KEY, status text, expires_at timestamptz)",
        "SELECT secure_system('approvals')",
        "INSERT INTO approvals VALUES ('a', 'pending', now() - interval '3 days'), "
        "('b', 'denied', now() - interval '3 days'), ('c', 'pending', now())",
    )
    findings = [item for item in found(url) if item.check == "expired_rows"]
    assert [(item.where, item.count) for item in findings] == [("public.approvals", 1)]


def test_a_role_above_row_security(url: str) -> None:
    plant(url, "ALTER ROLE mosaic_app BYPASSRLS")
    try:
        assert [(item.check, item.where) for item in found(url)] == [
            ("role_too_powerful", "mosaic_app")
        ]
    finally:
        plant(url, "ALTER ROLE mosaic_app NOBYPASSRLS")


def test_an_owner_without_special_powers_sees_every_row(url: str) -> None:
    """Row security is forced on owners too: without the system role they would see nothing."""
    plant(
        url,
        "DROP ROLE IF EXISTS plain_owner",
        "CREATE ROLE plain_owner LOGIN NOINHERIT",
        "GRANT mosaic_app, mosaic_system TO plain_owner",
        "GRANT SELECT ON schema_migrations TO plain_owner",
        "DELETE FROM run_events WHERE run_id = 'whole' AND seq = 1",
    )
    try:
        as_owner = psycopg.conninfo.make_conninfo(url, user="plain_owner")
        report = examine(as_owner)
        assert report.tables["public.users"] == 1
        assert [item.check for item in report.findings] == ["tape_with_gaps"]
    finally:
        plant(url, "DROP OWNED BY plain_owner", "DROP ROLE plain_owner")


def test_without_a_database_it_says_so(server_url: str) -> None:
    with pytest.raises(ConfigError, match="No database"):
        examine(migrations.with_database(server_url, "no_such_database"))


async def test_the_service_leaves_nothing_behind(service: Server) -> None:
    """What the real service writes while it answers is well, examined while it runs."""
    client = await service.log_in(CLIENT)
    await send(client, Sent("How is my confidence going?"))
    assert examine(service.environment["DATABASE_URL"]).findings == []
