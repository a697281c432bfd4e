"""Calling a client's tool as a run does: arguments validated, one transaction of the caller."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, get_type_hints

from pydantic import BaseModel

from memory.caller import Caller
from memory.pool import get_conn
from tools.client.escalation import get_escalation
from tools.client.evidence import capture_evidence, list_evidence
from tools.client.experiment_changes import complete_experiment, update_experiment
from tools.client.experiments import create_experiment, list_experiments
from tools.client.learnings import add_learning, list_learnings
from tools.client.reflections import add_reflection
from tools.client.self_efficacy import get_metrics, record_self_efficacy
from tools.client.undo import undo_entry
from tools.findings import Findings
from tools.registry import Handler, ToolContext

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)

TOOLS: dict[str, Handler] = {
    handler.__name__: handler
    for handler in (
        create_experiment,
        list_experiments,
        update_experiment,
        complete_experiment,
        add_learning,
        list_learnings,
        add_reflection,
        capture_evidence,
        list_evidence,
        record_self_efficacy,
        get_metrics,
        get_escalation,
        undo_entry,
    )
}


def validated(name: str, args: dict[str, Any]) -> BaseModel:
    """The arguments of the tool called `name`. Raises ValidationError where one is wrong."""
    model: type[BaseModel] = get_type_hints(TOOLS[name])["args"]
    return model.model_validate(args)


async def call(caller: Caller, name: str, now: datetime = NOW, **args: Any) -> Findings:
    """The findings of the tool called `name`."""
    async with get_conn(caller) as conn:
        return await TOOLS[name](ToolContext(conn, caller, now), validated(name, args))


async def create(caller: Caller, name: str, now: datetime = NOW, **args: Any) -> str:
    """The id of a new experiment."""
    findings = await call(caller, "create_experiment", now, experiment_name=name, **args)
    return str(findings.data["experiment_id"])


async def rows(caller: Caller, table: str) -> list[dict[str, Any]]:
    """All rows of `table` that the caller can see, the undone ones included."""
    async with get_conn(caller) as conn:
        return await (await conn.execute(f"SELECT * FROM {table} ORDER BY created_at")).fetchall()


def statements(findings: Findings) -> str:
    """Everything the facts say."""
    return "\n".join(fact.statement for fact in findings.facts)
