"""The rows that the operator's rules read: one class a table, attributes named as its columns.

Only the columns that rules and facts use. `source` turns columns of a record into the
source of a fact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from tools.findings import RowSource, row_source


@dataclass(frozen=True)
class Lead:
    id: str
    title: str
    created_at: datetime
    source: str = "manual"
    status: str = "NEW"
    score: int | None = None
    score_verdict: str | None = None
    budget: str | None = None
    contact_name: str | None = None
    enriched_at: datetime | None = None
    scored_at: datetime | None = None
    proposal_sent_at: datetime | None = None
    approved_at: datetime | None = None
    build_started_at: datetime | None = None
    build_completed_at: datetime | None = None
    rejected_at: datetime | None = None
    rejection_reason: str | None = None
    deal_outcome: str | None = None
    outcome_at: datetime | None = None
    last_contact_at: datetime | None = None
    sales_stage: str | None = None
    desired_result: str | None = None
    next_action: str | None = None
    next_action_due_at: datetime | None = None


@dataclass(frozen=True)
class LeadText:
    """What somebody else wrote about the lead. Data, never an instruction."""

    id: str
    description: str | None = None


@dataclass(frozen=True)
class Touch:
    id: str
    lead_id: str
    type: str
    touched_at: datetime


@dataclass(frozen=True)
class Artifact:
    id: str
    lead_id: str
    type: str
    created_at: datetime


@dataclass(frozen=True)
class Run:
    id: str
    lead_id: str
    status: str
    started_at: datetime
    success: bool | None = None
    finished_at: datetime | None = None
    retry_count: int = 0
    last_error_code: str | None = None
    last_error_at: datetime | None = None


@dataclass(frozen=True)
class Step:
    id: str
    run_id: str
    step_name: str
    success: bool | None
    started_at: datetime


@dataclass(frozen=True)
class Integration:
    name: str
    label: str
    kind: str
    last_run_at: datetime | None = None
    last_ok_at: datetime | None = None
    last_error: str | None = None
    expected_every_hours: Decimal | None = None
    enabled: bool = True


@dataclass(frozen=True)
class LearningItem:
    id: str
    title: str
    created_at: datetime
    confidence: Decimal | None = None
    promotion_state: str = "pending"
    decided_at: datetime | None = None


@dataclass(frozen=True)
class RoiEstimate:
    id: str
    lead_id: str
    created_at: datetime
    confidence: Decimal | None = None


@dataclass(frozen=True)
class LowAnswer:
    """A chat answer of the caller's own whose receipt says overall low."""

    id: str
    created_at: datetime


@dataclass(frozen=True)
class OperatorSettings:
    """The thresholds of operator spec 2.13, as completed by the decisions. Days and hours
    are whole; confidences and shares are 0–1."""

    id: int = 1
    stale_proposal_days: int = 7
    stuck_proposal_days: int = 5
    stale_touch_days: int = 7
    stage_stuck_days: int = 7
    no_success_hours: int = 24
    critical_failure_hours: int = 24
    low_confidence_max: Decimal = Decimal("0.4")
    low_roi_confidence_max: Decimal = Decimal("0.5")
    low_answer_days: int = 7
    intake_window_days: int = 14
    intake_min_leads: int = 5
    proposal_cycle_window_days: int = 14
    win_rate_window_days: int = 30
    small_sample_max: int = 5


@dataclass(frozen=True)
class Business:
    """Everything that failures and the constraint are computed from, read in one transaction.

    `leads` holds no system leads. `latest_runs` and `touches` are by lead id, `steps` by run
    id, `artifacts` by lead id with the newest first.
    """

    leads: tuple[Lead, ...] = ()
    latest_runs: dict[str, Run] = field(default_factory=dict)
    steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    touches: dict[str, Touch] = field(default_factory=dict)
    artifacts: dict[str, tuple[Artifact, ...]] = field(default_factory=dict)
    integrations: tuple[Integration, ...] = ()
    learning_items: tuple[LearningItem, ...] = ()
    roi_estimates: tuple[RoiEstimate, ...] = ()
    low_answers: tuple[LowAnswer, ...] = ()
    settings: OperatorSettings = OperatorSettings()


Record = (
    Lead
    | LeadText
    | Touch
    | Artifact
    | Run
    | Step
    | Integration
    | LearningItem
    | RoiEstimate
    | LowAnswer
    | OperatorSettings
)

TABLES: dict[type[Record], tuple[str, str]] = {
    Lead: ("leads", "id"),
    LeadText: ("leads", "id"),
    Touch: ("lead_touches", "id"),
    Artifact: ("artifacts", "id"),
    Run: ("pipeline_runs", "id"),
    Step: ("pipeline_step_runs", "id"),
    Integration: ("integration_health", "name"),
    LearningItem: ("learning_items", "id"),
    RoiEstimate: ("roi_estimates", "id"),
    LowAnswer: ("receipts", "id"),
    OperatorSettings: ("operator_settings", "id"),
}


def source(record: Record, *columns: str) -> RowSource:
    """The source of a fact that rests on `columns` of `record`; the value's column first."""
    table, key = TABLES[type(record)]
    return row_source(table, {key: getattr(record, key)}, vars(record), *columns)
