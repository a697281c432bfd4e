"""Flags are read by the operator, and switched by a person with a reason."""

from __future__ import annotations

import pytest

from errors import Conflict, Invalid, NotFound
from memory import flags
from tests.tools.operator.calls import approve, approved, call, proposed
from tools.registry import ToolContext


async def test_all_are_read(operator: ToolContext) -> None:
    findings = await call(operator, "get_flags")
    assert findings.data["flags"] == await flags.all_flags(operator.conn)
    assert "The flag RAG_BASELINE is off." in [item.statement for item in findings.facts]


async def test_one_is_read_by_its_name(operator: ToolContext) -> None:
    findings = await call(operator, "get_flags", name="rag_baseline")
    assert [item.statement for item in findings.facts] == ["The flag RAG_BASELINE is off."]
    with pytest.raises(NotFound, match="The flags are AI_FALLBACK_ENABLED, "):
        await call(operator, "get_flags", name="NOTHING")


async def test_switched_with_a_reason_said_back_and_audited(operator: ToolContext) -> None:
    outcome = await approved(
        operator, "set_flag", name="RAG_BASELINE", enabled=True, reason="To try it"
    )
    assert (await flags.all_flags(operator.conn))["RAG_BASELINE"] is True
    assert [item.statement for item in outcome.findings.facts] == [
        f"The flag RAG_BASELINE was switched on by {operator.caller.user_id}@test.local.",
        "The flag RAG_BASELINE is on.",
    ]
    entry = await (
        await operator.conn.execute("SELECT detail FROM audit_log ORDER BY id DESC LIMIT 1")
    ).fetchone()
    assert entry is not None
    assert entry["detail"]["args"] == {
        "name": "RAG_BASELINE",
        "enabled": True,
        "reason": "To try it",
    }


async def test_without_a_reason_the_decision_stays_open(operator: ToolContext) -> None:
    asked = await proposed(operator, "set_flag", name="RAG_BASELINE", enabled=True)
    assert asked.summary.endswith("A reason is needed.")
    with pytest.raises(Invalid, match="only with a reason"):
        async with operator.conn.transaction():
            await approve(operator, asked)
    outcome = await approve(operator, asked, {"reason": "To try"})
    assert outcome.approval.status == "executed"


@pytest.mark.parametrize(
    ("args", "error"),
    [
        ({"name": "RAG_BASELINE", "enabled": False}, Conflict),
        ({"name": "NO_SUCH_FLAG", "enabled": True}, NotFound),
        ({"name": "x'; DROP TABLE leads; --", "enabled": True}, Invalid),
        ({"name": "RAG_BASELINE"}, Invalid),
    ],
)
async def test_refusals(
    operator: ToolContext, args: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await proposed(operator, "set_flag", **args)
