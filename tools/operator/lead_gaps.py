"""What a lead's ledgers do not hold and a reader would look for."""

from __future__ import annotations

from tools.findings import Missing
from tools.operator.lead_view import LeadView
from tools.operator.names import lead_href
from tools.operator.rules.money import parse_budget
from tools.operator.rules.stages import DELIVERY_STATUSES, is_open, is_positioned, newest


def gaps(this: LeadView, *, include_description: bool) -> list[Missing]:
    """What is missing about one lead at its stage."""
    lead, title, made = this.lead, this.title, this.file.artifacts
    found: list[tuple[bool, str, str]] = [
        (
            include_description and not (this.file.text.description or "").strip(),
            f"A description of {title}",
            "Nobody has written down what the lead is about.",
        ),
        (
            lead.status == "REJECTED" and lead.rejection_reason is None,
            f"Why {title} was rejected: no reason was noted",
            "Without the reason the same kind of lead is judged anew each time.",
        ),
        (
            is_open(lead) and lead.score is None,
            f"A score for {title}",
            "The score decides whether the lead is worth a proposal.",
        ),
        (
            is_open(lead) and not is_positioned(made),
            f"A positioning brief for {title}",
            "A proposal may be written only once there is one.",
        ),
        (
            is_open(lead) and newest(made, "proposal") is None,
            f"A proposal for {title}",
            "Without a proposal the lead cannot be approved.",
        ),
        (
            lead.status in DELIVERY_STATUSES and lead.desired_result is None,
            f"A target for {title}: the result that the client wants",
            "Without a target nobody can tell whether the build has worked.",
        ),
        (
            lead.budget is not None and parse_budget(lead.budget) is None,
            f"The budget of {title} as a figure",
            "The budget that is noted cannot be read as an amount of money.",
        ),
        (
            lead.budget is None and lead.status != "REJECTED",
            f"The budget of {title}",
            "Without a budget the lead does not count in any money figure.",
        ),
        (
            this.file.run is None,
            f"A pipeline run of {title}",
            "Nothing has been worked out about the lead yet.",
        ),
    ]
    return [
        Missing(need=need, why_it_matters=why, how_to_get="page", target=lead_href(lead.id))
        for lacks, need, why in found
        if lacks
    ]
