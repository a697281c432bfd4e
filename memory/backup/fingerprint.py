"""What a database holds, in a form that two databases can be compared by.

Rows are compared by count and by a checksum over the text of every row, which does not depend
on their order, nor on the collation of the server. Vectors are columns like any other.
"""

from __future__ import annotations

import hashlib
import re

from psycopg import sql
from pydantic import BaseModel

from memory import migrations
from memory.snapshot import ROLES, Rows, one, own_tables

PLAIN_TEXT = (
    "SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; "
    "SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = 1; "
    "SET LOCAL bytea_output = 'hex'"
)
"""The settings that a row's text depends on."""


class TableMark(BaseModel):
    """How many rows a table has, and the checksum of all of them."""

    rows: int
    checksum: str


class Fingerprint(BaseModel):
    """`tables` and `sequences` by `schema.name`; `catalog` has a line for every column, index,
    constraint, policy, grant, function and trigger."""

    tables: dict[str, TableMark]
    sequences: dict[str, int]
    catalog: list[str]


def fingerprint(conn: Rows) -> Fingerprint:
    """The fingerprint of a database, from inside a `snapshot`."""
    # Sequences stand outside transactions: read first, they can only have moved on since.
    sequences = _sequences(conn)
    conn.execute(PLAIN_TEXT)
    return Fingerprint(
        tables={f"{schema}.{name}": _mark(conn, schema, name) for schema, name in own_tables(conn)},
        sequences=sequences,
        catalog=sorted({_flat(item) for item in migrations.catalog(conn) | _safeguards(conn)}),
    )


def differences(expected: Fingerprint, found: Fingerprint) -> list[str]:
    """A sentence for everything in which `found` is not what is `expected`."""
    said = []
    for name in sorted(expected.tables.keys() | found.tables.keys()):
        before, after = expected.tables.get(name), found.tables.get(name)
        if before is None or after is None:
            said.append(f"The table {name} is {'new' if before is None else 'missing'}.")
        elif before.rows != after.rows:
            said.append(f"{name} has {after.rows} rows and should have {before.rows}.")
        elif before.checksum != after.checksum:
            said.append(f"{name} has the right number of rows with other content.")
    for name, value in sorted(expected.sequences.items()):
        if found.sequences.get(name, -1) < value:
            said.append(f"The sequence {name} would give numbers out again that are taken.")
    for item in sorted(set(expected.catalog) ^ set(found.catalog)):
        there = "is missing" if item in set(expected.catalog) else "should not be there"
        said.append(f"In the catalog, this {there}: {item}")
    return said


def _mark(conn: Rows, schema: str, name: str) -> TableMark:
    row = one(
        conn,
        sql.SQL(
            "SELECT count(*) AS rows, "
            "sum(('x' || left(mark, 16))::bit(64)::bigint::numeric) AS first, "
            "sum(('x' || right(mark, 16))::bit(64)::bigint::numeric) AS second "
            "FROM (SELECT md5(ROW(every_row.*)::text) AS mark FROM {} AS every_row) AS marks"
        ).format(sql.Identifier(schema, name)),
    )
    both = f"{row['first']}:{row['second']}"
    return TableMark(rows=row["rows"], checksum=hashlib.sha256(both.encode()).hexdigest()[:32])


def _flat(item: str) -> str:
    """Without brackets: `(a AND b) AND c` comes back from a dump as `a AND b AND c`."""
    return " ".join(re.sub(r"[()]", " ", item).split())


def _sequences(conn: Rows) -> dict[str, int]:
    """The last number that each sequence gave; 0 when it has given none."""
    rows = conn.execute(
        "SELECT schemaname || '.' || sequencename AS name, coalesce(last_value, 0) AS value "
        "FROM pg_sequences WHERE schemaname = ANY(%s)",
        (migrations.OWN_SCHEMAS,),
    )
    return {row["name"]: row["value"] for row in rows}


def _safeguards(conn: Rows) -> set[str]:
    """Row security, whom policies are for, grants to the service's roles, default grants, and
    triggers as defined."""
    rows = conn.execute(
        """
        SELECT 'row security ' || c.oid::regclass || ' ' || c.relrowsecurity || ' '
               || c.relforcerowsecurity AS item
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ANY(%(schemas)s) AND c.relkind IN ('r', 'p')
        UNION ALL
        SELECT 'policy of ' || schemaname || '.' || tablename || ' ' || policyname || ' '
               || permissive || ' ' || cmd || ' ' || roles::text
          FROM pg_policies WHERE schemaname = ANY(%(schemas)s)
        UNION ALL
        SELECT 'grant ' || c.oid::regclass || ' ' || a.grantee::regrole || ' ' || a.privilege_type
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
               aclexplode(c.relacl) a
         WHERE n.nspname = ANY(%(schemas)s) AND a.grantee = ANY(%(roles)s::regrole[])
        UNION ALL
        SELECT 'grant ' || t.attrelid::regclass || '.' || t.attname || ' '
               || a.grantee::regrole || ' ' || a.privilege_type
          FROM pg_attribute t JOIN pg_class c ON c.oid = t.attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace, aclexplode(t.attacl) a
         WHERE n.nspname = ANY(%(schemas)s) AND a.grantee = ANY(%(roles)s::regrole[])
        UNION ALL
        SELECT 'grant schema ' || n.nspname || ' ' || a.grantee::regrole || ' '
               || a.privilege_type
          FROM pg_namespace n, aclexplode(n.nspacl) a
         WHERE n.nspname = ANY(%(schemas)s) AND a.grantee = ANY(%(roles)s::regrole[])
        UNION ALL
        SELECT 'grant function ' || p.oid::regprocedure || ' '
               || coalesce(nullif(a.grantee, 0)::regrole::text, 'everyone')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace,
               aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
         WHERE n.nspname = ANY(%(schemas)s) AND a.grantee <> p.proowner
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT 'default grant ' || coalesce(n.nspname, '') || ' ' || d.defaclobjtype::text || ' '
               || a.grantee::regrole || ' ' || a.privilege_type
          FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace,
               aclexplode(d.defaclacl) a
         WHERE a.grantee = ANY(%(roles)s::regrole[])
        UNION ALL
        SELECT 'trigger ' || g.tgenabled::text || ' ' || pg_get_triggerdef(g.oid)
          FROM pg_trigger g JOIN pg_class c ON c.oid = g.tgrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE NOT g.tgisinternal AND n.nspname = ANY(%(schemas)s)
        """,
        {"schemas": migrations.OWN_SCHEMAS, "roles": _roles_there(conn)},
    )
    return {row["item"] for row in rows}


def _roles_there(conn: Rows) -> list[str]:
    rows = conn.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", (list(ROLES),))
    return [row["rolname"] for row in rows]
