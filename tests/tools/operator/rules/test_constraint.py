"""Which stage is the constraint, and who waits there; numbers of the pace with their edges."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.tools.operator.rules.rows import (
    NOW,
    SECOND,
    artifact,
    before,
    business,
    lead,
    proposal,
)
from tools.operator.records import Artifact, Business, Lead
from tools.operator.rules.constraint import (
    Candidate,
    candidates,
    choose,
    in_population,
    stock,
    stuck,
)
from tools.operator.rules.sales_pace import delta, proposal_cycles, win_rates

DONE = {"deal_outcome": "won", "outcome_at": before(1)}


@pytest.mark.parametrize(
    ("columns", "counted"),
    [
        ({}, True),
        ({"status": "REJECTED"}, False),
        ({"source": "system"}, False),
        ({"deal_outcome": "lost", "outcome_at": before(1)}, False),
        (DONE, True),
        ({"status": "SHIPPED"}, True),
        ({"status": "SHIPPED", **DONE}, False),
        ({"status": "BUILDING", "build_completed_at": before(1), **DONE}, False),
        ({"status": "BUILDING", **DONE}, True),
    ],
)
def test_the_population(columns: dict[str, object], counted: bool) -> None:
    assert in_population(lead(**columns)) is counted


def built(*made: tuple[str, int], **rows: object) -> Business:
    """A business of leads by how far they have come: ("enriched", 3) makes three of those."""
    leads: list[Lead] = []
    artifacts: dict[str, tuple[Artifact, ...]] = {}
    kinds = {
        "new": (),
        "enriched": ("enrichment",),
        "scored": ("enrichment",),
        "positioned": ("enrichment", "positioning"),
        "proposed": ("enrichment", "positioning", "proposal"),
        "sent": ("enrichment", "positioning", "proposal"),
        "approved": ("enrichment", "positioning", "proposal"),
        "finished": ("enrichment", "positioning", "proposal"),
    }
    for stage, number in made:
        for index in range(number):
            key = f"{stage}-{index}"
            columns: dict[str, object] = {"status": "NEW" if stage == "new" else "ENRICHED"}
            if stage not in ("new", "enriched"):
                columns = {"status": "SCORED", "scored_at": before(9)}
            if stage in ("sent", "approved", "finished"):
                columns["proposal_sent_at"] = before(3)
            if stage == "approved":
                columns |= {"status": "APPROVED", "approved_at": before(8)}
            if stage == "finished":
                columns |= {"status": "SHIPPED", "build_completed_at": before(8)}
                columns |= {"approved_at": before(20), "build_started_at": before(15)}
            leads.append(lead(key, created=10, **columns))
            artifacts[key] = tuple(artifact(kind, key) for kind in kinds[stage])
    return business(*leads, artifacts=artifacts, **rows)


def chosen(rows: Business) -> Candidate | None:
    return choose(rows, candidates(stock(rows, NOW), rows.settings))


@pytest.mark.parametrize(
    ("made", "key", "score"),
    [
        ([("sent", 4)], "research_intake", "100"),
        ([("sent", 2), ("new", 3)], "enrichment", "92"),
        ([("sent", 3), ("new", 3)], None, None),
        ([("enriched", 3), ("sent", 7)], "scoring", "76"),
        ([("scored", 2), ("sent", 7)], "positioning", "70"),
        ([("positioned", 2), ("sent", 7)], "proposal_generation", "70"),
        ([("proposed", 1), ("sent", 7)], "proposal_approval", "85"),
        ([("approved", 1), ("sent", 7)], "build_execution", "80"),
        ([("finished", 1), ("sent", 7)], "delivery_outcomes", "60"),
        ([("proposed", 1), ("approved", 1), ("sent", 7)], "proposal_approval", "85"),
        ([("sent", 7)], None, None),
    ],
)
def test_the_stage_whose_reason_holds_and_scores_highest(
    made: list[tuple[str, int]], key: str | None, score: str | None
) -> None:
    found = chosen(built(*made))
    assert (found and found.key) == key
    if found is not None and score is not None:
        assert found.score == Decimal(score)


def test_an_empty_business_has_no_clear_constraint() -> None:
    assert chosen(business()) is None


def test_a_business_that_only_lost_lacks_intake() -> None:
    found = chosen(business(lead(deal_outcome="lost", outcome_at=before(1))))
    assert found is not None and found.key == "research_intake"


def test_intake_counts_leads_of_fourteen_days_its_edge_inside_rejected_ones_too() -> None:
    rows = [lead("edge", created=14), lead("rejected", created=1, status="REJECTED")]
    rows += [lead("system", created=1, source="system"), lead("old", created=14.01)]
    found = stock(business(*rows), NOW)
    assert [item.id for item in found.created_lately] == ["edge", "rejected"]


def test_stuck_is_strictly_more_than_the_threshold_at_that_stage() -> None:
    rows = [lead("edge"), lead("over"), lead("sent", proposal_sent_at=before(1))]
    made = {item.id: (proposal(item.id, 7),) for item in rows}
    made["over"] = (proposal("over", 7.01),)
    found = stock(business(*rows, artifacts=made), NOW)
    assert [item.id for item, _ in stuck(found, "proposal_approval", 7, NOW)] == ["over"]
    assert stuck(found, "enrichment", 7, NOW) == []


def test_each_lead_waits_at_one_stage_at_most() -> None:
    rows = built(("new", 2), ("enriched", 2), ("scored", 2), ("positioned", 1), ("sent", 1))
    waiting = stock(rows, NOW).waiting
    held = [item.id for stage in waiting.values() for item, _ in stage]
    assert len(held) == len(set(held)) == 7


class TestProposalCycle:
    def test_the_newest_proposal_before_sending_counts(self) -> None:
        made = {"A": [proposal(age=9), proposal(age=5), proposal(age=1)]}
        current, previous = proposal_cycles([lead(proposal_sent_at=before(2))], made, 14, NOW)
        assert current.mean == 3
        assert previous.mean is None

    def test_windows_touch_without_a_gap_and_without_an_overlap(self) -> None:
        sent = [lead("edge", proposal_sent_at=before(14))]
        sent += [lead("before", proposal_sent_at=before(14) - SECOND)]
        sent += [
            lead("last", proposal_sent_at=before(28)),
            lead("out", proposal_sent_at=before(29)),
        ]
        made = {item.id: [proposal(item.id, 40)] for item in sent}
        current, previous = proposal_cycles(sent, made, 14, NOW)
        assert [item.id for item in current.leads] == ["edge"]
        assert [item.id for item in previous.leads] == ["before", "last"]

    def test_without_a_proposal_before_sending_there_is_no_cycle(self) -> None:
        made = {"A": [proposal(age=1)]}
        current, _ = proposal_cycles([lead(proposal_sent_at=before(2))], made, 14, NOW)
        assert current.mean is None

    def test_system_leads_do_not_count(self) -> None:
        sent = lead(proposal_sent_at=before(2), source="system")
        assert proposal_cycles([sent], {"A": [proposal()]}, 14, NOW)[0].mean is None


class TestWinRate:
    def decided(self, outcome: str, age: float, key: str = "A") -> Lead:
        return lead(key, deal_outcome=outcome, outcome_at=before(age))

    def test_by_outcome_time(self) -> None:
        rows = [self.decided("won", 2), self.decided("won", 20), self.decided("lost", 30)]
        rows += [self.decided("won", 31)]
        current, previous = win_rates(rows, 30, NOW)
        assert (len(current.won), len(current.decided)) == (2, 3)
        assert current.percent is not None and round(current.percent, 2) == Decimal("66.67")
        assert previous.percent == 100

    def test_none_decided_is_no_rate_and_all_lost_is_zero(self) -> None:
        current, previous = win_rates([self.decided("lost", 2)], 30, NOW)
        assert current.percent == 0
        assert previous.percent is None
        assert delta(current.percent, previous.percent) is None

    def test_the_delta_comes_from_exact_values(self) -> None:
        assert delta(Decimal("66.5"), Decimal("66.4")) == Decimal("0.1")
