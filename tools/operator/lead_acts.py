"""What every act on one lead shares: the lead that is meant, what its proposal shows and rests
on, and how the done act is said back."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import StringConstraints

from errors import Invalid, NotFound
from tools.approvals import Approver
from tools.findings import Fact, Findings, RowSource
from tools.operator.failure_items import View
from tools.operator.lead_facts import overview
from tools.operator.lead_payloads import summary
from tools.operator.lead_queries import lead_names, load_lead_file
from tools.operator.lead_view import LeadView
from tools.operator.names import LeadNames
from tools.operator.records import source
from tools.operator.rules.lead_search import meant
from tools.operator.rules.stages import newest
from tools.registry import ToolContext
from tools.rows import source_of
from tools.wording import listed

MOST_CANDIDATES = 5
MONEY_PATH = (
    "title", "status", "score", "budget", "proposal_sent_at", "approved_at", "build_started_at",
    "build_completed_at", "rejected_at", "deal_outcome",
)  # fmt: skip

Note = Annotated[
    str,
    StringConstraints(
        strip_whitespace=True,
        min_length=1,
        max_length=2000,
        pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]+$",
    ),
]
"""A few sentences that a person wrote."""


async def open_lead(ctx: ToolContext, name: str) -> LeadView:
    """The one lead that `name` means. Raises NotFound when none, Invalid when several do."""
    names = await lead_names(ctx.conn)
    found = meant(name, names)
    titles = LeadNames({item.id: item.title for item in names})
    if len(found) > 1:
        first = [titles.subject(item.id) for item in found[:MOST_CANDIDATES]]
        raise Invalid(f"“{name}” can mean {listed(first)}. Say which lead.")
    if not found:
        raise NotFound(f"No lead is called “{name}”. Look it up among the leads.")
    return await _view(ctx, found[0].id, titles)


async def _view(ctx: ToolContext, lead_id: str, titles: LeadNames) -> LeadView:
    file = await load_lead_file(ctx.conn, lead_id)
    if file is None:
        raise NotFound(f"The lead {lead_id} is gone.")
    return LeadView(file, View(titles, file.settings, ctx.now), ctx.caller.time_zone)


async def rows_of(
    ctx: ToolContext, this: LeadView, columns: Iterable[str] = MONEY_PATH, *made: str
) -> tuple[RowSource, ...]:
    """The lead's `columns` and its newest artifact of each type in `made`, texts included."""
    rows = [source(this.lead, *columns)]
    for kind in made:
        artifact = newest(this.file.artifacts, kind)
        if artifact is not None:
            key: dict[str, str | int] = {"id": artifact.id}
            read = await source_of(ctx.conn, "artifacts", key, "title", "type", "content")
            rows += [read] if read is not None else []
    return tuple(rows)


def shown(this: LeadView) -> tuple[Fact, ...]:
    """What a person sees of the lead before they decide."""
    return tuple(fact for fact in overview(this, include_description=False) if fact.headline)


async def said_back(
    ctx: ToolContext, before: LeadView, by: Approver, label: str, said: str, *columns: str
) -> Findings:
    """The done act: who did it, then what the `columns` it wrote say now. `before` is the lead
    as it was; `said` names {lead} and {by}."""
    this = await _view(ctx, before.lead.id, before.view.names)
    written = source(this.lead, *columns)
    done = this.fact(label, by.name, said.format(lead=this.title, by=by.name), by.source, written)
    now = [
        fact
        for fact in overview(this, include_description=False)
        if fact.rule is None and fact.sources[0].columns[0] in columns
    ]
    return Findings(
        facts=[done, *(fact.model_copy(update={"headline": True}) for fact in now)],
        ledgers=["lead"],
        as_of=ctx.now,
        data={"asOf": ctx.now.isoformat(), "lead": summary(this.lead), "by": by.name},
    )
