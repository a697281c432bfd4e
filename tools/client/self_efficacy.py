"""Self-efficacy: readings the client gives, and the metrics made of their record (client
spec 4.2, 5.1)."""

from __future__ import annotations

from typing import Annotated, Any

from psycopg.types.json import Jsonb
from pydantic import BaseModel, Field

from tools.client.efficacy_facts import metric_data, metric_facts, missing_metrics
from tools.client.efficacy_rows import Record, read_record
from tools.client.entries import Row, insert_once, source, undo_of
from tools.client.fields import Amount, Data, IdempotencyKey, Label, PageSize
from tools.client.reflections import reflection_facts
from tools.client.wording import day, number
from tools.findings import Fact, Findings
from tools.registry import Example, Route, Slot, ToolContext, tool

NEWEST_REFLECTIONS = 3
ANALYTICS = "analytics"


class RecordSelfEfficacyArgs(BaseModel):
    metric_name: Label = Field(description="What is measured, such as confidence")
    metric_value: Annotated[Amount, Slot("number")] = Field(description="The reading")
    metric_type: Label | None = Field(None, description="Its scale, such as scale_1_10")
    context_data: Data | None = Field(None, description="Details as a small object")
    idempotency_key: IdempotencyKey | None = None


_CONFIDENCE = {"metric_name": "confidence"}
_ENERGY = {"metric_name": "energy"}


@tool(
    audience="client",
    effect="log",
    flag="EXPERIMENTS_ENABLED",
    title="Log a reading",
    routes=[Route("POST", "/metrics/self-efficacy")],
    examples=[
        Example("My confidence is 7 out of 10 today", _CONFIDENCE),
        Example("I'd put my confidence at 6", _CONFIDENCE),
        Example("Log my confidence: 8", _CONFIDENCE),
        Example("Confidence level today is 5", _CONFIDENCE),
        Example("Record a confidence of 4 out of 10", _CONFIDENCE),
        Example("On a scale of one to ten my confidence is 7", _CONFIDENCE),
        Example("Note that I feel a 3 in confidence", _CONFIDENCE),
        Example("I rate my self-belief 6 right now", _CONFIDENCE),
        Example("Put down an 8 for how sure I feel", _CONFIDENCE),
        Example("My energy is 4 today", _ENERGY),
        Example("Log energy 7", _ENERGY),
        Example("Record my energy level as 5 out of 10", _ENERGY),
        Example("I'm at 9 for energy", _ENERGY),
        Example("Energy: 3", _ENERGY),
        Example("My energy went down to 2 this morning", _ENERGY),
        Example("My motivation is at 6", {"metric_name": "motivation"}),
        Example("I'd say motivation 4", {"metric_name": "motivation"}),
        Example("Motivation dropped to 3", {"metric_name": "motivation"}),
        Example("Log my motivation as 7 out of 10", {"metric_name": "motivation"}),
        Example("Track motivation: 8", {"metric_name": "motivation"}),
        Example("My stress is 9 this week", {"metric_name": "stress"}),
        Example("Stress level today: 3", {"metric_name": "stress"}),
        Example("I'm stressed, 8 out of 10", {"metric_name": "stress"}),
        Example("Record stress 5", {"metric_name": "stress"}),
        Example("Stress went up to 7", {"metric_name": "stress"}),
        Example("Mood today is 6", {"metric_name": "mood"}),
        Example("My mood is 4 out of 10", {"metric_name": "mood"}),
        Example("Log my mood: 8", {"metric_name": "mood"}),
        Example("Save my mood as 7", {"metric_name": "mood"}),
        Example("Clarity is at 5 for me", {"metric_name": "clarity"}),
        Example("Record clarity 7", {"metric_name": "clarity"}),
        Example("My clarity is 3 out of 10", {"metric_name": "clarity"}),
        Example("My confidence went up to 8 out of 10", _CONFIDENCE),
        Example("I feel about 4 out of 10 confident", _CONFIDENCE),
        Example("I'd say my confidence is 70 percent", _CONFIDENCE),
        Example("Confidence check-in: 50%", _CONFIDENCE),
        Example("Enter a self-efficacy reading of 6", _CONFIDENCE),
        Example("Today's check-in number is 7", _CONFIDENCE),
    ],
)
async def record_self_efficacy(ctx: ToolContext, args: RecordSelfEfficacyArgs) -> Findings:
    """Log a reading the client gives of themselves, such as confidence 7 of 10. It can be
    undone for a day."""
    values = {
        "metric_name": args.metric_name,
        "metric_value": args.metric_value,
        "metric_type": args.metric_type,
        "context_data": Jsonb(args.context_data) if args.context_data is not None else None,
    }
    row, _ = await insert_once(ctx, "metric", values, args, args.idempotency_key)
    message = f"Logged {row['metric_name']} {_value(row)}, id {row['id']}."
    return Findings(
        facts=[_reading_fact(ctx, row, message)],
        ledgers=["self_efficacy"],
        as_of=ctx.now,
        data={
            "session_id": row["session_id"],
            "metric_id": row["id"],
            "status": "metric_recorded",
            "message": message,
        },
        undo=undo_of("metric", row["id"]),
    )


