"""An overview of one lead as facts: where it stands, since when, and what comes next."""

from __future__ import annotations

from datetime import datetime

from tools.findings import Fact, RowSource
from tools.operator.failure_items import failed_run
from tools.operator.lead_view import LeadView
from tools.operator.names import lead_href
from tools.operator.records import source
from tools.operator.rules.ages import days_since
from tools.operator.rules.listed import FailedRun, last_touched_at
from tools.operator.rules.money import parse_budget
from tools.operator.rules.runs import can_be_retried, failed_step, last_run_status
from tools.operator.rules.stages import Stage, newest
from tools.wording import CURRENCY_SIGNS, ago, counted, day, money

LONGEST_DESCRIPTION = 1000
LONGEST_NOTE = 300

STATUS_WORDS = {
    "NEW": "is new",
    "ENRICHED": "is enriched",
    "SCORED": "is scored",
    "APPROVED": "is approved",
    "SCOPE_SENT": "has had its scope sent",
    "SCOPE_APPROVED": "has had its scope approved",
    "REJECTED": "is rejected",
    "BUILDING": "is being built",
    "SHIPPED": "is shipped",
}
TOUCH_WORDS = {
    "EMAIL": "an e-mail",
    "CALL": "a call",
    "LINKEDIN_DM": "a LinkedIn message",
    "MEETING": "a meeting",
    "FOLLOW_UP": "a follow-up",
    "REFERRAL_ASK": "a question for a referral",
    "CHECK_IN": "a check-in",
    "CALL_BOOKED": "a booked call",
    "CALL_COMPLETED": "a completed call",
}
DATES = (
    ("created_at", "created", "{lead} came in on {day}."),
    ("enriched_at", "enriched", "{lead} was enriched on {day}."),
    ("scored_at", "scored", "{lead} was scored on {day}."),
    ("proposal_sent_at", "proposal sent", "The proposal for {lead} was sent on {day}."),
    ("approved_at", "approved", "{lead} was approved on {day}."),
    ("build_started_at", "build started", "The build for {lead} was started on {day}."),
    ("build_completed_at", "build completed", "The build for {lead} was completed on {day}."),
    ("rejected_at", "rejected", "{lead} was rejected on {day}."),
    ("next_action_due_at", "next action due", "The next action for {lead} is due on {day}."),
)
NOTES = (
    ("rejection_reason", "rejection reason", 'The reason noted for rejecting {lead} is: "{text}".'),
    ("desired_result", "desired result", 'The result that {lead} wants is: "{text}".'),
    ("next_action", "next action", 'The next action noted for {lead} is: "{text}".'),
    ("contact_name", "contact", "The contact for {lead} is {text}."),
    ("source", "source", 'The source of {lead} is "{text}".'),
    ("score_verdict", "verdict", "The verdict on {lead} is {text}."),
)


def overview(this: LeadView, *, include_description: bool) -> list[Fact]:
    """Headlines first: status, where it waits and since when, score, money, touch, run, next
    step; then dates and notes as detail. The description comes only when it is asked for."""
    description = _description(this) if include_description else []
    facts = [
        *description,
        *status_and_score(this),
        *_waiting(this),
        *_outcome(this),
        *_budget(this),
        _touch(this),
        *_run(this),
        *_next_step(this),
        *_dates(this),
        *_notes(this),
    ]
    if description:
        facts = [facts[0], *(fact.model_copy(update={"headline": False}) for fact in facts[1:])]
    return facts


def status_and_score(this: LeadView) -> list[Fact]:
    """The lead's status, and its score when it has one."""
    lead = this.lead
    facts = [
        this.fact(
            "status",
            lead.status,
            f"{this.title} {STATUS_WORDS[lead.status]}.",
            source(lead, "status"),
        )
    ]
    if lead.score is not None:
        said = f"{this.title} has a score of {lead.score} out of 100."
        facts.append(this.fact("score", lead.score, said, source(lead, "score")))
    return facts


def _waiting(this: LeadView) -> list[Fact]:
    """Since when the lead has stood where it stands."""
    lead, title, now = this.lead, this.title, this.view.now
    proposal = newest(this.file.artifacts, "proposal")
    points: dict[Stage, tuple[datetime | None, str, str, RowSource]] = {
        "proposal sent": (
            lead.proposal_sent_at,
            "days since sent",
            f"The proposal for {title} was sent {{ago}} and has no outcome.",
            source(lead, "proposal_sent_at", "deal_outcome", "approved_at"),
        ),
        "approved": (
            lead.approved_at,
            "days since approval",
            f"{title} was approved {{ago}} and its build has not started.",
            source(lead, "approved_at", "build_started_at"),
        ),
        "building": (
            lead.build_started_at,
            "days since build start",
            f"The build for {title} was started {{ago}} and is not completed.",
            source(lead, "build_started_at", "build_completed_at"),
        ),
        "shipped": (
            lead.build_completed_at,
            "days since completion",
            f"The build for {title} was completed {{ago}}.",
            source(lead, "build_completed_at"),
        ),
    }
    if proposal is not None:
        points["proposal ready"] = (
            proposal.created_at,
            "days proposal unsent",
            f"The proposal for {title} has been ready and unsent since {{ago}}.",
            source(proposal, "created_at"),
        )
    since, label, said, origin = points.get(
        this.stage,
        (
            lead.created_at,
            "days since it came in",
            f"{title} came in {{ago}}.",
            source(lead, "created_at"),
        ),
    )
    stands = this.fact(
        "stage", this.stage, f'{title} stands at the stage "{this.stage}".',
        source(lead, "status"), rule="lead.stage@1", headline=False,
    )  # fmt: skip
    if since is None:
        return [stands]
    days = days_since(since, now)
    length = f"for {counted(days, 'day')}" if days else "since today"
    # By replacement: a title may hold braces, and is no template.
    said = said.replace("since {ago}", length).replace("{ago}", f"{counted(days, 'day')} ago")
    over = this.stage in ("rejected", "lost")
    waits = this.fact(
        label, days, said, origin, rule="lead.waiting@1", unit="days", headline=not over
    )
    return [waits, stands]


