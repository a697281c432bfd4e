"""Every bucket on rows made by hand: what is in, what is out, nulls and edges included."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from tests.tools.operator.rules.rows import (
    NOW,
    SECOND,
    before,
    business,
    lead,
    proposal,
    run,
    step,
    touch,
)
from tools.operator.records import (
    Integration,
    Lead,
    LearningItem,
    LowAnswer,
    OperatorSettings,
    RoiEstimate,
)
from tools.operator.rules.failures import (
    Failures,
    failed_runs,
    find_failures,
    low_confidence,
    needs_approval,
    other_decisions,
    recommended_next_action,
    stale_by_touch,
    stale_proposals,
    stuck_proposals,
    top_severity,
)
from tools.operator.rules.integrations import integration_state

SETTINGS = OperatorSettings()
NOT_OPEN = [
    {"status": "REJECTED"},
    {"deal_outcome": "won", "outcome_at": before(1)},
    {"deal_outcome": "lost", "outcome_at": before(1)},
    {"source": "system"},
]
APPROVED = [
    {"approved_at": before(1)},
    {"status": "APPROVED"},
    {"status": "SCOPE_SENT"},
    {"status": "SCOPE_APPROVED"},
    {"status": "BUILDING"},
    {"status": "SHIPPED"},
]


def sent(age: float, **columns: object) -> Lead:
    return lead(proposal_sent_at=before(age), **columns)


class TestFailedRuns:
    def test_the_latest_run_decides_and_the_newest_failure_comes_first(self) -> None:
        leads = [lead("A"), lead("B"), lead("C"), lead("D")]
        runs = {
            "A": run("A", age=2),
            "B": run("B", age=1),
            "C": run("C", status="ok", success=True),
        }
        found = failed_runs(business(*leads, latest_runs=runs))
        assert [item.lead.id for item in found] == ["B", "A"]

    def test_partial_is_listed_with_its_step(self) -> None:
        rows = business(
            lead(),
            latest_runs={"A": run()},
            steps={"A-run": (step("enrich", True), step("score", False, minutes=2))},
        )
        [item] = failed_runs(rows)
        assert (item.status, item.step and item.step.step_name) == ("partial", "score")

    @pytest.mark.parametrize("columns", [{"status": "REJECTED"}, {"source": "system"}])
    def test_not_for_rejected_or_system_leads(self, columns: dict[str, str]) -> None:
        assert failed_runs(business(lead(**columns), latest_runs={"A": run()})) == []

    def test_a_running_run_is_no_failure(self) -> None:
        rows = business(lead(), latest_runs={"A": run(status="running", success=None)})
        assert failed_runs(rows) == []


class TestStaleProposals:
    def test_strictly_more_than_the_threshold(self) -> None:
        edge = lead(proposal_sent_at=before(7))
        assert stale_proposals([edge], 7, NOW) == []
        [item] = stale_proposals([lead(proposal_sent_at=before(7) - SECOND)], 7, NOW)
        assert item.days == 7

    @pytest.mark.parametrize("columns", [*NOT_OPEN, *APPROVED])
    def test_only_open_leads_that_are_not_approved(self, columns: dict[str, object]) -> None:
        assert stale_proposals([sent(20, **columns)], 7, NOW) == []

    def test_never_sent_is_not_stale(self) -> None:
        assert stale_proposals([lead()], 7, NOW) == []

    def test_longest_first(self) -> None:
        leads = [lead("A", proposal_sent_at=before(8)), lead("B", proposal_sent_at=before(30))]
        assert [item.lead.id for item in stale_proposals(leads, 7, NOW)] == ["B", "A"]


class TestStuckProposals:
    def test_strictly_more_than_the_threshold(self) -> None:
        assert stuck_proposals([lead()], {"A": [proposal(age=5)]}, 5, NOW) == []
        [item] = stuck_proposals([lead()], {"A": [proposal(age=5.01)]}, 5, NOW)
        assert item.days == 5

    def test_the_newest_proposal_counts(self) -> None:
        made = {"A": [proposal(age=30), proposal(age=2)]}
        assert stuck_proposals([lead()], made, 5, NOW) == []

    @pytest.mark.parametrize("columns", [*NOT_OPEN, *APPROVED, {"proposal_sent_at": before(1)}])
    def test_only_unsent_ones_of_open_leads(self, columns: dict[str, object]) -> None:
        assert stuck_proposals([lead(**columns)], {"A": [proposal()]}, 5, NOW) == []


class TestNeedsApproval:
    def test_any_unsent_proposal_is_to_be_reviewed(self) -> None:
        [item] = needs_approval([lead()], {"A": [proposal(age=0)]})
        assert item.proposal is not None

    @pytest.mark.parametrize("status", ["APPROVED", "SCOPE_APPROVED"])
    def test_an_approved_lead_without_a_build_is_to_be_started(self, status: str) -> None:
        won = lead(status=status, deal_outcome="won", outcome_at=before(1))
        [item] = needs_approval([won], {"A": [proposal()]})
        assert (item.proposal, item.since) == (None, None)

    @pytest.mark.parametrize(
        "columns",
        [
            {"status": "APPROVED", "build_started_at": before(1)},
            {"status": "APPROVED", "deal_outcome": "lost", "outcome_at": before(1)},
            {"status": "APPROVED", "source": "system"},
            {"status": "SCOPE_SENT"},
            {"status": "BUILDING"},
            {"status": "REJECTED"},
        ],
    )
    def test_nothing_to_start_otherwise(self, columns: dict[str, object]) -> None:
        assert needs_approval([lead(**columns)], {}) == []

    def test_reviews_before_builds_the_longest_waiting_first_the_unknown_last(self) -> None:
        leads = [
            lead("build-unknown", status="APPROVED"),
            lead("build", status="APPROVED", approved_at=before(3)),
            lead("young"),
            lead("old"),
        ]
        made = {"young": [proposal("young", 1)], "old": [proposal("old", 4)]}
        order = [item.lead.id for item in needs_approval(leads, made)]
        assert order == ["old", "young", "build", "build-unknown"]


class TestStaleByTouch:
    def test_never_touched_counts_from_creation(self) -> None:
        [item] = stale_by_touch([lead(created=10)], {}, 7, NOW)
        assert (item.days, item.never_touched) == (10, True)
        assert stale_by_touch([lead(created=7)], {}, 7, NOW) == []

    @pytest.mark.parametrize(
        ("contact", "touched", "days"),
        [(9, None, 9), (None, 9, 9), (30, 9, 9), (9, 30, 9), (None, None, 20)],
    )
    def test_the_later_of_contact_and_touch(
        self, contact: float | None, touched: float | None, days: int
    ) -> None:
        row = lead(last_contact_at=None if contact is None else before(contact))
        touches = {} if touched is None else {"A": touch(age=touched)}
        [item] = stale_by_touch([row], touches, 7, NOW)
        assert item.days == days

    @pytest.mark.parametrize("columns", NOT_OPEN)
    def test_only_open_leads(self, columns: dict[str, object]) -> None:
        assert stale_by_touch([lead(**columns)], {}, 7, NOW) == []

    def test_strictly_more_than_the_threshold(self) -> None:
        assert stale_by_touch([lead()], {"A": touch(age=7)}, 7, NOW) == []
        assert len(stale_by_touch([lead()], {"A": touch(age=7.001)}, 7, NOW)) == 1


def integration(**columns: object) -> Integration:
    values = {"last_ok_at": before(0.5), **columns}
    return Integration("research", "Research", "research", **values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("columns", "state"),
    [
        ({}, "ok"),
        ({"enabled": False, "last_error": "down", "last_ok_at": None}, "off"),
        ({"last_error": "down"}, "failing"),
        ({"last_ok_at": None}, "never"),
        ({"last_ok_at": before(1)}, "ok"),
        ({"last_ok_at": before(1) - SECOND}, "overdue"),
        ({"last_ok_at": before(3), "expected_every_hours": Decimal(72)}, "ok"),
        ({"last_ok_at": before(0.5), "expected_every_hours": Decimal("0.5")}, "overdue"),
    ],
)
def test_the_state_of_an_integration(columns: dict[str, object], state: str) -> None:
    assert integration_state(integration(**columns), 24, NOW) == state


class TestLowConfidence:
    def learning(self, confidence: str | None, **columns: object) -> LearningItem:
        value = None if confidence is None else Decimal(confidence)
        return LearningItem("L", "Learning", before(2), value, **columns)  # type: ignore[arg-type]

    def test_below_the_threshold_is_low_and_no_confidence_is_not(self) -> None:
        items = [self.learning("0.39"), self.learning("0.4"), self.learning(None)]
        found = low_confidence(business(learning_items=tuple(items)), NOW)
        assert [item.record for item in found] == items[:1]

    def test_a_decided_item_is_no_longer_counted(self) -> None:
        decided = self.learning("0.1", decided_at=before(1), promotion_state="rejected")
        assert low_confidence(business(learning_items=(decided,)), NOW) == []

    def test_estimates_have_a_threshold_of_their_own(self) -> None:
        rows = [
            RoiEstimate("R1", "A", before(1), Decimal("0.49")),
            RoiEstimate("R2", "A", before(1), Decimal("0.5")),
            RoiEstimate("R3", "A", before(1), None),
            RoiEstimate("R4", "gone", before(1), Decimal("0.1")),
        ]
        leads = (lead("A"), lead("gone", status="REJECTED"))
        found = low_confidence(business(*leads, roi_estimates=tuple(rows)), NOW)
        assert [item.record.id for item in found] == ["R1"]

    def test_answers_of_the_last_seven_days(self) -> None:
        answers = (LowAnswer("old", before(7) - SECOND), LowAnswer("edge", before(7)))
        found = low_confidence(business(low_answers=answers), NOW)
        assert [item.record.id for item in found] == ["edge"]

    def test_undecided_items_are_the_other_decisions(self) -> None:
        young, old = self.learning("0.9"), replace(self.learning(None), created_at=before(5))
        decided = self.learning("0.1", decided_at=before(1))
        found = other_decisions([young, decided, old], NOW)
        assert [(item.item, item.days) for item in found] == [(old, 5), (young, 2)]


def failures(**rows: object) -> Failures:
    return find_failures(business(**rows), NOW)  # type: ignore[arg-type]


class TestSummary:
    def test_a_lead_in_two_buckets_counts_twice_as_items_and_once_as_a_lead(self) -> None:
        found = find_failures(
            business(lead(last_contact_at=NOW), artifacts={"A": (proposal(),)}), NOW
        )
        assert (found.total_items, found.distinct_leads) == (2, 1)

    @pytest.mark.parametrize("kind", ["database", "model", "job_runner"])
    def test_a_broken_vital_part_is_critical(self, kind: str) -> None:
        broken = Integration(kind, kind, kind, last_error="down")
        assert top_severity(failures(integrations=(broken,)), SETTINGS, NOW) == "critical"

    def test_a_failure_is_high_and_after_a_day_critical(self) -> None:
        def severity(age: timedelta) -> str:
            runs = {"A": run(last_error_at=NOW - age)}
            found = find_failures(business(lead(created=1), latest_runs=runs), NOW)
            return top_severity(found, SETTINGS, NOW)

        assert severity(timedelta(hours=24)) == "high"
        assert severity(timedelta(hours=24) + SECOND) == "critical"

    def test_anything_else_is_medium_and_nothing_is_none(self) -> None:
        assert top_severity(failures(), SETTINGS, NOW) == "none"
        item = LearningItem("L", "Learning", before(1))
        assert top_severity(failures(learning_items=(item,)), SETTINGS, NOW) == "medium"
        stale = find_failures(business(lead()), NOW)
        assert top_severity(stale, SETTINGS, NOW) == "medium"

    def test_what_to_do_first(self) -> None:
        learning = LearningItem("L", "Learning", before(1), Decimal("0.1"))
        broken = Integration("research", "Research", "research")
        failing = {"latest_runs": {"A": run()}}
        beside = {"learning_items": (learning,), "integrations": (broken,)}
        fresh = lead(created=1)

        def first(*leads: Lead, **rows: object) -> str:
            found = find_failures(business(*leads, **rows), NOW)
            return recommended_next_action(found)

        waiting = {"artifacts": {"A": (proposal(),)}}
        assert first(fresh, **waiting, **failing, **beside) == "approvals"
        assert first(lead(), **failing, **beside) == "failed_runs"
        assert first(lead(), **beside) == "stuck_or_stale"
        assert first(fresh, **beside) == "broken_integrations"
        assert first(fresh, learning_items=(learning,)) == "low_confidence"
        assert first(fresh) == "none_urgent"
