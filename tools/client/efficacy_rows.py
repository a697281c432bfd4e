"""The rows that the metrics and the escalation rules read, of one client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tools.client.entries import Kind, Row, source
from tools.client.rules.efficacy import Efficacy, Experiment, Learning, Reflection, efficacy
from tools.findings import RowSource
from tools.registry import ToolContext


@dataclass(frozen=True)
class Record:
    """A client's experiments, learnings and reflections, with the metrics made of them."""

    rows: dict[Kind, dict[str | int, Row]]
    experiments: tuple[Experiment, ...]
    learnings: tuple[Learning, ...]
    reflections: tuple[Reflection, ...]
    efficacy: Efficacy

    def sources(
        self, kind: Kind, items: Sequence[Experiment | Learning | Reflection], *columns: str
    ) -> tuple[RowSource, ...]:
        """The sources of the rows behind `items`."""
        return tuple(source(kind, self.rows[kind][item.id], *columns) for item in items)


async def read_record(ctx: ToolContext) -> Record:
    """Everything of the caller's that is not undone."""
    experiments = await _read(
        ctx,
        "SELECT *, coalesce(start_date, (started_at AT TIME ZONE %(zone)s)::date) AS began "
        "FROM experiments WHERE user_id = %(user)s AND undone_at IS NULL "
        "ORDER BY created_at, id",
    )
    learnings = await _read(
        ctx,
        "SELECT l.id, l.experiment_id, l.confidence_score, l.created_at, l.undone_at FROM learning_data l "
        "JOIN experiments e ON e.id = l.experiment_id AND e.undone_at IS NULL "
        "WHERE l.user_id = %(user)s AND l.undone_at IS NULL ORDER BY l.created_at, l.id",
    )
    reflections = await _read(
        ctx,
        "SELECT r.*, e.experiment_name FROM experiment_reflections r "
        "JOIN experiments e ON e.id = r.experiment_id AND e.undone_at IS NULL "
        "WHERE r.user_id = %(user)s AND r.undone_at IS NULL ORDER BY r.created_at, r.id",
    )
    tests = tuple(
        Experiment(
            id=row["id"],
            name=row["experiment_name"],
            status=row["status"],
            created_at=row["created_at"],
            updated_at=row["updated_at"],
            start_date=row["began"],
            completed_at=row["completed_at"],
        )
        for row in experiments
    )
    learned = tuple(
        Learning(row["id"], row["experiment_id"], row["created_at"], row["confidence_score"])
        for row in learnings
    )
    reflected = tuple(
        Reflection(
            row["id"],
            row["experiment_id"],
            row["created_at"],
            row["confidence_before"],
            row["confidence_after"],
        )
        for row in reflections
    )
    return Record(
        rows={
            "experiment": {row["id"]: row for row in experiments},
            "learning": {row["id"]: row for row in learnings},
            "reflection": {row["id"]: row for row in reflections},
        },
        experiments=tests,
        learnings=learned,
        reflections=reflected,
        efficacy=efficacy(tests, learned, reflected, ctx.now, ctx.caller.time_zone),
    )


async def _read(ctx: ToolContext, statement: str) -> list[Row]:
    parameters = {"user": ctx.caller.user_id, "zone": ctx.caller.time_zone}
    return await (await ctx.conn.execute(statement.encode(), parameters)).fetchall()
