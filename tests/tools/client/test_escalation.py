"""What the escalation tool says. The thresholds are tested with their rules."""

from __future__ import annotations

from datetime import timedelta

from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements


async def test_a_new_client_is_not_judged(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    empty = await call(caller, "get_escalation")
    assert (empty.facts, empty.data["should_escalate"]) == ([], False)
    assert empty.missing[0].need == "an experiment that is at least 3 days old"
    await create(caller, "Coffee chats", NOW - timedelta(days=2), start=True)
    assert (await call(caller, "get_escalation")).facts == []


async def test_two_stalled_experiments_suggest_the_coach(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    for name, days in (("Coffee chats", 8), ("Morning pages", 10)):
        await create(caller, name, NOW - timedelta(days=days), start=True)
    found = await call(caller, "get_escalation")
    assert found.data["should_escalate"] is True
    assert found.data["reason"] == "stalled_experiments"
    assert found.data["stalled"][0]["days"] == 10
    said = statements(found)
    assert "It may help to talk to Damian: experiments have stalled." in said
    assert '"Morning pages" is active and was last touched 10 days ago.' in said
    prompt = found.data["escalation_prompt"]
    assert "Experiments completed: 0 of 2 (0%)." in prompt
    assert "Confidence: not known yet." in prompt
    assert "contact Damian" in prompt


async def test_one_short_stall_is_shown_and_does_not_escalate(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - timedelta(days=9), start=True)
    found = await call(caller, "get_escalation")
    assert found.data["should_escalate"] is False
    assert found.data["escalation_prompt"] is None
    assert "Nothing in your record calls for a talk with Damian right now." in statements(found)
    assert "was last touched 9 days ago" in statements(found)


async def test_two_falling_reflections_are_named(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - timedelta(days=5), start=True)
    for days, before, after in ((2, 7, 5), (1, 6, 4)):
        await call(
            caller,
            "add_reflection",
            NOW - timedelta(days=days),
            confidence_before=before,
            confidence_after=after,
        )
    found = await call(caller, "get_escalation")
    assert found.data["reason"] == "confidence_drop"
    assert "went from 6 to 4 out of 10" in statements(found)


async def test_reading_writes_nothing(make_caller: MakeCaller) -> None:
    caller = await make_caller()
    await create(caller, "Coffee chats", NOW - timedelta(days=20), start=True)
    before = await rows(caller, "experiments")
    assert (await call(caller, "get_escalation")).data["should_escalate"] is True
    await call(caller, "get_metrics")
    assert await rows(caller, "self_efficacy_metrics") == []
    assert await rows(caller, "experiments") == before
