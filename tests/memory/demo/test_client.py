"""The demo client: believable, loadable twice, removable without a trace."""

from __future__ import annotations

from typing import Any

from memory.caller import SYSTEM, Caller
from memory.demo import client
from memory.pool import get_conn
from tests.conftest import MakeCaller
from tests.tools.client.calling import NOW, call, create, rows, statements


async def load(caller: Caller) -> None:
    async with get_conn(SYSTEM) as conn:
        await client.load(conn, caller.user_id, NOW, caller.time_zone)


async def snapshot(caller: Caller) -> dict[str, list[dict[str, Any]]]:
    return {table: await rows(caller, table) for table in client.TABLES}


async def test_its_confidence_rises_and_one_experiment_has_stalled(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller(time_zone="Europe/Paris")
    await load(caller)
    said = statements(await call(caller, "get_metrics"))
    assert "averaged 0.62 over the last 3 learnings" in said
    assert "up 0.10 from the 3 before" in said
    assert "You have completed 2 of 4 experiments (50%); 1 younger than 7 days is left out." in said
    escalation = await call(caller, "get_escalation")
    assert escalation.data["should_escalate"] is False
    assert [item["experiment_name"] for item in escalation.data["stalled"]] == ["Morning pages"]
    assert escalation.data["stalled"][0]["days"] == 9
    listed = await call(caller, "list_experiments")
    assert listed.facts[0].statement == (
        "You have 5 experiments: 1 planned, 2 active, 1 completed and 1 reviewed."
    )
    assert all(experiment["review_date"] for experiment in listed.data["experiments"])


async def test_loading_again_restores_it_and_spares_what_the_person_wrote(
    make_caller: MakeCaller,
) -> None:
    caller = await make_caller()
    await load(caller)
    first = await snapshot(caller)
    own = await create(caller, "My own", NOW)
    await call(caller, "update_experiment", experiment_id="morning pages", status="archived")
    async with get_conn(caller) as conn:
        await conn.execute("UPDATE learning_data SET undone_at = now()")
    await load(caller)
    second = await snapshot(caller)
    kept = [row for row in second["experiments"] if row["id"] == own]
    assert len(kept) == 1
    second["experiments"] = [row for row in second["experiments"] if row["id"] != own]
    assert second == first


async def test_two_people_can_have_the_demo_and_one_lose_it(make_caller: MakeCaller) -> None:
    one, other = await make_caller(), await make_caller()
    await load(one)
    await load(other)
    own = await create(one, "My own", NOW)
    async with get_conn(SYSTEM) as conn:
        await client.reset(conn, one.user_id)
    left = await snapshot(one)
    assert [row["id"] for row in left.pop("experiments")] == [own]
    assert not any(left.values())
    assert len((await snapshot(other))["learning_data"]) == 9
