"""Backup, loss, restore: every row and vector comes back, or it is said that it does not."""

from __future__ import annotations

import json
import shutil
import stat
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from errors import ConfigError
from memory import embedded, migrations
from memory.backup import Unverified, back_up, restore
from memory.backup.fingerprint import Fingerprint, TableMark, differences, fingerprint
from memory.backup.programs import program_folder
from memory.doctor import examine
from memory.pool import SESSION_OPTIONS
from memory.snapshot import snapshot
from tests.service import migrated_database

ODD_TEXT = 'línea\n\'; DROP TABLE "users" --\t\\N € 𝄞'


@pytest.fixture
def url(server_url: str) -> Iterator[str]:
    """A migrated database with two people and rows of every awkward kind."""
    with migrated_database(server_url) as url:
        with psycopg.connect(url, autocommit=True) as conn:
            conn.execute(
                "CREATE TABLE notes (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
                "owner_id text NOT NULL REFERENCES users, body text, extra jsonb, at timestamptz, "
                "score numeric, raw bytea, embedding vector(3), words tsvector "
                "GENERATED ALWAYS AS (to_tsvector('english', body)) STORED);"
                "CREATE INDEX notes_near ON notes USING hnsw (embedding vector_cosine_ops);"
                "CREATE INDEX notes_by_owner ON notes (owner_id); SELECT secure_personal('notes')"
            )
            for person in ("ann", "bob"):
                conn.execute(
                    "INSERT INTO users (id, email, password_hash) VALUES (%s, %s, '-')",
                    (person, f"{person}@test.local"),
                )
                conn.execute(
                    "INSERT INTO threads (id, owner_id, title) VALUES (%s, %s, %s)",
                    (f"of-{person}", person, ODD_TEXT),
                )
                conn.execute(
                    "INSERT INTO notes (owner_id, body, extra, at, score, raw, embedding) "
                    "VALUES (%s, %s, %s, '2026-03-29 01:30:00.123456+00', 0.10, '\\x00ff', %s)",
                    (person, ODD_TEXT, json.dumps({"of": [person, None]}), "[0.1,-3e-7,123456.7]"),
                )
        yield url


@pytest.fixture
def another_server() -> Iterator[str]:
    """A PostgreSQL that has never heard of Mosaic's roles; connected as a superuser of another
    name than the first one's."""
    home = Path(tempfile.mkdtemp(prefix="mosaic-other-"))
    first = embedded.start(home)
    with psycopg.connect(first, autocommit=True) as conn:
        conn.execute("CREATE ROLE keeper SUPERUSER LOGIN")
    yield psycopg.conninfo.make_conninfo(first, user="keeper", dbname="postgres")
    embedded.stop(home)
    shutil.rmtree(home, ignore_errors=True)


def look(url: str) -> Fingerprint:
    with snapshot(url) as conn:
        return fingerprint(conn)


def databases(url: str) -> set[str]:
    with psycopg.connect(url) as conn:
        return {row[0] for row in conn.execute("SELECT datname FROM pg_database")}


def titles_as_app(url: str, person: str, role: str = "client") -> list[Any]:
    """What a person sees through the connection that the service uses."""
    with psycopg.connect(url, options=SESSION_OPTIONS) as conn:
        conn.execute(
            "SELECT set_config('app.user', %s, true), set_config('app.role', %s, true)",
            (person, role),
        )
        notes = conn.execute("SELECT embedding::text FROM notes").fetchall()
        return [*conn.execute("SELECT id, title FROM threads").fetchall(), *notes]


