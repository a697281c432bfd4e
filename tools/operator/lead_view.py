"""One lead with its file, its names and the time: what every fact about it is made with."""

from __future__ import annotations

from dataclasses import dataclass

from tools.findings import Fact, RowSource, Value
from tools.operator.failure_items import View
from tools.operator.lead_queries import LeadFile
from tools.operator.names import lead_href
from tools.operator.records import Lead
from tools.operator.rules.stages import Stage, awaits_build, stage

NEXT_STEPS: dict[Stage, str] = {
    "new": "enrich it",
    "enriched": "score it",
    "scored": "write its positioning brief",
    "positioned": "write the proposal",
    "proposal ready": "review the proposal and send it yourself",
    "proposal sent": "follow up with the client yourself",
    "approved": "start the build",
    "building": "finish the build",
    "shipped": "record the outcome",
}


@dataclass(frozen=True)
class LeadView:
    """A lead's file with the names and the time it is described with. `zone` is IANA."""

    file: LeadFile
    view: View
    zone: str

    @property
    def lead(self) -> Lead:
        return self.file.lead

    @property
    def title(self) -> str:
        return self.view.names.subject(self.lead.id)

    @property
    def stage(self) -> Stage:
        return stage(self.lead, self.file.artifacts)

    @property
    def next_step(self) -> str | None:
        """What the owner or the pipeline does next; None when nothing is left to do."""
        over = self.lead.deal_outcome is not None
        if (self.stage == "shipped" and over) or (
            self.stage == "approved" and not awaits_build(self.lead)
        ):
            return None
        return NEXT_STEPS.get(self.stage)

    def fact(
        self,
        label: str,
        value: Value,
        statement: str,
        *sources: RowSource,
        rule: str | None = None,
        unit: str | None = None,
        headline: bool = True,
    ) -> Fact:
        return Fact(
            ledger="lead",
            sources=sources,
            rule=rule,
            subject=self.title,
            aliases=self.view.names.aliases(self.lead.id),
            label=label,
            value=value,
            unit=unit,
            as_of=self.view.now,
            statement=statement,
            headline=headline,
            href=lead_href(self.lead.id),
        )
