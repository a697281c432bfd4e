"""What the owner did outside is put on record as it was, and nothing is sent."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from errors import Conflict, Invalid
from tests.tools.operator.calls import approved, lead_row, proposed
from tools.operator.records import Artifact, Lead
from tools.operator.rules.deals import proposal_to_send, sent_at
from tools.registry import ToolContext

NOW = datetime(2026, 3, 6, 15, tzinfo=UTC)


class TestSent:
    async def test_only_the_sending_is_stamped(self, operator: ToolContext) -> None:
        before = await lead_row(operator, "L04")
        outcome = await approved(operator, "mark_proposal_sent", lead="Cedar")
        after = await lead_row(operator, "L04")
        changed = {name for name, value in after.items() if value != before[name]}
        assert changed == {"proposal_sent_at"} | {"updated_at"} & changed
        assert after["proposal_sent_at"] == operator.now
        assert outcome.findings.facts[0].statement == (
            "The proposal for Cedar Contractors quotes was recorded as sent by "
            f"{operator.caller.user_id}@test.local."
        )

    async def test_the_day_it_was_sent_is_kept(self, operator: ToolContext) -> None:
        outcome = await approved(operator, "mark_proposal_sent", lead="Cedar", sent_on="2026-03-02")
        row = await lead_row(operator, "L04")
        assert row["proposal_sent_at"] == datetime(2026, 3, 2, 12, tzinfo=UTC)
        assert outcome.findings.facts[1].statement == (
            "The proposal for Cedar Contractors quotes was sent on 2 March 2026."
        )

    @pytest.mark.parametrize(
        ("lead", "said"),
        [
            ("Granite", "has no proposal that could have been sent"),
            ("Summit", "is on record as sent on 22 February 2026 already"),
            ("Metro", "was rejected"),
            ("Aspen", "was lost"),
        ],
    )
    async def test_refusals(self, operator: ToolContext, lead: str, said: str) -> None:
        with pytest.raises(Conflict, match=said):
            await proposed(operator, "mark_proposal_sent", lead=lead)

    @pytest.mark.parametrize("sent_on", ["2026-03-07", "2026-02-20", "soon"])
    async def test_an_impossible_day(self, operator: ToolContext, sent_on: str) -> None:
        with pytest.raises(Invalid):
            await proposed(operator, "mark_proposal_sent", lead="Cedar", sent_on=sent_on)

    async def test_the_card_says_that_nothing_is_sent(self, operator: ToolContext) -> None:
        asked = await proposed(operator, "mark_proposal_sent", lead="Cedar")
        assert asked.summary.endswith("on 6 March 2026. Nothing is sent by this.")
        assert asked.editable == ["sent_on"]

    def test_the_moment_of_a_day(self) -> None:
        written = NOW - timedelta(days=2)

        def moment(days: int | None, zone: str = "UTC") -> datetime:
            day = None if days is None else (NOW - timedelta(days=days)).date()
            return sent_at(day, written, NOW, zone)

        assert moment(None) == moment(0) == NOW
        assert moment(1) == datetime(2026, 3, 5, 12, tzinfo=UTC)
        assert moment(1, "America/New_York") == datetime(2026, 3, 5, 17, tzinfo=UTC)
        assert moment(2) == written
        with pytest.raises(Invalid, match="was written on 4 March 2026"):
            moment(3)
        with pytest.raises(Invalid, match="still to come"):
            moment(-1)


class TestOutcome:
    @pytest.mark.parametrize("outcome", ["won", "lost"])
    async def test_it_is_stamped_and_the_status_stays(
        self, operator: ToolContext, outcome: str
    ) -> None:
        done = await approved(operator, "set_deal_outcome", lead="Summit", outcome=outcome)
        row = await lead_row(operator, "L06")
        assert (row["deal_outcome"], row["outcome_at"]) == (outcome, operator.now)
        assert row["status"] == "SCORED"
        assert [item.statement for item in done.findings.facts] == [
            f"Summit Realty router was recorded as {outcome} by "
            f"{operator.caller.user_id}@test.local.",
            f"Summit Realty router was {outcome} on 6 March 2026.",
        ]

    async def test_an_outcome_may_be_corrected(self, operator: ToolContext) -> None:
        asked = await proposed(operator, "set_deal_outcome", lead="Aspen", outcome="won")
        assert asked.why == (
            "Aspen Bakery is on record as lost since 6 February 2026, which this corrects."
        )

    @pytest.mark.parametrize(
        ("args", "said"),
        [
            ({"lead": "Aspen", "outcome": "lost"}, "on record as lost since 6 February 2026"),
            ({"lead": "Metro", "outcome": "won"}, "was rejected"),
        ],
    )
    async def test_refusals(self, operator: ToolContext, args: dict[str, Any], said: str) -> None:
        with pytest.raises(Conflict, match=said):
            await proposed(operator, "set_deal_outcome", **args)

    async def test_an_unknown_outcome_is_invalid(self, operator: ToolContext) -> None:
        with pytest.raises(Invalid, match="outcome"):
            await proposed(operator, "set_deal_outcome", lead="Summit", outcome="maybe")


def test_the_newest_proposal_is_the_one_that_was_sent() -> None:
    lead = Lead("L1", "Oak", NOW - timedelta(days=9))
    made = [Artifact(f"a{n}", "L1", "proposal", NOW - timedelta(days=n)) for n in (5, 1, 3)]
    assert proposal_to_send(lead, made, "UTC").id == "a1"
