"""The client's demo: four weeks of small experiments and what came of them.

Ages are relative to the `now` that is handed in. Every row has a key of the demo's own, so
loading again restores the same rows and leaves what the person wrote alone.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5
from zoneinfo import ZoneInfo

from psycopg import sql
from psycopg.types.json import Jsonb

from memory.demo.client_record import (
    EVIDENCE,
    EXPERIMENTS,
    LEARNINGS,
    READINGS,
    REFLECTIONS,
    DemoExperiment,
)
from memory.pool import Connection

Row = dict[str, Any]

KEY = "demo:"
TABLES = (
    "self_efficacy_metrics",
    "capability_evidence",
    "learning_data",
    "experiment_reflections",
    "experiments",
)


async def load(conn: Connection, user_id: str, now: datetime, time_zone: str) -> None:
    """Write the demo of `user_id` as of `now`, its calendar days in `time_zone`; loading it
    again restores it."""
    zone = ZoneInfo(time_zone)
    for item in EXPERIMENTS:
        await _write(conn, "experiments", _experiment(item, user_id, now, zone))
    for table, rows in (
        ("learning_data", _learnings(user_id, now)),
        ("experiment_reflections", _reflections(user_id, now)),
        ("capability_evidence", _evidence(user_id, now)),
        ("self_efficacy_metrics", _readings(user_id, now)),
    ):
        for row in rows:
            await _write(conn, table, row)


async def reset(conn: Connection, user_id: str) -> None:
    """Remove the demo's rows of `user_id`; what rests on its experiments goes with them."""
    for table in TABLES:
        statement = sql.SQL(
            "DELETE FROM {} WHERE user_id = %s AND starts_with(idempotency_key, %s)"
        ).format(sql.Identifier(table))
        await conn.execute(statement, (user_id, KEY))


async def _write(conn: Connection, table: str, row: Row) -> None:
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) VALUES ({values}) "
        "ON CONFLICT (user_id, idempotency_key) DO UPDATE SET {restored}, undone_at = NULL"
    ).format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, row)),
        values=sql.SQL(", ").join(map(sql.Placeholder, row)),
        restored=sql.SQL(", ").join(
            sql.SQL("{0} = EXCLUDED.{0}").format(sql.Identifier(name)) for name in row
        ),
    )
    await conn.execute(statement, row)


def _row(user_id: str, key: str, moment: datetime) -> Row:
    return {
        "user_id": user_id,
        "created_at": moment,
        "idempotency_key": f"{KEY}{key}",
        "request_hash": "demo",
    }


def _ago(now: datetime, days: int | None) -> datetime | None:
    return None if days is None else now - timedelta(days=days)


def _experiment_id(user_id: str, key: str) -> str:
    return str(uuid5(NAMESPACE_URL, f"mosaic-demo/{user_id}/{key}"))


def _experiment(item: DemoExperiment, user_id: str, now: datetime, zone: ZoneInfo) -> Row:
    today = now.astimezone(zone).date()
    return _row(user_id, item.key, now - timedelta(days=item.created)) | {
        "id": _experiment_id(user_id, item.key),
        "experiment_name": item.name,
        "hypothesis": item.hypothesis,
        "smallest_version": item.smallest_version,
        "success_metric": item.success_metric,
        "resources": item.resources,
        "status": item.status,
        "start_date": today - timedelta(days=item.starts),
        "review_date": today - timedelta(days=item.review),
        "confidence_before": item.confidence_before,
        "started_at": _ago(now, item.starts) if item.status != "planned" else None,
        "completed_at": _ago(now, item.completed),
        "updated_at": now - timedelta(days=item.updated),
        "version": 1,
    }


def _learnings(user_id: str, now: datetime) -> list[Row]:
    return [
        _row(user_id, f"learning-{number}", now - timedelta(days=days))
        | {
            "experiment_id": _experiment_id(user_id, experiment),
            "learning_type": kind,
            "content": content,
            "confidence_score": Decimal(confidence),
        }
        for number, (days, experiment, kind, confidence, content) in enumerate(LEARNINGS, 1)
    ]


def _reflections(user_id: str, now: datetime) -> list[Row]:
    return [
        _row(user_id, f"reflection-{number}", now - timedelta(days=days))
        | {
            "experiment_id": _experiment_id(user_id, experiment),
            "confidence_before": before,
            "confidence_after": after,
            "next_move": move,
            "outcome": outcome,
        }
        for number, (days, experiment, before, after, move, outcome) in enumerate(REFLECTIONS, 1)
    ]


def _evidence(user_id: str, now: datetime) -> list[Row]:
    return [
        _row(user_id, f"evidence-{number}", now - timedelta(days=days))
        | {
            "experiment_id": _experiment_id(user_id, experiment),
            "capability_name": capability,
            "evidence_type": kind,
            "evidence_data": Jsonb({"detail": detail}),
            "confidence_level": Decimal(confidence),
        }
        for number, (days, experiment, capability, kind, confidence, detail) in enumerate(
            EVIDENCE, 1
        )
    ]


def _readings(user_id: str, now: datetime) -> list[Row]:
    return [
        _row(user_id, f"reading-{number}", now - timedelta(days=days))
        | {"metric_name": name, "metric_value": value, "metric_type": "scale_1_10"}
        for number, (days, name, value) in enumerate(READINGS, 1)
    ]