class GetMetricsArgs(BaseModel):
    limit: PageSize = Field(20, description="How many of the newest readings to list")


@tool(
    audience="client",
    effect="read",
    flag="SELF_EFFICACY_METRICS",
    title="Read your progress",
    routes=[Route("GET", "/metrics"), Route("GET", "/self-efficacy/metrics")],
    examples=[
        "How is my confidence going?",
        "How am I doing?",
        "Show my metrics",
        "Is my confidence going up?",
        "Has my confidence dropped?",
        "What is my confidence score?",
        "How fast am I learning?",
        "What's my learning velocity?",
        "How many experiments do I finish?",
        "What is my completion rate?",
        "Am I making progress?",
        "Show me my numbers",
        "How confident was I last month compared with now?",
        "Where do I stand?",
        "What's the trend in how sure I feel?",
        "Am I getting more confident?",
        "How active have I been?",
        "When was I last active here?",
        "Show my self-efficacy",
        "What share of my experiments have I completed?",
        "How high is my risk of getting stuck?",
        "Give me my progress in numbers",
        "What readings did I log?",
        "What are my stats?",
        "Show my dashboard",
        "What do my metrics say?",
        "Show me a chart of my confidence",
        "Confidence over time",
        "How often do I see an experiment through?",
        "Do I finish what I start?",
        "What portion of my experiments do I complete?",
        "How many learnings a day do I log?",
        "At what pace do I learn?",
        "What was my last confidence reading?",
        "How far have I come, in numbers?",
        "Read me my figures",
        "What do the numbers say about my progress?",
        "What part of my experiments do I see through?",
        "How many of my trials reach the end?",
        "How reliable am I at finishing?",
    ],
)
async def get_metrics(ctx: ToolContext, args: GetMetricsArgs) -> Findings:
    """Read the client's progress in numbers: confidence and its trend, completion rate,
    learning velocity, days active, risk, last activity, and the newest readings."""
    record = await read_record(ctx)
    readings = await _readings(ctx)
    return Findings(
        facts=[
            *metric_facts(ctx, record),
            *_latest_readings(ctx, readings),
            *_latest_reflections(ctx, record),
        ],
        missing=missing_metrics(record.efficacy),
        ledgers=["self_efficacy", "learnings", "experiments"],
        as_of=ctx.now,
        data=metric_data(ctx, record.efficacy)
        | {"metrics": [_payload(row) for row in readings[: args.limit]]},
    )


async def _readings(ctx: ToolContext) -> list[Row]:
    return await (
        await ctx.conn.execute(
            "SELECT * FROM self_efficacy_metrics WHERE user_id = %s AND undone_at IS NULL "
            "ORDER BY created_at DESC, id DESC",
            (ctx.caller.user_id,),
        )
    ).fetchall()


def _latest_readings(ctx: ToolContext, rows: list[Row]) -> list[Fact]:
    """The newest reading of each name; the service's own analytics rows are not readings."""
    newest: dict[str, Row] = {}
    for row in rows:
        if row["metric_type"] != ANALYTICS:
            newest.setdefault(row["metric_name"], row)
    return [
        _reading_fact(
            ctx,
            row,
            f"Your latest {name} reading is {_value(row)}, logged on "
            f"{day(row['created_at'], ctx.caller.time_zone)}.",
        )
        for name, row in newest.items()
    ]


def _latest_reflections(ctx: ToolContext, record: Record) -> list[Fact]:
    newest = [item for item in record.reflections if item.after is not None][-NEWEST_REFLECTIONS:]
    rows = [record.rows["reflection"][item.id] for item in reversed(newest)]
    return [
        fact.model_copy(update={"headline": False})
        for row in rows
        for fact in reflection_facts(ctx, row, row["experiment_name"])
        if fact.label == "confidence after"
    ]


def _reading_fact(ctx: ToolContext, row: Row, statement: str) -> Fact:
    return Fact(
        ledger="self_efficacy",
        sources=(
            source("metric", row, "metric_value", "metric_name", "metric_type", "created_at"),
        ),
        subject=f"your {row['metric_name']}",
        label="latest reading",
        value=row["metric_value"],
        as_of=ctx.now,
        statement=statement,
    )


def _value(row: Row) -> str:
    scale = " out of 10" if row["metric_type"] == "scale_1_10" else ""
    return f"{number(row['metric_value'])}{scale}"


def _payload(row: Row) -> dict[str, Any]:
    return {
        "metric_id": row["id"],
        "metric_name": row["metric_name"],
        "metric_value": float(row["metric_value"]),
        "metric_type": row["metric_type"],
        "context_data": row["context_data"],
        "created_at": row["created_at"].isoformat(),
    }
