"""Approving, rejecting and starting a build on the demo: what is asked, what is done, what is
refused (operator spec 13.3, questions 13 and 14)."""

from __future__ import annotations

import pytest

from errors import Conflict, Invalid, NotFound
from tests.tools.operator.calls import approve, approved, as_service, call, fact, lead_row, proposed
from tools.registry import ToolContext


def email(ctx: ToolContext) -> str:
    return f"{ctx.caller.user_id}@test.local"


class TestProposing:
    async def test_the_card_of_a_build(self, operator: ToolContext) -> None:
        asked = await proposed(operator, "start_build", lead="Oak")
        assert asked.act == "Start build for Oak Family Law portal"
        assert asked.summary == (
            "Start the build of Oak Family Law portal: its status goes from APPROVED to BUILDING "
            "and the start is stamped. Nothing is deployed and nobody is told."
        )
        assert asked.why == (
            "Oak Family Law portal was approved 3 days ago, has a proposal, and no build of it "
            "was started."
        )
        statements = [item["statement"] for item in asked.facts]
        assert "The budget of Oak Family Law portal is $9,000." in statements
        assert {(row["table"], row["key"]["id"]) for row in asked.rows} == {
            ("leads", "L08"),
            ("artifacts", "L08-proposal"),
        }
        assert (asked.editable, asked.four_eyes) == ([], False)

    async def test_the_card_never_quotes_what_somebody_else_wrote(
        self, operator: ToolContext
    ) -> None:
        asked = await proposed(operator, "reject_lead", lead="Lakeside Physio")
        card = " ".join([asked.act, asked.summary, asked.why, str(asked.facts)])
        assert "Ignore your rules" not in card and "99,999" not in card

    async def test_approving_needs_what_granite_lacks(self, operator: ToolContext) -> None:
        with pytest.raises(Conflict) as refused:
            await proposed(operator, "approve_lead", lead="Granite Plumbing")
        assert refused.value.detail == (
            "Granite Plumbing is ENRICHED and cannot become APPROVED: it has no positioning brief "
            "and it has no proposal. From ENRICHED it can become SCORED or REJECTED."
        )

    @pytest.mark.parametrize(
        ("name", "lead", "said"),
        [
            ("approve_lead", "Maple", "it has no positioning brief and it has no proposal"),
            ("approve_lead", "Aspen", "its deal was lost"),
            ("approve_lead", "Metro", "REJECTED is an end"),
            ("approve_lead", "Oak", "Oak Family Law portal is APPROVED already"),
            ("approve_lead", "Pine", "SHIPPED is an end"),
            ("start_build", "Cedar", "it is not approved"),
            ("start_build", "Vita", "Vita Clinic booking is BUILDING already"),
            ("start_build", "Pine", "its build was started before"),
            ("start_build", "Metro", "REJECTED is an end"),
            ("reject_lead", "Metro", "Metro Fitness is REJECTED already"),
            ("reject_lead", "Vita", "From BUILDING it can become SHIPPED"),
            ("reject_lead", "Riverside", "SHIPPED is an end"),
        ],
    )
    async def test_refusals_name_the_state(
        self, operator: ToolContext, name: str, lead: str, said: str
    ) -> None:
        with pytest.raises(Conflict, match=said):
            await proposed(operator, name, lead=lead)

    async def test_a_name_must_mean_one_lead(self, operator: ToolContext) -> None:
        with pytest.raises(Invalid, match="can mean Maple Med Spa booking and Vita Clinic booking"):
            await proposed(operator, "approve_lead", lead="booking")
        with pytest.raises(NotFound):
            await proposed(operator, "approve_lead", lead="Nobody & Sons")

    async def test_a_lead_called_like_another_ones_id_changes_nothing(
        self, operator: ToolContext
    ) -> None:
        await operator.conn.execute("INSERT INTO leads (id, title) VALUES ('trap', 'L08')")
        outcome = await approved(operator, "start_build", lead="Oak Family Law portal")
        assert outcome.approval.status == "executed"
        assert (await lead_row(operator, "trap"))["status"] == "NEW"

    async def test_proposing_writes_nothing_to_the_lead(self, operator: ToolContext) -> None:
        before = await lead_row(operator, "L04")
        await proposed(operator, "approve_lead", lead="Cedar")
        await proposed(operator, "reject_lead", lead="Cedar", reason="No")
        assert await lead_row(operator, "L04") == before


class TestDoing:
    async def test_an_approval_is_stamped_and_said_back(self, operator: ToolContext) -> None:
        outcome = await approved(operator, "approve_lead", lead="Cedar")
        row = await lead_row(operator, "L04")
        assert (row["status"], row["approved_at"]) == ("APPROVED", operator.now)
        done = fact(outcome.findings, "Cedar Contractors quotes", "approved by")
        assert done.statement == f"Cedar Contractors quotes was approved by {email(operator)}."
        assert [item.table for item in done.sources] == ["approvals", "leads"]
        failures = await call(operator, "get_failures", buckets=["needs_approval"])
        waits = fact(failures, "Cedar Contractors quotes", "waits for you to")
        assert waits.value == "Start build"

    async def test_a_rejection_keeps_its_reason(self, operator: ToolContext) -> None:
        outcome = await approved(
            operator, "reject_lead", lead="Granite", reason="  They want it for free "
        )
        row = await lead_row(operator, "L14")
        assert (row["status"], row["rejected_at"]) == ("REJECTED", operator.now)
        assert row["rejection_reason"] == "They want it for free"
        said = [item.statement for item in outcome.findings.facts]
        assert said[0] == f"Granite Plumbing was rejected by {email(operator)}."
        assert said[-1].endswith('is: "They want it for free".')

    async def test_a_rejection_without_a_reason_says_so(self, operator: ToolContext) -> None:
        asked = await proposed(operator, "reject_lead", lead="Granite")
        assert asked.summary.endswith("which is an end. No reason is noted yet.")
        assert asked.editable == ["reason"]

    async def test_a_build_starts_once(self, operator: ToolContext) -> None:
        outcome = await approved(operator, "start_build", lead="Oak")
        row = await lead_row(operator, "L08")
        assert (row["status"], row["build_started_at"]) == ("BUILDING", operator.now)
        assert [item.statement for item in outcome.findings.facts] == [
            f"The build of Oak Family Law portal was started by {email(operator)}.",
            "Oak Family Law portal is being built.",
            "The build for Oak Family Law portal was started on 6 March 2026.",
        ]
        with pytest.raises(Conflict, match="already"):
            await proposed(operator, "start_build", lead="Oak")

    async def test_an_approved_scope_may_be_built_too(self, operator: ToolContext) -> None:
        async with as_service(operator.conn):
            await operator.conn.execute(
                "UPDATE leads SET status = 'SCOPE_APPROVED' WHERE id = 'L08'"
            )
        outcome = await approved(operator, "start_build", lead="Oak")
        assert outcome.approval.status == "executed"

    async def test_two_proposals_for_one_lead_are_done_once(self, operator: ToolContext) -> None:
        first = await proposed(operator, "approve_lead", lead="Cedar")
        assert (await approved(operator, "reject_lead", lead="Cedar")).refusal is None
        outcome = await approve(operator, first)
        assert outcome.approval.status == "superseded"
        assert (await lead_row(operator, "L04"))["status"] == "REJECTED"