def _outcome(this: LeadView) -> list[Fact]:
    lead = this.lead
    if lead.deal_outcome is None or lead.outcome_at is None:
        return []
    said = f"{this.title} was {lead.deal_outcome} on {day(lead.outcome_at, this.zone)}."
    return [
        this.fact("outcome", lead.deal_outcome, said, source(lead, "deal_outcome", "outcome_at"))
    ]


def _budget(this: LeadView) -> list[Fact]:
    """The budget as a figure; nothing when it cannot be read."""
    budget = parse_budget(this.lead.budget)
    if budget is None:
        return []
    amount = money(budget.amount, budget.currency)
    said = f"The budget of {this.title} is {amount}."
    if budget.low != budget.high:
        ends = f"{money(budget.low, budget.currency)} to {money(budget.high, budget.currency)}"
        said = f"The budget of {this.title} is {ends}, which counts as {amount}."
    return [
        this.fact(
            "budget",
            float(budget.amount) if budget.amount % 1 else int(budget.amount),
            said,
            source(this.lead, "budget"),
            rule="money.budget@1",
            unit=CURRENCY_SIGNS[budget.currency],
        )
    ]


def _touch(this: LeadView) -> Fact:
    lead, touch, now = this.lead, this.file.touch, this.view.now
    origin = source(lead, "last_contact_at")
    touched = last_touched_at(lead, touch)
    if touched is None:
        said = f"{this.title} has never been contacted."
        return this.fact("contacted", False, said, origin, rule="lead.last_touch@1")
    what = ""
    if touch is not None and touch.touched_at == touched:
        what = f", {TOUCH_WORDS[touch.type]},"
    days = days_since(touched, now)
    return this.fact(
        "days since last touch",
        days,
        f"The last contact with {this.title}{what} was {counted(days, 'day')} ago.",
        *([source(touch, "touched_at", "type")] if touch else []),
        origin,
        rule="lead.last_touch@1",
        unit="days",
    )


def _run(this: LeadView) -> list[Fact]:
    """How the last pipeline run went: for a failed one its step, code and whether it can be
    retried."""
    run = this.file.run
    status = last_run_status(run, this.file.steps)
    if run is None:
        return []
    if status in ("fail", "partial"):
        step = failed_step(this.file.steps)
        facts = list(failed_run(FailedRun(this.lead, run, status, step), this.view).facts)
        again = "can" if can_be_retried(run) else "cannot"
        return [
            facts[0],
            *(fact.model_copy(update={"headline": False}) for fact in facts[1:]),
            this.fact(
                "retryable", can_be_retried(run),
                f"The last pipeline run of {this.title} {again} be retried as it is.",
                source(run, "last_error_code"), rule="runs.retryable@1", headline=False,
            ),
        ]  # fmt: skip
    ended = ago(run.finished_at or run.started_at, this.view.now)
    said = (
        f"The last pipeline run of {this.title} succeeded {ended}."
        if status == "success"
        else f"A pipeline run of {this.title} is under way."
    )
    return [
        Fact(
            ledger="run_status",
            sources=(source(run, "success", "status", "finished_at"),),
            rule="failures.failed_runs@1",
            subject=this.title,
            aliases=this.view.names.aliases(this.lead.id),
            label="last run status",
            value=status,
            as_of=this.view.now,
            statement=said,
            href=lead_href(this.lead.id),
        )
    ]


def _next_step(this: LeadView) -> list[Fact]:
    if this.next_step is None:
        return []
    said = f"The next step for {this.title} is to {this.next_step}."
    origin = source(this.lead, "status", "proposal_sent_at", "approved_at", "build_started_at")
    return [this.fact("next step", this.next_step, said, origin, rule="lead.next_step@1")]


def _dates(this: LeadView) -> list[Fact]:
    facts = []
    for column, label, words in DATES:
        moment = getattr(this.lead, column)
        if moment is not None:
            said = words.format(lead=this.title, day=day(moment, this.zone))
            headline = column == "rejected_at"
            facts.append(
                this.fact(label, moment, said, source(this.lead, column), headline=headline)
            )
    return facts


def _notes(this: LeadView) -> list[Fact]:
    """What people noted about the lead, quoted; a rejection's reason is a headline."""
    facts = []
    for column, label, words in NOTES:
        text = getattr(this.lead, column)
        if text is not None:
            said = words.format(lead=this.title, text=_cut(text, LONGEST_NOTE))
            headline = column == "rejection_reason"
            facts.append(this.fact(label, text, said, source(this.lead, column), headline=headline))
    return facts


def _description(this: LeadView) -> list[Fact]:
    """The description as a quotation: data, whatever it says (operator spec 13.3, question 24)."""
    cut = _cut(this.file.text.description or "", LONGEST_DESCRIPTION)
    if not cut:
        return []
    said = f"The description of {this.title} is: “{cut}”"
    return [this.fact("description", cut, said, source(this.file.text, "description"))]


def _cut(text: str, longest: int) -> str:
    """`text` on one line, cut where it is too long to quote."""
    line = " ".join(text.split())
    return line if len(line) <= longest else f"{line[:longest]} …"
