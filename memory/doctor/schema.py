"""What is wrong with the catalog: indexes, row security, roles, and the vectors of columns."""

from __future__ import annotations

import re

from psycopg import sql

from memory import migrations
from memory.doctor.finding import Check, Finding
from memory.snapshot import ROLES, Rows

OPEN_TABLES = {"public.schema_migrations"}
"""Tables that are no one's data, and need no row security."""
LIBRARY_SCHEMAS = {"jobs", "checkpoints"}
"""Tables that the job queue and LangGraph define; they hold ids and live as long as a run."""
_CREATE_INDEX = re.compile(
    r"^\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+NOT\s+EXISTS\s+)?(\w+)\s+ON",
    re.IGNORECASE | re.MULTILINE,
)
_DROP_INDEX = re.compile(
    r"^\s*DROP\s+INDEX\s+(?:CONCURRENTLY\s+)?(?:IF\s+EXISTS\s+)?(?:\w+\.)?(\w+)",
    re.IGNORECASE | re.MULTILINE,
)


def required_indexes(migration_sql: str) -> list[str]:
    """The names of the indexes that migrations make and do not drop again."""
    made = dict.fromkeys(_CREATE_INDEX.findall(migration_sql))
    dropped = set(_DROP_INDEX.findall(migration_sql))
    return [name for name in made if name not in dropped]


def check_indexes(conn: Rows, migration_sql: str) -> list[Finding]:
    """Indexes that the applied migrations made and that are gone, or were never finished."""
    valid = {
        row["name"]: row["valid"]
        for row in conn.execute(
            "SELECT c.relname AS name, i.indisvalid AS valid FROM pg_index i "
            "JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = ANY(%s)",
            (migrations.OWN_SCHEMAS,),
        )
    }
    findings = [
        Finding(
            "index_missing",
            name,
            1,
            f"The index {name} is gone.",
            "Create it again as its migration does.",
        )
        for name in required_indexes(migration_sql)
        if name not in valid
    ]
    findings += [
        Finding(
            "index_invalid",
            name,
            1,
            f"The index {name} was never finished and is not used.",
            f"Run `REINDEX INDEX {name}`.",
        )
        for name, is_valid in sorted(valid.items())
        if not is_valid
    ]
    return findings


def check_foreign_keys(conn: Rows) -> list[Finding]:
    """Foreign keys without an index that begins with a column of theirs: deleting a parent row
    would read the whole table (client spec 15.13)."""
    rows = conn.execute(
        """
        SELECT n.nspname || '.' || t.relname AS name, c.conname FROM pg_constraint c
          JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
         WHERE c.contype = 'f' AND n.nspname = ANY(%s) AND NOT n.nspname = ANY(%s)
           AND NOT EXISTS (
               SELECT FROM pg_index i
                WHERE i.indrelid = c.conrelid AND i.indisvalid
                  AND i.indkey[0] = ANY(c.conkey)
                  AND (i.indpred IS NULL
                       OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$'))
         ORDER BY 1, 2
        """,
        (migrations.OWN_SCHEMAS, list(LIBRARY_SCHEMAS)),
    )
    return [
        Finding(
            "foreign_key_without_index",
            row["name"],
            1,
            f"The foreign key {row['conname']} of {row['name']} has no index.",
            "Add one in a new migration.",
        )
        for row in rows
    ]


def check_row_security(conn: Rows) -> list[Finding]:
    """Tables that are not closed by forced row security and a policy (quality design 2)."""
    rows = conn.execute(
        """
        SELECT n.nspname || '.' || c.relname AS name,
               c.relrowsecurity AND c.relforcerowsecurity AS forced,
               EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) AS policy
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = ANY(%s) AND NOT n.nspname = ANY(%s) AND c.relkind IN ('r', 'p')
         ORDER BY 1
        """,
        (migrations.OWN_SCHEMAS, list(LIBRARY_SCHEMAS)),
    ).fetchall()
    return [
        Finding(
            "row_security_open",
            row["name"],
            1,
            f"{row['name']} "
            + ("has no policy." if row["forced"] else "is not under forced row security."),
            "Stop the service; close it with secure_personal, secure_business or secure_system.",
        )
        for row in rows
        if row["name"] not in OPEN_TABLES and not (row["forced"] and row["policy"])
    ]


def check_roles(conn: Rows) -> list[Finding]:
    """Roles of the service that are missing, or that row security does not hold."""
    rows = conn.execute(
        "SELECT wanted.name, r.rolname IS NOT NULL AS there, "
        "coalesce(r.rolsuper OR r.rolbypassrls OR r.rolcreaterole, false) AS powerful "
        "FROM unnest(%s::text[]) AS wanted (name) "
        "LEFT JOIN pg_roles r ON r.rolname = wanted.name ORDER BY 1",
        (list(ROLES),),
    ).fetchall()
    return [
        Finding(
            "role_missing" if not row["there"] else "role_too_powerful",
            row["name"],
            1,
            f"The role {row['name']} "
            + ("does not exist." if not row["there"] else "is above row security."),
            f"Make it `NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEROLE`: ALTER (or CREATE) ROLE "
            f"{row['name']}.",
        )
        for row in rows
        if not row["there"] or row["powerful"]
    ]


def check_vectors(conn: Rows) -> list[Finding]:
    """Vector columns whose rows are of more than one model, or of one model and several
    dimensions: a search compares them as if they were the same."""
    columns = conn.execute(
        """
        SELECT n.nspname AS schema, c.relname AS name, a.attname AS column,
               (SELECT m.attname FROM pg_attribute m
                 WHERE m.attrelid = c.oid AND m.attnum > 0 AND NOT m.attisdropped
                   AND m.attname IN ('embedding_model', 'model')
                 ORDER BY m.attname LIMIT 1) AS model
          FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
          JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_type t ON t.oid = a.atttypid
         WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p') AND NOT a.attisdropped
           AND t.typname IN ('vector', 'halfvec')
         ORDER BY 1, 2, 3
        """,
        (migrations.OWN_SCHEMAS,),
    ).fetchall()
    findings = []
    for column in columns:
        model = sql.Identifier(column["model"]) if column["model"] else sql.Literal("")
        kinds = conn.execute(
            sql.SQL(
                "SELECT {model}::text AS model, vector_dims({vector}) AS dimensions, "
                "count(*) AS rows FROM {table} WHERE {vector} IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2"
            ).format(
                model=model,
                vector=sql.Identifier(column["column"]),
                table=sql.Identifier(column["schema"], column["name"]),
            )
        ).fetchall()
        if len(kinds) > 1:
            where = f"{column['schema']}.{column['name']}.{column['column']}"
            said = ", ".join(
                f"{row['rows']} of {row['model'] or 'one model'} with {row['dimensions']}"
                for row in kinds
            )
            findings.append(
                Finding(
                    "vectors_mixed",
                    where,
                    sum(row["rows"] for row in kinds),
                    f"{where} holds vectors of several kinds: {said} dimensions.",
                    "Let the worker finish embedding with the model of MOSAIC_EMBEDDER.",
                )
            )
    return findings


CHECKS: tuple[Check, ...] = (
    check_foreign_keys,
    check_row_security,
    check_roles,
    check_vectors,
)