def test_a_lost_server_is_back_with_every_row_vector_and_safeguard(
    url: str, another_server: str, tmp_path: Path
) -> None:
    backup = back_up(url, tmp_path)
    before = look(url)
    assert before.tables["public.users"].rows == 2 and before.tables["public.notes"].rows == 2
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA public, jobs, checkpoints CASCADE")

    done = restore(another_server, backup.file, into="saved", put_in_place=True)
    assert (done.database, done.kept, done.pending, done.unknown) == ("saved", None, [], [])
    saved = migrations.with_database(another_server, "saved")
    assert differences(before, look(saved)) == []
    assert titles_as_app(saved, "ann") == [("of-ann", ODD_TEXT), ("[0.1,-3e-07,123456.7]",)]
    assert titles_as_app(saved, "nobody") == []
    assert examine(saved).findings == []
    with psycopg.connect(saved, options=SESSION_OPTIONS) as conn:
        conn.execute("SELECT set_config('app.user', 'ann', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            conn.execute("SELECT password_hash FROM users")
    with psycopg.connect(saved) as conn:
        later = conn.execute(
            "CREATE TABLE later (); SELECT has_table_privilege('mosaic_app', 'later', 'SELECT')"
        )
        assert later.nextset() and later.fetchone() == (True,), "default grants are not its own"
        taken = conn.execute(
            "INSERT INTO notes (owner_id) VALUES ('ann') RETURNING id > 2"
        ).fetchone()
        assert taken == (True,), "a number was given out twice"


def test_only_its_owner_may_read_a_backup(url: str, tmp_path: Path) -> None:
    backup = back_up(url, tmp_path / "backups")
    assert {path.suffix for path in backup.file.parent.iterdir()} == {".dump", ".json"}
    for path in backup.file.parent.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert backup.manifest.rows > 4 and backup.manifest.migration == migrations.load()[-1].name


def test_without_consent_nothing_is_changed(url: str, tmp_path: Path) -> None:
    backup = back_up(url, tmp_path)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("UPDATE threads SET title = 'later'")
    there, now = databases(url), look(url)
    assert restore(url, backup.file).database is None
    assert databases(url) == there and differences(now, look(url)) == []


def test_what_was_there_is_kept_aside(url: str, tmp_path: Path) -> None:
    backup = back_up(url, tmp_path)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("UPDATE threads SET title = 'later'")
    with psycopg.connect(url) as connected:
        done = restore(url, backup.file, put_in_place=True)
        with pytest.raises(psycopg.OperationalError):
            connected.execute("SELECT 1")
    assert done.kept is not None
    assert differences(backup.manifest.content, look(url)) == []
    with psycopg.connect(migrations.with_database(url, done.kept)) as conn:
        assert conn.execute("SELECT DISTINCT title FROM threads").fetchall() == [("later",)]
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(f'DROP DATABASE "{done.kept}"'.encode())


def change_a_byte(file: Path, _: Path) -> None:
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)


def cut_short(file: Path, _: Path) -> None:
    file.write_bytes(file.read_bytes()[:-100])


def lose_the_dump(file: Path, _: Path) -> None:
    file.unlink()


def lose_the_manifest(_: Path, manifest: Path) -> None:
    manifest.unlink()


def spoil_the_manifest(_: Path, manifest: Path) -> None:
    manifest.write_text("{}")


def expect_another_row(_: Path, manifest: Path) -> None:
    content = json.loads(manifest.read_text())
    content["content"]["tables"]["public.users"]["rows"] += 1
    manifest.write_text(json.dumps(content))


def expect_other_content(_: Path, manifest: Path) -> None:
    content = json.loads(manifest.read_text())
    content["content"]["tables"]["public.notes"]["checksum"] = "0" * 32
    manifest.write_text(json.dumps(content))


