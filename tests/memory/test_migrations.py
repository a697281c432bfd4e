"""Migrations apply, roll back to nothing, and refuse to be edited."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from errors import ConfigError
from memory import migrations

ROOT = Path(__file__).parents[2]


def test_every_migration_rehearses(server_url: str) -> None:
    names = migrations.rehearse(server_url)
    assert names == [item.name for item in migrations.load()]


def test_up_twice_changes_nothing_and_down_undoes(server_url: str) -> None:
    with migrations.scratch_database(server_url) as url:
        names = migrations.up(url)
        assert names and migrations.up(url) == []
        assert migrations.down(url, steps=2) == [names[-1], names[-2]]
        assert [s.state for s in migrations.status(url)].count("pending") == 2
        assert migrations.up(url) == [names[-2], names[-1]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "20260101_first.sql").write_text("CREATE TABLE first (id int);")
    (tmp_path / "20260101_first_rollback.sql").write_text("DROP TABLE first;")
    return tmp_path


def test_an_edited_migration_is_refused(server_url: str, folder: Path) -> None:
    with migrations.scratch_database(server_url) as url:
        migrations.up(url, folder)
        (folder / "20260101_first.sql").write_text("CREATE TABLE first (id bigint);")
        with pytest.raises(ConfigError, match="edited"):
            migrations.up(url, folder)


def test_an_unknown_head_is_refused(server_url: str, folder: Path, tmp_path: Path) -> None:
    with migrations.scratch_database(server_url) as url:
        migrations.up(url, folder)
        older = tmp_path / "older"
        older.mkdir()
        with pytest.raises(ConfigError, match="does not know"):
            migrations.check(url, older)


def test_a_failing_migration_leaves_nothing(server_url: str, folder: Path) -> None:
    (folder / "20260102_second.sql").write_text("CREATE TABLE second (id int); SELECT 1 / 0;")
    with migrations.scratch_database(server_url) as url:
        with pytest.raises(psycopg.errors.DivisionByZero):
            migrations.up(url, folder)
        with psycopg.connect(url) as conn:
            assert conn.execute("SELECT to_regclass('second')").fetchone() == (None,)


def test_a_migrator_killed_in_the_middle_leaves_whole_migrations_and_can_be_run_again(
    server_url: str, folder: Path
) -> None:
    """Killed in its second migration: the first is there, the second is not, and nobody waits for
    the statement that it was in."""
    (folder / "20260101_first.sql").write_text("CREATE TABLE first AS SELECT 600 AS seconds;")
    (folder / "20260102_second.sql").write_text(
        "CREATE TABLE second (id int); SELECT pg_sleep(seconds) FROM first;"
    )
    program = (
        "import sys, pathlib; from memory import migrations; "
        "migrations.up(sys.argv[1], pathlib.Path(sys.argv[2]))"
    )
    sleeping = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'"
    with migrations.scratch_database(server_url) as url:
        migrator = subprocess.Popen([sys.executable, "-c", program, url, str(folder)], cwd=ROOT)
        try:
            with psycopg.connect(url, autocommit=True) as conn:
                while conn.execute(sleeping).fetchone() == (0,):
                    assert migrator.poll() is None, "it ended by itself"
                    time.sleep(0.05)
                migrator.kill()
                migrator.wait()
                assert conn.execute("SELECT to_regclass('second')").fetchone() == (None,)
                conn.execute("UPDATE first SET seconds = 0")
            with pytest.raises(ConfigError, match="pending"):
                migrations.check(url, folder)
            assert migrations.up(url, folder) == ["20260102_second"]
            assert migrations.check(url, folder) == "20260102_second"
        finally:
            migrator.kill()
            migrator.wait()


def test_rehearsal_notices_a_rollback_that_leaves_something(server_url: str, folder: Path) -> None:
    (folder / "20260101_first_rollback.sql").write_text("SELECT 1;")
    with pytest.raises(ConfigError, match="leaves"):
        migrations.rehearse(server_url, folder)


def test_a_circle_of_dependencies_is_refused(folder: Path) -> None:
    shutil.copy(folder / "20260101_first.sql", folder / "20260102_second.sql")
    (folder / "20260101_first.sql").write_text("-- Depends: 20260102_second\n")
    (folder / "20260102_second.sql").write_text("-- Depends: 20260101_first\n")
    with pytest.raises(ConfigError, match="circle"):
        migrations.load(folder)
