"""Feature flags: which are on, and switching one, which is proposed, with a reason, and audited."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from errors import Conflict, Invalid, NotFound
from memory import flags
from tools.approvals import approver
from tools.findings import Fact, Findings, RowSource, row_source
from tools.operator.flag_questions import FLAG_EXAMPLES, READ_EXAMPLES
from tools.operator.lead_acts import Note
from tools.proposals import Proposal
from tools.registry import Route, Slot, ToolContext, tool
from tools.rows import read_row

FlagName = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True, to_upper=True, max_length=64, pattern=r"^[A-Za-z][A-Za-z0-9_]*$"
    ),
]


class SetFlagArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: FlagName = Field(description="The flag's name, such as EXPERIMENTS_ENABLED.")
    enabled: bool = Field(description="On (true) or off (false).")
    reason: Annotated[Note | None, Slot("text")] = Field(
        None, description="Why, in the person's own words."
    )


class GetFlagsArgs(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: FlagName | None = Field(None, description="Only this flag; all when left out.")


@tool(
    audience="operator",
    effect="read",
    title="Read the feature flags",
    examples=READ_EXAMPLES,
    routes=[Route("GET", "/api/flags")],
)
async def get_flags(ctx: ToolContext, args: GetFlagsArgs) -> Findings:
    """Every feature flag, or the one that is named, and whether it is on."""
    names = [args.name] if args.name else list(await flags.all_flags(ctx.conn))
    read = {name: await _read(ctx, name) for name in names}
    states = {name: enabled for name, (enabled, _) in read.items()}
    return Findings(
        facts=[_fact(ctx, name, *found) for name, found in read.items()],
        ledgers=["flags"],
        as_of=ctx.now,
        data={"asOf": ctx.now.isoformat(), "flags": states},
    )


async def plan_flag(ctx: ToolContext, args: SetFlagArgs) -> Proposal:
    """What switching it would do. Raises NotFound for an unknown flag, Conflict when it is so
    already."""
    enabled, row = await _read(ctx, args.name)
    if enabled == args.enabled:
        raise Conflict(f"The flag {args.name} is {_state(enabled)} already.")
    noted = f'The reason noted is: "{args.reason}".' if args.reason else "A reason is needed."
    return Proposal(
        act=f"Switch {args.name} {_state(args.enabled)}",
        summary=f"Switch the flag {args.name} {_state(args.enabled)} for everybody, at once. "
        f"{noted}",
        why=f"The flag {args.name} is {_state(enabled)} now.",
        facts=(_fact(ctx, args.name, enabled, row),),
        rows=(row,),
        editable=("reason",),
    )


@tool(
    audience="operator",
    effect="gated",
    title="Switch a feature flag",
    examples=FLAG_EXAMPLES,
    plan=plan_flag,
)
async def set_flag(ctx: ToolContext, args: SetFlagArgs) -> Findings:
    """Propose to switch a feature flag on or off for everybody, with the person's reason.
    Nothing is switched until a person approves it."""
    by = await approver(ctx)
    if args.reason is None:
        raise Invalid("A flag is switched only with a reason. Add `reason` to the approval.")
    await flags.set_flag(ctx.conn, args.name, args.enabled)
    enabled, row = await _read(ctx, args.name)
    done = Fact(
        ledger="flags",
        sources=(by.source, row),
        subject=args.name,
        label="switched by",
        value=by.name,
        as_of=ctx.now,
        statement=f"The flag {args.name} was switched {_state(enabled)} by {by.name}.",
    )
    return Findings(
        facts=[done, _fact(ctx, args.name, enabled, row)],
        ledgers=["flags"],
        as_of=ctx.now,
        data={"asOf": ctx.now.isoformat(), "name": args.name, "enabled": enabled, "by": by.name},
    )


async def _read(ctx: ToolContext, name: str) -> tuple[bool, RowSource]:
    """Whether the flag is on, and the row that says so. Raises NotFound."""
    key: dict[str, str | int] = {"flag_name": name}
    row = await read_row(ctx.conn, "feature_flags", key, "enabled")
    if row is None:
        known = ", ".join(await flags.all_flags(ctx.conn))
        raise NotFound(f"There is no flag {name}. The flags are {known}.")
    return row["enabled"], row_source("feature_flags", key, row, "enabled")


def _fact(ctx: ToolContext, name: str, enabled: bool, row: RowSource) -> Fact:
    return Fact(
        ledger="flags",
        sources=(row,),
        subject=name,
        label="enabled",
        value=enabled,
        as_of=ctx.now,
        statement=f"The flag {name} is {_state(enabled)}.",
    )


def _state(enabled: bool) -> str:
    return "on" if enabled else "off"