DAMAGE = {
    change_a_byte: "SHA-256",
    cut_short: "SHA-256",
    lose_the_dump: "cannot be read",
    lose_the_manifest: "cannot be read",
    spoil_the_manifest: "no manifest",
    expect_another_row: "public.users has 2 rows and should have 3",
    expect_other_content: "public.notes has the right number of rows with other content",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_backup_is_refused_and_nothing_is_changed(
    url: str, tmp_path: Path, damage: Any
) -> None:
    backup = back_up(url, tmp_path)
    damage(backup.file, backup.file.with_suffix(".json"))
    there, now = databases(url), look(url)
    with pytest.raises(Unverified, match=DAMAGE[damage]):
        restore(url, backup.file, put_in_place=True)
    assert databases(url) == there and differences(now, look(url)) == []


def test_a_backup_is_of_one_moment_while_others_write(url: str, tmp_path: Path) -> None:
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(url, autocommit=True) as conn:
            while not stop.is_set():
                conn.execute("INSERT INTO notes (owner_id, body) VALUES ('ann', 'again')")

    writer = threading.Thread(target=write)
    writer.start()
    try:
        backup = back_up(url, tmp_path)
    finally:
        stop.set()
        writer.join()
    assert restore(url, backup.file).manifest.content.tables["public.notes"].rows >= 2


def test_a_plain_owner_backs_up_every_row_or_is_refused(
    url: str, server_url: str, tmp_path: Path
) -> None:
    """A role that row security holds would leave rows out, and pg_dump would not say so."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("CREATE ROLE plain_keeper LOGIN CREATEDB")
        try:
            conn.execute(
                "GRANT ALL ON ALL TABLES IN SCHEMA public, jobs, checkpoints TO plain_keeper"
            )
            conn.execute("GRANT ALL ON ALL SEQUENCES IN SCHEMA public, jobs TO plain_keeper")
            conn.execute("GRANT USAGE ON SCHEMA public, jobs, checkpoints TO plain_keeper")
            as_keeper = psycopg.conninfo.make_conninfo(url, user="plain_keeper")
            with pytest.raises(ConfigError, match="cannot"):
                back_up(as_keeper, tmp_path)
            conn.execute("GRANT mosaic_app, mosaic_system TO plain_keeper")
            backup = back_up(as_keeper, tmp_path)
            assert restore(url, backup.file).manifest.content.tables["public.threads"].rows == 2
            conn.execute("CREATE SCHEMA foreign_to_us; CREATE TABLE foreign_to_us.closed (id int)")
            with pytest.raises(Unverified, match=r"pg_dump failed: .*permission denied"):
                back_up(as_keeper, tmp_path / "failed")
            assert list((tmp_path / "failed").iterdir()) == []
            conn.execute("DROP POLICY system ON notes")
            with pytest.raises(ConfigError, match="every row of notes"):
                back_up(as_keeper, tmp_path)
        finally:
            conn.execute("DROP OWNED BY plain_keeper")
            conn.execute("DROP ROLE plain_keeper")


def test_programs_of_another_version_are_not_used(tmp_path: Path) -> None:
    for name in ("pg_dump", "pg_restore"):
        program = tmp_path / name
        program.write_text(
            "#!/bin/sh\necho 'pg_dump (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)'\n"
        )
        program.chmod(0o755)
    assert program_folder(15, [tmp_path]) == tmp_path
    with pytest.raises(ConfigError, match="found: 15 in"):
        program_folder(17, [tmp_path])
    with pytest.raises(ConfigError, match="found: none"):
        program_folder(17, [tmp_path / "empty"])


def test_differences_are_said_one_by_one() -> None:
    def of(**tables: TableMark) -> Fingerprint:
        return Fingerprint(tables=tables, sequences={"s": 3}, catalog=["policy a"])

    mark = TableMark(rows=1, checksum="a")
    same = of(t=mark)
    assert differences(same, same) == []
    assert differences(same, of()) == ["The table t is missing."]
    assert differences(of(), same) == ["The table t is new."]
    found = Fingerprint(tables={"t": mark}, sequences={"s": 2}, catalog=["policy b"])
    assert differences(same, found) == [
        "The sequence s would give numbers out again that are taken.",
        "In the catalog, this is missing: policy a",
        "In the catalog, this should not be there: policy b",
    ]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notes SET embedding = '[0.1,-3e-7,123456.8]' WHERE owner_id = 'bob'",
        "UPDATE notes SET extra = '{\"of\": [\"bob\"]}' WHERE owner_id = 'bob'",
        "UPDATE notes SET at = at + interval '1 microsecond' WHERE owner_id = 'bob'",
        "UPDATE notes SET score = 0.1 WHERE owner_id = 'bob'",
        "UPDATE notes SET owner_id = 'bob' WHERE owner_id = 'ann'",
        "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY",
        "ALTER POLICY personal ON notes TO PUBLIC",
        "GRANT SELECT (password_hash) ON users TO mosaic_app",
        "DROP INDEX notes_near",
    ],
)
def test_the_smallest_change_shows(url: str, change: str) -> None:
    before = look(url)
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute(change.encode())
    assert differences(before, look(url))
